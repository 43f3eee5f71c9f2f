"""Average precision: one precision-recall curve, integrated over all its points or as COCO does."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

COCO_RECALLS = np.linspace(0, 1, 101)
"""Recalls at which COCO reads precision (Lin et al. 2014; ``COCOeval.Params.recThrs``)."""


def precision_recall(
    score: NDArray[np.floating],
    hit: NDArray[np.bool_],
    truths: ArrayLike,
    weight: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return recall and monotonic precision as the score threshold falls.

    Parameters
    ----------
    score, hit : (N,) float, (N,) bool
        Of detections: whether each found a truth.
    truths : (...) float, positive
        Number of truths, or their weights' sum: one value for each row of `weight`.
    weight : (..., N) float64, optional
        How often each detection counts; once if left out.

    Returns
    -------
    recall, precision : (..., N) float64
        From the surest detection down; precision is the best one at that recall or a higher one.
    """
    order = np.argsort(-score, kind="stable")
    each = np.ones(len(score)) if weight is None else weight[..., order]
    good = np.cumsum(each * hit[order], axis=-1)
    precision = good / np.maximum(np.cumsum(each, axis=-1), 1e-9)
    precision = np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]
    return good / np.asarray(truths, float)[..., None], precision


def average_precision(
    score: NDArray[np.floating],
    hit: NDArray[np.bool_],
    truths: ArrayLike,
    weight: Floats | None = None,
) -> Floats:
    """Return the area under the precision-recall curve over all its points, (...) float64.

    Parameters are those of `precision_recall`; `truths` may be 0, which gives 0.
    """
    truths = np.asarray(truths, float)
    recall, precision = precision_recall(score, hit, np.maximum(truths, 1e-9), weight)
    area = (np.diff(recall, axis=-1, prepend=0.0) * precision).sum(-1)
    return np.asarray(np.where(truths > 0, area, 0.0))


def coco_average_precision(score: Floats, hit: NDArray[np.bool_], truths: int) -> float:
    """Return the mean precision at `COCO_RECALLS`; `truths` is positive."""
    curve = precision_recall(score, hit, truths)
    return float(precision_at(*curve, COCO_RECALLS).mean())


def precision_at(recall: Floats, precision: Floats, wanted: Floats) -> Floats:
    """Return the precision of one curve at (K,) recalls; 0 beyond the highest that is reached."""
    return np.append(precision, 0.0)[np.searchsorted(recall, wanted, side="left")]
