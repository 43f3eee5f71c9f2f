"""How accuracy grows with the number of regions that were learned from, and how far it would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.evaluation.metrics.bootstrap import BOUNDS, bootstrap
from halescope.evaluation.metrics.classification import class_scores
from halescope.training.classifier.fit import ClassifierFit, fit_classifier, predict
from halescope.training.classifier.folds import FoldConfig, deal, region_weight
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.prior import Rows

Floats = NDArray[np.float64]

SHARES = (0.2, 0.35, 0.6, 1.0)
"""Of the training regions."""

EXPONENT = 0.5
"""Errors fall with the square root of the number of regions towards a floor, as those of parametric
models do; with so few points the exponent itself cannot be fitted."""


@dataclass(frozen=True)
class LearningCurve:
    """Balanced accuracy by region against the number of regions learned from.

    `regions`, (K,), `accuracy`, (K,): what was found; `low`, `high`, (K,): intervals by region.
    `asked`: numbers that it is extrapolated to; `expected`, and its limits, what is expected there.
    """

    regions: tuple[float, ...]
    accuracy: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    asked: tuple[int, ...]
    expected: tuple[float, ...]
    expected_low: tuple[float, ...]
    expected_high: tuple[float, ...]


def learning_curve(
    crops: LabelledCrops,
    config: ClassifierFit,
    folds: FoldConfig,
    rows: Rows | None,
    asked: Sequence[int] = (200, 500, 2000),
    say: Callable[[str], None] = lambda line: None,
) -> LearningCurve:
    """Return the curve: each fold is predicted from shares of the other regions."""
    fold = deal(crops, folds)
    predicted = np.zeros((len(SHARES), len(crops)), np.int64)
    counts = np.zeros((len(SHARES), folds.folds))
    for index in range(folds.folds):
        held = fold == index
        training = crops[~held]
        names = np.random.default_rng(index).permutation(np.unique(training.region))
        for step, share in enumerate(SHARES):
            kept = names[: max(12, round(share * len(names)))]
            used = training[np.isin(training.region, kept)]
            fitted = fit_classifier(used, config, index, rows)
            predicted[step, held] = predict(fitted, crops.features[held, 0])[0].argmax(1)
            counts[step, index] = len(kept)
    firm = crops[crops.firm]
    weight, one = region_weight(firm), np.eye(len(HIERARCHY))

    def accuracies(drawn: Floats) -> Floats:
        return np.array([
            class_scores(firm.level, one[found[crops.firm]], drawn * weight).balanced_accuracy
            for found in predicted
        ])  # fmt: skip

    found, draws = accuracies(np.ones(len(firm))), bootstrap(accuracies, firm.region)
    mean = counts.mean(1)
    ahead = np.array([_extrapolated(mean, row, asked) for row in draws])
    low, high = np.quantile(draws, BOUNDS, axis=0)
    far_low, far_high = np.quantile(ahead, BOUNDS, axis=0)
    far = _extrapolated(mean, found, asked)
    curve = LearningCurve(
        _plain(mean), _plain(found), _plain(low), _plain(high),
        tuple(asked), _plain(far), _plain(far_low), _plain(far_high),
    )  # fmt: skip
    for line in lines(curve):
        say(line)
    return curve


def _plain(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(v), 3) for v in values)


def _extrapolated(regions: Floats, accuracy: Floats, asked: Sequence[int]) -> Floats:
    """Return the accuracy expected of as many regions: a line in n ** -EXPONENT, at most 1."""
    slope, ceiling = np.polyfit(regions**-EXPONENT, accuracy, 1)
    expected = ceiling + slope * np.array(asked, float) ** -EXPONENT
    return np.asarray(np.minimum(expected, 1.0), np.float64)


def lines(curve: LearningCurve) -> list[str]:
    """Return the curve in words."""
    known = zip(curve.regions, curve.accuracy, curve.low, curve.high, strict=True)
    ahead = zip(curve.asked, curve.expected, curve.expected_low, curve.expected_high, strict=True)
    return [
        *(f"  {n:5.0f} regions: {a:.3f} ({b:.2f}..{c:.2f})" for n, a, b, c in known),
        *(f"  {n:5.0f} regions, expected: {a:.3f} ({b:.2f}..{c:.2f})" for n, a, b, c in ahead),
    ]
