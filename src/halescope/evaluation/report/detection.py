"""The detection part of the report: curves, overlap, and where regions are found or missed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from halescope.evaluation.detection import READINGS, DetectionMetrics, detection_metrics, pool_of
from halescope.evaluation.metrics.average_precision import (
    average_precision,
    precision_at,
    precision_recall,
)
from halescope.evaluation.metrics.bootstrap import Estimate, band, interval, pool_weights
from halescope.evaluation.metrics.detection import Pool
from halescope.evaluation.report.strata import Stratum, strata
from halescope.evaluation.run import EvaluatedImage

OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
GRID = np.linspace(0, 1, 101)
MAIN = ""
"""Name of the detector that is evaluated, among the baselines' names."""

Part = TypeVar("Part")
ByReading = dict[str, dict[str, Part]]
"""By reading of plage (see `READINGS`), then by detector."""


@dataclass(frozen=True)
class Curve:
    """A precision-recall curve on a grid of recalls, and its interval by region; may be empty."""

    recall: list[float]
    precision: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True)
class OverlapPrecision:
    """Average precision at one least IoU of a match, or the mean over all of `OVERLAPS`."""

    iou: float | str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class DetectionPart:
    """The detection part of the report, by detector: `MAIN` and the baselines."""

    detectors: dict[str, DetectionMetrics]
    curves: ByReading[Curve]
    by_overlap: ByReading[list[OverlapPrecision]]
    strata: dict[str, dict[str, list[Stratum]]]


def detection_part(
    seen: Sequence[EvaluatedImage], thresholds: Mapping[str, float]
) -> DetectionPart:
    """Return the metrics of all detectors.

    Parameters
    ----------
    thresholds : mapping of str to float
        Score from which a box is shown, by detector: `MAIN` and the baselines.
    """

    def each(part: Callable[[list[Pool]], Part]) -> ByReading[Part]:
        return {
            reading: {name: part(pools[reading, name]) for name in thresholds}
            for reading, _ in READINGS
        }

    pools = {
        (reading, name): [pool_of(seen, overlap, strict, name) for overlap in OVERLAPS]
        for reading, strict in READINGS
        for name in thresholds
    }
    return DetectionPart(
        {name: detection_metrics(seen, score, name) for name, score in thresholds.items()},
        each(lambda by_iou: curve(by_iou[0])),
        each(by_overlap),
        {name: strata(seen, score, name) for name, score in thresholds.items()},
    )


def curve(pool: Pool) -> Curve:
    """Return the precision-recall curve of a pool, with its interval by region."""
    if not len(pool.truth_group) or not len(pool.score):
        return Curve([], [], [], [])
    of_each, of_truth = pool_weights(pool)
    recall, precision = precision_recall(pool.score, pool.hit, len(pool.truth_group))
    shown = np.append(GRID[GRID <= recall[-1]], recall[-1])
    curves = precision_recall(pool.score, pool.hit, of_truth.sum(1), of_each)
    wanted = shown - 1e-9  # recalls of draws are sums of fractions
    drawn = np.array([precision_at(r, p, wanted) for r, p in zip(*curves, strict=True)])
    at_shown = precision_at(recall, precision, wanted)
    return Curve(*(_rounded(values) for values in (shown, at_shown, *band(drawn))))


def by_overlap(pools: Sequence[Pool]) -> list[OverlapPrecision]:
    """Return average precision at each of `OVERLAPS`, and their mean, with intervals by region.

    `pools`: one for each overlap.
    """
    names: list[float | str] = [*OVERLAPS, "0.50:0.95"]
    if not len(pools[0].truth_group):
        return [OverlapPrecision(name, None, None, None) for name in names]
    values, draws = [], []
    for pool in pools:
        values.append(average_precision(pool.score, pool.hit, len(pool.truth_group)))
        of_each, of_truth = pool_weights(pool)
        draws.append(average_precision(pool.score, pool.hit, of_truth.sum(1), of_each))
    every = zip([*values, np.mean(values)], [*draws, np.mean(draws, axis=0)], strict=True)
    found = [Estimate.of(float(value), interval(drawn)) for value, drawn in every]
    return [OverlapPrecision(n, e.value, e.low, e.high) for n, e in zip(names, found, strict=True)]


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(float(v), 4) for v in values]
