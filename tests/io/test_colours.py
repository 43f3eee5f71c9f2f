"""Coloured pictures: known tables are undone, others are refused."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from halescope.errors import NotAMagnetogramError
from halescope.io import read
from halescope.io.greys.colours import TABLES

NAME = "HMI.m2026.02.01_00.00.00.png"


@pytest.fixture
def grey(grey_disk: Callable) -> np.ndarray:
    out: np.ndarray = grey_disk((512, 512), 255.5, 255.5, 200)
    return out


def table(name: str) -> np.ndarray:
    """Return the colours of a table, (256, 3) uint8, from the libraries that have it."""
    if name == "hmimag":
        from sunpy.visualization.colormaps import cm

        colours: Any = cm.cmlist["hmimag"]
    else:
        from matplotlib import colormaps

        colours = colormaps[name]
    out: np.ndarray = (colours(np.arange(256))[:, :3] * 255).round().astype(np.uint8)
    return out


def saved(grey: np.ndarray, colours: np.ndarray, kind: str) -> bytes:
    rgb, out = colours[grey], io.BytesIO()
    rgb[grey == 0] = 0  # beside the disk
    image = Image.fromarray(rgb)
    image.save(out, kind)
    return out.getvalue()


def plain(grey: np.ndarray) -> Any:
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return read(out.getvalue(), name=NAME)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_known_tables_give_the_field(name: str, kind: str, grey: np.ndarray) -> None:
    pytest.importorskip("sunpy")
    pytest.importorskip("matplotlib")
    expected = plain(grey)
    found = read(saved(grey, table(name), kind), name=NAME)
    assert found.geometry.radius == pytest.approx(expected.geometry.radius, abs=0.5)
    off = np.abs(found.field - expected.field)[expected.field > -100]
    assert np.quantile(off, 0.99) <= (2 if kind == "PNG" else 4)


@pytest.mark.parametrize("name", ["viridis", "hot", "PiYG", "PuOr", "jet"])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG"])
def test_unknown_tables_are_refused(name: str, kind: str, grey: np.ndarray) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(NotAMagnetogramError, match="coloured picture"):
        read(saved(grey, table(name), kind), name=NAME)


def test_coloured_jpeg_is_refused(grey: np.ndarray) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(NotAMagnetogramError, match="JPEG blurs colours"):
        read(saved(grey, table("seismic"), "JPEG"), name=NAME)
