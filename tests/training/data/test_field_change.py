"""Changed copies of labelled disks: their fields, their boxes and the regions they borrow."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.box_rule.extent import magnetic_extents
from halescope.training.data.disks import LabelledDisks
from halescope.training.data.field_change import canonical_disk, change_field, changed_copy
from labelled_disks import LEFT, RIGHT, STILL, blocks, disks_of, entry, field_with, two_disks


@pytest.fixture
def pair() -> LabelledDisks:
    """Return a disk with regions 7 and 8, and a second with region 9 alone."""
    return two_disks()


def test_boxes_of_a_copy_are_drawn_from_its_own_field(pair: LabelledDisks) -> None:
    change = replace(STILL, cut=1.0, cut_from=20.0, blur=4.0)
    field, labels = changed_copy(pair, 0, blocks(0, 0), change, np.random.default_rng(2))
    expected, _ = magnetic_extents(field, canonical_disk(field).geometry, np.array([LEFT, RIGHT]))
    np.testing.assert_array_equal([label.box for label in labels], expected)
    assert [label.noaa_number for label in labels] == [7, 8]


def test_plage_does_not_part_a_region_of_a_copy() -> None:
    """Labels are drawn about NOAA's positions alone; so must be those of a copy."""
    field = field_with((190, 200), (214, 200))  # two spots of one region, some plage beside it
    region = entry(field, (202, 200), 7)
    plage = replace(entry(field, (214, 200), 0, "plage"), box=(210.0, 195.0, 220.0, 205.0))
    disks = disks_of((field, [region, plage]))
    _, labels = changed_copy(disks, 0, blocks(0), STILL, np.random.default_rng(0))
    assert labels == [region, plage]


def test_regions_are_borrowed_within_a_block_only(pair: LabelledDisks) -> None:
    change = replace(STILL, crowded=1.0)
    for block, allowed in ((blocks(0, 1), {7, 8}), (blocks(0, 0), {7, 8, 9})):
        random = np.random.default_rng(0)
        copies = [changed_copy(pair, 0, block, change, random)[1] for _ in range(12)]
        assert {label.noaa_number for labels in copies for label in labels} == allowed
        assert max(map(len, copies)) > 2  # some did take a second disk's


def test_cut_ends_each_polarity_by_itself() -> None:
    field = np.zeros((416, 416), np.float32)
    field[100:200, 100:200], field[200:300, 200:300] = 127, -127
    change = replace(STILL, cut=1.0, cut_from=30.0)
    ends = []
    for seed in range(20):
        changed = change_field(field, change, np.random.default_rng(seed))
        ends.append((-changed.min(), changed.max()))
    low, high = np.array(ends).T
    assert ((low >= 30) & (low <= 127) & (high >= 30) & (high <= 127)).all()
    assert (low != high).sum() > 15
    assert min(low.min(), high.min()) < 60
    whole = change_field(3 * field, STILL, np.random.default_rng(0))
    assert (whole.min(), whole.max()) == (-127, 127)


def test_change_is_in_whole_levels_and_leaves_the_sky_empty() -> None:
    field = np.zeros((416, 416), np.float32)
    field[100:300, 100:300] = 20
    change = replace(STILL, noise=40.0)
    changed = change_field(field, change, np.random.default_rng(7))
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(changed, np.rint(changed))
    assert (changed[field == 0] == 0).all()
    assert changed[field != 0].std() > 1
    np.testing.assert_array_equal(change_field(field, STILL, np.random.default_rng(7)), field)


def test_gain_multiplies_the_field() -> None:
    field = np.full((32, 32), 20, np.float32)
    change = replace(STILL, gain=0.3)
    found = [change_field(field, change, np.random.default_rng(s)).mean() for s in range(200)]
    assert np.log(np.array(found) / 20).std() == pytest.approx(0.3, rel=0.2)
