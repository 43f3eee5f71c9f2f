"""Divisions of a handful of units, by hand."""

import numpy as np
import pytest

from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.strategies import (
    Units,
    part_names,
    split_units,
    time_edges,
)
from halescope.datasets.splits.units import listed_names, stratum
from halescope.errors import ConfigError, DatasetError

DAY = 24.0


def at(*days):
    return Units(np.array(days, float) * DAY)


def test_days_between_two_parts_are_left_out():
    """Ten daily images, one day of gap: what is nearer to the next part than a day is in none."""
    config = SplitConfig("time", fractions=(0.5, 0.25, 0.25), gap_days=1.0)
    parts = part_names(split_units(at(*range(10)), config))
    assert parts == ["train"] * 4 + [""] + ["validation"] * 2 + [""] + ["test"] * 2


def test_no_gap_leaves_nothing_out_and_shares_are_exact():
    config = SplitConfig("time", fractions=(0.6, 0.2, 0.2), gap_days=0.0)
    parts = part_names(split_units(at(*range(10)), config))
    assert parts == ["train"] * 6 + ["validation"] * 2 + ["test"] * 2


def test_without_a_validation_part_there_is_one_gap_less():
    """Six train, the seventh day is the gap, three test."""
    assert time_edges(np.arange(10) * DAY, (0.7, 0.0, 0.3), DAY) == (7 * DAY, 7 * DAY)
    config = SplitConfig("time", fractions=(0.7, 0.0, 0.3), gap_days=1.0)
    parts = part_names(split_units(at(*range(10)), config))
    assert parts == ["train"] * 6 + [""] + ["test"] * 3


def test_order_of_units_and_unknown_times_do_not_matter():
    config = SplitConfig("time", fractions=(0.5, 0.25, 0.25), gap_days=1.0)
    days = [7, 0, 3, float("nan"), 9, 1, 8, 2, 4, 6, 5]
    parts = dict(zip(days, part_names(split_units(at(*days), config)), strict=True))
    assert parts.pop(days[3]) == ""
    expected = part_names(split_units(at(*range(10)), config))
    assert [parts[day] for day in range(10)] == expected


def test_boundaries_are_first_moments_and_the_gap_lies_before_them():
    config = SplitConfig("time", boundaries=("1970-01-05", "1970-01-09T00:00:00Z"), gap_days=1.0)
    parts = part_names(split_units(at(0, 2.9, 3, 3.9, 4, 6.9, 7, 7.5, 8, 9), config))
    assert parts == ["train"] * 2 + [""] * 2 + ["validation"] * 2 + [""] * 2 + ["test"] * 2


@pytest.mark.parametrize("boundaries", [("1970-01-09", "1970-01-05"), ("soon", "1970-01-05")])
def test_boundaries_that_are_no_times_in_order_are_refused(boundaries):
    with pytest.raises(ConfigError, match="boundaries"):
        split_units(at(0, 1), SplitConfig("time", boundaries=boundaries))
    zoned = ("1970-01-05T01:00:00+01:00", "1970-01-05T00:00:00Z")
    assert part_names(split_units(at(3, 4), SplitConfig("time", boundaries=zoned, gap_days=0.0)))[
        1
    ] == ("test")


@pytest.mark.parametrize("count", [3, 4])
def test_three_images_need_two_gaps_of_room(count):
    """A day apart, with gaps of half a day, three images make three parts; with two days none."""
    parts = split_units(at(*range(count)), SplitConfig("time", fractions=(0.34, 0.33, 0.33),
                                                       gap_days=0.5))  # fmt: skip
    assert set(parts.tolist()) == {0, 1, 2}
    with pytest.raises(DatasetError, match=f"{count} images over {count - 1}.0 days leave no room"):
        split_units(at(*range(count)), SplitConfig("time", gap_days=2.0))
    with pytest.raises(DatasetError, match=r"two gaps of 2\.0 days"):
        split_units(at(*range(count)), SplitConfig("time", gap_days=2.0))
    with pytest.raises(DatasetError, match=r"0 images over 0\.0 days"):
        split_units(at(), SplitConfig("time", gap_days=2.0))


def test_at_random_every_stratum_has_its_shares():
    hashes = np.arange(40, dtype=np.uint64)
    ranks = np.repeat([0, 2], [30, 10])
    parts = split_units(Units(np.zeros(40), hashes, ranks), SplitConfig("random"))
    assert np.bincount(parts[:30]).tolist() == [21, 6, 3]
    assert np.bincount(parts[30:]).tolist() == [7, 2, 1]
    assert (np.diff(parts[:30]) >= 0).all()  # in the order of the hashes
    plain = split_units(Units(np.zeros(40)), SplitConfig("random"))
    assert np.bincount(plain).tolist() == [28, 8, 4]
    assert (np.diff(plain) < 0).any()  # shuffled
    # Ten and a half and three: a half is rounded up, as when the cards that ship were made.
    assert np.bincount(split_units(Units(np.zeros(15)), SplitConfig("random"))).tolist() == [
        11,
        3,
        1,
    ]


def test_families_go_to_the_part_that_lacks_most_and_stay_together():
    families = np.array([1, 1, 2, 3, 0, 0])
    rows = np.array([64, 64, 64, 32, 1, 1])
    hashes = np.array([0, 1, 2, 3, 4, 2**64 - 1], np.uint64)
    units = Units(np.zeros(6), hashes, np.ones(6, np.int8), rows, families)
    config = SplitConfig("region", fractions=(0.5, 0.3, 0.2))
    parts = part_names(split_units(units, config))
    # 224 rows: 128 of 112 wanted to train, then 64 of 67 to validation, then 32 of 45 to test.
    assert parts[:4] == ["train", "train", "validation", "test"]
    assert parts[4:] == ["train", "test"]  # by their hash alone
    two = part_names(split_units(units, SplitConfig("region", fractions=(0.5, 0.0, 0.5))))
    assert "validation" not in two
    with pytest.raises(ValueError, match="hashes"):
        split_units(at(0, 1), config)


def test_strata_of_classes():
    found = [stratum(name) for name in ("alpha", "beta", "beta-gamma-delta", "", None, "x")]
    assert found == [1, 2, 3, 0, 0, 0]


def test_names_on_lists():
    block = {
        "image": ["a.png", "a.png", "b.png"],
        "noaa_number": [14000, "", ""],
        "hgs_lon": ["1", "12.3456", ""],
        "hgs_lat": ["2", "-5", ""],
    }
    assert listed_names(block, "image") == ["a.png", "a.png", "b.png"]
    assert listed_names(block, "region") == ["a.png#14000", "a.png#12.35,-5.00", "b.png#"]
