"""A studio with data sets of drawn disks, six hours apart, on which regions turn with the Sun."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from halescope.datasets.manifest import write_manifest
from halescope.geometry import ephemeris
from halescope.studio.app import create_app
from halescope.studio.settings import Settings
from halescope.types import format_time

NOON = datetime(2026, 2, 4, 12, tzinfo=UTC)
SIDE, RADIUS, MIDDLE = 512, 200.0, 255.5
KEYS = tuple(
    f"HMI.m2026.02.{day:02d}_{hour:02d}.00.00.png" for day, hour in ((4, 12), (4, 18), (5, 0))
)
ROW = {
    "class": "beta", "status": "firm", "noaa_number": 14351, "x_min": 190.0, "y_min": 250.0,
    "x_max": 230.0, "y_max": 280.0, "x": 209.0, "y": 264.0, "hgs_lon": 0.5, "hgs_lat": 10.0,
    "area_msh": 120.0, "source": "SRS 2026-02-04", "box_source": "field", "class_before": "beta",
    "class_after": "beta",
}  # fmt: skip


def turned_west(x: float, y: float, hours: float) -> tuple[float, float]:
    """Return where a place of the picture is later, by hand: rigid turn about a tilted axis."""
    west, north = (x - MIDDLE) / RADIUS, (MIDDLE - y) / RADIUS
    tilt = np.radians(ephemeris(NOON).b0)
    depth = np.sqrt(1 - west**2 - north**2)
    up, out = (
        north * np.cos(tilt) + depth * np.sin(tilt),
        depth * np.cos(tilt) - north * np.sin(tilt),
    )
    rate = 14.252 - 0.9856 - 1.678 * up**2 - 2.401 * up**4
    angle = np.arctan2(west, out) + np.radians(rate * hours / 24)
    ring = np.hypot(west, out)
    west, out = ring * np.sin(angle), ring * np.cos(angle)
    north = up * np.cos(tilt) - out * np.sin(tilt)
    return MIDDLE + RADIUS * west, MIDDLE - RADIUS * north


def picture(places: list[tuple[float, float]]) -> Image.Image:
    """Return a disk with a bipole at each place, 8-bit as Helioviewer's."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    noise = np.random.default_rng(3).normal(0, 2, (SIDE, SIDE))
    levels = 127 + noise
    for px, py in places:
        for sign, shift in ((1, -8), (-1, 8)):
            levels += sign * 110 * np.exp(-((x - px - shift) ** 2 + (y - py) ** 2) / 60)
    levels[np.hypot(x - MIDDLE, y - MIDDLE) > RADIUS] = 0
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


PLACES = [(255.0, 200.0), (150.0, 300.0)]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Yield a client of one studio for all tests: its processes are started once."""
    root = tmp_path_factory.mktemp("labels") / "workspace"
    with TestClient(create_app(Settings(root)), base_url="http://127.0.0.1") as found:
        yield found


@pytest.fixture
def client(shared: TestClient) -> TestClient:
    """Return a client of the studio."""
    return shared


@pytest.fixture
def workspace(shared: TestClient) -> Path:
    """Return the folder of its workspace."""
    found: Path = shared.app.state.studio.workspace.root
    return found


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pictures."""
    folder = tmp_path_factory.mktemp("suns")
    for number, key in enumerate(KEYS):
        picture([turned_west(x, y, 6 * number) for x, y in PLACES]).save(folder / key)
    return folder


@pytest.fixture
def suns(workspace: Path, drawn: Path) -> Path:
    """Return the folder of a fresh data set: its first picture has a label, two have none."""
    folder = workspace / "datasets" / f"suns{len(list((workspace / 'datasets').iterdir()))}"
    shutil.copytree(drawn, folder / "images")
    rows = []
    for number, key in enumerate(KEYS):
        time = format_time(NOON + timedelta(hours=6 * number))
        common = {"image": f"images/{key}", "sha256": "0" * 64, "time": time, "split": "train"}
        rows.append(common | (ROW if number == 0 else {}))
    write_manifest(folder / "manifest.csv", rows)
    return folder


@pytest.fixture
def labels_of(suns: Path) -> Callable[[int], str]:
    """Return what gives the address of a picture's labels."""
    return lambda number: f"/api/datasets/{suns.name}/labels/{KEYS[number]}"
