"""Decode the centre-point detector's maps into boxes on the canonical disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halescope.box_rule.extent import assign_pixels, edges_of, smooth_strength
from halescope.boxes import iou, suppress
from halescope.runtime.session import Model
from halescope.tensors import disk_tensor, sigmoid
from halescope.types import Array, Disk, Regions

STRIDE = 4
"""Pixels of the disk per cell of the maps."""

SIZE_UNIT = 16.0
"""Pixels of one unit of the distance channels."""


def find(model: Model, disk: Disk) -> Regions:
    """Return the regions that a centre-point network sees on a disk.

    Returns boxes in the disk's pixels, best score first; no class yet.

    Parameters
    ----------
    model : Model
        Its card's thresholds: ``score``, ``nms`` and ``trust`` (see `decode`).
    """
    maps = model(disk_tensor(disk.grey)[None])["maps"][0]
    limits = model.card.thresholds
    boxes, score = decode(disk, maps, limits["score"], limits["nms"], limits["trust"])
    return Regions.from_boxes(boxes, score)


def coverage(model: Model, disk: Disk) -> Array:
    """Return the network's heat map of region centres, (n, n) float32, 0..1, rows upwards."""
    heat = sigmoid(model(disk_tensor(disk.grey)[None])["maps"][0, 0])
    return heat.astype(np.float32)


@dataclass(frozen=True)
class Peaks:
    """Local maxima of the heat map.

    Parameters
    ----------
    score : (N,) float32
        0..1.
    boxes : (N, 4) float32
        As the network drew them, canonical pixels, rows upwards.
    points : (N, 2) float32
        Where NOAA would put the region, pixels.
    """

    score: Array
    boxes: Array
    points: Array


def find_peaks(maps: Array, threshold: float, most: int = 60) -> Peaks:
    """Return the `most` best peaks of a heat map, (8, n, n), above a threshold, the best first."""
    from scipy.ndimage import maximum_filter

    heat = sigmoid(maps[0])
    top = (heat == maximum_filter(heat, 3)) & (heat >= threshold)
    rows, columns = np.nonzero(top)
    order = np.argsort(-heat[rows, columns], kind="stable")[:most]
    rows, columns = rows[order], columns[order]
    x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
    left, bottom, right, up, dx, dy = maps[2:, rows, columns] * SIZE_UNIT
    boxes = np.stack(
        [x - np.maximum(left, 1), y - np.maximum(bottom, 1), x + np.maximum(right, 1),
         y + np.maximum(up, 1)], 1)  # fmt: skip
    points = np.stack([x + dx - 0.5, y + dy - 0.5], 1)
    return Peaks(
        heat[rows, columns].astype(np.float32),
        boxes.astype(np.float32).reshape(-1, 4),
        points.astype(np.float32).reshape(-1, 2),
    )


def refine_boxes(disk: Disk, peaks: Peaks, trust: float) -> Array:
    """Return boxes drawn together by the network and by the box rule.

    `trust`: weight of the rule's box, 0..1, where it overlaps the network's by half or more.
    Returns (N, 4) float32.
    """
    if not len(peaks.score) or trust <= 0:
        return peaks.boxes
    owner = assign_pixels(smooth_strength(disk.grey), disk.geometry, peaks.points)
    out = peaks.boxes.copy()
    for index, (box, edges) in enumerate(
        zip(peaks.boxes, edges_of(owner, len(peaks.boxes)), strict=True)
    ):
        if edges is None:
            continue
        rule = np.add(edges, (-1, -1, 1, 1), dtype=np.float32)
        if iou(box[None], rule[None])[0, 0] >= 0.5:
            out[index] = (1 - trust) * box + trust * rule
    return out


def decode(
    disk: Disk, maps: Array, threshold: float, overlap: float = 0.45, trust: float = 0.5
) -> tuple[Array, Array]:
    """Return boxes and scores of one disk.

    Parameters
    ----------
    maps : (8, n, n) float32
    threshold : float
        Lowest score.
    overlap : float
        IoU above which the weaker of two boxes is dropped.
    trust : float
        See `refine_boxes`.

    Returns
    -------
    boxes : (N, 4) float32
        Canonical pixels, rows upwards.
    score : (N,) float32
    """
    peaks = find_peaks(maps, threshold)
    first = suppress(peaks.boxes, peaks.score, overlap)
    peaks = Peaks(peaks.score[first], peaks.boxes[first], peaks.points[first])
    boxes = refine_boxes(disk, peaks, trust)
    kept = suppress(boxes, peaks.score, overlap + 0.1)
    return boxes[kept], peaks.score[kept]
