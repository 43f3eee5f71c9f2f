"""Reliability, risk and coverage, abstention: by hand and against scikit-learn and torchmetrics."""

import numpy as np
import pytest

from halescope.evaluation.metrics.calibration import (
    choose_abstention,
    choose_threshold,
    reliability,
    risk_coverage,
)
from halescope.evaluation.metrics.classification import calibration_error


def two(winning: list[float]) -> np.ndarray:
    """Return probabilities of two classes, the first of which wins."""
    share = np.array(winning)
    return np.stack([share, 1 - share], 1)


def drawn(count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and probabilities that are too bold."""
    random = np.random.default_rng(1)
    logits = random.normal(0, 1, (count, 3))
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = np.array([random.choice(3, p=p) for p in share])
    bold = np.exp(2 * logits) / np.exp(2 * logits).sum(1, keepdims=True)
    return truth, bold


def test_risk_and_coverage_by_hand() -> None:
    # From the surest down: right, wrong, right, wrong; the first class is the truth if right.
    curve = risk_coverage(np.array([0, 1, 0, 1]), two([0.9, 0.8, 0.7, 0.6]))
    assert curve.threshold == pytest.approx([0.6, 0.7, 0.8, 0.9])
    assert curve.coverage == pytest.approx([1, 0.75, 0.5, 0.25])
    assert curve.risk == pytest.approx([0.5, 1 / 3, 0.5, 0])
    assert curve.area == pytest.approx((0.5 + 1 / 3 + 0.5 + 0) / 4)


def test_equal_confidence_is_kept_or_dropped_together() -> None:
    curve = risk_coverage(np.array([0, 1, 0, 0]), two([0.9, 0.7, 0.7, 0.7]))
    assert curve.coverage == pytest.approx([1, 0.25])
    assert curve.risk == pytest.approx([0.25, 0])


def test_weights_count_predictions() -> None:
    truth, share = drawn(40)
    weight = np.random.default_rng(0).integers(0, 3, 40)
    again = np.repeat(np.arange(40), weight)
    found = risk_coverage(truth, share, weight)
    expected = risk_coverage(truth[again], share[again])
    assert found.coverage == pytest.approx(expected.coverage)
    assert found.risk == pytest.approx(expected.risk)


def test_threshold_keeps_as_much_as_the_risk_allows() -> None:
    curve = risk_coverage(np.array([0, 1, 0, 1]), two([0.9, 0.8, 0.7, 0.6]))
    assert choose_threshold(curve, 0.4) == pytest.approx(0.65)
    assert choose_threshold(curve, 0.5) == 0
    assert choose_threshold(curve, 0.1) == pytest.approx(0.85)
    never = risk_coverage(np.array([1]), two([0.9]))
    assert choose_threshold(never, 0.5) == 1


def test_abstention_on_other_folds_is_not_better_than_on_its_own() -> None:
    truth, share = drawn()
    fold = np.arange(len(truth)) % 5
    found = choose_abstention(truth, share, fold, 0.3)
    kept = share.max(1) >= found.threshold
    assert found.coverage == pytest.approx(kept.mean())
    assert found.risk == pytest.approx((share.argmax(1) != truth)[kept].mean())
    assert found.risk <= 0.3
    assert found.held_risk == pytest.approx(0.3, abs=0.06)
    assert 0 < found.coverage < 1


def test_abstention_counts_what_it_is_told_to_count() -> None:
    truth, share = drawn(200)
    fold, often = np.arange(len(truth)) % 4, np.arange(len(truth)) % 3 + 1
    found = choose_abstention(truth, share, fold, 0.3, often)
    twice = choose_abstention(*(np.repeat(v, often, axis=0) for v in (truth, share, fold)), 0.3)
    assert vars(found) == pytest.approx(vars(twice))


def test_reliability_by_hand() -> None:
    truth = np.array([0, 0, 1, 0])
    bins = reliability(truth, two([0.92, 0.98, 0.94, 0.65]), np.array([1, 1, 2, 3]))
    assert [(b.low, b.high, b.count, b.regions) for b in bins] == [
        (0.6, 0.7, 1, 1), (0.9, 1.0, 3, 2),
    ]  # fmt: skip
    assert bins[1].accuracy == pytest.approx(2 / 3)
    assert bins[1].confidence == pytest.approx((0.92 + 0.98 + 0.94) / 3)
    assert bins[1].interval == pytest.approx((0, 1))  # one region is right, the other wrong


def test_bins_add_up_to_the_expected_calibration_error() -> None:
    truth, share = drawn()
    bins = reliability(truth, share, np.arange(len(truth)))
    summed = sum(b.count * abs(b.accuracy - b.confidence) for b in bins) / len(truth)
    assert calibration_error(truth, share) == pytest.approx(summed)


def test_reliability_agrees_with_sklearn() -> None:
    calibration = pytest.importorskip("sklearn.calibration")
    truth, share = drawn()
    right = (share.argmax(1) == truth).astype(int)
    accuracy, confidence = calibration.calibration_curve(right, share.max(1), n_bins=10)
    bins = reliability(truth, share, np.arange(len(truth)))
    assert [b.accuracy for b in bins] == pytest.approx(accuracy)
    assert [b.confidence for b in bins] == pytest.approx(confidence)


def test_calibration_error_agrees_with_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("torchmetrics.functional.classification")
    truth, share = drawn()
    theirs = metrics.multiclass_calibration_error(
        torch.from_numpy(share), torch.from_numpy(truth), num_classes=3, n_bins=10
    )
    assert calibration_error(truth, share) == pytest.approx(float(theirs), abs=1e-6)


def test_nothing_has_no_curve() -> None:
    none, share = np.zeros(0, int), np.zeros((0, 3))
    assert len(risk_coverage(none, share).risk) == 0
    assert reliability(none, share, none) == []
    assert choose_abstention(none, share, none, 0.2).coverage == 0
