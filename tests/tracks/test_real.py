"""Tracks of real pictures: NOAA's numbers keep their tracks over a week."""

from pathlib import Path

import pytest

import halescope
from halescope.noaa.srs import read_srs

pytestmark = pytest.mark.data


def test_a_week_of_real_disks(shared_data: Path) -> None:
    files = sorted((shared_data / "hmi").rglob("HMI.m2026.02.0[1-7]_[01][02].00.00.jpg"))
    tables = [halescope.analyze(path).catalog for path in files]
    rows = read_srs(shared_data / "noaa" / "srs_1996_2026.csv").section("I")
    result = halescope.track(tables, rows)
    known = {row["noaa"]: row for row in result.tracks.rows() if row["noaa"]}
    largest = known["14366"]  # beta-gamma-delta on all of these days
    assert largest["images"] == len(files)
    assert largest["hours_complex"] > 0.9 * 24 * 6
    assert [number for number in known if "14366" in number] == ["14366"]
    own = [row for row in result.catalog.rows() if row["track"] == largest["track"]]
    assert {row["noaa"].split("|")[0] for row in own} == {"14366"}
