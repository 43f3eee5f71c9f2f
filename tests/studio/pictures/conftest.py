"""Drawn magnetograms in a workspace, and a studio on it, one for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

from fastapi.testclient import TestClient

from halescope.studio.app import create_app
from halescope.studio.settings import Settings
from halescope.synthetic import draw
from halescope.synthetic.files import fits_bytes, picture_bytes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace whose inputs hold a FITS file stored upside down, a PNG and a text."""
    folder = tmp_path_factory.mktemp("pictures") / "workspace"
    inputs = folder / "inputs"
    inputs.mkdir(parents=True)
    turned = draw(4, size=700, regions=["beta", "alpha"], plage=0, roll=180.0).magnetogram
    (inputs / "turned.fits").write_bytes(fits_bytes(turned))
    plain = draw(5, size=256, regions=["beta"], plage=0).magnetogram
    (inputs / "20140301_000000_plain.png").write_bytes(picture_bytes(plain))
    (inputs / "notes.txt").write_text("no picture")
    (inputs / "broken.fits").write_bytes(b"SIMPLE  =                    T" + b" " * 50)
    return folder


@pytest.fixture(scope="module")
def asking(place: Path) -> Iterator[TestClient]:
    """Yield a client of a studio on that workspace."""
    with TestClient(create_app(Settings(place)), base_url="http://127.0.0.1") as client:
        yield client
