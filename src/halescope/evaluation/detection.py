"""Detection metrics: matching with ignored boxes, precision, recall, average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import area, intersection, iou
from halescope.types import Array


@dataclass(frozen=True)
class DiskResult:
    """Detections and truth of one disk, canonical pixels.

    Parameters
    ----------
    boxes : (N, 4) float32
    score : (N,) float32
    truth : (M, 4) float32
        Firm labels.
    ignored : (K, 4) float32
        Boxes on which a detection neither counts for nor against.
    """

    boxes: Array
    score: Array
    truth: Array
    ignored: Array


@dataclass(frozen=True)
class Matching:
    """Outcome of every detection, best score first, and of every truth.

    Parameters
    ----------
    score : (N,) float32
    hit : (N,) bool
        Matched to a truth. Ignored detections are left out of both arrays.
    found : (M,) float32
        Score of the detection that found each truth, NaN where none did.
    """

    score: Array
    hit: NDArray[np.bool_]
    found: Array


@dataclass(frozen=True)
class DetectionScores:
    """Scores of a set of disks at one IoU.

    Parameters
    ----------
    average_precision : float
        Area under the interpolated precision-recall curve, all points.
    precision, recall, f1 : float
        At the threshold.
    truths, detections : int
        Number counted (detections at the threshold).
    """

    average_precision: float
    precision: float
    recall: float
    f1: float
    truths: int
    detections: int


def match(result: DiskResult, threshold: float) -> Matching:
    """Match the detections of one disk to its truth, greedily by score.

    Parameters
    ----------
    result : DiskResult
    threshold : float
        Least IoU of a match, 0..1.

    Returns
    -------
    Matching
        A detection that matches nothing and has half of its area, or an IoU of 0.3, on an
        ignored box is left out.
    """
    order = np.argsort(-result.score, kind="stable")
    boxes = result.boxes[order]
    overlap = iou(boxes, result.truth)
    hit = np.zeros(len(boxes), bool)
    found = np.full(len(result.truth), np.nan, np.float32)
    for index in range(len(boxes)):
        free = np.where(np.isnan(found), overlap[index], -1.0)
        best = int(free.argmax()) if free.size else -1
        if best >= 0 and free[best] >= threshold:
            hit[index] = True
            found[best] = result.score[order[index]]
    counted = hit | ~_is_ignored(boxes, result.ignored)
    return Matching(result.score[order][counted], hit[counted], found)


def detection_scores(
    results: Sequence[DiskResult], threshold: float, score_threshold: float
) -> DetectionScores:
    """Return the scores over a set of disks.

    Parameters
    ----------
    results : sequence of DiskResult
    threshold : float
        Least IoU of a match.
    score_threshold : float
        Least score for precision, recall and F1.
    """
    matchings = [match(result, threshold) for result in results]
    truths = sum(len(result.truth) for result in results)
    score = np.concatenate([m.score for m in matchings] or [np.zeros(0, np.float32)])
    hit = np.concatenate([m.hit for m in matchings] or [np.zeros(0, bool)])
    shown = score >= score_threshold
    precision = float(hit[shown].mean()) if shown.any() else 0.0
    recall = float(hit[shown].sum() / truths) if truths else 0.0
    total = precision + recall
    return DetectionScores(
        average_precision(score, hit, truths),
        precision,
        recall,
        2 * precision * recall / total if total else 0.0,
        truths,
        int(shown.sum()),
    )


def average_precision(score: Array, hit: NDArray[np.bool_], truths: int) -> float:
    """Return the area under the precision-recall curve, precision made monotonic.

    Parameters
    ----------
    score : (N,) float
    hit : (N,) bool
    truths : int
    """
    if truths == 0 or len(score) == 0:
        return 0.0
    order = np.argsort(-score, kind="stable")
    good = np.cumsum(hit[order])
    precision = good / np.arange(1, len(order) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    recall = good / truths
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def _is_ignored(boxes: Array, ignored: Array) -> NDArray[np.bool_]:
    if not len(boxes) or not len(ignored):
        return np.zeros(len(boxes), bool)
    share = intersection(boxes, ignored) / np.maximum(area(boxes), 1e-6)[:, None]
    return np.asarray((share.max(1) >= 0.5) | (iou(boxes, ignored).max(1) >= 0.3))
