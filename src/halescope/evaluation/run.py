"""Score the shipped pipeline on the images of a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halescope.classes import COARSE, HIERARCHY
from halescope.classify import classify, load_classifier
from halescope.datasets.manifest import Entry, entries
from halescope.detect import detect, load_detector
from halescope.errors import HalescopeError
from halescope.evaluation.classification import bootstrap_by_region, class_scores
from halescope.evaluation.detection import (
    DiskResult,
    match,
    pool_matches,
    pooled_scores,
    region_intervals,
)
from halescope.evaluation.truth import truth_boxes
from halescope.geometry import offset_to_sphere, pixel_to_offset
from halescope.io import read
from halescope.normalize import RADIUS, SIDE, normalize
from halescope.types import Array, Disk, DiskGeometry, Regions

LARGE = 20.0
"""NOAA regions of this spot area, MSH, and more should all be found."""

NEAR = 6.0
"""A region is found where a box's centre lies this close to NOAA's position, degrees."""

INNER = 0.5
"""Least mu of a region within 60 degrees of disk centre."""

LOWEST = 0.05
"""Detections below this score do not enter the precision-recall curve."""


@dataclass(frozen=True)
class Seen:
    """What the pipeline found on one labelled image.

    Parameters
    ----------
    image : str
    labels : list of Entry
    boxes : (N, 4) float32
        Canonical pixels.
    score : (N,) float32
    coarse : (N, 3) float32
        Probabilities of alpha, beta and complex.
    strength : (N,) float32
        Strongest smoothed |field| in each box, grey levels.
    """

    image: str
    labels: list[Entry]
    boxes: Array
    score: Array
    coarse: Array
    strength: Array


def run_pipeline(
    manifest: Path,
    root: Path = Path(),
    days: tuple[str, str] = ("0000", "9999"),
    detector: str | None = None,
    classifier: str | None = None,
    jobs: int = 2,
    progress: Callable[[], None] | None = None,
) -> tuple[list[Seen], list[str]]:
    """Run the pipeline over the labelled images of some days.

    Parameters
    ----------
    manifest : Path
    root : Path
        Folder that relative image paths start from.
    days : (first, last)
        ``YYYY-MM-DD``, inclusive.
    detector, classifier : str, optional
        Names or cards; the shipped ones if left out.
    jobs : int
        Processes.
    progress : callable, optional
        Called after each image.

    Returns
    -------
    seen : list of Seen
    problems : list of str
        A line for each image that could not be read.
    """
    work = [
        (str(root / image), found)
        for image, found in entries(manifest)
        if not found or days[0] <= found[0].time[:10] <= days[1]
    ]
    seen, problems = [], []
    for outcome in _map(work, detector, classifier, jobs):
        if isinstance(outcome, str):
            problems.append(outcome)
        else:
            seen.append(outcome)
        if progress:
            progress()
    return seen, problems


def detection_figures(seen: Sequence[Seen], threshold: float) -> dict[str, Any]:
    """Return the detection figures, lenient and strict about plage.

    Parameters
    ----------
    seen : sequence of Seen
    threshold : float
        The shipped score threshold.

    Returns
    -------
    dict
        For ``lenient`` and ``strict``: ap50, ap70, precision, recall, f1 with 90 % intervals by
        region; and the share of large inner regions that were found, and stray boxes a disk.
    """
    out: dict[str, Any] = {"disks": len(seen), "threshold": threshold}
    for name, strict in (("lenient", False), ("strict", True)):
        results = [DiskResult(s.boxes, s.score, *truth_boxes(s.labels, strict)) for s in seen]
        numbers = [
            np.array([e.noaa_number for e in s.labels if e.status == "firm"], np.intp) for s in seen
        ]
        at50, at70 = (pool_matches(results, iou, numbers) for iou in (0.5, 0.7))
        scores = pooled_scores(at50, threshold)
        spread = region_intervals(at50, threshold)
        spread70 = region_intervals(at70, threshold)
        out[name] = {
            "ap50": _with(scores.average_precision, spread["average_precision"]),
            "ap70": _with(
                pooled_scores(at70, threshold).average_precision, spread70["average_precision"]
            ),
            "precision": _with(scores.precision, spread["precision"]),
            "recall": _with(scores.recall, spread["recall"]),
            "f1": _with(scores.f1, spread["f1"]),
            "labels": scores.truths,
            "regions": len(np.unique(at50.truth_group)),
        }
    return out | _counts(seen, threshold)


def class_pairs(seen: Sequence[Seen], threshold: float) -> dict[str, Any]:
    """Return labels and probabilities of the firm regions that were found within 60 degrees.

    Parameters
    ----------
    seen : sequence of Seen
    threshold : float

    Returns
    -------
    dict
        ``truth`` (N,) index into `HIERARCHY`, ``probability`` (N, 3), ``region`` (N,) NOAA number.
    """
    truth, probability, region = [], [], []
    for s in seen:
        firm = [e for e in s.labels if e.status == "firm"]
        shown = s.score >= threshold
        boxes, _ = truth_boxes(s.labels, strict=False)
        result = DiskResult(s.boxes[shown], s.score[shown], boxes, boxes[:0])
        order = np.argsort(-result.score, kind="stable")
        for found, index in zip(order, match(result, 0.5).truth, strict=True):
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

    Parameters
    ----------
    seen : sequence of Seen
    threshold : float

    Returns
    -------
    dict
        Accuracy, balanced accuracy, macro F1, TSS and expected calibration error by frame, with
        a 90 % interval by region for the second; empty where nothing was found.
    """
    pairs = class_pairs(seen, threshold)
    if not len(pairs["truth"]):
        return {}
    scores = class_scores(pairs["truth"], pairs["probability"])
    truth, probability = pairs["truth"], pairs["probability"]
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


