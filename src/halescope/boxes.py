"""Arithmetic on boxes: (N, 4) arrays of x_min, y_min, x_max, y_max, pixel-edge coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.floating]


def area(boxes: Boxes) -> Boxes:
    """Return the areas, (N,), in square pixels; zero where a box is inside out."""
    size = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return size[:, 0] * size[:, 1]


def center(boxes: Boxes) -> Boxes:
    """Return the centres, (N, 2): x, y, pixel-edge coordinates."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def intersection(a: Boxes, b: Boxes) -> Boxes:
    """Return the overlap areas, (N, M), of every box of `a` with every box of `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    size = np.clip(high - low, 0, None)
    overlap: Boxes = size[..., 0] * size[..., 1]
    return overlap


def iou(a: Boxes, b: Boxes) -> Boxes:
    """Return intersection over union, (N, M), 0..1; zero for empty boxes."""
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def clip(boxes: Boxes, shape: tuple[int, int]) -> Boxes:
    """Return the boxes cut to an array of shape (H, W)."""
    limits = np.array([shape[1], shape[0], shape[1], shape[0]], boxes.dtype)
    return np.clip(boxes, 0, limits)


def suppress(
    boxes: Boxes, score: NDArray[np.floating], threshold: float, nested: float = 1.0
) -> NDArray[np.intp]:
    """Return the indices that non-maximum suppression keeps, best score first.

    Parameters
    ----------
    boxes : (N, 4)
    score : (N,)
    threshold : float
        A box is dropped when its IoU with a better one is above this,
    nested : float
        or when more than this share of the smaller of the two lies in the larger.
    """
    order = np.argsort(-score, kind="stable")
    size = np.maximum(np.minimum(area(boxes)[:, None], area(boxes)[None]), 1e-6)
    is_nested = intersection(boxes, boxes) / size > nested  # of all its area no box has more
    overlap = np.where(is_nested, 1.0, iou(boxes, boxes))
    kept: list[int] = []
    for index in order:
        if not kept or overlap[index, kept].max() <= threshold:
            kept.append(int(index))
    return np.array(kept, np.intp)
