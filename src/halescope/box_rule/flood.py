"""Part touching regions: a watershed of the smoothed strength, flooded from the strongest down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.types import Array

FLOOD_LEVELS = 32
"""Steps of the watershed, from the strongest field down; evenly spaced in the logarithm."""

FLOOD_END = 1.0
"""Last step, grey levels: below every threshold that makes sense."""


def watershed(
    strength: Array, mask: NDArray[np.bool_], seeds: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Flood strong field from the seeds, the strongest first; islands stay 0.

    Returns (H, W) int32: index plus 1 of the region that each pixel of the mask falls to.

    Parameters
    ----------
    strength : (H, W) float32, grey levels
    mask : (H, W) bool
        Where it is strong.
    seeds : (H, W) int32
        Index of the region plus 1 in its middle, 0 elsewhere; all within the mask.

    Notes
    -----
    scipy's own watershed weighs steps by their height difference, so that steep flanks fall to
    the wrong side; skimage's would do, but is a heavy library for one function.
    """
    from scipy.ndimage import find_objects, label

    pieces, count = label(mask)  # corners do not join
    owner, contested = _uncontested(pieces, count, seeds)
    if not contested.any():
        return owner
    levels = np.geomspace(float(strength.max()), FLOOD_END, FLOOD_LEVELS)
    for index, window in enumerate(find_objects(pieces), 1):
        if contested[index]:
            # A piece touches no other, so that each is flooded by itself.
            _flood(owner[window], pieces[window] == index, strength[window], levels)
    return owner


def _flood(
    owner: NDArray[np.int32],
    mask: NDArray[np.bool_],
    strength: Array,
    levels: NDArray[np.floating],
) -> None:
    """Spread the owners over one piece, in place, level by level."""
    empty = mask & (owner == 0)
    for level in levels:
        open_now = empty & (strength >= level)
        while open_now.any():
            grown = _grown(owner)  # other pieces touch at corners alone
            fresh = open_now & (grown > 0)
            if not fresh.any():
                break
            owner[fresh] = grown[fresh]
            open_now &= ~fresh
            empty &= ~fresh
        if not empty.any():
            return


def _uncontested(
    pieces: NDArray[np.int32], count: int, seeds: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return owners where a piece holds one region's seeds, and which pieces hold several's."""
    seeded = np.nonzero(seeds)  # all within the mask
    highest = np.zeros(count + 1, np.int32)
    lowest = np.full(count + 1, np.iinfo(np.int32).max, np.int32)
    np.maximum.at(highest, pieces[seeded], seeds[seeded])
    np.minimum.at(lowest, pieces[seeded], seeds[seeded])
    owner = np.where(highest == lowest, highest, 0)[pieces]
    owner[seeded] = seeds[seeded]
    return owner, highest > lowest


def _grown(owner: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return, for each pixel, the largest label among its four neighbours."""
    out = np.zeros_like(owner)
    np.maximum(out[1:], owner[:-1], out=out[1:])
    np.maximum(out[:-1], owner[1:], out=out[:-1])
    np.maximum(out[:, 1:], owner[:, :-1], out=out[:, 1:])
    np.maximum(out[:, :-1], owner[:, 1:], out=out[:, :-1])
    return out
