"""Divisions stay what they were: those of the shipped cards, and those of `dataset split`.

The checksums are of the divisions that the first release's code made of these drawn tables.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from halescope.datasets.manifest import write_manifest
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.split import split_manifest
from halescope.training.data.crop_split import place_crops
from halescope.training.data.frames import DataConfig, Frame, divide

START = datetime(2026, 2, 1, tzinfo=UTC)
CLASSES = ("alpha", "beta", "beta-gamma", "beta", "beta-delta")
MOMENTS = ("2026-03-08", "2026-03-25")
COUNT = 237
"""Frames of six hours, to the first days of April."""


def regions_of(index: int) -> list[tuple[int, float]]:
    """Return the numbers of the regions that are seen on a frame, and their longitudes."""
    day = index / 4
    born = ((14000 + k, -75 + 13.2 * (day - 4 * k + 9)) for k in range(18))
    return [(number, longitude) for number, longitude in born if abs(longitude) < 80]


def time_of(index: int) -> str:
    return (START + timedelta(hours=6 * index)).strftime("%Y-%m-%dT%H:%M:%SZ")


def frames() -> list[Frame]:
    out = []
    for index in range(COUNT):
        numbers = tuple(number for number, _ in regions_of(index))
        kinds = tuple(CLASSES[number % 5] for number in numbers)
        firm = tuple((number + index) % 7 > 0 for number in numbers)
        boxes = np.zeros((len(numbers), 4), np.float32)
        out.append(Frame(Path(f"{index}.png"), time_of(index), "", boxes, kinds, firm, numbers))
    return out


def table() -> list[dict[str, object]]:
    box = {"x_min": 1, "y_min": 2, "x_max": 30.5, "y_max": 40}
    out: list[dict[str, object]] = []
    for index in range(COUNT):
        image = {"image": f"{index}.png", "time": time_of(index)}
        for number, longitude in regions_of(index):
            status = "firm" if (number + index) % 7 else "doubtful"
            place = {"hgs_lon": round(longitude, 2), "hgs_lat": (-1) ** number * (5 + number % 25)}
            kind = {"noaa_number": number, "class": CLASSES[number % 5], "status": status}
            out.append(image | box | place | kind)
        plage = {"hgs_lon": 7.5 * (index % 17 - 8), "hgs_lat": index % 40 - 20, "status": "plage"}
        out.append(image | (box | plage if index % 3 else {}))
    return out


def digest(lines: object) -> str:
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("split", "expected"),
    [("random", "a20d9ae041706438"), ("time", "507495cce41b3e18"), ("shared", "5ba1a7075360deae")],
)
def test_frames_of_the_papers_networks(split, expected):
    assert digest([f.split for f in divide(frames(), DataConfig(split=split))]) == expected


@pytest.mark.parametrize(
    ("split", "expected"),
    [("random", "45c491b08fa121bd"), ("time", "8e6a840c22a26379"), ("shared", "9a37e5c717843a55")],
)
def test_crops_of_the_classifiers(split, expected):
    placed = place_crops(frames(), DataConfig(split=split), limit=500)
    assert digest([(c.image, c.number, c.part) for c in placed]) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"method": "random"}, "05842cf23acdf330"),
        ({"method": "random", "stratify": False, "seed": 3}, "a70b826c5543cbba"),
        ({"method": "random", "unit": "region"}, "eec274bb7821405f"),
        ({"method": "region"}, "a4d6871bb1024939"),
        (
            {"method": "region", "stratify": False, "seed": 5, "fractions": (0.5, 0.0, 0.5)},
            "2208e3d330895a99",
        ),
        ({"method": "time", "gap_days": 5.0}, "0a3ebded9f5510f1"),
        (
            {"method": "time", "boundaries": ("2026-03-08", "2026-03-25"), "gap_days": 2.0},
            "3cc2c34745bed840",
        ),
    ],
)
def test_lists_of_dataset_split(tmp_path, options, expected):
    write_manifest(tmp_path / "m.csv", table())
    assert (
        split_manifest(tmp_path / "m.csv", SplitConfig(**options), tmp_path / "a").digest[:16]
        == expected
    )
