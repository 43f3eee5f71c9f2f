"""Average precision by hand, with weights, and in both ways of integrating it."""

import numpy as np
import pytest

from halescope.evaluation.metrics.average_precision import (
    average_precision,
    coco_average_precision,
    precision_recall,
)

SCORE, HIT = np.array([0.9, 0.8, 0.7]), np.array([True, False, True])


def test_area_by_hand() -> None:
    # Hits at ranks 1 and 3 of three truths: 1/3 * 1 + 1/3 * 2/3.
    assert average_precision(SCORE, HIT, 3) == pytest.approx(1 / 3 + 2 / 9)
    assert average_precision(SCORE, HIT, 0) == 0
    assert average_precision(SCORE[:0], HIT[:0], 3) == 0


def test_coco_reads_the_same_curve_at_its_recalls() -> None:
    # 34 of 101 recalls lie at 1/3 or below, 33 above it up to 2/3.
    assert coco_average_precision(SCORE, HIT, 3) == pytest.approx((34 + 33 * 2 / 3) / 101)
    assert coco_average_precision(SCORE[:0], HIT[:0], 3) == 0


def test_precision_is_that_of_any_higher_recall() -> None:
    recall, precision = precision_recall(SCORE, np.array([False, True, True]), 4)
    assert recall.tolist() == [0, 0.25, 0.5]
    assert precision == pytest.approx([2 / 3] * 3)


def test_weights_count_detections_row_by_row() -> None:
    weight = np.array([[1.0, 1, 1], [2, 0, 1], [0, 3, 0]])
    several = average_precision(SCORE, HIT, np.array([3, 4, 3]), weight)
    for row, truths, value in zip(weight.astype(int), (3, 4, 3), several, strict=True):
        again = np.repeat(np.arange(3), row)
        assert value == pytest.approx(float(average_precision(SCORE[again], HIT[again], truths)))
