"""The honest estimate: outer folds are touched once, and the graph says what the fit says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from classifier_tables import SMALL, crops
from halescope.training.classifier import nested as classifier_nested
from halescope.training.classifier.calibrate import Calibration
from halescope.training.classifier.curve import _extrapolated, learning_curve, lines
from halescope.training.classifier.fit import fit_classifier, predict
from halescope.training.classifier.folds import FoldConfig, calibrations_of
from halescope.training.classifier.labelled import END, LabelledCrops
from halescope.training.classifier.nested import estimate_of, nested
from halescope.training.classifier.prior import NoaaSizes, Rows

FOLDS = FoldConfig(folds=3, repeats=1, rounds=20)


def sized(data: LabelledCrops) -> LabelledCrops:
    """Return regions whose sizes are told by their first feature."""
    return replace(data, size=np.repeat(data.features[:, 0, :1] * 2 + 3, 3, 1))


def rows() -> Rows:
    random = np.random.default_rng(1)
    size = random.normal(3, 1, (800, 1)) + random.normal(0, 0.1, (800, 3))
    kind = np.where(size[:, 0] > 4, 0, np.where(size[:, 0] > 2, 1, 4))
    return Rows(NoaaSizes({}, size, kind, np.arange(800)))


def test_outer_regions_choose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data, seen = crops(18, 4), []
    monkeypatch.setattr(classifier_nested, "LEAVES", (3, 6))
    monkeypatch.setattr(classifier_nested, "COPIES", (2,))

    fit = classifier_nested.fit_forest

    def spy(training: LabelledCrops, *more: object) -> object:
        seen.append(set(training.region.tolist()))
        return fit(training, *more)

    monkeypatch.setattr(classifier_nested, "fit_forest", spy)
    monkeypatch.setattr("halescope.training.classifier.fit.fit_forest", spy)
    found = nested(data, SMALL, FOLDS, None)
    each = 3 * classifier_nested.INNER + 2  # of both leaves, of field cut early, and both parts
    assert len(seen) == 3 * each
    for index in range(3):
        outer = set(data.region[found.fold == index].tolist())
        assert outer
        assert not any(outer & fitted for fitted in seen[index * each : (index + 1) * each])
    estimate = estimate_of(data, found.share, 20)
    assert estimate["by_region"]["balanced_accuracy"] > 0.8
    assert {row["by"] for row in estimate["table"]} >= {"instrument", "longitude"}
    assert sum(r["frames"] for r in estimate["table"] if r["by"] == "instrument") == len(data)


@pytest.mark.parametrize("with_prior", [True, False])
def test_graph_equals_the_fit(tmp_path: Path, with_prior: bool) -> None:
    pytest.importorskip("onnx")
    import onnxruntime

    from halescope.training.classifier.graph import onnx_bytes

    data = sized(crops(18, 4))
    how = Calibration(1.3, (0.5, 0.0, -0.5)), Calibration(0.7, (0.0, 1.0, 0.0))
    fitted = fit_classifier(data, SMALL, 0, rows() if with_prior else None, how)
    assert (fitted.whole.size.prior is not None) == with_prior
    wild = data.features[:9, 0] * 40
    seen = np.concatenate([data.features[:, 0], data.cut[:, 0], wild, wild * 0.02])
    session = onnxruntime.InferenceSession(onnx_bytes(fitted, seen.shape[1]))
    levels, fine = session.run(None, {"features": seen})
    expected = predict(fitted, seen)
    np.testing.assert_allclose(levels, expected[0], atol=2e-3)
    np.testing.assert_allclose(fine, expected[1], atol=2e-3)
    assert np.exp(levels).sum(1) == pytest.approx(1, abs=1e-4)


def test_the_prior_says_something() -> None:
    data = sized(crops(18, 4))
    fitted = fit_classifier(data, SMALL, 0, rows())
    fitted = replace(fitted, whole=replace(fitted.whole, weights=(0.0, 1.0)))
    alpha = predict(fitted, data.features[:, 0])[0].argmax(1) == 0
    # Large first features are alpha in these rows.
    assert alpha[data.level == 0].mean() > alpha[data.level != 0].mean() + 0.3


def test_the_curve_rises_to_what_it_was_drawn_from() -> None:
    regions = np.array([20.0, 40, 80])
    accuracy = 0.9 - 1.0 * regions**-0.5
    assert _extrapolated(regions, accuracy, [400]) == pytest.approx([0.85])
    curve = learning_curve(crops(24, 3), SMALL, FOLDS, None, asked=(100,))
    assert list(curve.regions) == sorted(curve.regions)
    assert curve.accuracy[-1] > 0.8
    assert len(lines(curve)) == len(curve.regions) + 1


def test_pictures_that_end_early_have_their_own_part() -> None:
    data = crops(18, 4)
    blind = replace(data, cut=np.where(np.arange(data.cut.shape[2]) == END, data.cut, 0))
    fitted = fit_classifier(blind, SMALL, 0)
    whole, cut = (np.exp(predict(fitted, f[:, 0])[0]) for f in (blind.features, blind.cut))
    assert (whole.argmax(1) == data.level).mean() > 0.9
    assert np.ptp(cut, axis=0).max() < 1e-6  # there it saw nothing to tell them by
    assert np.allclose(cut[0], 1 / 3, atol=0.1)


def test_pictures_that_end_early_alone_can_be_learned_from() -> None:
    data = crops(18, 4)
    early = replace(data, features=data.cut)
    found = predict(fit_classifier(early, SMALL, 0), early.features[:, 0])[0]
    assert (found.argmax(1) == data.level).mean() > 0.9


def test_each_part_is_calibrated_by_its_own_regions() -> None:
    data = crops(24, 4)
    of_gong = data.region >= 18
    features = np.where(of_gong[:, None, None], data.cut, data.features)
    mixed = replace(data, features=features)
    assert (mixed.whole == ~of_gong).all()
    sure = np.log(np.eye(3, dtype=np.float32)[data.level] * 0.97 + 0.01)
    levels = np.stack([sure, sure, -sure])  # what is said of field cut early is all wrong
    whole, cut = calibrations_of(mixed, levels, np.ones(len(mixed), bool))
    assert whole.temperature < 1 < cut.temperature
