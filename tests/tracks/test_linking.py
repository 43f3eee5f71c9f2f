"""Linking: regions that rotate, pause, merge, and stay apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.errors import ConfigError
from halescope.geometry import differential_rotation
from halescope.tracks.linking import LinkRule, link, overlap_of
from halescope.tracks.sightings import gather
from track_tables import START, Region, catalogue, sun


def linked(regions, hours, rule=None):
    """Return the track of each row, and the region it was made of."""
    table = catalogue(regions, hours)
    truth = table.columns.pop("truth")
    found = link(gather(table), rule)
    return found, np.array(truth)


def test_regions_that_rotate_keep_their_tracks():
    regions = [Region(-60, 15), Region(-20, -12), Region(30, 22)]
    found, truth = linked(regions, range(0, 48, 3))
    assert len(set(zip(found.tolist(), truth.tolist(), strict=True))) == 3


def test_a_day_between_images_is_no_hindrance():
    regions = [Region(-60, 15), Region(-46, 15), Region(0, -20)]  # a day's rotation is 13 degrees
    found, truth = linked(regions, range(0, 24 * 5, 24))
    assert len(set(zip(found.tolist(), truth.tolist(), strict=True))) == 3


def test_a_gap_is_lived_through_and_a_longer_one_is_not():
    hours = [0, 1, 2, 40, 41]
    assert len(set(linked([Region(-50, 10)], hours)[0])) == 1
    assert len(set(linked([Region(-50, 10)], hours, LinkRule(gap_hours=12))[0])) == 2


def test_one_box_goes_to_one_track():
    found, _ = linked([Region(0, 10), Region(7, 10)], range(5))
    for hour in range(5):
        assert len(set(found[2 * hour : 2 * hour + 2])) == 2


def test_the_older_region_keeps_its_number_when_two_merge():
    old, young = Region(0, 10, size=6, ends=40), Region(9, 10, size=6, begins=30, ends=40)
    both = Region(4.5, 10, size=9, begins=41)
    found, truth = linked([old, young, both], range(60))
    assert set(found[truth == 2]) == set(found[truth == 0])


def test_a_rule_out_of_range_is_refused():
    with pytest.raises(ConfigError, match="gap"):
        LinkRule(gap_hours=0)


def test_overlap_by_hand():
    """Boxes of 4 x 4 and 2 x 2 degrees, moved by 2: they share 1 x 2 of 4 + 16 - 2."""
    union, smaller = overlap_of(
        np.array(2.0), np.array(0.0), (np.array(2.0),) * 2, (np.array(1.0),) * 2
    )
    assert union == pytest.approx(2 / 18)
    assert smaller == pytest.approx(0.5)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_far_apart_regions_are_never_mixed(data):
    """Regions 20 degrees apart keep their tracks, with jitter, boxes lost and pauses."""
    count = data.draw(st.integers(1, 6))
    starts = [-60 + 20 * i for i in range(count)]
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    regions = [Region(lon, float(random.uniform(-30, 30)), jitter=1.0) for lon in starts]
    hours = np.cumsum(random.choice([1, 2, 6, 12], 20))
    table = catalogue(regions, hours[hours < 72], seed=random, lost=0.3)
    truth = table.columns.pop("truth")
    if not truth:
        return
    found = link(gather(table))
    assert len(set(zip(found.tolist(), truth, strict=True))) == len(set(truth))
    assert set(found) == set(range(len(set(found))))


def test_the_sun_of_these_tests_turns_as_it_should():
    later = sun(Region(0, 20), START + 24)[0]
    assert later == pytest.approx(float(differential_rotation(20, 1.0)))
