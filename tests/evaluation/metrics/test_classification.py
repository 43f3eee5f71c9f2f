"""Classification metrics against sklearn's definitions, by hand."""

import numpy as np
import pytest

from halescope.evaluation.metrics.classification import (
    calibration_error,
    class_scores,
    confusion,
)

TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 0, 2, 2])
SHARE = np.full((8, 3), 0.1) + 0.7 * np.eye(3)[PREDICTED]


def test_scores_by_hand() -> None:
    scores = class_scores(TRUTH, SHARE)
    assert scores.recall == pytest.approx([0.75, 0.5, 1.0])
    assert scores.precision == pytest.approx([0.75, 0.5, 1.0])
    assert scores.balanced_accuracy == pytest.approx(0.75)
    assert scores.accuracy == pytest.approx(0.75)
    assert scores.macro_f1 == pytest.approx(0.75)
    # Each against the rest: .75 - 1/4, .5 - 1/6, 1 - 0.
    assert scores.tss == pytest.approx((0.5 + 1 / 3 + 1) / 3)
    assert scores.log_loss == pytest.approx(-(6 * np.log(0.8) + 2 * np.log(0.1)) / 8)


def test_weights_count_samples() -> None:
    weight = np.array([1, 0, 2, 1, 3, 0, 1, 1])
    again = np.repeat(np.arange(8), weight)
    found, expected = class_scores(TRUTH, SHARE, weight), class_scores(TRUTH[again], SHARE[again])
    assert found.balanced_accuracy == pytest.approx(expected.balanced_accuracy)
    assert found.macro_f1 == pytest.approx(expected.macro_f1)
    assert found.calibration_error == pytest.approx(expected.calibration_error)


def test_an_absent_class_is_not_averaged() -> None:
    scores = class_scores(TRUTH[:6], SHARE[:6])
    assert np.isnan(scores.recall[2])
    assert scores.balanced_accuracy == pytest.approx(0.625)


def test_calibration_error() -> None:
    truth = np.array([0] * 8 + [1] * 2)
    assert calibration_error(truth, np.tile([0.8, 0.2], (10, 1))) == pytest.approx(0.0)
    assert calibration_error(truth, np.tile([0.95, 0.05], (10, 1))) == pytest.approx(0.15)
    assert np.isnan(calibration_error(truth[:0], np.zeros((0, 2))))


def test_confusion_rows_are_truth() -> None:
    assert confusion(np.array([0, 0, 1]), np.array([1, 1, 1]), 2).tolist() == [[0, 2], [0, 1]]


def test_scores_of_nothing_are_not_numbers() -> None:
    found = class_scores(TRUTH[:0], SHARE[:0])
    assert found.count == 0
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "tss", "log_loss"):
        assert np.isnan(getattr(found, name)), name


def test_precision_and_recall_differ() -> None:
    """Two of class 0 called 1: recall 1/3 and precision 1; of class 1 recall 1, precision 1/3."""
    share = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]])
    found = class_scores(np.array([0, 0, 0, 1]), share)
    assert found.recall == pytest.approx([1 / 3, 1])
    assert found.precision == pytest.approx([1, 1 / 3])
    assert found.f1 == pytest.approx([0.5, 0.5])
    assert found.tss_of == pytest.approx([1 / 3, 1 / 3])
    assert (found.count, found.accuracy) == (4, 0.5)
    certain = class_scores(np.array([0]), np.array([[0.0, 1.0]]))
    assert certain.log_loss == pytest.approx(-np.log(1e-6))


def test_the_last_bin_holds_certainty() -> None:
    from halescope.evaluation.metrics.classification import winning

    share = np.array([[1.0, 0.0], [0.55, 0.45], [0.3, 0.7]])
    confidence, right, index = winning(np.array([0, 1, 1]), share)
    assert confidence.tolist() == [1, 0.55, 0.7]
    assert right.tolist() == [1, 0, 1]
    assert index.tolist() == [9, 5, 7]
    assert [len(part) for part in winning(np.zeros(0, int), share[:0])] == [0, 0, 0]
