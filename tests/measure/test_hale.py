from datetime import UTC, datetime

import pytest

from halescope.measure.hale import cycle_of, expected_leader, obeys_hale
from halescope.synthetic import cycle_of as drawn_cycle


@pytest.mark.parametrize(
    ("year", "latitude", "cycle"),
    [
        (1990, 20, 22),
        (2001, -12, 23),
        (2009, 30, 24),
        (2009, 6, 23),
        (2008, 28, 24),
        (2008, -7, 23),
        (2014, 15, 24),
        (2020, 25, 25),
        (2020, 5, 24),
        (2020, 16, None),
        (2026, -3, 25),
        (1950, 10, None),
    ],
)
def test_cycle_by_date_and_latitude(year, latitude, cycle):
    assert cycle_of(datetime(year, 3, 1, tzinfo=UTC), latitude) == cycle


def test_known_regions_of_known_polarity():
    # NOAA 11158 led with positive polarity in the south of cycle 24, as it should; 11429 of the
    # north did so too, which broke the law (Elmhamdi et al. 2014 and others).
    assert obeys_hale("positive", datetime(2011, 2, 14, tzinfo=UTC), -20)
    assert obeys_hale("positive", datetime(2012, 3, 7, tzinfo=UTC), 17) is False


def test_rule_turns_with_cycle_and_hemisphere():
    assert expected_leader(25, 10) == "positive"
    assert expected_leader(25, -10) == "negative"
    assert expected_leader(24, 10) == "negative"
    assert obeys_hale("positive", None, 10) is None


def test_agrees_with_the_drawing_away_from_minima():
    for year in range(1978, 2030):
        time = datetime(year, 7, 1, tzinfo=UTC)
        if cycle_of(time, 5) == cycle_of(time, 30):
            assert cycle_of(time, 20) == drawn_cycle(time)
