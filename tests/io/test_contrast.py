"""One field scale for pictures drawn to any: the quiet network says which it was."""

from pathlib import Path

import numpy as np
import pytest

from halescope.io import read, read_full
from halescope.io.greys.tones import contrast
from halescope.pipeline import analyze
from halescope.synthetic import draw

ENDS = (100.0, 250.0, 500.0, 1000.0, 1500.0)
"""Gauss at white: of a hard quick-look, Helioviewer's, JSOC's and others."""


@pytest.fixture(scope="module")
def disk():
    """Return a drawn disk whose quiet Sun is as strong as HMI's."""
    drawn = draw(5, size=512, regions=["beta", "alpha"], plage=1).magnetogram
    extra = np.random.default_rng(0).laplace(0, 3.6, drawn.field.shape).astype(np.float32)
    return np.where(np.isfinite(drawn.field), drawn.field + extra, np.nan)


def rendered(field: np.ndarray, end: float, zero: float = 127.0, size: int = 1) -> np.ndarray:
    """Return a picture, (H, W) uint8, row 0 at the top, white at so many gauss."""
    grey = np.clip(np.rint(zero + field * 127 / end), 0, 255)
    return np.kron(
        np.nan_to_num(grey, nan=0).astype(np.uint8)[::-1], np.ones((size, size), np.uint8)
    )


@pytest.mark.parametrize("end", ENDS)
def test_every_rendering_has_one_scale(disk, end, as_picture):
    field = disk
    found = read(as_picture(rendered(field, end)), name="quicklook.png")
    ratio = found.field[np.isfinite(field) & (np.abs(field) > 0.3 * min(end, 250))]
    true = field[np.isfinite(field) & (np.abs(field) > 0.3 * min(end, 250))] / 1.96
    inner = np.abs(true) < 0.8 * end / 1.96
    slope = (ratio[inner] * true[inner]).sum() / (true[inner] ** 2).sum()
    assert slope == pytest.approx(1, abs=0.3)
    assert found.saturation == pytest.approx(end / 1.96, rel=0.3)


def test_helioviewers_own_scale_is_left_alone(disk, as_picture):
    found = read(as_picture(rendered(disk, 250.0)), name="HMI.m2026.02.04_12.00.00.png")
    assert found.saturation == pytest.approx(127, abs=1)


def test_full_resolution_has_the_same_scale(disk, as_picture):
    reduced = read(as_picture(rendered(disk, 1000.0, size=2), "JPEG"), name="quicklook.jpg")
    whole = read_full(reduced)
    assert whole.saturation == pytest.approx(reduced.saturation)
    assert np.nanmax(np.abs(whole.field)) == pytest.approx(
        np.nanmax(np.abs(reduced.field)), rel=0.2
    )


def test_a_picture_without_network_is_not_blown_up_without_end():
    assert contrast(np.full(1000, 127, np.uint8), 127.0) == 8.0
    assert contrast(np.zeros(0, np.uint8), 127.0) == 1.0
    assert contrast(np.arange(256, dtype=np.uint8), 127.0) < 0.1


def test_real_disks_rendered_harder_and_wider_give_the_same_boxes(shared_data: Path, as_picture):
    from PIL import Image

    path = sorted((shared_data / "hmi").rglob("*_12.00.00.jpg"))[10]
    grey = np.asarray(Image.open(path).convert("L")).astype(float)
    known = analyze(path).regions.boxes
    y, x = np.indices(grey.shape)
    off = np.hypot(x - 255.5, y - 255.5) > 199
    for end in (100, 500):
        other = np.clip(np.rint((grey - 127) * 250 / end + 127), 0, 255)
        other[off] = 0
        found = analyze(as_picture(other.astype(np.uint8)), name="x.png").regions.boxes
        middle = (known[:, None, :2] + known[:, None, 2:]) / 2
        near = np.abs(middle - (found[None, :, :2] + found[None, :, 2:]) / 2).max(2).min(1)
        assert (near < 12).mean() > 0.6
