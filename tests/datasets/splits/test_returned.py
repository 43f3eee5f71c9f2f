"""Regions that came back a rotation later."""

from halescope.datasets.manifest import Entry
from halescope.datasets.splits.returned import returned


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
