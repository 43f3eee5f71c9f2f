"""The threshold that ships: the least one that is nearly the best."""

import numpy as np

from halescope.evaluation.metrics.detection import DiskResult
from halescope.training.threshold import THRESHOLDS, choose_threshold, f1_sums, scores_at

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
