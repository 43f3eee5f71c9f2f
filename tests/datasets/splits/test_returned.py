"""Regions that came back a rotation later."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from halescope.datasets.manifest import Entry
from halescope.datasets.splits.returned import returned
from halescope.runtime.store import find_card
from halescope.tracks.returns import Place, families, returning


def entry(time: str, number: int, latitude: float = 10.0) -> Entry:
    box = (10.0, 10.0, 30.0, 30.0)
    return Entry("a.jpg", time, "", number, "beta", "firm", box, hgs_lon=0.0, hgs_lat=latitude)


def test_a_returning_region_shares_its_group() -> None:
    first = entry("2026-02-05T00:00:00Z", 100)
    again = entry("2026-03-04T06:00:00Z", 200)  # a synodic rotation later
    south = entry("2026-03-04T06:00:00Z", 300, -10.0)
    soon = entry("2026-02-10T00:00:00Z", 400)
    assert returned([first, again, south, soon]) == {100: 100, 200: 100, 300: 300, 400: 400}


def test_regions_without_time_or_place_have_no_group() -> None:
    assert returned([entry("", 100), entry("2026-02-05T00:00:00Z", 200, 5.0)]) == {200: 200}
    assert returned([]) == {}


def test_plage_without_a_number_is_no_region() -> None:
    plage = entry("2026-02-05T00:00:00Z", 0)
    assert returned([plage, entry("2026-03-04T06:00:00Z", 200)]) == {200: 200}


def test_families_are_those_of_the_classifier_that_ships() -> None:
    """Its card names the regions it learned from by the lowest number of each family."""
    with Path(__file__).with_name("first_sightings.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    labels = [
        replace(
            entry(row["time"], int(row["noaa_number"]), float(row["hgs_lat"])),
            hgs_lon=float(row["hgs_lon"]),
        )
        for row in table
    ]
    numbers = find_card("mount_wilson", "classifier").training["region_numbers"]
    own = {number for number in numbers if number >= 14357}  # those before are of SHARP patches
    assert set(returned(labels).values()) == own
    assert len(own) < len(table)


@pytest.mark.parametrize(
    ("place", "returns"),
    [
        (Place(27, 2, 10), True),
        (Place(27, 2, 16), True),
        (Place(27, 2, 18), False),
        (Place(27, 8, 12), False),
        (Place(14, 0, 12), False),
        (Place(54, 355, 12), True),
        (Place(82, 355, 12), True),
        (Place(109, 358, 12), False),
    ],
)
def test_up_to_three_rotations_later_in_the_same_place(place: Place, returns: bool) -> None:
    assert returning({1: Place(0, 358, 12), 2: place}) == ([(1, 2)] if returns else [])


def test_families_join_chains_under_their_lowest_number() -> None:
    assert families([5, 3, 9, 7], [(9, 5), (5, 3)]) == {3: 3, 5: 3, 7: 7, 9: 3}
    assert families([], []) == {}
