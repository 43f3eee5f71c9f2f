"""Umbra-like cores: compact pieces of very strong field, and how near opposite ones come.

A delta is opposite umbrae inside one penumbra. A magnetogram shows no penumbra, but it shows the
cores and the distance between them, which is what an observer judges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.measure.area import crossing_variance
from halescope.measure.patch import Patch
from halescope.types import Array

CORE_GAUSS = 800.0
"""Smoothed radial field of a core: this program's own choice, between what plage and penumbrae keep
after smoothing and what umbrae show (see docs/measurements.md)."""

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
    area, area_err : float, Mm2
        Of all together.
    distance, distance_err : float or None, Mm
        Smallest distance between the edges of opposite cores.
    """

    positive: int
    negative: int
    area: float
    area_err: float
    distance: float | None
    distance_err: float | None


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
    smooth : (H, W) float32, gauss
        The field that was thresholded; of clipped pictures along the line of sight.
    limit : float, gauss
        Its threshold.
    """

    patch: Patch
    positive: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    counts: tuple[int, int]
    smooth: Array
    limit: float


def find_cores(found: CoreMasks) -> Cores:
    """Return the umbra-like cores that lie where these masks say."""
    fine, pixels = found.patch, int(found.positive.sum()) + int(found.negative.sum())
    area_err, edge_err = _errors(found)
    up, down = (np.argwhere(mask) * fine.pixel for mask in (found.positive, found.negative))
    distance = edge_distance(up, down, fine.pixel)
    # Two edges, each known to a pixel: a uniform error of one pixel has the variance 1 / 12.
    distance_err = float(np.hypot(np.sqrt(2) * edge_err, fine.pixel / np.sqrt(6)))
    return Cores(
        *found.counts,
        pixels * fine.cell,
        area_err,
        distance,
        None if distance is None else distance_err,
    )


def _errors(found: CoreMasks) -> tuple[float, float]:
    """Return what noise does to the area, Mm2, and to the place of an edge, Mm.

    A Gaussian of standard deviation s averages noise over 4 pi s^2. An edge moves by noise over
    gradient, alike along 2 sqrt(pi) s of it; and pixels at the threshold count or do not.
    """
    fine = found.patch
    averaged = max(1.0, 4 * np.pi * SMOOTHING_MM**2 / fine.cell)
    single = fine.sigma if fine.calibrated else np.full_like(fine.mu, fine.noise)
    sigma: Array = (single / np.sqrt(averaged)).astype(np.float32)
    near = ring_of(found.positive) | ring_of(found.negative)
    if not near.any():
        return 0.0, 0.0
    slope = np.hypot(*np.gradient(found.smooth))[near] / fine.pixel
    edge = float(np.median(sigma[near])) / max(float(np.median(slope)), 1e-6)
    length = near.sum() * fine.pixel / 4  # the ring is four pixels wide
    alike = max(2 * np.sqrt(np.pi) * SMOOTHING_MM, fine.pixel)
    flips = crossing_variance(
        np.abs(found.smooth[near]) - np.float32(found.limit), sigma[near]
    ).sum()
    area = np.hypot(edge * np.sqrt(length * alike), fine.cell * np.sqrt(flips))
    return float(area), edge


def ring_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels on both sides of a mask's edge; where the patch ends is none."""
    from scipy.ndimage import binary_dilation, binary_erosion

    if not mask.any():
        return mask
    inner = binary_erosion(mask, iterations=2, border_value=1)
    ring: NDArray[np.bool_] = binary_dilation(mask, iterations=2) & ~inner
    return ring


def core_masks(patch: Patch) -> CoreMasks:
    """Return where the umbra-like cores of the region are."""
    from scipy.ndimage import gaussian_filter

    fine = patch.binned(SMOOTHING_MM / 2)
    smooth = gaussian_filter(fine.radial * fine.inside, SMOOTHING_MM / fine.pixel, truncate=3.0)
    limit, least = CORE_GAUSS, LEAST_MM2
    if not fine.calibrated:
        # B / mu of clipped field grows towards the limb, so the threshold does as well.
        smooth, limit, least = smooth * fine.mu, CLIPPED_GAUSS, LEAST_CLIPPED_MM2
    up, down = (_large(side, least / fine.cell) for side in (smooth > limit, smooth < -limit))
    return CoreMasks(fine, up[0], down[0], (up[1], down[1]), smooth, limit)


def _large(mask: NDArray[np.bool_], least: float) -> tuple[NDArray[np.bool_], int]:
    """Return the pieces of at least so many pixels, and their number."""
    from scipy.ndimage import label

    pieces, count = label(mask)
    if not count:
        return mask, 0
    keep = np.bincount(pieces.ravel(), minlength=count + 1) >= max(least, 1)
    keep[0] = False
    return keep[pieces], int(keep.sum())


def edge_distance(a: NDArray[np.floating], b: NDArray[np.floating], pixel: float) -> float | None:
    """Return the smallest distance between the edges of two sets of pixels; None if one is empty.

    `a`, `b`, (K, D) and (L, D): middles of the pixels, in the unit of their side, `pixel`.
    """
    if not len(a) or not len(b):
        return None
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(a).query(b)
    return max(0.0, float(distance.min()) - pixel)
