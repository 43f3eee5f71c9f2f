"""Whole regions are drawn again: widths known by hand, and the slow way as an oracle."""

import numpy as np
import pytest

from halescope.evaluation.metrics.bootstrap import (
    Estimate,
    bootstrap,
    count_interval,
    drawn_means,
    interval,
    mean_interval,
    pool_intervals,
    pool_weights,
)
from halescope.evaluation.metrics.detection import Pool


def pool(seed: int = 0, regions: int = 12, frames: int = 20) -> Pool:
    """Return regions that are found in all frames or in none, and alarms of five places."""
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(100, 100 + regions), frames)
    found = (np.arange(regions) % 3 > 0)[truth - 100]
    alarms = np.repeat(np.arange(-6, -1), 4)
    hit = np.concatenate([np.ones(found.sum(), bool), np.zeros(len(alarms), bool)])
    group = np.concatenate([truth[found], alarms])
    return Pool(random.random(len(hit)).astype(np.float32), hit, group, truth)


def test_weights_keep_regions_whole_and_their_number() -> None:
    here = pool()
    of_each, of_truth = pool_weights(here, 50)
    for region in np.unique(here.truth_group):
        frames = of_truth[:, here.truth_group == region]
        assert (frames == frames[:, :1]).all()
        assert (of_each[:, here.group == region] == frames[:, :1]).all()
    assert (of_truth.sum(1) == len(here.truth_group)).all()
    assert (of_each[:, here.group < -1].sum(1) == 20).all()  # places, drawn among themselves


def test_a_detection_of_no_group_always_counts_once() -> None:
    here = Pool(np.ones(1, np.float32), np.zeros(1, bool), np.array([-1]), np.array([5, 6]))
    assert (pool_weights(here, 30)[0] == 1).all()


def test_recall_is_as_wide_as_its_regions_are_few() -> None:
    here = pool(regions=30)
    low, high = pool_intervals(here, 0.0, 4000)["recall"]
    # Two of three regions are found: a binomial of 30, not of 600.
    expected = 2 * 1.645 * np.sqrt(2 / 9 / 30)
    assert high - low == pytest.approx(expected, rel=0.12)
    assert low < 2 / 3 < high


def test_regions_stay_whole() -> None:
    random = np.random.default_rng(3)
    value = random.normal(size=40)
    frames, regions = np.repeat(value, 50), np.repeat(np.arange(40), 50)
    drawn = bootstrap(lambda weight: (weight * frames).sum() / weight.sum(), regions, 2000)
    limits = interval(drawn)
    assert limits is not None
    # As wide as 40 independent values, not as 2000.
    expected = 2 * 1.645 * value.std() / np.sqrt(40)
    assert limits[1] - limits[0] == pytest.approx(expected, rel=0.12)
    assert limits[0] < value.mean() < limits[1]


def test_means_at_once_equal_one_after_the_other() -> None:
    random = np.random.default_rng(4)
    values, regions, among = random.random(60), random.integers(0, 9, 60), random.random(60) < 0.1
    slow = bootstrap(lambda weight: (weight * values).sum() / weight.sum(), regions)
    assert drawn_means(values, regions) == pytest.approx(slow)
    assert mean_interval(values, regions) == pytest.approx(interval(slow))
    some = drawn_means(values, regions, among)
    assert np.isnan(some).any()  # draws that hold none
    finite = some[np.isfinite(some)]
    assert values[among].min() - 1e-9 <= finite.min() <= finite.max() <= values[among].max() + 1e-9
    assert interval(some) == pytest.approx(tuple(np.quantile(finite, [0.05, 0.95])))


def test_counts_vary_by_place() -> None:
    assert count_interval(np.array([-2, -2, -3])) == (2, 4)
    assert count_interval(np.array([-2, -2])) is None
    assert mean_interval(np.ones(2), np.zeros(2, int)) is None


def test_what_is_never_finite_has_no_interval() -> None:
    assert interval(np.full(5, np.nan)) is None
    assert Estimate.of(float("nan")) == Estimate(None, None, None)


def test_nothing_has_no_interval() -> None:
    none = np.zeros(0, np.intp)
    empty = Pool(np.zeros(0, np.float32), np.zeros(0, bool), none, none)
    assert pool_intervals(empty, 0.5) == {}
    unfound = Pool(np.zeros(0, np.float32), np.zeros(0, bool), none, np.array([1, 2]))
    assert pool_intervals(unfound, 0.5)["average_precision"] == (0, 0)
