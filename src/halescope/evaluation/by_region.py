"""Intervals by region of the reproduction's figures: hourly frames of a region are one sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import intersection
from halescope.evaluation.metrics.bootstrap import Interval, bootstrap, interval, pool_intervals
from halescope.evaluation.metrics.detection import DiskResult, pool_matches
from halescope.evaluation.metrics.digits import Scored

Ints = NDArray[np.intp]


def ap50_interval(
    images: Sequence[Scored], numbers: Sequence[Ints], places: Sequence[Ints]
) -> Interval | None:
    """Return the interval of AP50, see `halescope.evaluation.metrics.bootstrap`.

    Parameters
    ----------
    images : sequence of Scored
    numbers : sequence of (N,) int
        Region of each truth of each image.
    places : sequence of (M,) int
        Place on the Sun of each box found: what a false positive is drawn with, unless it touches
        a region and is drawn with that.
    """
    none = np.zeros((0, 4), np.float32)
    results = [DiskResult(one.found, one.score, one.truth, none) for one in images]
    mistakes = [_of_mistake(*each) for each in zip(images, numbers, places, strict=True)]
    pool = pool_matches(results, 0.5, numbers, mistakes)
    return pool_intervals(pool, 0.0).get("average_precision")


def _of_mistake(image: Scored, numbers: Ints, places: Ints) -> Ints:
    if not len(numbers) or not len(places):
        return places
    shared = intersection(image.found, image.truth)
    return np.where(shared.max(1) > 0, numbers[shared.argmax(1)], places).astype(np.intp)


def balanced_interval(truth: Ints, right: NDArray[np.bool_], regions: Ints) -> Interval | None:
    """Return the interval of the mean recall of the classes that a draw holds.

    All are (N,): class and region of each sample, and whether it was found right. None for fewer
    than two regions.
    """
    if len(np.unique(regions)) < 2:
        return None
    classes = np.unique(truth)[:, None] == truth

    def balanced(count: NDArray[np.float64]) -> float:
        held, good = classes @ count, (classes & right) @ count
        return float((good[held > 0] / held[held > 0]).mean())

    return interval(bootstrap(balanced, regions))
