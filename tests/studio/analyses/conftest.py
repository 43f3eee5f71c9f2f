"""A studio with two analyses done, one for each module: processes are slow to start."""

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
def disk() -> tuple[bytes, bytes]:
    """Return a drawn disk as FITS and as PNG."""
    drawn = draw(6, size=512, regions=["beta", "alpha", "beta-gamma-delta"], plage=0).magnetogram
    return fits_bytes(drawn), picture_bytes(drawn)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, disk: tuple[bytes, bytes]) -> Path:
    """Return a workspace whose inputs hold the disk."""
    folder = tmp_path_factory.mktemp("analyses") / "workspace"
    (folder / "inputs").mkdir(parents=True)
    (folder / "inputs" / "disk.fits").write_bytes(disk[0])
    return folder


@pytest.fixture(scope="module")
def asking(place: Path) -> Iterator[TestClient]:
    """Yield a client of a studio on that workspace."""
    app = create_app(Settings(place, max_upload=3_000_000))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=True) as client:
        yield client


@pytest.fixture(scope="module")
def done(asking: TestClient) -> dict:
    """Return the answer to an analysis of the FITS file in the workspace."""
    answer = asking.post("/api/analyses?physics=true", json={"path": "inputs/disk.fits"})
    assert answer.status_code == 201, answer.text
    return answer.json()
