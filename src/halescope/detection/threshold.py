"""The baseline detector: connected pieces of strong field, without any network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from halescope.box_rule.extent import DEFAULT_RULE, smooth_strength
from halescope.types import Array, Disk, Regions

SMALLEST = 25
"""Pieces of strong field under this many canonical pixels are dropped."""


def find_by_threshold(disk: Disk) -> Regions:
    """Return the pieces of field that is strong by the box rule's smoothing and threshold.

    The score grows with the piece's size and is 0.5 at 200 canonical pixels.
    """
    from scipy.ndimage import find_objects, label

    strong = strength_over_threshold(disk) > 0.5
    scale = disk.geometry.radius / 200.0
    pieces, count = label(strong)
    size = np.bincount(pieces.ravel(), minlength=count + 1)[1:] / scale**2
    slices = find_objects(pieces)
    boxes = np.array(
        [(c.start - 1, r.start - 1, c.stop + 1, r.stop + 1) for r, c in slices], np.float32
    ).reshape(-1, 4)
    kept = size >= SMALLEST
    score = (size / (size + 200.0)).astype(np.float32)
    return Regions.from_boxes(boxes[kept], score[kept])


def strength_over_threshold(disk: Disk) -> Array:
    """Return the smoothed field strength, (N, N), 0.5 at the threshold, at most 1."""
    scale = disk.geometry.radius / 200.0
    rule = replace(DEFAULT_RULE, smoothing=DEFAULT_RULE.smoothing * scale)
    half: Array = smooth_strength(disk.grey, rule) / np.float32(2 * rule.threshold)
    return np.minimum(half, np.float32(1))
