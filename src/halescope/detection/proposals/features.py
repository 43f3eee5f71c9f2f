"""Features of candidates: what tells a region with spots from plage, and a whole one from a part.

They are the same for a disk, its negative and its mirror images: nothing here knows which polarity
leads. Where a feature is taken of both polarities, the larger value comes first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import area, intersection
from halescope.detection.proposals.basins import WIDEST_GAP, Basins
from halescope.detection.proposals.candidates import Proposals
from halescope.detection.proposals.sums import CORE_LEVELS, SMOOTHINGS, BasinSums
from halescope.types import Array, Disk

_BOTH = ("strong", "weak")

FEATURES: tuple[str, ...] = (
    "mu", "latitude", "log_flux", "balance", "mean", "log_surface", "strength", "wide",
    *(f"peak_{s}_{side}" for s in SMOOTHINGS for side in _BOTH),
    *(f"core_{level}_{side}" for level in CORE_LEVELS for side in _BOTH),
    *(f"core_{level}_foreshortened" for level in CORE_LEVELS),
    "lowest_inside", "widest_inside", "highest_cut", "nearest_cut",
    "alike", "holds", "held", "larger", "crowd",
)  # fmt: skip
"""Columns of `proposal_features`, in the order that cards and networks rely on: of the union's
field, of the links inside it and at its border, and of how its box lies among the other boxes. Few,
for there are few regions to learn from."""


def proposal_features(disk: Disk, proposals: Proposals, sums: BasinSums) -> Array:
    """Return the features of each candidate, (N, len(FEATURES)) float32.

    `sums`: of the disk's basins.
    """
    if not len(proposals):
        return np.zeros((0, len(FEATURES)), np.float32)
    columns = [
        _field(disk, proposals.boxes, sums.join(proposals.member)),
        _cuts(proposals.member, proposals.basins),
        _neighbours(proposals.boxes),
    ]
    return np.concatenate(columns, 1).astype(np.float32)


def _field(disk: Disk, boxes: Array, sums: BasinSums) -> NDArray[np.floating]:
    """Return place, flux, peaks and cores of each union."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 - 0.5
    x, y = ((middle - [disk.geometry.x_center, disk.geometry.y_center]) / disk.geometry.radius).T
    mu = np.sqrt(1 - np.minimum(x**2 + y**2, 0.998))
    first = [
        mu, np.abs(y), np.log1p(sums.total), sums.balance, sums.total / sums["pixels"],
        np.log1p(sums["surface"]), sums["strength"], sums["wide"],
    ]  # fmt: skip
    peaks = [_ordered(sums.pair(f"peak_{s}")) for s in SMOOTHINGS]
    cores = [sums.pair(f"core_{level}") for level in CORE_LEVELS]
    logs = [_ordered(np.log1p(core)) for core in cores]
    flat = [np.log1p(core.max(1) / mu) for core in cores]
    return np.concatenate([np.stack(first, 1), *peaks, *logs, np.stack(flat, 1)], 1)


def _ordered(pair: NDArray[np.floating]) -> NDArray[np.floating]:
    """Put the larger of two columns first."""
    return np.sort(pair, 1)[:, ::-1]


def _cuts(member: NDArray[np.bool_], basins: Basins) -> NDArray[np.floating]:
    """Return the saddles and gaps within each union and at its border.

    Returns (K, 4): lowest saddle inside, as a share of the lower of its two summits; widest gap
    that the spanning tree bridges inside, pixels; highest saddle that leads out, as such a share;
    nearest basin outside that does not touch, pixels.
    """
    links = basins.links
    a, b = member[:, links.first], member[:, links.second]
    inside, cut = a & b, a ^ b
    touch = links.height > 0
    share = links.height / np.minimum(basins.peak[links.first], basins.peak[links.second])
    columns = [
        _least(share, inside & touch, 1.0),
        _most(links.gap, inside & links.tree),
        _most(share, cut & touch),
        _least(links.gap, cut & ~touch, WIDEST_GAP),
    ]
    return np.stack(columns, 1)


def _least(
    values: NDArray[np.floating], where: NDArray[np.bool_], limit: float
) -> NDArray[np.floating]:
    out: NDArray[np.floating] = np.where(where, values, limit).min(1, initial=limit)
    return out


def _most(values: NDArray[np.floating], where: NDArray[np.bool_]) -> NDArray[np.floating]:
    out: NDArray[np.floating] = np.where(where, values, 0).max(1, initial=0)
    return out


def _neighbours(boxes: Array) -> NDArray[np.floating]:
    """Return how each box lies among the other candidates' boxes.

    Returns (N, 5): number of boxes with an IoU above 0.7; of boxes with more than four fifths of
    their area inside it; of boxes that hold as much of it; log of the largest of these over its own
    area; sum of the IoU with all. The box itself counts each time.
    """
    size = area(boxes)
    shared = intersection(boxes, boxes)
    overlap = shared / (size[:, None] + size[None] - shared)
    inside = shared / size[:, None] > 0.8
    larger = np.log(np.where(inside, size[None], size[:, None]).max(1) / size)
    columns = [(overlap > 0.7).sum(1), inside.sum(0), inside.sum(1), larger, overlap.sum(1)]
    return np.stack(columns, 1)
