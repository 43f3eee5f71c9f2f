"""Features of links: what tells whether two neighbouring basins belong to one region.

A link joins two neighbouring basins; those of the maximum spanning tree are scored. Cutting one
leaves two sides, the basins still connected to either end, and features are taken of the two basins
and of the two sides. They are the same for a disk, its negative and its mirror images: which
polarity should lead is told by the whole disk, see `hale_order`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.detection.proposals.basins import Basins, Links
from halescope.detection.proposals.sums import CORE_LEVELS, BasinSums
from halescope.types import Array

SIDE_REACH = 8.0
"""A basin counts to a link's side if it lies within this angle of the link's end, degrees."""

SURE = 3.0
"""The order of a disk counts in full where the pairs that agree outweigh the others by a third of
the flux of all."""

LEAST_LIKELY = -8.0
"""Least log-likelihood of a union."""

NO_RIVAL = -40.0
"""Stands for the rank of the best other link of a basin that has none; below any gap's."""

MOST_OVER = 60.0
"""Larger differences between the ranks of links count as this, grey levels."""

_PAIR = (
    "height", "gap", "of_lesser", "of_greater", "longitude", "latitude", "apart", "balance",
    "hale", "leader", "net_greater", "net_lesser", "net_product", "balance_greater",
    "balance_lesser", "balance_gain",
)  # fmt: skip
_ONE = (
    "flux", "strength", "wide", "pixels", *(f"core_{level}" for level in CORE_LEVELS),
    "peak_0.8", "peak_1.5", "count_60", "count_100",
)  # fmt: skip
_PAIR_NAMES = (
    *_PAIR,
    *(f"{name}_{end}" for end in ("greater", "lesser") for name in _ONE),
    "flux_ratio", "strength_ratio",
)  # fmt: skip

_RIVALS = ("rival", "over_rival", "links")

LINK_FEATURES: tuple[str, ...] = (
    *(f"basins_{name}" for name in _PAIR_NAMES),
    *(f"sides_{name}" for name in _PAIR_NAMES),
    "mu", "latitude", "count_first", "count_second", "order",
    *(f"{name}_{end}" for name in _RIVALS for end in ("lesser", "greater")),
)  # fmt: skip
"""Columns of `link_features`, in the order that cards and networks rely on: of the two basins, of
the two sides, of the place on the disk, and of the other links of the two basins."""


def hale_order(basins: BasinSums, links: Links) -> float:
    """Return which polarity leads in the northern hemisphere, told by the disk itself.

    In one solar cycle the leading, western polarities of a hemisphere are alike, and opposite in
    the other hemisphere (Hale & Nicholson 1925, ApJ 62, 270). Each pair of neighbouring basins of
    opposite polarity votes with the lesser of their fluxes, and so do the two polarities within
    each basin. `basins`: a row for each basin. `links`: of these basins.

    Returns
    -------
    float
        -1..1: above zero where the positive polarity leads in the north; 0 where none is known.
    """
    net, place, dipole = basins.net, basins.place, basins.dipole
    first, second = links.first, links.second
    ahead = np.sign(place[first, 0] - place[second, 0]) * np.sign(net[first])
    north = np.sign(place[first, 1] + place[second, 1])
    flux = net * basins.total
    weight = np.minimum(np.abs(flux[first]), np.abs(flux[second])) * (net[first] * net[second] < 0)
    own = basins.pair("flux").min(1)
    votes = weight @ (ahead * north) + own @ (np.sign(dipole[:, 0]) * np.sign(place[:, 1]))
    share = float(votes / (weight.sum() + own.sum() + 1e-6))
    return float(np.clip(SURE * share, -1, 1))


def link_features(sums: BasinSums, basins: Basins, order: float) -> Array:
    """Return the features of each link of the tree.

    `sums`: of the basins. `order`: see `hale_order`. Returns (T, len(LINK_FEATURES)) float32: a row
    for each link of the tree, in the order of `Links`.
    """
    links = basins.links
    tree = links.tree
    first, second = links.first[tree], links.second[tree]
    if not len(first):
        return np.zeros((0, len(LINK_FEATURES)), np.float32)
    weight = links.height[tree], links.gap[tree]
    sides = _sides(first, second, len(basins))
    place = sums.place
    near_first, near_second = (
        side & _near(place, end) for side, end in zip(sides, (first, second), strict=True)
    )
    x, y = place[np.where(sums["strength"][first] >= sums["strength"][second], first, second)].T
    mu = np.sqrt(np.maximum(np.cos(x) ** 2 * (1 - y**2), 0.01))
    counts = np.sort(np.log1p([near_first.sum(1), near_second.sum(1)]), 0)
    columns = [
        _pair(sums.take(first), sums.take(second), weight, order),
        _pair(sums.join(near_first), sums.join(near_second), weight, order),
        np.stack([mu, np.abs(y), *counts, np.full(len(mu), abs(order))], 1),
        _rivals(basins),
    ]
    return np.concatenate(columns, 1).astype(np.float32)


