"""Part strong field into basins: the patches that lie between its passes.

A watershed from any positions is made of whole basins, cut where the pass between two of them is
lowest. So what can be a region is known before it is known where the regions are: some basins that
hang together (`halescope.detection.proposals.candidates`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.extent import DEFAULT_RULE, ExtentRule, smooth_strength
from halescope.types import Array, Disk

SHALLOW = 0.8
"""A basin whose pass to a stronger one is above this share of its own peak is part of that one."""

SMALLEST = 25
"""So is one under this many canonical pixels."""

WIDEST_GAP = 16.0
"""Pieces that do not touch are neighbours up to this distance, canonical pixels."""

GAP_STEP = 2
"""Gaps are measured on every second pixel."""


@dataclass(frozen=True)
class Links:
    """Neighbouring basins, a row a pair.

    Parameters
    ----------
    first, second : (L,) int
        Indices of the basins, the lower first.
    height : (L,) float32, grey levels
        Of the highest pass between them; 0 where they do not touch.
    gap : (L,) float32, canonical pixels
        Between them; 0 where they touch.
    tree : (L,) bool
        Whether the link is in the tree of highest passes and narrowest gaps, along which a
        watershed cuts.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    height: Array
    gap: Array
    tree: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class Basins:
    """Patches of strong field, M of them.

    Parameters
    ----------
    pixels : (P,) int
        Flat indices of the strong pixels of the canonical disk, ascending.
    owner : (P,) int
        Index of the basin of each.
    strength : (P,) float32, grey levels
        Smoothed |field| of each.
    top : (M,) int
        Flat index of the strongest pixel of each basin.
    peak : (M,) float32, grey levels
        Smoothed |field| there.
    shape : tuple of int
        Of the disk, (N, N).
    """

    pixels: NDArray[np.intp]
    owner: NDArray[np.intp]
    strength: Array
    top: NDArray[np.intp]
    peak: Array
    links: Links
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.peak)

    @property
    def size(self) -> NDArray[np.intp]:
        """Pixels of each basin, (M,)."""
        return np.bincount(self.owner, minlength=len(self))

    @property
    def edges(self) -> NDArray[np.intp]:
        """x_min, y_min, x_max, y_max of each basin, (M, 4); maxima exclusive."""
        rows, columns = np.divmod(self.pixels, self.shape[1])
        low = np.full((2, len(self)), max(self.shape))
        high = np.zeros((2, len(self)), np.intp)
        for axis, place in enumerate((columns, rows)):
            np.minimum.at(low[axis], self.owner, place)
            np.maximum.at(high[axis], self.owner, place + 1)
        return np.concatenate([low, high]).T


def part(disk: Disk, rule: ExtentRule = DEFAULT_RULE) -> Basins:
    """Return the basins of a disk's strong field.

    Parameters
    ----------
    disk : Disk
        Canonical, of 200 pixels radius.
    rule : ExtentRule
        Its smoothing and threshold say what is strong.
    """
    strength = smooth_strength(disk.grey, rule)
    strong = strength > rule.threshold
    strong[[0, -1]] = strong[:, [0, -1]] = False  # so that every pixel has eight neighbours
    pixels = np.flatnonzero(strong)
    shape = (strength.shape[0], strength.shape[1])
    value = strength.ravel()[pixels]
    raw, pairs = _climb(pixels, value, shape)
    peak = np.zeros(raw.max(initial=-1) + 1, np.float32)
    np.maximum.at(peak, raw, value)
    passes = _passes(raw[pairs[0]], raw[pairs[1]], np.minimum(value[pairs[0]], value[pairs[1]]))
    of_raw = _fold(peak, np.bincount(raw), passes)
    owner = of_raw[raw]
    count = owner.max(initial=-1) + 1
    order = np.lexsort((-value, owner))
    top = order[np.searchsorted(owner[order], np.arange(count))]
    apart = of_raw[passes[0]] != of_raw[passes[1]]
    passes = _passes(of_raw[passes[0]][apart], of_raw[passes[1]][apart], passes[2][apart])
    links = _links(passes, _gaps(pixels, owner, shape), count)
    return Basins(pixels, owner, value, pixels[top], value[top], links, shape)


Passes = tuple[NDArray[np.intp], NDArray[np.intp], Array]
"""Pairs of basins, the lower index first, and the height of the pass between them."""


