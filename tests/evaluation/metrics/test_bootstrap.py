"""Whole regions are drawn again: widths known by hand, and the slow way as an oracle."""

import numpy as np
import pytest

from halescope.evaluation.metrics.bootstrap import (
    draw_weights,
    drawn_average_precision,
    drawn_curves,
    region_intervals,
)
from halescope.evaluation.metrics.detection import Pool, pooled_scores


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
    of_each, of_truth = draw_weights(here, 50)
    for region in np.unique(here.truth_group):
        frames = of_truth[:, here.truth_group == region]
        assert (frames == frames[:, :1]).all()
        assert (of_each[:, here.group == region] == frames[:, :1]).all()
    assert (of_truth.sum(1) == len(here.truth_group)).all()
    assert (of_each[:, here.group < -1].sum(1) == 20).all()  # places, drawn among themselves


def test_a_detection_of_no_group_always_counts_once() -> None:
    here = Pool(np.ones(1, np.float32), np.zeros(1, bool), np.array([-1]), np.array([5, 6]))
    assert (draw_weights(here, 30)[0] == 1).all()


def test_recall_is_as_wide_as_its_regions_are_few() -> None:
    here = pool(regions=30)
    low, high = region_intervals(here, 0.0, 4000)["recall"]
    # Two of three regions are found: a binomial of 30, not of 600.
    expected = 2 * 1.645 * np.sqrt(2 / 9 / 30)
    assert high - low == pytest.approx(expected, rel=0.12)
    assert low < 2 / 3 < high


def test_all_draws_at_once_equal_one_after_the_other() -> None:
    here = pool()
    of_each, of_truth = draw_weights(here, 20)
    fast = drawn_average_precision(here, of_each, of_truth.sum(1))
    names = np.unique(np.append(here.group, here.truth_group))
    for row in range(20):
        weight = {int(n): 0.0 for n in names}
        for group, value in zip(here.group, of_each[row], strict=True):
            weight[int(group)] = float(value)
        for group, value in zip(here.truth_group, of_truth[row], strict=True):
            weight[int(group)] = float(value)
        slow = pooled_scores(here, 0.0, weight).average_precision
        assert fast[row] == pytest.approx(slow, abs=1e-9)


def test_undrawn_curve_is_the_plain_one() -> None:
    here = pool()
    ones = np.ones((1, len(here.score)))
    recall, precision = drawn_curves(here, ones, np.array([float(len(here.truth_group))]))
    area = float((np.diff(recall[0], prepend=0) * precision[0]).sum())
    assert area == pytest.approx(pooled_scores(here, 0.0).average_precision)
    assert (np.diff(precision[0]) <= 1e-12).all()


def test_nothing_has_no_interval() -> None:
    none = np.zeros(0, np.intp)
    empty = Pool(np.zeros(0, np.float32), np.zeros(0, bool), none, none)
    assert region_intervals(empty, 0.5) == {}
    unfound = Pool(np.zeros(0, np.float32), np.zeros(0, bool), none, np.array([1, 2]))
    assert region_intervals(unfound, 0.5)["average_precision"] == (0, 0)
