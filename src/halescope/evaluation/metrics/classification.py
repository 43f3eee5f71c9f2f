"""Classification metrics: pure functions of labels, probabilities and regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]


BINS = 10
"""Of equal width in the winning probability, for reliability and calibration error."""


@dataclass(frozen=True)
class ClassScores:
    """Scores of a set of classified regions.

    Balanced accuracy, macro F1 and TSS, the true skill statistic, are means over the classes that
    occur, each against the rest; the arrays, (K,), are by class, NaN where undefined. The
    calibration error is the expected one of the winning class, the log loss of probabilities
    clipped to 1e-6 and more.
    """

    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    tss: float
    calibration_error: float
    log_loss: float
    recall: Floats
    precision: Floats
    f1: Floats
    tss_of: Floats
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
    recall, f1 = _ratio(hits, rows), _ratio(2 * hits, rows + columns)
    tss = recall - _ratio(columns - hits, total - rows)
    present = rows > 0
    balanced, macro_f1, mean_tss = (
        float(values[present].mean()) if present.any() else float("nan")
        for values in (recall, f1, tss)
    )
    chosen = np.clip(probabilities[np.arange(len(truth)), truth], 1e-6, 1)
    return ClassScores(
        float(hits.sum() / total) if total else float("nan"),
        balanced,
        macro_f1,
        mean_tss,
        calibration_error(truth, probabilities, weight),
        float(-(weight * np.log(chosen)).sum() / total) if total else float("nan"),
        recall,
        _ratio(hits, columns),
        f1,
        tss,
        int(total),
    )


def confusion(truth: Ints, predicted: Ints, classes: int, weight: Floats | None = None) -> Floats:
    """Return the counts of (N,) samples, (K, K): rows are truth, columns what was predicted."""
    table = np.zeros((classes, classes))
    np.add.at(table, (truth, predicted), 1.0 if weight is None else weight)
    return table


def calibration_error(truth: Ints, probabilities: Floats, weight: Floats | None = None) -> float:
    """Return the expected calibration error of the winning class, 0..1, over `BINS`.

    Of (N,) labels and (N, K) probabilities; `weight`, (N,), says how often each counts.
    """
    if not len(truth):
        return float("nan")
    weight = np.ones(len(truth)) if weight is None else np.asarray(weight, float)
    confidence, right, index = winning(truth, probabilities)
    gap = np.bincount(index, weight * (confidence - right), BINS)
    return float(np.abs(gap).sum() / weight.sum())


def winning(truth: Ints, probabilities: Floats) -> tuple[Floats, Floats, Ints]:
    """Return probability of the winning class, whether it is right (1 or 0), and its bin, (N,)."""
    if not len(truth):
        return np.zeros(0), np.zeros(0), np.zeros(0, np.intp)
    confidence = probabilities.max(1)
    right = (probabilities.argmax(1) == truth).astype(float)
    return confidence, right, np.minimum((confidence * BINS).astype(int), BINS - 1)


def _ratio(a: Floats, b: Floats) -> Floats:
    out: Floats = np.full(np.shape(a), np.nan)
    return np.divide(a, b, out=out, where=np.asarray(b) > 0)
