"""What tells a spotted region from plage: numbers of a proposal's field, polarity by polarity.

The same numbers for a disk, its mirror images and its negative: nothing here knows which polarity
leads. Where a number is taken of both polarities, the larger comes first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.proposals import KINDS, Proposals
from halescope.tensors import GREY_CLIP
from halescope.types import Array, Disk

SMOOTHINGS = (0.8, 1.5, 2.5, 4.0)
"""Standard deviations at which each polarity's strongest field is taken, canonical pixels."""

LEVELS = (35, 60, 100, 120)
"""Grey levels above which pixels of each polarity are counted; 127 is the end of the scale."""

CORE_LEVELS = (35, 90, 120)
"""Grey levels whose largest connected patch is measured: a spot is one patch, plage is many."""

WIDE = 6.0
"""Smoothing of the widest strength, canonical pixels."""

_BOTH = ("strong", "weak")

FEATURES: tuple[str, ...] = (
    "mu", "latitude", "log_width", "log_height", "log_area", "log_flux", "balance", "mean", "wide",
    *(f"peak_{s}_{side}" for s in SMOOTHINGS for side in _BOTH),
    *(f"count_{level}_{side}" for level in LEVELS for side in _BOTH),
    *(f"core_{level}_{side}" for level in CORE_LEVELS for side in _BOTH),
    *(f"core_{level}_foreshortened" for level in CORE_LEVELS),
    "alike", "holds", "held", "larger", "crowd",
    *KINDS,
)  # fmt: skip
"""Names of the columns, in order."""


def proposal_features(disk: Disk, proposals: Proposals) -> Array:
    """Return the features of each proposal.

    Parameters
    ----------
    disk : Disk
        Canonical.
    proposals : Proposals
        On that disk.

    Returns
    -------
    (N, len(FEATURES)) float32
    """
    if not len(proposals):
        return np.zeros((0, len(FEATURES)), np.float32)
    grey = np.clip(np.nan_to_num(disk.grey, nan=0.0), -GREY_CLIP, GREY_CLIP).astype(np.float32)
    windows = _windows(proposals.boxes, grey.shape)
    top, bottom = int(windows[:, 1].min()), int(windows[:, 3].max())
    margin = int(3 * WIDE)  # so that smoothing is not cut off at the band's edge
    first = max(0, top - margin)
    band = grey[first : bottom + margin]
    moved = windows - np.array([0, first, 0, first])
    columns = [
        _shape(proposals.boxes, disk),
        _field(band, moved, _mu(proposals.boxes, disk)),
        _neighbours(proposals.boxes),
        np.eye(len(KINDS), dtype=np.float32)[proposals.kind],
    ]
    return np.concatenate(columns, 1).astype(np.float32)


def _windows(boxes: Array, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return whole-pixel windows of at least two pixels a side inside the array."""
    whole = np.rint(boxes).astype(np.intp)
    limit = np.array([shape[1], shape[0]])
    low = np.clip(whole[:, :2], 0, limit - 2)
    return np.concatenate([low, np.clip(whole[:, 2:], low + 2, limit)], 1)


def _mu(boxes: Array, disk: Disk) -> Array:
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 - 0.5
    center = np.array([disk.geometry.x_center, disk.geometry.y_center])
    rho = np.hypot(*((middle - center) / disk.geometry.radius).T)
    out: Array = np.sqrt(1 - np.minimum(rho, 0.999) ** 2).astype(np.float32)
    return out


def _shape(boxes: Array, disk: Disk) -> Array:
    """Place and size: mu, latitude, log_width, log_height, log_area."""
    scale = disk.geometry.radius / 200.0
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 1) / scale
    latitude = np.abs((boxes[:, 1] + boxes[:, 3]) / 2 - 0.5 - disk.geometry.y_center)
    mu = _mu(boxes, disk)
    columns = [mu, latitude / disk.geometry.radius, *np.log(size).T, np.log(size.prod(1) / mu)]
    return np.stack(columns, 1)


def _field(grey: Array, windows: NDArray[np.intp], mu: Array) -> Array:
    """Field of each window: log_flux, balance, mean, wide, peaks, counts and cores."""
    from scipy.ndimage import gaussian_filter

    parts = [np.maximum(grey, 0), np.maximum(-grey, 0)]
    summed = [*parts, *(part >= level for level in LEVELS for part in parts)]
    peaked = [gaussian_filter(parts[0] + parts[1], WIDE, truncate=3.0)]
    peaked += [gaussian_filter(part, s, truncate=3.0) for s in SMOOTHINGS for part in parts]
    peaked += [_patches(part >= level) for level in CORE_LEVELS for part in parts]
    sums, peaks = _over(np.add, summed, windows), _over(np.maximum, peaked, windows)
    flux, counts = sums[:, :2], np.log1p(sums[:, 2:])
    wide, smooth = peaks[:, 0], peaks[:, 1 : 1 + 2 * len(SMOOTHINGS)]
    cores = peaks[:, 1 + 2 * len(SMOOTHINGS) :]
    area = (windows[:, 2] - windows[:, 0]) * (windows[:, 3] - windows[:, 1])
    total = flux.sum(1)
    largest = np.log1p(cores.reshape(len(windows), -1, 2).max(2) / mu[:, None])
    first = np.stack([np.log1p(total), flux.min(1) / (total + 1), total / area, wide], 1)
    columns = [first, _ordered(smooth), _ordered(counts), _ordered(np.log1p(cores)), largest]
    return np.concatenate(columns, 1)


def _ordered(columns: NDArray[np.floating]) -> NDArray[np.floating]:
    """Put the larger of each pair of neighbouring columns first."""
    pairs = columns.reshape(len(columns), -1, 2)
    return np.sort(pairs, 2)[:, :, ::-1].reshape(columns.shape)


def _over(
    ufunc: np.ufunc, fields: list[NDArray[Any]], windows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the sum or maximum of each field over each window, (windows, fields)."""
    stack = np.empty((len(fields), *fields[0].shape), np.float32)
    for field, plane in zip(fields, stack, strict=True):
        plane[:] = field
    out = np.empty((len(windows), len(fields)))
    for index, (x0, y0, x1, y1) in enumerate(windows.tolist()):
        rows = ufunc.reduce(stack[:, y0:y1, x0:x1], 1)
        out[index] = ufunc.reduce(rows, 1, dtype=np.float64 if ufunc is np.add else None)
    return out


def _patches(mask: NDArray[np.bool_]) -> Array:
    """Return at each pixel the size of its connected patch, pixels."""
    from scipy.ndimage import label

    pieces, _ = label(mask)
    size = np.bincount(pieces.ravel()).astype(np.float32)
    size[0] = 0
    out: Array = size[pieces]
    return out


def _neighbours(boxes: Array) -> Array:
    """How a box lies among the others: alike, holds, held, larger, crowd.

    Returns
    -------
    (N, 5) float32
        Boxes with an IoU above 0.7; boxes that lie inside it; boxes it lies inside of; the
        logarithm of the largest of these over its own size; the sum of all IoU.
    """
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3), 1)
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), 2)
    overlap = shared / (area[:, None] + area[None] - shared)
    inside = shared / area[:, None] > 0.8
    larger = np.log(np.where(inside, area[None], area[:, None]).max(1) / area)
    columns = [(overlap > 0.7).sum(1), inside.sum(0), inside.sum(1), larger, overlap.sum(1)]
    return np.stack(columns, 1).astype(np.float32)
