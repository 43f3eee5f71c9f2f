"""Drawn fields whose basins are known, for the tests of the default detector."""

import heapq
import itertools
from collections.abc import Sequence

import numpy as np

from halescope.detection.proposals.basins import Basins, Links
from halescope.types import Disk, DiskGeometry, Magnetogram

SIDE = 416
GEOMETRY = DiskGeometry(207.5, 207.5, 200.0)

Patch = tuple[float, float, float, float]
"""x, y, width and strength of a Gaussian, canonical pixels and grey levels."""


def disk_of(grey: np.ndarray) -> Disk:
    """Return a canonical disk of grey levels."""
    field = np.asarray(grey, np.float32)
    return Disk(field, GEOMETRY, Magnetogram(field, "display", GEOMETRY))


def field_of(*patches: Patch) -> np.ndarray:
    """Return a sum of Gaussian patches."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    grey = np.zeros(rows.shape)
    for x, y, width, strength in patches:
        grey += strength * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2))
    return grey.astype(np.float32)


def drawn_patches(seed: int, count: int, spread: float = 45.0) -> list[Patch]:
    """Return patches of either sign about the middle of the disk, some on each other."""
    random = np.random.default_rng(seed)
    return [
        (
            float(207 + random.uniform(-spread, spread)),
            float(207 + random.uniform(-spread, spread)),
            float(random.uniform(3, 8)),
            float(random.choice((-1, 1)) * random.uniform(40, 127)),
        )
        for _ in range(count)
    ]


def tree_of(
    count: int,
    ends: Sequence[tuple[int, int]],
    heights: Sequence[float],
    size: int = 30,
    step: int = 1,
) -> Basins:
    """Return basins of a row of pixels each, linked as told; all links are of the tree.

    A height below zero is minus a gap.
    """
    height = np.maximum(np.array(heights, np.float32), 0)
    gap = np.maximum(-np.array(heights, np.float32), 0)
    pairs = np.array(ends, np.intp).reshape(-1, 2)
    low, high = pairs.min(1, initial=count), pairs.max(1, initial=-1)
    links = Links(low, high, height, gap, np.ones(len(pairs), bool))
    rows = np.repeat(150 + step * np.arange(count), size)
    pixels = rows * SIDE + np.tile(190 + np.arange(size), count)
    top = pixels[::size]
    strength = np.full(len(pixels), 50, np.float32)
    owner = np.repeat(np.arange(count), size)
    surface = np.full(count, float(size))
    return Basins(pixels, owner, strength, top, strength[::size], surface, links, (SIDE, SIDE))


def flood(strength: np.ndarray, mask: np.ndarray, seeds: dict[tuple[int, int], int]) -> np.ndarray:
    """Return the watershed of a field from seeds, exact: always on from the highest pixel."""
    owner = np.full(strength.shape, -1)
    turn = itertools.count()  # a pixel falls to the one that reached it first
    waiting = [(-np.inf, next(turn), place, number) for place, number in seeds.items()]
    while waiting:
        _, _, (row, column), number = heapq.heappop(waiting)
        if owner[row, column] >= 0:
            continue
        owner[row, column] = number
        for r in (row - 1, row, row + 1):
            for c in (column - 1, column, column + 1):
                if mask[r, c] and owner[r, c] < 0:
                    heapq.heappush(waiting, (-float(strength[r, c]), next(turn), (r, c), number))
    return owner
