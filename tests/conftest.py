"""What several tests need: real data where they lie, and drawn disks."""

import os
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")

import pytest
from astropy.utils import iers
from hypothesis import settings

from halescope.synthetic import Drawing, draw
from halescope.types import DiskGeometry

iers.conf.auto_download = False  # no test reaches the network

settings.register_profile("project", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("project")

ROOT = Path(__file__).resolve().parent.parent
CLASSES = ("beta", "alpha", "beta-gamma-delta", "beta", "beta-delta")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real magnetograms, or skip."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real data: ../shared/data is missing")
    return folder


@pytest.fixture(scope="session")
def drawing() -> Drawing:
    """Return a drawn disk of 1024 pixels with five regions of known class."""
    return draw(5, size=1024, regions=CLASSES, plage=2)


@pytest.fixture(scope="session")
def small_drawing() -> Drawing:
    """Return a drawn disk of 512 pixels with five regions of known class."""
    return draw(6, size=512, regions=CLASSES, plage=1)


@pytest.fixture
def geometry() -> DiskGeometry:
    """Return a disk off centre and rolled, seen from north of the equator."""
    return DiskGeometry(250.3, 262.1, 203.5, 37.0, 6.5, 123.0, 214.0)


@pytest.fixture
def noon() -> datetime:
    """Return a time in the middle of the real data."""
    return datetime(2026, 2, 4, 12, tzinfo=UTC)
