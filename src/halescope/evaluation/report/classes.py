"""The class part of the report: scores, confusion, calibration, abstention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.evaluation.figures import with_interval
from halescope.evaluation.metrics.calibration import choose_abstention, reliability, risk_coverage
from halescope.evaluation.metrics.classification import class_scores, confusion
from halescope.evaluation.predictions import NETWORK, RAW, ClassPredictions

ROUNDS = 500
LEVEL = 0.9
COVERAGES = np.round(np.arange(0.05, 1.001, 0.05), 2)

Floats = NDArray[np.floating]


def class_part(found: ClassPredictions, risk: float) -> dict[str, Any]:
    """Return the class figures of out-of-fold predictions.

    Parameters
    ----------
    found : ClassPredictions
        Those that are scored.
    risk : float
        Largest risk that the abstention threshold is chosen for.

    Returns
    -------
    dict
        ``frames``, ``regions``, ``models`` (scores of each set of probabilities), ``confusion``,
        ``reliability`` and ``abstention`` of the network; no models where nothing is scored.
    """
    truth, region = found.truth, found.region
    out: dict[str, Any] = {
        "frames": len(found),
        "regions": len(np.unique(region)),
        "regions_by_level": {
            name: len(np.unique(region[truth == i])) for i, name in enumerate(HIERARCHY)
        },
        "days": [min(found.time, default="")[:10], max(found.time, default="")[:10]],
        "models": {},
    }
    if not len(found):
        return out
    share = found.sets[NETWORK]
    return out | {
        "models": {name: scores_of(truth, p, region) for name, p in found.sets.items()},
        "confusion": {
            "frame": table_of(truth, share),
            "region": table_of(*by_region(truth, share, region)),
        },
        "reliability": {
            name: _bins(truth, found.sets[name], region)
            for name in (NETWORK, RAW)
            if name in found.sets
        },
        "abstention": abstention_of(found, risk),
    }


def _bins(
    truth: NDArray[np.intp], share: Floats, region: NDArray[np.int64]
) -> list[dict[str, Any]]:
    return [
        {
            "low": b.low,
            "high": b.high,
            "confidence": round(b.confidence, 4),
            "accuracy": with_interval(b.accuracy, b.interval),
            "frames": b.count,
            "regions": b.regions,
        }
        for b in reliability(truth, share, region, rounds=ROUNDS)
    ]


def scores_of(truth: NDArray[np.intp], share: Floats, region: NDArray[np.int64]) -> dict[str, Any]:
    """Return all scores with 90 % intervals by region, overall and by class.

    Parameters
    ----------
    truth : (N,) int
    share : (N, 3) float
    region : (N,) int
    """
    occurs = np.isin(np.arange(len(HIERARCHY)), truth)
    value = _vector(truth, share, np.ones(len(truth)), occurs)
    drawn = _drawn(lambda weight: _vector(truth, share, weight, occurs), region)
    spread = {name: _quantiles(drawn[:, index]) for index, name in enumerate(value)}
    figures = {name: with_interval(v, spread[name]) for name, v in value.items()}
    return {name: f for name, f in figures.items() if "." not in name} | {
        "classes": {
            level: {
                part: figures[f"{level}.{part}"] for part in ("recall", "precision", "f1", "tss")
            }
            for level in HIERARCHY
        }
    }


def _vector(
    truth: NDArray[np.intp], share: Floats, weight: Floats, occurs: NDArray[np.bool_]
) -> dict[str, float]:
    """Return all figures; means over classes are NaN where a draw lacks one that occurs."""
    scores = class_scores(truth, share, weight)
    table = confusion(truth, share.argmax(1), len(HIERARCHY), weight)
    rows, columns, total = table.sum(1), table.sum(0), table.sum()
    whole = bool(np.isfinite(scores.recall[occurs]).all())
    out = {
        "balanced_accuracy": scores.balanced_accuracy if whole else float("nan"),
        "accuracy": scores.accuracy,
        "macro_f1": scores.macro_f1 if whole else float("nan"),
        "tss": scores.tss if whole else float("nan"),
        "calibration_error": scores.calibration_error,
        "log_loss": scores.log_loss,
    }
    for index, level in enumerate(HIERARCHY):
        hits, both = table[index, index], rows[index] + columns[index]
        out[f"{level}.recall"] = float(scores.recall[index])
        out[f"{level}.precision"] = float(scores.precision[index])
        out[f"{level}.f1"] = float(2 * hits / both) if both else float("nan")
        others = total - rows[index]
        false = float((columns[index] - hits) / others) if others else float("nan")
        out[f"{level}.tss"] = float(scores.recall[index]) - false
    return out


def _drawn(figure: Callable[[Floats], dict[str, float]], region: NDArray[np.int64]) -> Floats:
    """Return all figures of each draw of whole regions, (rounds, K) float64."""
    random = np.random.default_rng(0)
    names, index = np.unique(region, return_inverse=True)
    counts = random.multinomial(len(names), np.full(len(names), 1 / len(names)), ROUNDS)
    return np.array([list(figure(row[index].astype(float)).values()) for row in counts])


def _quantiles(values: Floats) -> tuple[float, float] | None:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def by_region(
    truth: NDArray[np.intp], share: Floats, region: NDArray[np.int64]
) -> tuple[NDArray[np.intp], Floats]:
    """Return truth and mean probabilities of each region and level that it had.

    Parameters
    ----------
    truth : (N,) int
    share : (N, 3) float
    region : (N,) int

    Returns
    -------
    truth : (R,) int
    share : (R, 3) float
    """
    pairs, index = np.unique(np.stack([region, truth], 1), axis=0, return_inverse=True)
    index = index.ravel()
    total = np.zeros((len(pairs), share.shape[1]))
    np.add.at(total, index, share)
    count = np.bincount(index, minlength=len(pairs))[:, None]
    return pairs[:, 1].astype(np.intp), total / np.maximum(count, 1)


def table_of(truth: NDArray[np.intp], share: Floats) -> list[list[int]]:
    """Return the confusion table; rows are NOAA's levels, columns ours.

    Parameters
    ----------
    truth : (N,) int
    share : (N, 3) float
    """
    table = confusion(truth, share.argmax(1), len(HIERARCHY))
    return [[int(v) for v in row] for row in table]


def abstention_of(found: ClassPredictions, risk: float) -> dict[str, Any]:
    """Return the abstention threshold at a risk, and the risk-coverage curve with its band."""
    truth, share = found.truth, found.sets[NETWORK]
    chosen = choose_abstention(truth, share, found.fold, risk)
    curve = risk_coverage(truth, share)
    random = np.random.default_rng(0)
    names, index = np.unique(found.region, return_inverse=True)
    draws = random.multinomial(len(names), np.full(len(names), 1 / len(names)), ROUNDS // 2)
    drawn = []
    for row in draws:
        again = risk_coverage(truth, share, row[index].astype(float))
        drawn.append(np.interp(COVERAGES, again.coverage[::-1], again.risk[::-1]))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    risks = np.interp(COVERAGES, curve.coverage[::-1], curve.risk[::-1])
    return {
        **{k: round(float(v), 4) if np.isfinite(v) else None for k, v in vars(chosen).items()},
        "area": round(curve.area, 4),
        "curve": {
            "coverage": COVERAGES.tolist(),
            "risk": [round(float(v), 4) for v in risks],
            "low": [round(float(v), 4) for v in low],
            "high": [round(float(v), 4) for v in high],
        },
    }
