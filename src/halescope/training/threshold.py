"""The score above which a detector shows its boxes, chosen on days that it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from halescope.evaluation.metrics.detection import DiskResult, detection_scores

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
