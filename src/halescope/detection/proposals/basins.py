"""Part strong field into basins, and find which of them are neighbours.

Take the smoothed |field| of a disk as a landscape. A basin is the catchment of one summit: all
strong pixels from which steepest ascent leads to it. Two basins that touch meet at a saddle, the
highest point of the lowest way between their summits. A basin that hardly stands out from its
neighbour, or is very small, is merged with it.

The box rule gives strong field to regions by a watershed, which cuts along saddles, the lowest
first. So a region is always a union of whole basins, whatever positions NOAA gives; which unions
can occur, `halescope.detection.proposals.candidates` lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.extent import DEFAULT_RULE, ExtentRule, smooth_strength
from halescope.types import Array, Disk

SHALLOW = 0.8
"""A basin is merged with a stronger one if their saddle is above this share of its own summit,"""

SMALLEST = 25
"""or if its surface is smaller than that of so many canonical pixels at disk centre."""

MOST_SURFACE = 4.0
"""Most pixels of disk centre that a pixel near the limb counts as: as at 75 degrees."""

WIDEST_GAP = 16.0
"""Basins that do not touch are neighbours up to this distance, canonical pixels."""

GAP_STEP = 2
"""Distances are measured on every second row and column."""


@dataclass(frozen=True)
class Links:
    """Pairs of neighbouring basins, the closest ties first: touching ones, then ones with a gap.

    Parameters
    ----------
    first, second : (L,) int
        Indices of the two basins, the lower first.
    height : (L,) float32, grey levels
        Smoothed |field| at the saddle between them; 0 where they do not touch.
    gap : (L,) float32, canonical pixels
        Distance between them over weak field; 0 where they touch.
    tree : (L,) bool
        Whether the link is in the maximum spanning tree: of all ways to connect the basins, that
        with the highest saddles and then the narrowest gaps. A watershed cuts along it.
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
    """The M basins of a disk.

    Parameters
    ----------
    pixels : (P,) int
        Flat indices of the strong pixels of the canonical disk, ascending.
    owner : (P,) int
        Index of the basin that each pixel is in.
    strength : (P,) float32, grey levels
        Smoothed |field| of each pixel.
    top : (M,) int
        Flat index of the summit of each basin.
    peak : (M,) float32, grey levels
        Smoothed |field| at the summit.
    surface : (M,) float64
        Pixels that each basin would have at disk centre.
    shape : tuple of int
        Of the disk, (N, N).
    """

    pixels: NDArray[np.intp]
    owner: NDArray[np.intp]
    strength: Array
    top: NDArray[np.intp]
    peak: Array
    surface: NDArray[np.float64]
    links: Links
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.peak)

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


def find_basins(disk: Disk, rule: ExtentRule = DEFAULT_RULE) -> Basins:
    """Return the basins of a disk's strong field.

    `disk`: canonical, of 200 pixels radius. `rule`: its smoothing and threshold say what is strong.
    """
    strength = smooth_strength(disk.grey, rule)
    strong = strength > rule.threshold
    strong[[0, -1]] = strong[:, [0, -1]] = False  # so that every pixel has eight neighbours
    pixels = np.flatnonzero(strong)
    shape = (strength.shape[0], strength.shape[1])
    value = strength.ravel()[pixels]
    summit, pairs = _climb(pixels, value, shape)
    peak = np.zeros(summit.max(initial=-1) + 1, np.float32)
    np.maximum.at(peak, summit, value)
    a, b = pairs
    saddles = _highest(summit[a], summit[b], np.minimum(value[a], value[b]))
    surface = _surface(pixels, disk)
    basin = _merge(peak, _summed(summit, surface, len(peak)), saddles)
    owner = basin[summit]
    count = owner.max(initial=-1) + 1
    highest = np.zeros(count, np.float32)
    np.maximum.at(highest, owner, value)
    best = np.flatnonzero(value == highest[owner])[::-1]
    top = np.empty(count, np.intp)
    top[owner[best]] = best  # of equal pixels the first, which is written last
    saddles = _highest(basin[saddles[0]], basin[saddles[1]], saddles[2])
    links = _links(saddles, _gaps(pixels, owner, shape), count)
    size = _summed(owner, surface, count)
    return Basins(pixels, owner, value, pixels[top], value[top], size, links, shape)


def _summed(
    owner: NDArray[np.intp], values: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Return the sum of the values of each owner, (count,)."""
    out: NDArray[np.float64] = np.zeros(count)
    np.add.at(out, owner, values)
    return out


def _surface(pixels: NDArray[np.intp], disk: Disk) -> NDArray[np.float64]:
    """Return how many pixels of disk centre each pixel's surface is, (P,)."""
    rows, columns = np.divmod(pixels, disk.field.shape[1])
    seen = disk.geometry
    rho2 = ((columns - seen.x_center) ** 2 + (rows - seen.y_center) ** 2) / seen.radius**2
    out: NDArray[np.float64] = 1 / np.sqrt(np.maximum(1 - rho2, MOST_SURFACE**-2))
    return out


Pairs = tuple[NDArray[np.intp], NDArray[np.intp], Array]
"""Pairs of basins, the lower index first, and how close the tie is: the saddle's height, or minus
the gap."""


def _climb(
    pixels: NDArray[np.intp], value: Array, shape: tuple[int, int]
) -> tuple[NDArray[np.intp], tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the summit, numbered from 0, that each pixel climbs to, and all touching pixels."""
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
    number = np.cumsum(to == np.arange(len(to))) - 1
    return number[to], (np.concatenate(first), np.concatenate(second))


def _highest(a: NDArray[np.intp], b: NDArray[np.intp], height: Array) -> Pairs:
    """Return each pair of different basins once, with its closest tie; the closest first."""
    differ = a != b
    low, high = np.minimum(a, b)[differ], np.maximum(a, b)[differ]
    order = np.argsort(-height[differ], kind="stable")
    width = high.max(initial=0) + 1
    _, at = np.unique(low[order] * width + high[order], return_index=True)
    kept = order[np.sort(at)]
    return low[kept], high[kept], height[differ][kept]


class _Groups:
    """Sets of items that are merged one by one; each is known by one of its items, its root."""

    def __init__(self, count: int) -> None:
        self.root = list(range(count))

    def find(self, item: int) -> int:
        while self.root[item] != item:
            self.root[item] = self.root[self.root[item]]
            item = self.root[item]
        return item


def _merge(peak: Array, surface: NDArray[np.float64], saddles: Pairs) -> NDArray[np.intp]:
    """Return the basin of each summit: shallow and small ones are merged with the stronger."""
    groups, height, room = _Groups(len(peak)), peak.tolist(), surface.tolist()
    for a, b, level in zip(*(column.tolist() for column in saddles), strict=True):
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


def _gaps(pixels: NDArray[np.intp], owner: NDArray[np.intp], shape: tuple[int, int]) -> Pairs:
    """Return the basins that face each other over weak field."""
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
    return _highest(first, second, gap)


def _links(touching: Pairs, gaps: Pairs, count: int) -> Links:
    """Return touching pairs, then the other ones, and mark the maximum spanning tree (Kruskal)."""
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
