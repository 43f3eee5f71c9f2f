"""Calibration: what was drawn is found again, and the shift decides how often levels are called."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from halescope.tensors import softmax
from halescope.training.classifier.calibrate import (
    Calibration,
    fit_calibration,
    fit_shift,
    fit_temperature,
)


def drawn(shift: tuple[float, float, float], count: int = 6000) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and levels drawn from them after a shift."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (count, 3)).astype(np.float32)
    share = softmax((logits + np.array(shift)).astype(float))
    truth = (random.random((count, 1)) > share.cumsum(1)[:, :2]).sum(1)
    return logits, truth


def test_temperature_is_found_again() -> None:
    logits, truth = drawn((0, 0, 0))
    assert fit_temperature(logits * 1.7, truth) == pytest.approx(1.7, rel=0.1)


def test_shift_is_found_again_whatever_the_temperature() -> None:
    logits, truth = drawn((0.5, 0.5, -1.0))
    found = fit_shift(logits * 1.7, truth, np.ones(len(truth)))
    assert found / 1.7 == pytest.approx([0.5, 0.5, -1.0], abs=0.15)


def test_calibrated_probabilities_are_right_as_often_as_they_say() -> None:
    logits, truth = drawn((0.3, 0.9, -1.2))
    how = fit_calibration(logits * 2, truth, np.ones(len(truth)), (1.0,))
    share = np.exp(how.of(logits * 2))
    for level in range(3):
        assert share[:, level].mean() == pytest.approx((truth == level).mean(), abs=0.01)
    assert np.allclose(share.sum(1), 1, atol=1e-5)


def test_the_shift_trades_recall_for_precision() -> None:
    logits, truth = drawn((0.5, 0.5, -1.0))
    called = [
        (fit_calibration(logits, truth, np.ones(len(truth)), (share,)).of(logits).argmax(1) == 2)
        for share in (0.0, 1.0)
    ]
    recall = [found[truth == 2].mean() for found in called]
    precision = [(truth[found] == 2).mean() for found in called]
    assert recall[0] > recall[1]
    assert precision[0] < precision[1]


def test_levels_that_are_missing_and_no_levels_at_all() -> None:
    logits, truth = drawn((0, 0, 0), 200)
    kept = truth != 2
    how = fit_calibration(logits[kept], truth[kept], np.ones(kept.sum()))
    assert np.isfinite(how.shift).all()
    assert np.isfinite(how.of(logits)).all()
    empty = np.zeros((0, 3), np.float32), np.zeros(0, int), np.zeros(0)
    assert fit_calibration(*empty) == Calibration()