def _climb(
    pixels: NDArray[np.intp], value: Array, shape: tuple[int, int]
) -> tuple[NDArray[np.intp], tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the summit that each pixel climbs to, numbered from 0, and all touching pairs."""
    place = np.full(shape[0] * shape[1], -1, np.intp)
    place[pixels] = np.arange(len(pixels))
    best, to = value.copy(), np.arange(len(pixels))
    first, second = [], []
    for step in (1, shape[1] - 1, shape[1], shape[1] + 1):
        ahead = place[pixels + step]
        here = np.flatnonzero(ahead >= 0)
        there = ahead[here]
        first.append(here)
        second.append(there)
        for a, b in ((here, there), (there, here)):
            higher = value[b] > best[a]
            best[a[higher]], to[a[higher]] = value[b[higher]], b[higher]
    while not np.array_equal(up := to[to], to):
        to = up
    _, summit = np.unique(to, return_inverse=True)
    return summit, (np.concatenate(first), np.concatenate(second))


def _passes(a: NDArray[np.intp], b: NDArray[np.intp], height: Array) -> Passes:
    """Return the highest pass of each pair of different basins, highest first."""
    differ = a != b
    low, high = np.minimum(a, b)[differ], np.maximum(a, b)[differ]
    order = np.argsort(-height[differ], kind="stable")
    width = high.max(initial=0) + 1
    _, at = np.unique(low[order] * width + high[order], return_index=True)
    kept = order[np.sort(at)]
    return low[kept], high[kept], height[differ][kept]


class _Groups:
    """Numbers that are joined bit by bit."""

    def __init__(self, count: int) -> None:
        self.root = list(range(count))

    def find(self, item: int) -> int:
        while self.root[item] != item:
            self.root[item] = self.root[self.root[item]]
            item = self.root[item]
        return item


def _fold(peak: Array, size: NDArray[np.intp], passes: Passes) -> NDArray[np.intp]:
    """Return the basin of each summit, shallow and small ones joined to the stronger."""
    groups, height, room = _Groups(len(peak)), peak.tolist(), size.tolist()
    for a, b, level in zip(*(column.tolist() for column in passes), strict=True):
        high, low = groups.find(a), groups.find(b)
        if high == low:
            continue
        if height[high] < height[low]:
            high, low = low, high
        if level >= SHALLOW * height[low] or room[low] < SMALLEST:
            groups.root[low] = high
            room[high] += room[low]
    roots = np.array([groups.find(item) for item in range(len(peak))], np.intp)
    _, number = np.unique(roots, return_inverse=True)
    return number


def _gaps(pixels: NDArray[np.intp], owner: NDArray[np.intp], shape: tuple[int, int]) -> Passes:
    """Return the pairs of basins that face each other over weak field, with minus the gap."""
    from scipy.ndimage import distance_transform_edt

    if not len(pixels):
        return owner, owner, np.zeros(0, np.float32)
    whole = np.full(shape, -1, np.intp)
    whole.ravel()[pixels] = owner
    rows = pixels // shape[1]
    margin = int(WIDEST_GAP)
    start = max(0, int(rows[0]) - margin) // GAP_STEP * GAP_STEP
    coarse = whole[start : int(rows[-1]) + margin + 1 : GAP_STEP, ::GAP_STEP]
    away, (row, column) = distance_transform_edt(coarse < 0, return_indices=True)
    nearest = coarse[row, column]
    found = []
    for near, far in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        gap = (away[near] + away[far]) * GAP_STEP
        met = (nearest[near] != nearest[far]) & (gap <= WIDEST_GAP)
        found.append((nearest[near][met], nearest[far][met], -gap[met].astype(np.float32)))
    first, second, gap = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return _passes(first, second, gap)


def _links(touching: Passes, gaps: Passes, count: int) -> Links:
    """Return all pairs, touching ones first, the best first; mark the tree that spans them."""
    known = set(zip(touching[0].tolist(), touching[1].tolist(), strict=True))
    fresh = [pair not in known for pair in zip(gaps[0].tolist(), gaps[1].tolist(), strict=True)]
    new = np.array(fresh, bool)
    first = np.concatenate([touching[0], gaps[0][new]])
    second = np.concatenate([touching[1], gaps[1][new]])
    height = np.concatenate([touching[2], np.zeros(new.sum(), np.float32)])
    gap = np.concatenate([np.zeros(len(touching[2]), np.float32), -gaps[2][new]])
    groups, tree = _Groups(count), np.zeros(len(first), bool)
    for index, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        a, b = groups.find(a), groups.find(b)
        if a != b:
            groups.root[a] = b
            tree[index] = True
    return Links(first, second, height, gap, tree)
