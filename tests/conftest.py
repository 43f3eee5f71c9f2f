"""What several tests need: real data where they lie, and drawn disks."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
import pytest
from astropy.utils import iers
from hypothesis import settings

from halescope.geometry import differential_rotation
from halescope.synthetic import Drawing, draw
from halescope.types import DiskGeometry
from loopback.server import Server, dead_address, running

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
def server() -> Iterator[Server]:
    """Yield a server on a free port of loopback."""
    with running() as state:
        yield state


@pytest.fixture
def no_one() -> str:
    """Return an address where nobody listens."""
    return dead_address()


@pytest.fixture
def geometry() -> DiskGeometry:
    """Return a disk off centre and rolled, seen from north of the equator."""
    return DiskGeometry(250.3, 262.1, 203.5, 37.0, 6.5, 123.0, 214.0)


@pytest.fixture
def noon() -> datetime:
    """Return a time in the middle of the real data."""
    return datetime(2026, 2, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def labelled(small_drawing: Drawing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder: eight hourly pictures of a drawn disk, manifest.csv and srs.csv of it."""
    from halescope.datasets.manifest import write_manifest
    from halescope.io import read
    from halescope.normalize import from_origin_boxes, normalize
    from halescope.synthetic.files import picture_bytes

    folder = tmp_path_factory.mktemp("labelled")
    content = picture_bytes(small_drawing.magnetogram, "png")
    truth, height = small_drawing.truth.rows(), small_drawing.magnetogram.field.shape[0]
    table = []
    for hour in range(8, 16):
        path = folder / f"20260204_{hour:02d}0000_512_HMIB.png"
        path.write_bytes(content)
        disk = normalize(read(path))
        sides = [[r["x_min"], height - r["y_max"], r["x_max"], height - r["y_min"]] for r in truth]
        boxes = from_origin_boxes(disk, np.array(sides, np.float32))
        for row, box in zip(truth, boxes.tolist(), strict=True):
            firm = row["status"] == "firm"
            entry = {
                "image": path.name, "sha256": path.name, "time": disk.origin.time_string,
                "noaa_number": 14360 + row["region"] if firm else "", "status": row["status"],
                "class": row["class"] if firm else "", "mu": row["mu"], "area_msh": 100,
                "hgs_lon": row["hgs_lon"], "hgs_lat": row["hgs_lat"],
            }  # fmt: skip
            entry |= dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))
            table.append(entry)
    write_manifest(folder / "manifest.csv", table)
    (folder / "srs.csv").write_text(srs_of(truth), "utf-8")
    return folder


def srs_of(truth: list[dict[str, object]]) -> str:
    """Return SRS rows of the midnights around 2026-02-04 12:00 for the spotted regions."""
    lines = ["date,noaa_number,location,lo,area,z_class,ll,nn,mag_type_raw,mag_type,complexity"]
    for row in truth:
        if row["status"] != "firm":
            continue
        latitude, longitude = float(str(row["hgs_lat"])), float(str(row["hgs_lon"]))
        north = f"{'N' if latitude >= 0 else 'S'}{abs(round(latitude)):02d}"
        for day, days in (("2026-02-04", -0.5), ("2026-02-05", 0.5)):
            there = round(longitude + float(differential_rotation(np.array(latitude), days)))
            place = f"{north}{'W' if there >= 0 else 'E'}{abs(there):02d}"
            number = 14360 + int(str(row["region"]))
            kind = str(row["class"]).upper()
            lines.append(f"{day},{number},{place},100,100,DAO,8,4,{kind},,2")
    return "\n".join(lines) + "\n"
