"""Detection metrics of a run: precision and recall under both readings of plage, large regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import center, intersection
from halescope.datasets.manifest import Entry
from halescope.evaluation.metrics.bootstrap import (
    Estimate,
    Interval,
    count_interval,
    mean_interval,
    pool_intervals,
)
from halescope.evaluation.metrics.detection import (
    DiskResult,
    Pool,
    match,
    pool_matches,
    pooled_scores,
)
from halescope.evaluation.run import Detections, EvaluatedImage
from halescope.evaluation.truth import boxes_of, truth_boxes
from halescope.geometry import offset_to_sphere, pixel_to_offset
from halescope.normalize import DISK_RADIUS, DISK_SIDE
from halescope.types import Array, DiskGeometry

READINGS = (("lenient", False), ("strict", True))
"""Whether a box on plage that no SRS row lists is a false positive."""

INNER = 0.5
"""Least mu of a region within 60 degrees of disk centre."""

LARGE = 20.0
"""NOAA regions of this spot area, MSH, and more should all be found."""

NEAR_DEGREES = 6.0
"""A large region is found where a box's centre lies this close to NOAA's position."""


@dataclass(frozen=True)
class ReadingMetrics:
    """Metrics under one reading of plage, undefined without a label.

    Average precision at IoU 0.5 and 0.7, the others at IoU 0.5 and the score threshold; and the
    numbers of firm labels and of NOAA regions that they are of.
    """

    ap50: Estimate
    ap70: Estimate
    precision: Estimate
    recall: Estimate
    f1: Estimate
    labels: int
    regions: int


@dataclass(frozen=True)
class DetectionMetrics:
    """Metrics of one detector on a set of disks, of boxes from a score threshold on.

    Parameters
    ----------
    lenient, strict : ReadingMetrics
        A box on plage that no summary lists is ignored, or is a false positive.
    large_inner_found : float
        Share of firm labels of `LARGE` and more within 60 degrees of disk centre
        (`large_inner_regions`) with a box near NOAA's position; interval by region.
    large_inner_held : Estimate
        Share of them whose position lies in a box.
    stray_per_disk : float
        Shown boxes on no label at all; interval by place on the Sun.
    """

    disks: int
    threshold: float
    lenient: ReadingMetrics
    strict: ReadingMetrics
    large_inner_regions: int
    large_inner_found: float
    large_inner_interval: Interval | None
    large_inner_held: Estimate
    stray_per_disk: float
    stray_interval: Interval | None


def detection_metrics(
    seen: Sequence[EvaluatedImage], threshold: float, name: str = ""
) -> DetectionMetrics:
    """Return the metrics of the detector that is evaluated, or of a baseline if one is named.

    `threshold` is the score from which a region is shown.
    """
    found, held, region = _large_found(seen, threshold, name)
    strays = [s.by(name).place[_on_no_label(s.by(name), s, threshold)] for s in seen]
    place = np.concatenate([np.zeros(0, np.intp), *strays])
    disks = max(len(seen), 1)
    of_disk = count_interval(place)
    lenient, strict = (_reading(seen, threshold, plage, name) for _, plage in READINGS)
    return DetectionMetrics(
        len(seen),
        threshold,
        lenient,
        strict,
        len(found),
        float(found.mean()) if len(found) else 0.0,
        _rounded(mean_interval(found, region)),
        Estimate.of(float(held.mean()) if len(held) else np.nan, mean_interval(held, region)),
        len(place) / disks,
        _rounded(of_disk and (of_disk[0] / disks, of_disk[1] / disks)),
    )


def _reading(
    seen: Sequence[EvaluatedImage], threshold: float, strict: bool, name: str
) -> ReadingMetrics:
    at50, at70 = (pool_of(seen, overlap, strict, name) for overlap in (0.5, 0.7))
    values = {}
    for key, pool in (("ap70", at70), ("ap50", at50)):
        scores, limits = pooled_scores(pool, threshold), pool_intervals(pool, threshold)
        known = 1.0 if scores.truths else float("nan")
        for field in ("average_precision", "precision", "recall", "f1"):
            values[field] = Estimate.of(getattr(scores, field) * known, limits.get(field))
        values[key] = values.pop("average_precision")
    labels, regions = len(at50.truth_group), len(np.unique(at50.truth_group))
    return ReadingMetrics(**values, labels=labels, regions=regions)


def pool_of(seen: Sequence[EvaluatedImage], overlap: float, strict: bool, name: str = "") -> Pool:
    """Return all detections and truths at one least IoU of a match, each with its region.

    `strict` says whether a box on plage is a false positive; `name` is that of a baseline.
    """
    results = [result_of(s, strict, name) for s in seen]
    numbers = [np.array([e.noaa_number for e in s.firm], np.intp) for s in seen]
    return pool_matches(results, overlap, numbers, [mistake_groups(s, name) for s in seen])


def result_of(seen: EvaluatedImage, strict: bool, name: str = "") -> DiskResult:
    """Return detections, by a baseline if one is named, and truth of one image."""
    found = seen.by(name)
    return DiskResult(found.boxes, found.score, *truth_boxes(seen.labels, strict))


def mistake_groups(seen: EvaluatedImage, name: str = "") -> NDArray[np.intp]:
    """Return what each detection counts under should it be a false positive, (N,) int.

    That is NOAA's number of the listed region that it overlaps most, else its place on the Sun, see
    `halescope.evaluation.run.Detections`: the same mistake in frame after frame is one group, which
    intervals draw whole.
    """
    found = seen.by(name)
    listed = [e for e in seen.labels if e.noaa_number]
    if not listed or not len(found.boxes):
        return found.place.copy()
    shared = intersection(found.boxes, boxes_of(listed))
    numbers = np.array([e.noaa_number for e in listed], np.intp)
    return np.where(shared.max(1) > 0, numbers[shared.argmax(1)], found.place).astype(np.intp)


def _large_found(
    seen: Sequence[EvaluatedImage], threshold: float, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Return of each large inner label whether a box is near, whether one holds it, its region."""
    near, held, region = [], [], []
    for s in seen:
        boxes = s.by(name).boxes[s.by(name).score >= threshold]
        for entry in s.firm:
            if entry.area >= LARGE and entry.mu >= INNER:
                place = np.array(_position(entry)) + 0.5
                inside = (boxes[:, :2] <= place).all(1) & (place <= boxes[:, 2:]).all(1)
                near.append(_is_near(center(boxes) - 0.5, *_position(entry)))
                held.append(inside.any())
                region.append(entry.noaa_number)
    return np.array(near, float), np.array(held, float), np.array(region, np.intp)


