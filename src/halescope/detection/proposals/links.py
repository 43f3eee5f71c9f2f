"""What tells whether two neighbouring basins belong to one region: numbers of each link.

The same numbers for a disk, its negative and its mirror images: where one polarity leads, it is
told by the order of the whole disk (`halescope.detection.proposals.hale_order`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.detection.proposals.basins import Basins, Links
from halescope.detection.proposals.sums import CORE_LEVELS, BasinSums
from halescope.types import Array

NEAR = 8.0
"""Basins beyond a link count as its side within this angle, degrees."""

LEAST_LIKELY = -8.0
"""The likelihood of a union is not put lower than this."""

NO_RIVAL = -40.0
"""What stands for the best other link of a basin that has none; below any gap."""

MOST_OVER = 60.0
"""Larger differences between links count as this, grey levels."""

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
"""Names of the columns: of the two basins, then of all that hangs on each, then of the place, then
of the other links that each basin has."""


def link_features(sums: BasinSums, basins: Basins, order: float) -> Array:
    """Return the features of each link of the tree.

    Parameters
    ----------
    sums : BasinSums
        Of the basins.
    order : float
        See `halescope.detection.proposals.hale_order`.

    Returns
    -------
    (T, len(LINK_FEATURES)) float32
        A row for each link of the tree, in the order of `Links`.
    """
    links = basins.links
    tree = links.tree
    first, second = links.first[tree], links.second[tree]
    if not len(first):
        return np.zeros((0, len(LINK_FEATURES)), np.float32)
    weight = links.height[tree], links.gap[tree]
    ends = np.eye(len(basins), dtype=bool)
    sides = _sides(first, second, len(basins))
    place = sums.place
    near_first, near_second = (
        side & _near(place, end) for side, end in zip(sides, (first, second), strict=True)
    )
    x, y = place[np.where(sums["strength"][first] >= sums["strength"][second], first, second)].T
    mu = np.sqrt(np.maximum(np.cos(x) ** 2 * (1 - y**2), 0.01))
    counts = np.sort(np.log1p([near_first.sum(1), near_second.sum(1)]), 0)
    columns = [
        _pair(sums.join(ends[first]), sums.join(ends[second]), weight, order),
        _pair(sums.join(near_first), sums.join(near_second), weight, order),
        np.stack([mu, np.abs(y), *counts, np.full(len(mu), abs(order))], 1),
        _rivals(basins),
    ]
    return np.concatenate(columns, 1).astype(np.float32)


def inside_and_cut(
    links: Links, member: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which links of the tree lie within each union, and which lead out of it.

    Parameters
    ----------
    member : (K, M) bool
        Basins of each union.

    Returns
    -------
    inside, cut : (K, T) bool
    """
    a, b = member[:, links.first[links.tree]], member[:, links.second[links.tree]]
    return a & b, a ^ b


def likelihood(
    same: Array, inside: NDArray[np.bool_], cut: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the logarithm of the chance that unions are whole regions and no more.

    Parameters
    ----------
    same : (T,) float32
        Chance that each link of the tree lies within one region, 0..1.
    inside, cut : (K, T) bool
        See `inside_and_cut`.

    Returns
    -------
    (K,) float64
        Sum over the links, as if they were independent; not below `LEAST_LIKELY`.
    """
    chance = np.clip(same.astype(np.float64), 1e-3, 1 - 1e-3)
    out = inside @ np.log(chance) + cut @ np.log(1 - chance)
    return np.maximum(out, LEAST_LIKELY)


def _sides(
    first: NDArray[np.intp], second: NDArray[np.intp], count: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what hangs on the first and on the second end of each link of a tree, (T, M)."""
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
    """How good the best other link of each basin is, how much better this one, and their number.

    Returns
    -------
    (T, 6) float32
        The lesser basin's before the greater's. A gap counts as a pass below zero, of minus twice
        its pixels.
    """
    links = basins.links
    rank = np.where(links.height > 0, links.height, -2 * links.gap).astype(np.float32)
    ends = np.stack([links.first, links.second], 1)
    # The best link of each basin, and the best but one.
    best = np.full((len(basins), 2), NO_RIVAL, np.float32)
    for (a, b), value in zip(ends.tolist(), rank.tolist(), strict=True):
        for end in (a, b):
            best[end] = np.sort([*best[end], value])[:0:-1]
    number = np.bincount(ends.ravel(), minlength=len(basins))
    pair, value = ends[links.tree], rank[links.tree, None]
    swap = basins.peak[pair[:, 0]] >= basins.peak[pair[:, 1]]
    pair = np.where(swap[:, None], pair[:, ::-1], pair)
    other = np.where(best[pair, 0] > value, best[pair, 0], best[pair, 1])
    over = np.clip(value - other, -MOST_OVER, MOST_OVER)
    return np.concatenate([other, over, number[pair]], 1).astype(np.float32)


def _near(place: NDArray[np.float64], end: NDArray[np.intp]) -> NDArray[np.bool_]:
    offset = np.degrees(place[None] - place[end][:, None])
    offset[:, :, 0] *= np.sqrt(np.maximum(1 - place[end, 1] ** 2, 0))[:, None]
    return np.asarray(np.hypot(offset[:, :, 0], offset[:, :, 1]) < NEAR)


def _pair(a: BasinSums, b: BasinSums, weight: tuple[Array, Array], order: float) -> Array:
    """Return the numbers of pairs, `_PAIR_NAMES`; the one with the greater strength first."""
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
    """Return how far the polarities of unions lie apart in the order that the disk has.

    Parameters
    ----------
    order : float
        See `halescope.detection.proposals.hale_order`.
    most : float
        Larger distances count as this, degrees.

    Returns
    -------
    (K,) float64
        Degrees of longitude; below zero where the wrong polarity leads, near zero where one
        polarity is all there is.
    """
    apart = np.clip(sums.dipole[:, 0], -most, most)
    return apart * np.sign(sums.place[:, 1]) * order * np.minimum(1, 4 * sums.balance)


def _one(sums: BasinSums) -> list[NDArray[np.floating]]:
    """Return the numbers of one end, `_ONE`."""
    return [
        np.log1p(sums.total), sums["strength"], sums["wide"], np.log1p(sums["pixels"]),
        *(np.log1p(sums.pair(f"core_{level}").max(1)) for level in CORE_LEVELS),
        sums.pair("peak_0.8").max(1), sums.pair("peak_1.5").max(1),
        *(np.log1p(sums.pair(f"count_{level}").sum(1)) for level in (60, 100)),
    ]  # fmt: skip
