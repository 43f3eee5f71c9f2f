"""The class part of the report: out-of-fold metrics, confusion, calibration, abstention."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.evaluation.classification import (
    ClassMetrics,
    ClassSample,
    SizedClassMetrics,
    class_metrics,
)
from halescope.evaluation.metrics.bootstrap import Estimate, band, bootstrap
from halescope.evaluation.metrics.calibration import choose_abstention, reliability, risk_coverage
from halescope.evaluation.metrics.classification import confusion
from halescope.evaluation.predictions import NETWORK, RAW, ClassPredictions

COVERAGES = np.round(np.arange(0.05, 1.001, 0.05), 2)


@dataclass(frozen=True)
class ConfidenceBin:
    """Predictions of about one confidence, see `ReliabilityBin` of the calibration metrics."""

    low: float
    high: float
    confidence: float
    accuracy: Estimate
    frames: int
    regions: int


@dataclass(frozen=True)
class RiskCurve:
    """Share of wrong classes among those kept, with its interval, over `COVERAGES`."""

    coverage: list[float]
    risk: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True)
class AbstentionPart:
    """What `choose_abstention` finds, None where undefined; the risk-coverage curve, its area."""

    threshold: float | None
    target: float | None
    coverage: float | None
    risk: float | None
    held_coverage: float | None
    held_risk: float | None
    area: float
    curve: RiskCurve


@dataclass(frozen=True)
class HeldOutPart:
    """Metrics of out-of-fold predictions that are scored.

    Parameters
    ----------
    regions_by_level : dict of str to int
        Regions that were of each level at some time.
    models, reliability : dict
        By set of probabilities; `models` is empty, and what follows None, where nothing is scored.
    confusion : dict of str to (3, 3) lists of int
        By ``frame`` and by ``region``; rows are NOAA's levels, columns ours.
    """

    frames: int
    regions: int
    regions_by_level: dict[str, int]
    days: tuple[str, str]
    models: dict[str, ClassMetrics]
    confusion: dict[str, list[list[int]]] | None = None
    reliability: dict[str, list[ConfidenceBin]] | None = None
    abstention: AbstentionPart | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values, without the parts that are None."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class HerePart:
    """Metrics on the evaluated days alone, by model, and why one is missing."""

    models: dict[str, SizedClassMetrics]
    notes: list[str]


@dataclass(frozen=True)
class ClassesPart:
    """Class metrics: cross-validated, on the evaluated days, and of found regions as shown."""

    held_out: HeldOutPart | None
    here: HerePart
    as_shipped: SizedClassMetrics | None


def held_out_part(found: ClassPredictions, risk: float) -> HeldOutPart:
    """Return the class metrics of scored predictions; abstention is for a largest risk."""
    truth, region = found.truth, found.region
    sizes = (
        len(found),
        len(np.unique(region)),
        {name: len(np.unique(region[truth == i])) for i, name in enumerate(HIERARCHY)},
        (min(found.time, default="")[:10], max(found.time, default="")[:10]),
    )
    if not len(found):
        return HeldOutPart(*sizes, {})
    samples = {name: ClassSample(truth, share, region) for name, share in found.sets.items()}
    network = samples[NETWORK]
    return HeldOutPart(
        *sizes,
        {name: class_metrics(sample) for name, sample in samples.items()},
        {"frame": confusion_table(network), "region": confusion_table(by_region(network))},
        {name: _bins(samples[name]) for name in (NETWORK, RAW) if name in samples},
        abstention_part(found, risk),
    )


def by_region(sample: ClassSample) -> ClassSample:
    """Return each region once for each level that it had, with its mean probabilities then."""
    pairs = np.stack([sample.region, sample.truth], 1)
    pairs, index = np.unique(pairs, axis=0, return_inverse=True)
    index = index.ravel()
    total = np.zeros((len(pairs), sample.share.shape[1]))
    np.add.at(total, index, sample.share)
    count = np.bincount(index, minlength=len(pairs))[:, None]
    return ClassSample(pairs[:, 1].astype(np.intp), total / np.maximum(count, 1), pairs[:, 0])


def confusion_table(sample: ClassSample) -> list[list[int]]:
    """Return the confusion table; rows are NOAA's levels, columns ours."""
    table = confusion(sample.truth, sample.share.argmax(1), len(HIERARCHY))
    return [[int(v) for v in row] for row in table]


def abstention_part(found: ClassPredictions, risk: float) -> AbstentionPart:
    """Return the abstention threshold at a risk, and the risk-coverage curve with its band."""
    truth, share = found.truth, found.sets[NETWORK]

    def risks(weight: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        drawn = risk_coverage(truth, share, weight)
        return np.interp(COVERAGES, drawn.coverage[::-1], drawn.risk[::-1])

    chosen = vars(choose_abstention(truth, share, found.fold, risk))
    curve = (risks(), *band(bootstrap(risks, found.region)))
    return AbstentionPart(
        **{name: Estimate.of(value).value for name, value in chosen.items()},
        area=round(risk_coverage(truth, share).area, 4),
        curve=RiskCurve(COVERAGES.tolist(), *([round(float(v), 4) for v in c] for c in curve)),
    )


def _bins(sample: ClassSample) -> list[ConfidenceBin]:
    found = []
    for b in reliability(sample.truth, sample.share, sample.region):
        accuracy, confidence = Estimate.of(b.accuracy, b.interval), round(b.confidence, 4)
        found.append(ConfidenceBin(b.low, b.high, confidence, accuracy, b.count, b.regions))
    return found
