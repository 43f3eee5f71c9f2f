"""The figures of a run: detection under both readings of plage, classes of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import intersection
from halescope.classes import COARSE, HIERARCHY
from halescope.evaluation.counts import INNER, counts
from halescope.evaluation.metrics.bootstrap import region_intervals
from halescope.evaluation.metrics.classification import bootstrap_by_region, class_scores
from halescope.evaluation.metrics.detection import (
    DiskResult,
    Pool,
    match,
    pool_matches,
    pooled_scores,
)
from halescope.evaluation.run import Seen
from halescope.evaluation.truth import truth_boxes

READINGS = (("lenient", False), ("strict", True))
"""Whether a box on plage that no SRS row lists is a false alarm."""


def detection_figures(seen: Sequence[Seen], threshold: float, name: str = "") -> dict[str, Any]:
    """Return the detection figures, lenient and strict about plage.

    Parameters
    ----------
    threshold : float
        The score from which a region is shown.
    name : str
        Of a baseline; the detector that is evaluated if left out.

    Returns
    -------
    dict
        For ``lenient`` and ``strict``: ap50, ap70, precision, recall, f1 with 90 % intervals by
        region, None where there is no label; and the share of large inner regions that were
        found, and stray boxes a disk.
    """
    out: dict[str, Any] = {"disks": len(seen), "threshold": threshold}
    for reading, strict in READINGS:
        at50, at70 = (pool_of(seen, iou_, strict, name) for iou_ in (0.5, 0.7))
        scores = pooled_scores(at50, threshold)
        spread = region_intervals(at50, threshold)
        spread70 = region_intervals(at70, threshold)
        scores70 = pooled_scores(at70, threshold)
        values = {
            "ap50": (scores.average_precision, spread.get("average_precision")),
            "ap70": (scores70.average_precision, spread70.get("average_precision")),
            "precision": (scores.precision, spread.get("precision")),
            "recall": (scores.recall, spread.get("recall")),
            "f1": (scores.f1, spread.get("f1")),
        }
        known = 1.0 if scores.truths else float("nan")  # no label, no figure
        out[reading] = {
            **{key: with_interval(value * known, s) for key, (value, s) in values.items()},
            "labels": scores.truths,
            "regions": len(np.unique(at50.truth_group)),
        }
    return out | counts(seen, threshold, name)


def pool_of(seen: Sequence[Seen], overlap: float, strict: bool, name: str = "") -> Pool:
    """Return all detections and truths at one IoU, each with its region.

    Parameters
    ----------
    overlap : float
        Least IoU of a match.
    strict : bool
        Whether plage counts as a false alarm.
    name : str
        Of a baseline.
    """
    results = [result_of(s, strict, name) for s in seen]
    numbers = [
        np.array([e.noaa_number for e in s.labels if e.status == "firm"], np.intp) for s in seen
    ]
    return pool_matches(results, overlap, numbers, [stray_groups(s, name) for s in seen])


def result_of(seen: Seen, strict: bool, name: str = "") -> DiskResult:
    """Return detections and truth of one image.

    Parameters
    ----------
    name : str
        Of a baseline.
    """
    found = seen.by(name)
    return DiskResult(found.boxes, found.score, *truth_boxes(seen.labels, strict))


def stray_groups(seen: Seen, name: str = "") -> NDArray[np.intp]:
    """Return what each detection would be a mistake about, (N,) int.

    Parameters
    ----------
    name : str
        Of a baseline.

    Returns
    -------
    (N,) int
        NOAA's number of the listed region that most of the box's overlap is with; else the place
        on the Sun, see `halescope.evaluation.run.Found`.
    """
    found = seen.by(name)
    listed = [e for e in seen.labels if e.noaa_number]
    if not listed or not len(found):
        return found.place.copy()
    boxes = np.array([e.box for e in listed], np.float32)
    shared = intersection(found.boxes, boxes)
    numbers = np.array([e.noaa_number for e in listed], np.intp)
    return np.where(shared.max(1) > 0, numbers[shared.argmax(1)], found.place).astype(np.intp)


def class_pairs(seen: Sequence[Seen], threshold: float) -> dict[str, Any]:
    """Return labels and probabilities of the firm regions that were found within 60 degrees.

    Returns
    -------
    dict
        ``truth`` (N,) index into `HIERARCHY`, ``probability`` (N, 3), ``region`` (N,) NOAA number.
    """
    truth, probability, region = [], [], []
    for s in seen:
        firm = [e for e in s.labels if e.status == "firm"]
        shown = s.found.score >= threshold
        boxes, _ = truth_boxes(s.labels, strict=False)
        matching = match(
            DiskResult(s.found.boxes[shown], s.found.score[shown], boxes, boxes[:0]), 0.5
        )
        for found, index in zip(matching.index, matching.truth, strict=True):
            if index >= 0 and firm[index].mu >= INNER:
                truth.append(HIERARCHY.index(COARSE[firm[index].mount_wilson]))
                probability.append(s.coarse[shown][found])
                region.append(firm[index].noaa_number)
    return {
        "truth": np.array(truth, np.intp),
        "probability": np.array(probability, np.float32).reshape(-1, 3),
        "region": np.array(region, np.intp),
    }


def class_figures(seen: Sequence[Seen], threshold: float) -> dict[str, Any]:
    """Return class figures of the firm regions that were found within 60 degrees.

    Returns
    -------
    dict
        Accuracy, balanced accuracy, macro F1, TSS and expected calibration error by frame, with
        a 90 % interval by region for the second; empty where nothing was found.
    """
    pairs = class_pairs(seen, threshold)
    if not len(pairs["truth"]):
        return {}
    truth, probability = pairs["truth"], pairs["probability"]
    scores = class_scores(truth, probability)
    spread = bootstrap_by_region(
        lambda weight: class_scores(truth, probability, weight).balanced_accuracy,
        pairs["region"],
        level=0.9,
    )
    return {
        "frames": scores.count,
        "regions": len(np.unique(pairs["region"])),
        "accuracy": round(scores.accuracy, 4),
        "balanced_accuracy": round(scores.balanced_accuracy, 4),
        "balanced_accuracy_interval": [round(float(v), 4) for v in spread],
        "macro_f1": round(scores.macro_f1, 4),
        "tss": round(scores.tss, 4),
        "calibration_error": round(scores.calibration_error, 4),
    }


def with_interval(
    value: float, interval: tuple[float, float] | None, digits: int = 4
) -> dict[str, float | None]:
    """Return a figure with its interval, None where it is not finite: JSON has no NaN.

    Parameters
    ----------
    interval : (low, high), optional
    """
    low, high = interval or (float("nan"), float("nan"))
    rounded = {"value": value, "low": low, "high": high}
    return {k: round(float(v), digits) if np.isfinite(v) else None for k, v in rounded.items()}
