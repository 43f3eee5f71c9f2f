"""Umbra-like cores: compact pieces of very strong field, and how near opposite ones come.

A delta is opposite umbrae inside one penumbra. A magnetogram shows no penumbra, but it shows the
cores and the distance between them, which is what an observer judges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.measure.patch import Patch

CORE_GAUSS = 800.0
"""Smoothed radial field of a core. HMI's umbrae reach 2000 G, plage smoothed so stays below 600."""

CLIPPED_GAUSS = 230.0
"""The same in pictures that are clipped at 250 G: their cores are patches of full saturation."""

SMOOTHING_MM = 1.2
LEAST_MM2 = 8.0
"""Smallest core: 3.2 Mm across, a small umbra or large pore."""

LEAST_CLIPPED_MM2 = 60.0
"""Smallest core in clipped pictures, where plage saturates as well."""


@dataclass(frozen=True)
class Cores:
    """Umbra-like cores of one region.

    Parameters
    ----------
    positive, negative : int
        How many of each polarity.
    area : float, Mm2
        Of all together.
    distance : float or None, Mm
        Smallest distance between the edges of opposite cores.
    """

    positive: int
    negative: int
    area: float
    distance: float | None


@dataclass(frozen=True)
class CoreMasks:
    """Where the cores are.

    Parameters
    ----------
    patch : Patch
        That the masks are on: the region's, averaged to pixels of about 0.6 Mm.
    positive, negative : (H, W) bool
    counts : (int, int)
        Pieces of each.
    """

    patch: Patch
    positive: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    counts: tuple[int, int]


def find_cores(patch: Patch) -> Cores:
    """Return the umbra-like cores of the region.

    Parameters
    ----------
    patch : Patch
    """
    found = core_masks(patch)
    pixels = int(found.positive.sum()) + int(found.negative.sum())
    distance = _gap(found.positive, found.negative, found.patch.pixel)
    return Cores(*found.counts, pixels * found.patch.cell, distance)


def core_masks(patch: Patch) -> CoreMasks:
    """Return where the umbra-like cores of the region are.

    Parameters
    ----------
    patch : Patch
    """
    from scipy.ndimage import gaussian_filter

    fine = patch.binned(SMOOTHING_MM / 2)
    smooth = gaussian_filter(fine.radial * fine.inside, SMOOTHING_MM / fine.pixel, truncate=3.0)
    limit, least = CORE_GAUSS, LEAST_MM2
    if not fine.calibrated:
        # B / mu of clipped field grows towards the limb, so the threshold does as well.
        smooth, limit, least = smooth * fine.mu, CLIPPED_GAUSS, LEAST_CLIPPED_MM2
    up, down = (_large(side, least / fine.cell) for side in (smooth > limit, smooth < -limit))
    return CoreMasks(fine, up[0], down[0], (up[1], down[1]))


def _large(mask: NDArray[np.bool_], least: float) -> tuple[NDArray[np.bool_], int]:
    """Return the pieces of at least so many pixels, and their number."""
    from scipy.ndimage import label

    pieces, count = label(mask)
    if not count:
        return mask, 0
    keep = np.bincount(pieces.ravel(), minlength=count + 1) >= max(least, 1)
    keep[0] = False
    return keep[pieces], int(keep.sum())


def _gap(a: NDArray[np.bool_], b: NDArray[np.bool_], pixel: float) -> float | None:
    """Return the smallest distance between the edges of two masks, Mm; None if one is empty."""
    if not a.any() or not b.any():
        return None
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(np.argwhere(a)).query(np.argwhere(b))
    return max(0.0, float(distance.min()) - 1) * pixel
