"""Propose boxes that may hold an active region: several readings of the same strong field.

Whether two touching patches are one region or two cannot be told from the field's outline alone.
So each reading is proposed, and a network chooses between them (`halescope.detect_proposals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halescope.extent import (
    DEFAULT_RULE,
    ExtentRule,
    assign_pixels,
    edges_of,
    lone_edges,
    smooth_strength,
)
from halescope.tensors import GREY_CLIP
from halescope.types import Array, Disk, DiskGeometry

KINDS = ("piece", "extent", "bump", "knoll")
"""How a box was drawn: a connected piece of strong field; the box rule about that piece's
middle, which cuts a long piece and gathers its satellites; the box rule about each maximum of
the heavily smoothed field, which parts neighbours, and of the less smoothed, which parts them
more finely."""

SMALLEST = 25
"""A piece under this many canonical pixels is no proposal."""

BUMP_STEP = 4
"""Bumps are looked for on a grid of every fourth pixel."""

BUMPS = ((11.0, 7.0), (7.0, 9.0))
"""Of bumps and of knolls: smoothing, canonical pixels, and least height, grey levels."""


@dataclass(frozen=True)
class Proposals:
    """Boxes that may hold a region, on the canonical disk.

    Parameters
    ----------
    boxes : (N, 4) float32
        Canonical pixels, rows upwards.
    kind : (N,) int8
        Index into `KINDS`.
    """

    boxes: Array
    kind: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.kind)


def propose(disk: Disk, rule: ExtentRule = DEFAULT_RULE) -> Proposals:
    """Return every reading of a disk's strong field as boxes.

    Parameters
    ----------
    disk : Disk
        Canonical, of any radius; the rule's numbers scale with it.
    rule : ExtentRule
        For a disk of 200 pixels radius.

    Returns
    -------
    Proposals
        None at all on a quiet disk.
    """
    grey = np.clip(np.nan_to_num(disk.grey, nan=0.0), -GREY_CLIP, GREY_CLIP)
    scale = disk.geometry.radius / 200.0
    rule = replace(
        rule,
        smoothing=rule.smoothing * scale,
        companion=round(rule.companion * scale**2),
        margin=rule.margin * scale,
    )
    strength = smooth_strength(disk.grey, rule)
    pieces, middles = _pieces(strength, grey, rule, scale)
    extents = _boxes(lone_edges(strength, disk.geometry, middles, rule), rule)
    bumps, knolls = (
        _ruled(strength, disk.geometry, _maxima(grey, scale, *numbers), rule) for numbers in BUMPS
    )
    boxes = [pieces, extents, bumps, knolls]
    kinds = np.repeat(range(len(KINDS)), [len(part) for part in boxes])
    return Proposals(np.concatenate(boxes).astype(np.float32), kinds.astype(np.int8))


def _pieces(
    strength: Array, grey: Array, rule: ExtentRule, scale: float
) -> tuple[Array, NDArray[np.float64]]:
    """Return boxes of connected strong field, and the middles of its field squared."""
    from scipy.ndimage import find_objects, label

    pieces, count = label(strength > rule.threshold)
    flat = np.flatnonzero(pieces)
    owner = pieces.ravel()[flat]
    weight = grey.ravel()[flat].astype(np.float64) ** 2 + 1e-6
    rows, columns = np.divmod(flat, grey.shape[1])
    size = np.bincount(owner, minlength=count + 1)[1:]
    mass, x, y = (
        np.bincount(owner, weight * v, minlength=count + 1)[1:] for v in (1, columns, rows)
    )
    edges = [(c.start, r.start, c.stop, r.stop) for r, c in find_objects(pieces)]
    kept = size >= SMALLEST * scale**2
    middles = np.stack([x[kept] / mass[kept], y[kept] / mass[kept]], 1)
    return _boxes(edges, rule)[kept], middles


def _maxima(grey: Array, scale: float, smoothing: float, level: float) -> NDArray[np.floating]:
    """Return the maxima of the heavily smoothed strength, (K, 2) pixels."""
    from scipy.ndimage import gaussian_filter, maximum_filter

    step = BUMP_STEP
    side = grey.shape[0] // step * step
    blocks = np.abs(grey[:side, :side]).reshape(side // step, step, side // step, step)
    smooth = gaussian_filter(blocks.mean((1, 3)), smoothing * scale / step, truncate=3.0)
    top = (smooth == maximum_filter(smooth, 3)) & (smooth > level)
    rows, columns = np.nonzero(top)
    return np.stack([columns, rows], 1) * float(step) + (step - 1) / 2


def _ruled(
    strength: Array, geometry: DiskGeometry, xy: NDArray[np.floating], rule: ExtentRule
) -> Array:
    """Return the box rule's boxes about positions, without those that hold no strong field."""
    owner = assign_pixels(strength, geometry, xy, rule)
    return _boxes([edges for edges in edges_of(owner, len(xy)) if edges is not None], rule)


def _boxes(edges: Sequence[tuple[int, ...]], rule: ExtentRule) -> Array:
    margin = np.array([-1, -1, 1, 1], np.float32) * np.float32(rule.margin)
    return np.array(edges, np.float32).reshape(-1, 4) + margin
