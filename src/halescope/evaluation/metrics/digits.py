"""Detection metrics in three modes, side by side: as DIGITS took them, pooled, and COCO's.

DIGITS' "mAP" is precision times recall (NVIDIA/caffe ``python/caffe/layers/detectnet/mean_ap.py``),
taken per validation batch and averaged over batches. So the three printed numbers need not
multiply: the paper's 80.75 % and 74.22 % give 59.93 %, and its mAP is 61.37 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import iou
from halescope.evaluation.metrics.average_precision import coco_average_precision
from halescope.evaluation.metrics.detection import f1

Array = NDArray[np.float32]

IOU = 0.7
"""Overlap of a match, fixed in DIGITS' code."""

BATCH = 6
"""Pictures per validation batch in the published network."""


@dataclass(frozen=True)
class Scored:
    """Boxes in one picture and those found, (N, 4) and (M, 4) float32, pixels, scores (M,) float32.

    What was found is in the detector's order.
    """

    truth: Array
    found: Array
    score: Array


@dataclass(frozen=True)
class Rates:
    """Precision, recall, their harmonic mean, and their product ("simplified mAP"), 0..1."""

    precision: float
    recall: float
    f1: float
    simplified_map: float


@dataclass(frozen=True)
class CocoRates:
    """COCO's average precision, 0..1: at IoU 0.5, at 0.75, and the mean over 0.50:0.05:0.95."""

    ap50: float
    ap75: float
    ap: float


@dataclass(frozen=True)
class Report:
    """The three modes of one set."""

    digits: Rates
    pooled: Rates
    coco: CocoRates
    images: int
    truths: int
    found: int

    def to_mapping(self) -> dict[str, object]:
        """Return nested plain values."""
        return asdict(self)


def match_first(truth: Array, found: Array) -> tuple[int, int, int]:
    """Return true positives, false positives and misses as DIGITS counts them.

    Each truth takes the first detection that is still free and overlaps enough: not the best one,
    and not by confidence.
    """
    overlap = iou(truth.astype(np.float64), found.astype(np.float64))
    free = np.ones(len(found), bool)
    hits = 0
    for row in overlap:
        candidates = np.nonzero((row >= IOU) & free)[0]
        if len(candidates):
            free[candidates[0]] = False
            hits += 1
    return hits, len(found) - hits, len(truth) - hits


def rates(hits: int, false: int, missed: int) -> Rates:
    """Return the rates of a count; nothing over nothing is 0."""
    precision = hits / (hits + false) if hits + false else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    return Rates(precision, recall, f1(precision, recall), precision * recall)


def digits_rates(images: Sequence[Scored], batch: int = BATCH) -> Rates:
    """Return the rates of each batch of images in the order of validation, averaged over batches.

    Boxes pass through float16, as in NVCaffe: half a pixel of rounding from 512 on. F1 is that of
    the averaged precision and recall, as the paper's is.
    """
    parts = [
        pooled_rates([_half(image) for image in images[start : start + batch]])
        for start in range(0, len(images), batch)
    ]
    if not parts:
        return rates(0, 0, 0)
    precision = float(np.mean([p.precision for p in parts]))
    recall = float(np.mean([p.recall for p in parts]))
    product = float(np.mean([p.simplified_map for p in parts]))
    return Rates(precision, recall, f1(precision, recall), product)


def pooled_rates(images: Sequence[Scored]) -> Rates:
    """Return the rates of the whole set counted together."""
    counts = [match_first(image.truth, image.found) for image in images]
    hits, false, missed = np.sum(counts, 0) if counts else (0, 0, 0)
    return rates(int(hits), int(false), int(missed))


def _half(image: Scored) -> Scored:
    with np.errstate(over="ignore"):
        truth, found = (b.astype(np.float16).astype(np.float32) for b in (image.truth, image.found))
    return Scored(truth, found, image.score)


def coco_rates(images: Sequence[Scored]) -> CocoRates:
    """Return AP50, AP75 and AP of a set, all sizes, 100 boxes an image; NaN without a truth."""
    steps = [_coco(images, t) for t in np.linspace(0.5, 0.95, 10)]
    return CocoRates(steps[0], steps[5], float(np.mean(steps)))


def _coco(images: Sequence[Scored], threshold: float) -> float:
    total = sum(len(image.truth) for image in images)
    if total == 0:
        return float("nan")
    scores, hits = [], []
    for image in images:
        order = np.argsort(-image.score, kind="stable")[:100]
        scores.append(image.score[order])
        hits.append(_match_best(image.truth, image.found[order], threshold))
    return coco_average_precision(np.concatenate(scores), np.concatenate(hits), total)


def _match_best(truth: Array, found: Array, threshold: float) -> NDArray[np.bool_]:
    """Return which detections, best score first, take a truth: the free one of highest IoU."""
    overlap = iou(found.astype(np.float64), truth.astype(np.float64))
    hit = np.zeros(len(found), bool)
    for index, row in enumerate(overlap):
        if not len(row):
            break
        # COCO takes the last of equal overlaps.
        best = len(row) - 1 - int(np.argmax(row[::-1]))
        if row[best] >= min(threshold, 1 - 1e-10):
            hit[index] = True
            overlap[:, best] = -1
    return hit


def report(images: Sequence[Scored]) -> Report:
    """Return all three modes of a set."""
    return Report(
        digits_rates(images),
        pooled_rates(images),
        coco_rates(images),
        len(images),
        sum(len(image.truth) for image in images),
        sum(len(image.found) for image in images),
    )
