"""Detection metrics: matching with ignored boxes, precision, recall, F1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import area, intersection, iou
from halescope.evaluation.metrics.average_precision import average_precision
from halescope.types import Array


@dataclass(frozen=True)
class DiskResult:
    """Detections with scores and truth of one disk, (N, 4), (N,), (M, 4), (K, 4) float32.

    Boxes in canonical pixels; a detection on an ignored one neither counts for nor against.
    """

    boxes: Array
    score: Array
    truth: Array
    ignored: Array


@dataclass(frozen=True)
class Matching:
    """Outcome of every detection that counts, best score first, and of every truth.

    Parameters
    ----------
    score, hit : (N,) float32, (N,) bool
    truth : (N,) int
        Index of the matched truth, -1 for none.
    found : (M,) float32
        Score of the detection that found each truth, NaN where none did.
    index : (N,) int
        Of each among the detections given.
    """

    score: Array
    hit: NDArray[np.bool_]
    truth: NDArray[np.intp]
    found: Array
    index: NDArray[np.intp]


@dataclass(frozen=True)
class DetectionScores:
    """Scores of a set of disks at one IoU, 0..1; all but average precision at one threshold."""

    average_precision: float
    precision: float
    recall: float
    f1: float
    truths: int
    detections: int


def match(result: DiskResult, threshold: float) -> Matching:
    """Match the detections of one disk to its truth, greedily by score, from a least IoU.

    A detection that matches nothing and has half of its area, or an IoU of 0.3, on an ignored box
    is left out.
    """
    order = np.argsort(-result.score, kind="stable")
    boxes = result.boxes[order]
    overlap = iou(boxes, result.truth)
    hit = np.zeros(len(boxes), bool)
    truth = np.full(len(boxes), -1, np.intp)
    found = np.full(len(result.truth), np.nan, np.float32)
    for index in range(len(boxes)):
        free = np.where(np.isnan(found), overlap[index], -1.0)
        best = int(free.argmax()) if free.size else -1
        if best >= 0 and free[best] >= threshold:
            hit[index] = True
            truth[index] = best
            found[best] = result.score[order[index]]
    counted = hit | ~_is_ignored(boxes, result.ignored)
    return Matching(
        result.score[order][counted], hit[counted], truth[counted], found, order[counted]
    )


def detection_scores(
    results: Sequence[DiskResult], threshold: float, score_threshold: float
) -> DetectionScores:
    """Return the scores over a set of disks at a least IoU and a least score."""
    return pooled_scores(pool_matches(results, threshold), score_threshold)


@dataclass(frozen=True)
class Pool:
    """All counted detections of a set of disks, and all truths.

    Parameters
    ----------
    score, hit : (N,) float32, (N,) bool
    group : (N,) int
        Region of the matched truth; of a false positive its place, -1 for none.
    truth_group : (M,) int
        Region of every truth.
    """

    score: Array
    hit: NDArray[np.bool_]
    group: NDArray[np.intp]
    truth_group: NDArray[np.intp]


def pool_matches(
    results: Sequence[DiskResult],
    threshold: float,
    groups: Sequence[NDArray[np.intp]] | None = None,
    places: Sequence[NDArray[np.intp]] | None = None,
) -> Pool:
    """Match every disk, from a least IoU, and put the outcomes together.

    `groups`, sequence of (M,) int: group of each truth of each disk, such as its NOAA number; all 0
    if left out. `places`, sequence of (N,) int: group of each detection should it be a false
    positive; -1 if left out.
    """
    if groups is None:
        groups = [np.zeros(len(result.truth), np.intp) for result in results]
    if places is None:
        places = [np.full(len(result.score), -1, np.intp) for result in results]
    matched = [match(result, threshold) for result in results]
    group = [
        np.where(m.hit, np.append(of_truth, -1)[m.truth], of_place[m.index])
        for m, of_truth, of_place in zip(matched, groups, places, strict=True)
    ]
    return Pool(
        np.concatenate([np.zeros(0, np.float32), *(m.score for m in matched)]),
        np.concatenate([np.zeros(0, bool), *(m.hit for m in matched)]),
        np.concatenate([np.zeros(0, np.intp), *group]),
        np.concatenate([np.zeros(0, np.intp), *groups]),
    )


def pooled_scores(pool: Pool, score_threshold: float) -> DetectionScores:
    """Return the scores of a pool; precision, recall and F1 at a least score."""
    shown = pool.score >= score_threshold
    truths, detections = len(pool.truth_group), int(shown.sum())
    good = int((shown & pool.hit).sum())
    precision = good / detections if detections else 0.0
    recall = good / truths if truths else 0.0
    area = float(average_precision(pool.score, pool.hit, truths))
    return DetectionScores(area, precision, recall, f1(precision, recall), truths, detections)


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of precision and recall, 0 where both are."""
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def _is_ignored(boxes: Array, ignored: Array) -> NDArray[np.bool_]:
    if not len(boxes) or not len(ignored):
        return np.zeros(len(boxes), bool)
    share = intersection(boxes, ignored) / np.maximum(area(boxes), 1e-6)[:, None]
    return np.asarray((share.max(1) >= 0.5) | (iou(boxes, ignored).max(1) >= 0.3))
