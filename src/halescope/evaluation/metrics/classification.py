"""Classification metrics: pure functions of labels, probabilities and regions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class ClassScores:
    """Scores of a set of classified regions.

    Parameters
    ----------
    accuracy, balanced_accuracy, macro_f1, tss : float
        `tss` is the true skill statistic, averaged over the classes, each against the rest.
    recall, precision : (K,) float
        By class; NaN for a class that does not occur.
    calibration_error : float
        Expected calibration error of the winning class.
    """

    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    tss: float
    recall: Floats
    precision: Floats
    calibration_error: float
    log_loss: float
    count: int


def class_scores(truth: Ints, probabilities: Floats, weight: Floats | None = None) -> ClassScores:
    """Return the scores of predictions.

    Parameters
    ----------
    truth : (N,) int
    probabilities : (N, K) float
        Rows add up to 1; the largest one decides.
    weight : (N,) float, optional
        How often each sample counts; once if left out.
    """
    classes = probabilities.shape[1]
    weight = np.ones(len(truth)) if weight is None else np.asarray(weight, float)
    table = confusion(truth, probabilities.argmax(1), classes, weight)
    rows, columns, total = table.sum(1), table.sum(0), table.sum()
    hits = np.diag(table)
    recall, precision = _ratio(hits, rows), _ratio(hits, columns)
    present = rows > 0
    f1 = _ratio(2 * hits, rows + columns)
    false_alarms = _ratio(columns - hits, total - rows)
    chosen = np.clip(probabilities[np.arange(len(truth)), truth], 1e-6, 1)
    return ClassScores(
        float(hits.sum() / total) if total else float("nan"),
        float(recall[present].mean()) if present.any() else float("nan"),
        float(f1[present].mean()) if present.any() else float("nan"),
        float((recall - false_alarms)[present].mean()) if present.any() else float("nan"),
        recall,
        precision,
        calibration_error(truth, probabilities, weight=weight),
        float(-(weight * np.log(chosen)).sum() / total) if total else float("nan"),
        int(total),
    )


def confusion(truth: Ints, predicted: Ints, classes: int, weight: Floats | None = None) -> Floats:
    """Return the table of counts, (K, K): rows are truth, columns what was predicted.

    Parameters
    ----------
    truth, predicted : (N,) int
    weight : (N,) float, optional
    """
    table = np.zeros((classes, classes))
    np.add.at(table, (truth, predicted), 1.0 if weight is None else weight)
    return table


def calibration_error(
    truth: Ints, probabilities: Floats, bins: int = 10, weight: Floats | None = None
) -> float:
    """Return the expected calibration error of the winning class, 0..1.

    Parameters
    ----------
    truth : (N,) int
    probabilities : (N, K) float
    bins : int
        Of equal width in the winning probability.
    weight : (N,) float, optional
    """
    if not len(truth):
        return float("nan")
    weight = np.ones(len(truth)) if weight is None else np.asarray(weight, float)
    confidence = probabilities.max(1)
    right = (probabilities.argmax(1) == truth).astype(float)
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(index, weight * (confidence - right), bins)
    return float(np.abs(gap).sum() / weight.sum())


def bootstrap_by_region(
    figure: Callable[[Floats], float],
    regions: Ints,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the interval of a figure when whole regions are drawn again.

    Parameters
    ----------
    figure : callable
        Of the weights of all samples, (N,) float.
    regions : (N,) int
        Region of each sample: frames of one region are near duplicates and stay together.
    level : float
        Share of draws inside the interval.

    Returns
    -------
    low, high : float
        Rounds in which the figure is not finite are left out; NaN if all are.
    """
    random = np.random.default_rng(seed)
    names, index = np.unique(regions, return_inverse=True)
    drawn = [
        figure(np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))[
            index
        ].astype(float))
        for _ in range(rounds)
    ]  # fmt: skip
    finite = np.array(drawn)[np.isfinite(drawn)]
    if not len(finite):
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _ratio(a: Floats, b: Floats) -> Floats:
    out: Floats = np.full(np.shape(a), np.nan)
    return np.divide(a, b, out=out, where=np.asarray(b) > 0)