def inside_and_cut(
    links: Links, member: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which links of the tree join two basins of a union, and which it cuts.

    `member`, (K, M) bool: which of the M basins each of the K unions holds.

    Returns
    -------
    inside, cut : (K, T) bool
    """
    a, b = member[:, links.first[links.tree]], member[:, links.second[links.tree]]
    return a & b, a ^ b


def likelihood(
    same: Array, inside: NDArray[np.bool_], cut: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the log-likelihood that each union is one whole region and no more.

    `same`, (T,) float32: chance that each link of the tree lies within one region, 0..1. `inside`,
    `cut`, (K, T) bool: see `inside_and_cut`. Returns (K,) float64: natural logarithm, summed over
    the links as if they were independent; `LEAST_LIKELY` at least.
    """
    chance = np.clip(same.astype(np.float64), 1e-3, 1 - 1e-3)
    out = inside @ np.log(chance) + cut @ np.log(1 - chance)
    return np.maximum(out, LEAST_LIKELY)


def _sides(
    first: NDArray[np.intp], second: NDArray[np.intp], count: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the basins connected to either end of each tree link when it is cut, (T, M) each."""
    around: list[list[int]] = [[] for _ in range(count)]
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        around[a].append(b)
        around[b].append(a)
    out = np.zeros((2, len(first), count), bool)
    for row, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        for end, (start, beyond) in enumerate(((a, b), (b, a))):
            seen, waiting = {start, beyond}, [start]
            while waiting:
                fresh = [item for item in around[waiting.pop()] if item not in seen]
                seen.update(fresh)
                waiting.extend(fresh)
            out[end, row, list(seen - {beyond})] = True
    return out[0], out[1]


def _rivals(basins: Basins) -> Array:
    """Return, for both basins of each tree link, the basins' other links.

    Returns (T, 6) float32: rank of the best other link, by how much this one's exceeds it, and the
    number of links; of each the basin with the lower summit first. A link's rank is its saddle's
    height in grey levels, or minus twice its gap in pixels.
    """
    links = basins.links
    rank = np.where(links.height > 0, links.height, -2 * links.gap).astype(np.float32)
    ends = np.stack([links.first, links.second], 1)
    # The best link of each basin, and the best but one.
    best = np.full((len(basins), 2), NO_RIVAL, np.float32)
    for (a, b), value in zip(ends.tolist(), rank.tolist(), strict=True):
        for end in (a, b):
            best[end] = np.sort([*best[end], value])[:0:-1]
    count = np.bincount(ends.ravel(), minlength=len(basins))
    pair, value = ends[links.tree], rank[links.tree, None]
    swap = basins.peak[pair[:, 0]] >= basins.peak[pair[:, 1]]
    pair = np.where(swap[:, None], pair[:, ::-1], pair)
    other = np.where(best[pair, 0] > value, best[pair, 0], best[pair, 1])
    over = np.clip(value - other, -MOST_OVER, MOST_OVER)
    return np.concatenate([other, over, count[pair]], 1).astype(np.float32)


def _near(place: NDArray[np.float64], end: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which basins lie within `SIDE_REACH` of one end of each link, (T, M)."""
    offset = np.degrees(place[None] - place[end][:, None])
    offset[:, :, 0] *= np.sqrt(np.maximum(1 - place[end, 1] ** 2, 0))[:, None]
    return np.asarray(np.hypot(offset[:, :, 0], offset[:, :, 1]) < SIDE_REACH)


def _pair(a: BasinSums, b: BasinSums, weight: tuple[Array, Array], order: float) -> Array:
    """Return the features of pairs, `_PAIR_NAMES`; the one with the greater strength first."""
    swap = (a["strength"] < b["strength"])[:, None]
    greater = BasinSums(np.where(swap, b.sums, a.sums), np.where(swap, b.highest, a.highest))
    lesser = BasinSums(np.where(swap, a.sums, b.sums), np.where(swap, a.highest, b.highest))
    both = BasinSums(a.sums + b.sums, np.maximum(a.highest, b.highest))
    height, gap = weight
    offset = np.degrees(greater.place - lesser.place)
    north = np.sign(greater.place[:, 1])
    offset[:, 0] *= np.sqrt(np.maximum(1 - greater.place[:, 1] ** 2, 0.05))
    balance = greater.balance, lesser.balance
    columns = [
        height, gap, height / lesser["strength"], height / greater["strength"],
        *np.abs(offset).T, np.hypot(*offset.T), both.balance,
        hale_sense(both, order),
        np.sign(offset[:, 0]) * (greater.net - lesser.net) / 2 * north * order,
        np.abs(greater.net), np.abs(lesser.net), greater.net * lesser.net,
        *balance, both.balance - np.maximum(*balance),
        *_one(greater), *_one(lesser),
        np.log1p(lesser.total) - np.log1p(greater.total), lesser["strength"] - greater["strength"],
    ]  # fmt: skip
    return np.stack(columns, 1).astype(np.float32)


def hale_sense(sums: BasinSums, order: float, most: float = 12.0) -> NDArray[np.float64]:
    """Return by how far the leading polarity of each union is ahead, as the disk's order has it.

    `order`: see `hale_order`. `most`: larger distances count as this, degrees. Returns (K,)
    float64: degrees of longitude; below zero where the other polarity leads, near zero for unions
    of nearly one polarity.
    """
    apart = np.clip(sums.dipole[:, 0], -most, most)
    return apart * np.sign(sums.place[:, 1]) * order * np.minimum(1, 4 * sums.balance)


def _one(sums: BasinSums) -> list[NDArray[np.floating]]:
    """Return the features of one of a pair, `_ONE`."""
    return [
        np.log1p(sums.total), sums["strength"], sums["wide"], np.log1p(sums["pixels"]),
        *(np.log1p(sums.pair(f"core_{level}").max(1)) for level in CORE_LEVELS),
        sums.pair("peak_0.8").max(1), sums.pair("peak_1.5").max(1),
        *(np.log1p(sums.pair(f"count_{level}").sum(1)) for level in (60, 100)),
    ]  # fmt: skip
