"""DetectNet's training targets: from labelled boxes to the grid of coverage and corners.

After NVIDIA/caffe ``src/caffe/util/detectnet_coverage_rectangular.cpp`` and DIGITS'
``digits/extensions/data/objectDetection``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from halescope import boxes as boxlib

Array = NDArray[np.float32]

FLT_EPSILON = float(np.finfo(np.float32).eps)
"""Caffe's threshold on overlap as a share of a cell: touching by a hair counts."""

FOREGROUND, CORNERS, INVERSE_SIZE, OBJ_NORM, COVERAGE = 0, slice(1, 5), slice(5, 7), 7, 8
"""Channels of the label tensor; one-hot coverage starts at `COVERAGE`."""


@dataclass(frozen=True)
class GroundTruth:
    """How boxes become a grid (``detectnet_groundtruth_param``).

    Parameters
    ----------
    stride : int
        Pixels per cell.
    scale_cvg : float
        The coverage rectangle's side as a share of the box's.
    gridbox_type : {"GRIDBOX_MIN", "GRIDBOX_MAX"}
        MIN: at least `min_cvg_len` and at most the box; MAX: at most `max_cvg_len`.
    min_cvg_len, max_cvg_len : float
        Pixels.
    obj_norm : bool
        Whether cells are weighted by stride^2 / coverage area (else at least 1).
    crop_bboxes : bool
        Whether boxes are cut to the picture.
    """

    stride: int = 8
    scale_cvg: float = 0.4
    gridbox_type: Literal["GRIDBOX_MIN", "GRIDBOX_MAX"] = "GRIDBOX_MIN"
    min_cvg_len: float = 20.0
    max_cvg_len: float = 50.0
    obj_norm: bool = True
    crop_bboxes: bool = True


def coverage_rectangles(boxes: Array, rule: GroundTruth) -> Array:
    """Return the coverage rectangle of each box, (N, 4) float32: same centre, shrunken sides."""
    size = boxes[:, 2:] - boxes[:, :2]
    shrunk = size * rule.scale_cvg
    if rule.gridbox_type == "GRIDBOX_MIN":
        shrunk = np.minimum(size, np.maximum(rule.min_cvg_len, shrunk))
    else:
        shrunk = np.minimum(rule.max_cvg_len, shrunk)
    middle = (boxes[:, :2] + boxes[:, 2:]) * 0.5
    return np.hstack((middle - shrunk * 0.5, middle + shrunk * 0.5)).astype(np.float32)


def prune(
    boxes: Array, classes: NDArray[np.int64], shape: tuple[int, int], rule: GroundTruth, count: int
) -> tuple[Array, NDArray[np.int64]]:
    """Return the boxes that train: cut to the picture, of a class in 0..count - 1, not empty."""
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    if rule.crop_bboxes:
        boxes = boxlib.clip(boxes, shape).astype(np.float32)
    known = (classes >= 0) & (classes < count) & (boxlib.area(boxes) >= FLT_EPSILON)
    return boxes[known], classes[known]


def label_grid(
    boxes: Array,
    classes: NDArray[np.int64],
    shape: tuple[int, int],
    rule: GroundTruth | None = None,
    count: int = 1,
) -> Array:
    """Return the label tensor of one picture.

    Returns (8 + count, H / stride, W / stride) float32: foreground, x1, y1, x2, y2 less the cell's
    top left, 1 / w, 1 / h, obj_norm, coverage.

    Parameters
    ----------
    boxes : (N, 4) float32, pixels
        In the order of drawing: a later box overwrites an earlier one. DIGITS draws the last
        line of a label file first.
    classes : (N,) int64
        Coverage channel of each box.
    shape : tuple of int
        (H, W) of the picture, multiples of the stride.
    count : int
        Number of classes.
    """
    rule = rule or GroundTruth()
    rows, columns = shape[0] // rule.stride, shape[1] // rule.stride
    grid = np.zeros((COVERAGE + count, rows, columns), np.float32)
    boxes, classes = prune(boxes, np.asarray(classes, np.int64), shape, rule, count)
    for box, kind, rect in zip(boxes, classes, coverage_rectangles(boxes, rule), strict=True):
        _draw(grid, box, int(kind), rect, rule)
    return grid


def _draw(grid: Array, box: Array, kind: int, rect: Array, rule: GroundTruth) -> None:
    """Mark the cells that a coverage rectangle touches, over whatever they held."""
    rows = _share(rect[1], rect[3], grid.shape[1], rule.stride)
    columns = _share(rect[0], rect[2], grid.shape[2], rule.stride)
    y, x = np.nonzero(np.outer(rows, columns) > FLT_EPSILON)
    area = float((rect[2] - rect[0]) * (rect[3] - rect[1]))
    norm = rule.stride**2 / area if rule.obj_norm else max(1.0, rule.stride**2 / area)
    grid[:, y, x] = 0.0
    grid[FOREGROUND, y, x] = 1.0
    grid[1, y, x] = box[0] - x * rule.stride
    grid[2, y, x] = box[1] - y * rule.stride
    grid[3, y, x] = box[2] - x * rule.stride
    grid[4, y, x] = box[3] - y * rule.stride
    grid[5, y, x] = 1.0 / (box[2] - box[0])
    grid[6, y, x] = 1.0 / (box[3] - box[1])
    grid[OBJ_NORM, y, x] = norm
    grid[COVERAGE + kind, y, x] = 1.0


def _share(low: float, high: float, cells: int, stride: int) -> Array:
    """Return how much of each of `cells` cells along an axis lies between low and high."""
    start = np.arange(cells) * float(stride)
    overlap = np.minimum(high, start + stride) - np.maximum(low, start)
    share: Array = (np.clip(overlap, 0, None) / stride).astype(np.float32)
    return share


def truths(grid: Array, stride: int) -> list[Array]:
    """Return the boxes that a label tensor still holds, one (M, 4) float32 array per class.

    This is the truth that DIGITS scores against: a box that others overwrote everywhere is gone.
    """
    found = []
    for coverage in grid[COVERAGE:]:
        y, x = np.nonzero(coverage > 0)
        origin = np.stack((x, y, x, y), 1) * np.float32(stride)
        found.append(np.unique(grid[CORNERS, y, x].T + origin, axis=0).astype(np.float32))
    return found
