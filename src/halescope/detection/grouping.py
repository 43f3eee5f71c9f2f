"""Rectangle grouping: OpenCV 4's ``groupRectangles`` in numpy, and DetectNet's clustering on it.

OpenCV 5 no longer has the function. After NVIDIA/caffe
``python/caffe/layers/detectnet/clustering.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Clustering:
    """How proposals of a grid become boxes.

    Parameters
    ----------
    coverage_threshold : float
        Cells with at least this coverage propose a box (``gridbox_cvg_threshold``).
    rect_threshold : int
        A group needs more boxes than this (``gridbox_rect_threshold``).
    rect_eps : float
        How much edges of alike boxes may differ, as a share of their size (``gridbox_rect_eps``).
    min_height : float
        Lower boxes are dropped, pixels.
    legacy_clustering : bool
        The fault of NVCaffe up to 0.17.2: corners go in where width and height belong, so that
        the tolerance grows with the place in the picture.
    max_boxes : int
        Boxes kept per picture, the first ones.
    """

    coverage_threshold: float = 0.6
    rect_threshold: int = 3
    rect_eps: float = 0.02
    min_height: float = 22.0
    legacy_clustering: bool = False
    max_boxes: int = 50


def grid_boxes(coverage: Array, corners: Array, stride: int, threshold: float) -> Array:
    """Return one box for every cell that is covered enough.

    Returns (N, 4) float32: x1, y1, x2, y2, pixels; cells in row order.

    Parameters
    ----------
    coverage : (rows, columns) float32
    corners : (4, rows, columns) float32
        Pixels relative to the cell's top left.
    stride : int
        Pixels per cell.
    """
    y, x = np.nonzero(coverage >= threshold)
    origin = np.stack((x, y, x, y), 1).astype(np.float32) * stride
    return (corners[:, y, x].T + origin).astype(np.float32)


def cluster(proposals: Array, rule: Clustering) -> tuple[Array, Array]:
    """Return grouped boxes and their confidence, the logarithm of how many were merged.

    `proposals`, (N, 4) float32: x1, y1, x2, y2, pixels.

    Returns
    -------
    boxes : (M, 4) float32
    confidence : (M,) float32
        ln(n); the coverage itself is not in it.
    """
    rects = np.trunc(proposals).astype(np.int64).reshape(-1, 4)
    if not rule.legacy_clustering:
        exact = proposals.astype(np.float64).reshape(-1, 4)
        rects = np.trunc(np.hstack((exact[:, :2], exact[:, 2:] - exact[:, :2]))).astype(np.int64)
    grouped, count = group_rectangles(rects, rule.rect_threshold, rule.rect_eps)
    boxes = grouped.copy()
    if not rule.legacy_clustering:
        boxes[:, 2:] += boxes[:, :2]
    tall = boxes[:, 3] - boxes[:, 1] >= rule.min_height
    boxes, count = boxes[tall][: rule.max_boxes], count[tall][: rule.max_boxes]
    return boxes.astype(np.float32), np.log(count).astype(np.float32)


def group_rectangles(rects: Ints, threshold: int, eps: float) -> tuple[Ints, Ints]:
    """Return the mean rectangle of every large enough group of alike rectangles.

    Parameters
    ----------
    rects : (N, 4) int64
        x, y, width, height.
    threshold : int
        A group is kept when it has more members; 0 or less returns the input.
    eps : float
        Two rectangles are alike when all four edges differ by at most
        ``eps * (min(w1, w2) + min(h1, h2)) / 2``; groups are closed under that.

    Returns
    -------
    grouped : (M, 4) int64
    count : (M,) int64

    Notes
    -----
    Equal to ``cv2.groupRectangles`` of OpenCV 4, its order and rounding included.
    """
    from scipy.sparse.csgraph import connected_components

    rects = np.asarray(rects, np.int64).reshape(-1, 4)
    if threshold <= 0 or len(rects) == 0:
        return rects, np.ones(len(rects), np.int64)
    label = connected_components(_alike(rects, eps), directed=False)[1]  # by first appearance
    count = np.bincount(label)
    total = np.stack([np.bincount(label, rects[:, k]) for k in range(4)], 1)
    share = (np.float32(1) / count.astype(np.float32))[:, None]
    mean = np.rint(total.astype(np.float32) * share).astype(np.int64)
    enough = count > threshold
    mean, count = mean[enough], count[enough]
    kept = ~_inside(mean, count, eps)
    return mean[kept], count[kept]


def _alike(rects: Ints, eps: float) -> NDArray[np.bool_]:
    """Return which pairs are alike, (N, N)."""
    x, y, w, h = rects.T
    smaller = np.minimum(w[:, None], w) + np.minimum(h[:, None], h)
    delta = eps * smaller * 0.5
    alike = np.ones((len(rects), len(rects)), bool)
    for edge in (x, y, x + w, y + h):
        alike &= np.abs(edge[:, None] - edge) <= delta
    return alike


def _inside(rects: Ints, count: Ints, eps: float) -> NDArray[np.bool_]:
    """Return which rectangles lie in a larger group's one, grown by eps."""
    x, y, w, h = rects.T
    dx, dy = np.rint(w * eps), np.rint(h * eps)
    within = x[:, None] >= x - dx
    within &= y[:, None] >= y - dy
    within &= (x + w)[:, None] <= x + w + dx
    within &= (y + h)[:, None] <= y + h + dy
    stronger = (count > np.maximum(3, count[:, None])) | (count < 3)[:, None]
    np.fill_diagonal(within, False)
    return np.asarray((within & stronger).any(1))
