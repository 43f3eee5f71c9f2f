"""Intervals of detection figures: whole regions are drawn again, all draws at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.evaluation.metrics.detection import Pool

Array64 = NDArray[np.float64]


def draw_weights(pool: Pool, draws: int, seed: int = 0) -> tuple[Array64, Array64]:
    """Return how often each detection and each truth counts when groups are drawn again.

    Parameters
    ----------
    pool : Pool
        Frames of one region are near duplicates, so whole regions are drawn; so are, among
        themselves, the groups that only false alarms have. Group -1 always counts once.

    Returns
    -------
    of_detection : (draws, N) float64
    of_truth : (draws, M) float64
    """
    random = np.random.default_rng(seed)
    regions = np.unique(pool.truth_group)
    strays = np.setdiff1d(pool.group, np.append(regions, -1))
    names = np.concatenate([[-1], regions, strays]).astype(np.intp)
    columns = [np.ones((draws, 1))]
    for count in (len(regions), len(strays)):
        if count:
            columns.append(
                random.multinomial(count, np.full(count, 1 / count), draws).astype(float)
            )
    weight = np.concatenate(columns, 1)
    order = np.argsort(names)
    at = order[np.searchsorted(names[order], pool.group)]
    truth_at = order[np.searchsorted(names[order], pool.truth_group)]
    return weight[:, at], weight[:, truth_at]


def region_intervals(
    pool: Pool, score_threshold: float, draws: int = 500, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Return 90 % intervals by drawing whole groups of truths with replacement.

    Parameters
    ----------
    pool : Pool
        With groups, see `draw_weights`.

    Returns
    -------
    dict
        Field of `DetectionScores` to (5th, 95th percentile).
    """
    if not len(pool.truth_group):
        return {}
    of_each, of_truth = draw_weights(pool, draws, seed)
    truths = np.maximum(of_truth.sum(1), 1e-9)
    shown = pool.score >= score_threshold
    good = of_each[:, shown & pool.hit].sum(1)
    precision = good / np.maximum(of_each[:, shown].sum(1), 1e-9)
    recall = good / truths
    samples = {
        "average_precision": drawn_average_precision(pool, of_each, truths),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / np.maximum(precision + recall, 1e-9),
    }
    return {name: (float(low), float(high)) for name, values in samples.items()
            for low, high in [np.percentile(values, [5, 95])]}  # fmt: skip


def drawn_average_precision(pool: Pool, of_each: Array64, truths: Array64) -> Array64:
    """Return the average precision of each draw, (draws,) float64.

    Parameters
    ----------
    of_each : (draws, N) float64
        Weight of each detection.
    truths : (draws,) float64
        Weight of all truths.
    """
    if not len(pool.score):
        return np.zeros(len(truths))
    recall, precision = drawn_curves(pool, of_each, truths)
    return np.asarray((np.diff(recall, axis=1, prepend=0.0) * precision).sum(1))


def drawn_curves(pool: Pool, of_each: Array64, truths: Array64) -> tuple[Array64, Array64]:
    """Return recall and monotonic precision of each draw, both (draws, N) float64.

    Parameters
    ----------
    of_each : (draws, N) float64
    truths : (draws,) float64
    """
    order = np.argsort(-pool.score, kind="stable")
    each = of_each[:, order]
    good = np.cumsum(each * pool.hit[order], axis=1)
    precision = good / np.maximum(np.cumsum(each, axis=1), 1e-9)
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return good / truths[:, None], precision
