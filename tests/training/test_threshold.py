"""The threshold that ships: the least one that is nearly the best."""

import numpy as np

from halescope.evaluation.metrics.detection import DiskResult
from halescope.training.threshold import (
    THRESHOLDS,
    choose_threshold,
    f1_sums,
    scores_at,
    spare_lone,
)

NONE = np.zeros((0, 4), np.float32)
BOXES = np.array([[0, 0, 10, 10], [20, 20, 30, 30], [50, 50, 60, 60]], np.float32)


def test_least_threshold_within_the_slack() -> None:
    sums = [1.0, 1.9, 1.896, 1.9] + [0.0] * (len(THRESHOLDS) - 4)
    assert choose_threshold(sums) == THRESHOLDS[1]
    assert choose_threshold([1.897, *sums[1:]], 0.005) == THRESHOLDS[0]


def test_both_readings_weigh_alike() -> None:
    score = np.array([0.9, 0.6, 0.3], np.float32)
    lenient = DiskResult(BOXES, score, BOXES[:2], BOXES[2:])
    strict = DiskResult(BOXES, score, BOXES[:2], NONE)
    readings = {"lenient": [lenient], "strict": [strict]}
    chosen = choose_threshold(f1_sums(readings))
    assert chosen == THRESHOLDS[THRESHOLDS > 0.3][0]
    found = scores_at(readings, chosen)
    assert found["strict_f1"] == found["lenient_f1"] == 1
    assert scores_at(readings, 0.1)["strict_precision"] == 0.6667


def test_lone_spots_count_by_region() -> None:
    score = np.array([0.9] * 8 + [0.16, 0.4], np.float32)
    region = np.array([1] * 8 + [2, 2])
    # Of two regions the second is lost in half of its images above 0.16: a quarter of the mean.
    assert spare_lone(score, region, 0.01) == THRESHOLDS[THRESHOLDS <= 0.16][-1]
    assert spare_lone(score, region, 0.3) == THRESHOLDS[THRESHOLDS <= 0.4][-1]
    assert spare_lone(score, region, 0.6) == THRESHOLDS[-1]
    assert spare_lone(np.zeros(3, np.float32), np.arange(3), 0.01) == THRESHOLDS[-1]
    assert spare_lone(score[:0], region[:0], 0.01) == THRESHOLDS[-1]
