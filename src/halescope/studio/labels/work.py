"""What is computed from a picture's field, in a process of its own: proposals, extents, scores."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.extent import magnetic_extents
from halescope.classes import MOUNT_WILSON
from halescope.classification.classify import Classifier, classify, load_classifier
from halescope.datasets.disks import file_boxes
from halescope.datasets.labels.region import Edges
from halescope.detection.detect import Detector, detect, load_detector
from halescope.geometry import offset_to_pixel, pixel_to_offset
from halescope.io import read
from halescope.normalize import normalize, to_origin_boxes
from halescope.pipeline import in_order
from halescope.studio.labels.order import FLOOR
from halescope.types import Array, Disk

Point = tuple[float, float]
Points = NDArray[np.float64]


def snapped(disk: Disk, place: Point, others: Sequence[Point] = ()) -> Edges | None:
    """Return the box of strong field about a place, as the box rule draws it.

    Parameters
    ----------
    disk : Disk
        Canonical.
    place : x, y
        Pixels of the file in its own row order, pixel edges.
    others : sequence of x, y
        Middles of neighbouring regions: strong field that touches is shared with them by the
        rule's watershed.

    Returns
    -------
    tuple of float or None
        x_min, y_min, x_max, y_max, pixels of the file; None where there is no strong field.
    """
    points = np.array([place, *others], float).reshape(-1, 2)
    boxes, found = magnetic_extents(disk.grey, disk.geometry, on_disk(disk, points))
    if not found[0]:
        return None
    x0, y0, x1, y1 = (round(float(value), 2) for value in file_boxes(disk.origin, boxes[:1])[0])
    return x0, y0, x1, y1


def on_disk(disk: Disk, points: Points) -> Points:
    """Return canonical pixel positions, (N, 2), of points of the file, (N, 2), pixel edges."""
    x, y = points[:, 0], points[:, 1]
    if disk.origin.rows_down:
        y = disk.origin.file_shape[0] - y
    offsets = pixel_to_offset(disk.origin.geometry_in_file, x - 0.5, y - 0.5)
    return np.stack(offset_to_pixel(disk.geometry, *offsets), 1)


def load() -> None:
    """Load the networks that propose by default, so that the first picture does not wait."""
    _detector(None, FLOOR)
    _detector(None, None)
    _classifier(None)


def snap(path: str, stamp: int, place: Point, others: Sequence[Point]) -> Edges | None:
    """Return the field's extent about a place of a picture, see `snapped`."""
    return snapped(_disk(path, stamp), place, others)


def propose(
    path: str, stamp: int, detector: str | None, classifier: str | None, floor: float
) -> dict[str, Any]:
    """Return the boxes that a detector sees on a picture, pixels of the file, with their classes.

    Parameters
    ----------
    path : str
        Of the picture.
    stamp : int
        When it was changed last: another one is another picture.
    detector, classifier : str or None
        Names or cards; the shipped ones if left out.
    floor : float
        Least score, 0..1.

    Raises
    ------
    HalescopeError
        The picture or a network cannot be used.
    """
    disk = _disk(path, stamp)
    finder, typer = _detector(detector, floor), _classifier(classifier)
    regions = classify(disk, in_order(detect(disk, finder)), typer)
    edges = to_origin_boxes(disk, regions.boxes).astype(np.float64).round(2)
    named = zip(
        edges.tolist(), regions.score, regions.class_names, regions.probabilities, strict=True
    )
    card = _detector(detector, None).card
    return {
        "detector": finder.name,
        "classifier": typer.name,
        "threshold": 0.5 if card is None else card.thresholds.get("score", 0.5),
        "proposals": [
            {
                "x_min": x0, "y_min": y0, "x_max": x1, "y_max": y1,
                "score": round(float(score), 4), "class": name,
                "probabilities": _told(probabilities),
            }
            for (x0, y0, x1, y1), score, name, probabilities in named
        ],
    }  # fmt: skip


def _told(probabilities: Array) -> dict[str, float]:
    pairs = zip(MOUNT_WILSON, probabilities, strict=True)
    return {name: round(float(p), 4) for name, p in pairs if np.isfinite(p)}


@lru_cache(maxsize=4)
def _disk(path: str, stamp: int) -> Disk:
    return normalize(read(Path(path)))


@lru_cache(maxsize=4)
def _detector(name: str | None, floor: float | None) -> Detector:
    return load_detector(name, floor)


@lru_cache(maxsize=4)
def _classifier(name: str | None) -> Classifier:
    return load_classifier(name)
