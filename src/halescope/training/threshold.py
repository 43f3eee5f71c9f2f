"""The score above which a detector shows its boxes, chosen on days that it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from halescope.evaluation.metrics.detection import DiskResult, detection_scores
from halescope.types import Array

THRESHOLDS = np.round(np.arange(0.1, 0.8, 0.025), 3)
"""Scores among which the shipped one is chosen."""

Readings = Mapping[str, Sequence[DiskResult]]
"""Results under both readings of plage: ``lenient``, where it is ignored, and ``strict``."""


def f1_sums(readings: Readings) -> list[float]:
    """Return the sum of both readings' F1, each 0..1, for each of `THRESHOLDS`."""
    return [
        sum(detection_scores(found, 0.5, float(t)).f1 for found in readings.values())
        for t in THRESHOLDS
    ]


def choose_threshold(sums: Sequence[float], slack: float = 0.0) -> float:
    """Return the least threshold whose sum of F1 is within `slack` of the best."""
    close = np.array(sums) >= max(sums) - slack
    return float(THRESHOLDS[int(close.argmax())])


def spare_lone(score: Array, region: NDArray[np.integer], slack: float) -> float:
    """Return the highest threshold at which spots are lost hardly more often than at the least.

    `score`, (N,) float32: of the box that holds each spot, 0 where none does. `region`, (N,) int:
    each region counts once, by the share of its images. `slack`: of that mean, 0..1. Without spots
    any threshold will do.
    """
    if not len(score):
        return float(THRESHOLDS[-1])
    shown = np.asarray(score)[:, None] >= THRESHOLDS
    shares = np.array([shown[region == one].mean(0) for one in np.unique(region)]).mean(0)
    return float(THRESHOLDS[shares >= shares[0] - slack][-1])


def scores_at(readings: Readings, threshold: float) -> dict[str, float]:
    """Return threshold, AP50, AP70, and precision, recall and F1 at the threshold, for a card."""
    out = {"threshold": threshold}
    for name, found in readings.items():
        at50 = detection_scores(found, 0.5, threshold)
        at70 = detection_scores(found, 0.7, threshold)
        out |= {
            f"{name}_ap50": round(at50.average_precision, 4),
            f"{name}_ap70": round(at70.average_precision, 4),
            f"{name}_precision": round(at50.precision, 4),
            f"{name}_recall": round(at50.recall, 4),
            f"{name}_f1": round(at50.f1, 4),
        }
    return out