def _on_no_label(found: Detections, seen: EvaluatedImage, threshold: float) -> NDArray[np.bool_]:
    """Return which shown detections lie on no label at all, (N,) bool."""
    every, shown = boxes_of(seen.labels), found.score >= threshold
    if not len(every) or not len(shown):
        return shown
    out = np.zeros(len(shown), bool)
    out[match(DiskResult(found.boxes, found.score, every[:0], every), 0.5).index] = True
    return out & shown


def _position(entry: Entry) -> tuple[float, float]:
    """Return NOAA's position, pixels; the middle of the box where the manifest has none."""
    x, y = (entry.x, entry.y) if np.isfinite(entry.x) else center(boxes_of([entry]))[0] - 0.5
    return float(x), float(y)


def _is_near(centers: Array, x: float, y: float) -> bool:
    """Return whether a box's centre lies within `NEAR_DEGREES` of a position, on the sphere."""
    if not len(centers):
        return False
    plain = DiskGeometry((DISK_SIDE - 1) / 2, (DISK_SIDE - 1) / 2, DISK_RADIUS)
    points = np.vstack([centers, [[x, y]]]).astype(float)
    west, north = pixel_to_offset(plain, points[:, 0], points[:, 1])
    shrink = np.minimum(1, 0.999 / np.maximum(np.hypot(west, north), 1e-9))
    vectors = np.array(offset_to_sphere(west * shrink, north * shrink, plain.distance))
    cosine = vectors[:, -1] @ vectors[:, :-1]
    return bool(cosine.max() >= np.cos(np.radians(NEAR_DEGREES)))


def _rounded(limits: Interval | None) -> Interval | None:
    return limits and (round(limits[0], 4), round(limits[1], 4))
