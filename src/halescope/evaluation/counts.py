"""Large regions that are found at all, and boxes on nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.evaluation.metrics.classification import bootstrap_by_region
from halescope.evaluation.metrics.detection import DiskResult, match
from halescope.evaluation.run import Found, Seen
from halescope.geometry import offset_to_sphere, pixel_to_offset
from halescope.normalize import RADIUS, SIDE
from halescope.types import Array, DiskGeometry

INNER = 0.5
"""Least mu of a region within 60 degrees of disk centre."""

LARGE = 20.0
"""NOAA regions of this spot area, MSH, and more should all be found."""

NEAR = 6.0
"""A region is found where a box's centre lies this close to NOAA's position, degrees."""


def counts(seen: Sequence[Seen], threshold: float, name: str = "") -> dict[str, Any]:
    """Return large inner regions with a box near NOAA's position, and boxes on no label.

    Parameters
    ----------
    threshold : float
        The score from which a region is shown.
    name : str
        Of a baseline; the detector that is evaluated if left out.

    Returns
    -------
    dict
        ``large_inner_regions``, ``large_inner_found`` and ``stray_per_disk``, with 90 % intervals
        by region and by place, None where fewer than two stand behind them.
    """
    near, region, place = [], [], [np.zeros(0, np.intp)]
    for s in seen:
        by = s.by(name)
        boxes = by.boxes[by.score >= threshold]
        centers: Array = ((boxes[:, :2] + boxes[:, 2:]) / 2 - 0.5).astype(np.float32)
        for entry in s.labels:
            if entry.status == "firm" and entry.area >= LARGE and entry.mu >= INNER:
                near.append(_is_near(centers, *_place(entry)))
                region.append(entry.noaa_number)
        place.append(by.place[strays(by, s, threshold)])
    found, stray = np.array(near, float), np.concatenate(place)
    disks = max(len(seen), 1)
    return {
        "large_inner_regions": len(found),
        "large_inner_found": float(found.mean()) if len(found) else 0.0,
        "large_inner_interval": _drawn_mean(found, np.array(region, np.intp)),
        "stray_per_disk": len(stray) / disks,
        "stray_interval": _drawn_count(stray, disks),
    }


def _drawn_mean(values: NDArray[np.floating], group: NDArray[np.intp]) -> list[float] | None:
    """Return the 90 % interval of a mean, by group; None for fewer than two."""
    if len(np.unique(group)) < 2:
        return None

    def mean(weight: NDArray[np.floating]) -> float:
        return float((weight * values).sum() / weight.sum())

    return [round(v, 4) for v in bootstrap_by_region(mean, group, 500, 0.9)]


def _drawn_count(place: NDArray[np.intp], disks: int) -> list[float] | None:
    """Return the 90 % interval of a count a disk, by place; None for fewer than two."""
    if len(np.unique(place)) < 2:
        return None
    spread = bootstrap_by_region(lambda weight: float(weight.sum()) / disks, place, 500, 0.9)
    return [round(v, 4) for v in spread]


def strays(found: Found, seen: Seen, threshold: float) -> NDArray[np.bool_]:
    """Return which shown detections lie on no label at all, (N,) bool."""
    every = np.array([e.box for e in seen.labels], np.float32).reshape(-1, 4)
    shown = found.score >= threshold
    if not len(every) or not len(found):
        return shown
    none = DiskResult(found.boxes, found.score, every[:0], every)
    out = np.zeros(len(found), bool)
    out[match(none, 0.5).index] = True
    return out & shown


def _place(entry: Any) -> tuple[float, float]:
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
