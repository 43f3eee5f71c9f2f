"""The detection part of the report: curves, overlap, and where regions are found or missed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.evaluation.figures import (
    READINGS,
    detection_figures,
    pool_of,
    with_interval,
)
from halescope.evaluation.metrics.bootstrap import (
    draw_weights,
    drawn_average_precision,
    drawn_curves,
)
from halescope.evaluation.metrics.detection import Pool, pooled_scores
from halescope.evaluation.report.strata import DRAWS, strata
from halescope.evaluation.run import Seen

OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
GRID = np.linspace(0, 1, 101)
MAIN = ""
"""Name of the detector that is evaluated, among the baselines' names."""


def detection_part(seen: Sequence[Seen], thresholds: Mapping[str, float]) -> dict[str, Any]:
    """Return the figures of detection.

    Parameters
    ----------
    thresholds : mapping of str to float
        Score from which a box is shown, by detector: `MAIN` and the baselines.

    Returns
    -------
    dict
        ``detectors``, ``curves``, ``by_overlap`` and ``strata``; ready for JSON.
    """
    pools = {
        (reading, name): [pool_of(seen, overlap, strict, name) for overlap in OVERLAPS]
        for reading, strict in READINGS
        for name in thresholds
    }
    return {
        "detectors": {
            name: detection_figures(seen, threshold, name) for name, threshold in thresholds.items()
        },
        "curves": _nested(thresholds, lambda reading, name: curve(pools[reading, name][0])),
        "by_overlap": _nested(thresholds, lambda reading, name: by_overlap(pools[reading, name])),
        "strata": {name: strata(seen, threshold, name) for name, threshold in thresholds.items()},
    }


def _nested(names: Mapping[str, float], part: Callable[[str, str], Any]) -> dict[str, Any]:
    return {reading: {name: part(reading, name) for name in names} for reading, _ in READINGS}


def curve(pool: Pool) -> dict[str, Any]:
    """Return the precision-recall curve on a grid of recalls, with a 90 % band by region."""
    if not len(pool.truth_group) or not len(pool.score):
        return {"recall": [], "precision": [], "low": [], "high": []}
    ones = np.ones((1, len(pool.score)))
    of_each, of_truth = draw_weights(pool, DRAWS)
    recall, precision = drawn_curves(pool, ones, np.array([float(len(pool.truth_group))]))
    shown = np.append(GRID[GRID <= recall[0, -1]], recall[0, -1])
    drawn = [
        _at(r, p, shown)
        for r, p in zip(
            *drawn_curves(pool, of_each, np.maximum(of_truth.sum(1), 1e-9)), strict=True
        )
    ]
    low, high = np.percentile(drawn, [5, 95], axis=0)
    return {
        "recall": _rounded(shown),
        "precision": _rounded(_at(recall[0], precision[0], shown)),
        "low": _rounded(low),
        "high": _rounded(high),
    }


def by_overlap(pools: Sequence[Pool]) -> list[dict[str, Any]]:
    """Return average precision at each of `OVERLAPS`, and their mean, with intervals by region.

    Parameters
    ----------
    pools : sequence of Pool
        One for each overlap.
    """
    if not len(pools[0].truth_group):
        none = with_interval(float("nan"), None)
        return [{"iou": overlap, **none} for overlap in (*OVERLAPS, "0.50:0.95")]
    values, draws = [], []
    for pool in pools:
        values.append(pooled_scores(pool, 0.0).average_precision)
        of_each, of_truth = draw_weights(pool, DRAWS)
        draws.append(drawn_average_precision(pool, of_each, np.maximum(of_truth.sum(1), 1e-9)))
    rows: list[dict[str, Any]] = [
        {"iou": overlap, **with_interval(value, _spread(drawn))}
        for overlap, value, drawn in zip(OVERLAPS, values, draws, strict=True)
    ]
    mean = with_interval(float(np.mean(values)), _spread(np.mean(draws, axis=0)))
    return [*rows, {"iou": "0.50:0.95", **mean}]


def _at(
    recall: NDArray[np.float64], precision: NDArray[np.float64], grid: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the monotonic precision at each recall of a grid; 0 beyond the last."""
    index = np.searchsorted(recall, grid - 1e-9)
    return np.append(precision, 0.0)[index]


def _spread(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, [5, 95])
    return float(low), float(high)


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(float(v), 4) for v in values]