def _counts(seen: Sequence[Seen], threshold: float) -> dict[str, Any]:
    """Large inner regions with a box near NOAA's position, and boxes far from every label."""
    large = found = stray = 0
    for s in seen:
        shown = s.score >= threshold
        middle = (s.boxes[shown, :2] + s.boxes[shown, 2:]) / 2
        centers: Array = (middle - 0.5).astype(np.float32)
        for entry in s.labels:
            if entry.status == "firm" and entry.area >= LARGE and entry.mu >= INNER:
                large += 1
                found += _is_near(centers, *_place(entry))
        every = np.array([e.box for e in s.labels], np.float32).reshape(-1, 4)
        none = DiskResult(s.boxes[shown], s.score[shown], every[:0], every)
        stray += len(match(none, 0.5).score)
    return {
        "large_inner_regions": large,
        "large_inner_found": found / large if large else 0.0,
        "stray_per_disk": stray / len(seen) if seen else 0.0,
    }


def _place(entry: Entry) -> tuple[float, float]:
    """Return NOAA's position, pixels; the middle of the box where the manifest has none."""
    if np.isfinite(entry.x):
        return entry.x, entry.y
    x_min, y_min, x_max, y_max = entry.box
    return (x_min + x_max) / 2 - 0.5, (y_min + y_max) / 2 - 0.5


def _is_near(centers: Array, x: float, y: float) -> bool:
    """Return whether a box's centre lies within `NEAR` of a position, on the sphere."""
    if not len(centers):
        return False
    plain = DiskGeometry((SIDE - 1) / 2, (SIDE - 1) / 2, RADIUS)
    points = np.vstack([centers, [[x, y]]]).astype(float)
    west, north = pixel_to_offset(plain, points[:, 0], points[:, 1])
    shrink = np.minimum(1, 0.999 / np.maximum(np.hypot(west, north), 1e-9))
    vectors = np.array(offset_to_sphere(west * shrink, north * shrink, plain.distance))
    cosine = vectors[:, -1] @ vectors[:, :-1]
    return bool(cosine.max() >= np.cos(np.radians(NEAR)))


def _with(value: float, interval: tuple[float, float]) -> dict[str, float]:
    return {"value": round(value, 4), "low": round(interval[0], 4), "high": round(interval[1], 4)}


def _one(work: tuple[str, list[Entry]]) -> Seen | str:
    image, labels = work
    try:
        disk = normalize(read(image))
    except HalescopeError as error:
        return str(error)
    detector, classifier = _MODELS
    regions = classify(disk, detect(disk, detector), classifier)
    return Seen(
        image, labels, regions.boxes, regions.score, regions.coarse, _strongest(disk, regions)
    )


def _strongest(disk: Disk, regions: Regions) -> Array:
    from halescope.extent import smooth_strength

    strength = smooth_strength(disk.grey)
    out = []
    for x0, y0, x1, y1 in regions.boxes.astype(int):
        part = strength[y0 : y1 + 1, x0 : x1 + 1]
        out.append(float(part.max()) if part.size else 0.0)
    return np.array(out, np.float32)


_MODELS: tuple[Any, Any] = (None, None)


def _start(detector: str | None, classifier: str | None) -> None:
    global _MODELS  # one pair of networks per process
    _MODELS = (load_detector(detector, LOWEST), load_classifier(classifier))


def _map(
    work: Sequence[tuple[str, list[Entry]]],
    detector: str | None,
    classifier: str | None,
    jobs: int,
) -> Iterator[Seen | str]:
    if jobs < 2:
        _start(detector, classifier)
        yield from map(_one, work)
        return
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(detector, classifier)) as pool:
        yield from pool.map(_one, work, chunksize=4)
