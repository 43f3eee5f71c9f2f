"""List the candidates of a disk: unions of basins that may be an active region.

Whether two touching patches of strong field are one region or two cannot be told from their outline
alone. So every union of neighbouring basins that the box rule's watershed could give to a region is
proposed, with its box, and networks choose between them (`halescope.detection.proposals.scorer`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.extent import DEFAULT_RULE, ExtentRule
from halescope.detection.proposals.basins import SMALLEST, Basins, find_basins
from halescope.types import Array, Disk

MOST_BASINS = 6
"""Most basins of one candidate."""

MOST_UNIONS = 2000
"""Where there are more, as on a disk full of noise, only unions of fewer basins are listed."""

FARTHEST = 20.0
"""Summits of one candidate's basins lie within this angle of each other, degrees."""


@dataclass(frozen=True)
class Proposals:
    """The N candidates of a canonical disk.

    Parameters
    ----------
    boxes : (N, 4) float32
        Canonical pixels, rows upwards.
    member : (N, M) bool
        Which of the disk's M basins each holds.
    """

    boxes: Array
    member: NDArray[np.bool_]
    basins: Basins

    def __len__(self) -> int:
        return len(self.boxes)


def propose(disk: Disk, rule: ExtentRule = DEFAULT_RULE) -> Proposals:
    """Return the candidates of a disk; none at all on a quiet one.

    `disk`: canonical, of 200 pixels radius. `rule`: what is strong field, and the boxes' margin.
    """
    basins = find_basins(disk, rule)
    member = _unions(basins, _near(basins, disk))
    member = member[(member @ basins.surface >= SMALLEST) & _admissible(member, basins)]
    edges = basins.edges
    boxes = np.empty((len(member), 4), np.float32)
    for side, (pick, none) in enumerate(((np.min, 1 << 30),) * 2 + ((np.max, -1),) * 2):
        boxes[:, side] = pick(np.where(member, edges[:, side], none), axis=1, initial=none)
    boxes += np.array([-1, -1, 1, 1], np.float32) * np.float32(rule.margin)
    return Proposals(boxes, member, basins)


def _near(basins: Basins, disk: Disk) -> NDArray[np.bool_]:
    """Return which pairs of basins may lie in one region, (M, M)."""
    rows, columns = np.divmod(basins.top, basins.shape[1])
    x = (columns - disk.geometry.x_center) / disk.geometry.radius
    y = (rows - disk.geometry.y_center) / disk.geometry.radius
    sphere = np.stack([x, y, np.sqrt(np.maximum(0, 1 - x**2 - y**2))], 1)
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    return np.asarray(sphere @ sphere.T >= np.cos(np.radians(FARTHEST)))


def _unions(basins: Basins, near: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return all sets of basins that the spanning tree connects, (K, M), small ones first."""
    count, tree = len(basins), basins.links.tree
    border = [0] * count
    for a, b in zip(basins.links.first[tree], basins.links.second[tree], strict=True):
        border[a] |= 1 << int(b)
        border[b] |= 1 << int(a)
    allowed = [sum(1 << int(other) for other in np.flatnonzero(row)) for row in near]
    # Of each set, as bits: its basins, what borders on them, and what is near all of them.
    front = {1 << item: (border[item], allowed[item]) for item in range(count)}
    found: list[int] = list(front)
    for _ in range(MOST_BASINS - 1):
        grown: dict[int, tuple[int, int]] = {}
        for basin_set, (around, reach) in front.items():
            free = around & reach & ~basin_set
            while free:
                bit = free & -free
                free ^= bit
                if basin_set | bit not in grown:
                    item = bit.bit_length() - 1
                    grown[basin_set | bit] = (around | border[item], reach & allowed[item])
        if len(found) + len(grown) > MOST_UNIONS:
            break
        found.extend(grown)
        front = grown
    width = (count + 7) // 8
    data = np.frombuffer(b"".join(s.to_bytes(width, "little") for s in found), np.uint8)
    bits = np.unpackbits(data.reshape(len(found), width), axis=1, bitorder="little")
    return bits[:, :count].astype(bool)


def _admissible(member: NDArray[np.bool_], basins: Basins) -> NDArray[np.bool_]:
    """Return which unions a watershed from a seed in one of their basins could leave, (K,).

    On the way between two seeds a watershed cuts the lowest link of the spanning tree. A union is
    admissible if, from some basin in it, each link that leads out of it is the lowest on the way.
    """
    links = basins.links
    rank = np.where(links.height > 0, links.height, -links.gap)[links.tree]
    first, second = links.first[links.tree], links.second[links.tree]
    here, there = np.concatenate([first, second]), np.concatenate([second, first])
    rank = np.tile(rank, 2)
    lowest = _lowest_on_the_way(first, second, rank[: len(first)], len(basins))
    cut = member[:, here] & ~member[:, there]  # (K, E)
    forbidden = lowest[:, here] < rank  # (M, E): from that basin, a lower link is cut
    spoiled = cut.astype(np.float32) @ forbidden.T.astype(np.float32) > 0
    return np.asarray((member & ~spoiled).any(1))


def _lowest_on_the_way(
    first: NDArray[np.intp], second: NDArray[np.intp], rank: Array, count: int
) -> Array:
    """Return the lowest rank on the way between each two basins, (M, M); inf to itself."""
    lowest = np.full((count, count), -np.inf, np.float32)
    np.fill_diagonal(lowest, np.inf)
    groups = [np.array([item]) for item in range(count)]
    for index in np.argsort(-rank, kind="stable"):  # the best first: each new one is the lowest
        a, b = groups[first[index]], groups[second[index]]
        lowest[np.ix_(a, b)] = lowest[np.ix_(b, a)] = rank[index]
        both = np.concatenate([a, b])
        for item in both:
            groups[item] = both
    return lowest
