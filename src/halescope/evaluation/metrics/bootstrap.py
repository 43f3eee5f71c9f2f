"""Intervals of every metric: whole regions are drawn again, with all their frames.

Hourly frames of one region are near duplicates, so single frames are no independent samples. A draw
takes as many regions as there are, with replacement; an interval holds the middle `LEVEL` of
`ROUNDS` draws (percentile bootstrap, Efron & Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halescope.evaluation.metrics.average_precision import average_precision
from halescope.evaluation.metrics.detection import Pool

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
Interval = tuple[float, float]

ROUNDS = 500
LEVEL = 0.9
SEED = 0
"""Of every interval: draws, share of them that lies inside, and seed."""

BOUNDS = (1 - LEVEL) / 2, (1 + LEVEL) / 2


@dataclass(frozen=True)
class Estimate:
    """A metric with its interval, to four digits, None where undefined: ready for JSON."""

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, value: float, limits: Interval | None = None) -> Estimate:
        """Return an estimate of what may not be finite."""
        every = (value, *(limits or (np.nan, np.nan)))
        return cls(*(round(float(v), 4) if np.isfinite(v) else None for v in every))


def bootstrap(
    metric: Callable[[Floats], ArrayLike], regions: Ints, rounds: int = ROUNDS
) -> NDArray[np.float64]:
    """Return a metric, or several, of each draw of whole regions, (rounds, ...) float64.

    `metric`: of how often each sample counts, (N,) float64. `regions` is (N,) int.
    """
    counts, index = _counts(regions, rounds)
    return np.array([metric(row[index]) for row in counts], float)


def interval(samples: Floats) -> Interval | None:
    """Return the interval of the finite ones of (rounds,) draws; None where there is none."""
    finite = samples[np.isfinite(samples)]
    if not len(finite):
        return None
    low, high = np.quantile(finite, BOUNDS)
    return float(low), float(high)


def band(samples: Floats) -> tuple[Floats, Floats]:
    """Return the interval of each point of a curve, both (K,), from (rounds, K) finite draws."""
    low, high = np.quantile(samples, BOUNDS, axis=0)
    return low, high


def mean_interval(values: Floats | NDArray[np.bool_], regions: Ints) -> Interval | None:
    """Return the interval of a mean; None for fewer than two regions, which do not vary."""
    return interval(drawn_means(values, regions)) if len(np.unique(regions)) > 1 else None


def drawn_means(
    values: Floats | NDArray[np.bool_], regions: Ints, among: NDArray[np.bool_] | None = None
) -> Floats:
    """Return the mean in each draw of whole regions, (ROUNDS,) float64.

    All arrays are (N,). `among` says which samples the mean is of; it is NaN in a draw that holds
    none of these, as all regions are drawn.
    """
    counts, index = _counts(regions, ROUNDS)
    size = np.ones(len(values)) if among is None else among.astype(float)
    total, summed = counts @ np.bincount(index, size), counts @ np.bincount(index, size * values)
    out: Floats = np.full(len(total), np.nan)
    return np.divide(summed, total, out=out, where=total > 0)


def count_interval(groups: Ints) -> Interval | None:
    """Return the interval of the number of samples, by group; None for fewer than two groups."""
    if len(np.unique(groups)) < 2:
        return None
    counts, index = _counts(groups, ROUNDS)
    return interval(counts @ np.bincount(index))


def pool_weights(pool: Pool, rounds: int = ROUNDS) -> tuple[Floats, Floats]:
    """Return how often each detection and each truth counts in each draw, (rounds, N or M).

    Regions are drawn, and among themselves the groups that only false positives have. Group -1
    always counts once.
    """
    regions = np.unique(pool.truth_group)
    places = np.setdiff1d(pool.group, np.append(regions, -1))
    names = np.concatenate([[-1], regions, places]).astype(np.intp)
    random = np.random.default_rng(SEED)
    drawn = [_draw(random, len(part), rounds) for part in (regions, places)]
    counts = np.concatenate([np.ones((rounds, 1)), *drawn], 1)
    order = np.argsort(names)
    of_each, of_truth = (
        order[np.searchsorted(names[order], group)] for group in (pool.group, pool.truth_group)
    )
    return counts[:, of_each], counts[:, of_truth]


def pool_intervals(
    pool: Pool, score_threshold: float, rounds: int = ROUNDS
) -> dict[str, Interval | None]:
    """Return the intervals of `pooled_scores`, by field; none without truths."""
    if not len(pool.truth_group):
        return {}
    of_each, of_truth = pool_weights(pool, rounds)
    truths = of_truth.sum(1)  # above zero: whole regions are drawn
    shown = pool.score >= score_threshold
    good = of_each[:, shown & pool.hit].sum(1)
    precision = good / np.maximum(of_each[:, shown].sum(1), 1e-9)
    recall = good / truths
    samples = {
        "average_precision": average_precision(pool.score, pool.hit, truths, of_each),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / np.maximum(precision + recall, 1e-9),
    }
    return {name: interval(values) for name, values in samples.items()}


def _counts(regions: Ints, rounds: int) -> tuple[Floats, NDArray[np.intp]]:
    """Return how often each region is drawn, (rounds, R), and the region of each sample, (N,)."""
    names, index = np.unique(regions, return_inverse=True)
    return _draw(np.random.default_rng(SEED), len(names), rounds), index


def _draw(random: np.random.Generator, count: int, rounds: int) -> Floats:
    if not count:
        return np.zeros((rounds, 0))
    return random.multinomial(count, np.full(count, 1 / count), rounds).astype(float)
