"""How far a probability can be believed: reliability, and the risk of not abstaining."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.evaluation.metrics.bootstrap import Interval, mean_interval
from halescope.evaluation.metrics.classification import BINS, winning

NOAA_RISK = 0.21
"""How often NOAA's own class (alpha, beta or complex) of one day differs from that of the next,
see `halescope.evaluation.baselines.ceiling`: a class that is wrong no more often is as good as the
labels."""

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions whose winning probability lies from `low` to `high`.

    `confidence`, `accuracy`: mean winning probability, and share of right predictions, with an
    interval by region; none where a single region stands behind it.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    interval: Interval | None
    count: int
    regions: int


def reliability(truth: Ints, probabilities: Floats, regions: Ints) -> list[ReliabilityBin]:
    """Return the reliability diagram of the winning class of (N, K) probabilities.

    Bins without predictions are left out.
    """
    confidence, right, index = winning(truth, probabilities)
    return [
        ReliabilityBin(
            number / BINS,
            (number + 1) / BINS,
            float(confidence[inside].mean()),
            float(right[inside].mean()),
            mean_interval(right[inside], regions[inside]),
            int(inside.sum()),
            len(np.unique(regions[inside])),
        )
        for number in range(BINS)
        if (inside := index == number).any()
    ]


@dataclass(frozen=True)
class RiskCoverage:
    """What is kept, and how often it is wrong, as the threshold rises; all (T,) float.

    The threshold is of the winning probability, the first one keeps everything; coverage is the
    share of predictions at or above it, risk of those that are wrong among them.
    """

    threshold: Floats
    coverage: Floats
    risk: Floats

    @property
    def area(self) -> float:
        """Area under risk over coverage, by steps: the mean risk over all coverages."""
        share = -np.diff(np.append(self.coverage, 0.0))
        return float((share * self.risk).sum())


def risk_coverage(truth: Ints, probabilities: Floats, weight: Floats | None = None) -> RiskCoverage:
    """Return the risk-coverage curve (El-Yaniv & Wiener 2010, JMLR 11, 1605).

    `weight`, (N,), says how often each of (N, K) predictions counts; once if left out.
    """
    if not len(truth):
        empty = np.zeros(0)
        return RiskCoverage(empty, empty, empty)
    weight = np.ones(len(truth)) if weight is None else np.asarray(weight, float)
    truth, probabilities, weight = truth[weight > 0], probabilities[weight > 0], weight[weight > 0]
    confidence = probabilities.max(1)
    wrong = (probabilities.argmax(1) != truth) * weight
    order = np.argsort(-confidence, kind="stable")
    kept, errors = np.cumsum(weight[order]), np.cumsum(wrong[order])
    threshold = confidence[order]
    last = np.append(threshold[1:] != threshold[:-1], True)
    total = float(weight.sum())
    return RiskCoverage(
        threshold[last][::-1], (kept[last] / total)[::-1], (errors[last] / kept[last])[::-1]
    )


def choose_threshold(curve: RiskCoverage, risk: float) -> float:
    """Return the lowest threshold whose predictions are wrong no more often than `risk`, 0..1.

    It lies half-way to the threshold below, so that rounding changes nothing; 1 where no threshold
    is good enough, 0 where all are.
    """
    good = np.nonzero(curve.risk <= risk)[0]
    if not len(good):
        return 1.0
    first = int(good[0])
    if first == 0:
        return 0.0
    return float((curve.threshold[first] + curve.threshold[first - 1]) / 2)


@dataclass(frozen=True)
class Abstention:
    """An abstention threshold for a largest risk, `target`, and what it does, all 0..1.

    Coverage and risk are of the predictions that it was chosen on; `held_coverage` and `held_risk`
    of thresholds chosen on the other folds: what to expect.
    """

    threshold: float
    target: float
    coverage: float
    risk: float
    held_coverage: float
    held_risk: float


def choose_abstention(
    truth: Ints, probabilities: Floats, fold: Ints, target: float, weight: Floats | None = None
) -> Abstention:
    """Choose the abstention threshold on out-of-fold predictions, (N,), (N, K) and (N,) arrays.

    `weight`, (N,), says how often each prediction counts; once if left out.
    """
    weight = np.ones(len(truth)) if weight is None else weight / np.mean(weight)
    threshold = choose_threshold(risk_coverage(truth, probabilities, weight), target)
    kept = np.zeros(len(truth), bool)
    for number in np.unique(fold):
        held = fold == number
        other = risk_coverage(truth[~held], probabilities[~held], weight[~held])
        kept[held] = probabilities[held].max(1) >= choose_threshold(other, target)
    return Abstention(
        threshold,
        target,
        *_kept_risk(truth, probabilities, weight * (probabilities.max(1, initial=0) >= threshold)),
        *_kept_risk(truth, probabilities, weight * kept),
    )


def _kept_risk(truth: Ints, probabilities: Floats, kept: Floats) -> tuple[float, float]:
    """Return coverage and risk of the predictions that are kept; NaN risk where none is.

    `kept`, (N,): how often each counts, 0 where it is not kept.
    """
    total = kept.sum()
    if not total:
        return 0.0, float("nan")
    wrong = probabilities.argmax(1) != truth
    return float(total / len(truth)), float((kept * wrong).sum() / total)
