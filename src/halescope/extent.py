"""The box rule: the extent of a region's strong field around a known position.

One rule makes the training labels (from NOAA's positions) and refines the detector's boxes
(from its own positions), so that both mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import offset_to_sphere, pixel_to_offset
from halescope.types import Array, DiskGeometry


@dataclass(frozen=True)
class ExtentRule:
    """Numbers of the box rule, for a canonical disk of 200 pixels radius.

    Parameters
    ----------
    smoothing : float
        Standard deviation of the Gaussian, pixels.
    threshold : float
        Smoothed |field| that counts as strong, grey levels of 1.96 G (14 is about 28 G).
    reach : float
        Largest heliocentric angle from the position, degrees.
    core : float
        Strong field within this angle of the position is the region's seed, degrees.
    companion : int
        A piece that does not touch the seed is kept from this size on, pixels.
    margin : float
        Added on each side of the box, pixels.
    """

    smoothing: float = 2.5
    threshold: float = 14.0
    reach: float = 11.0
    core: float = 3.0
    companion: int = 30
    margin: float = 1.0


DEFAULT_RULE = ExtentRule()


def smooth_strength(grey: Array, rule: ExtentRule = DEFAULT_RULE) -> Array:
    """Return the smoothed strength of the field.

    Parameters
    ----------
    grey : (N, N) float32, grey levels
        NaN counts as zero.
    rule : ExtentRule

    Returns
    -------
    (N, N) float32, grey levels
    """
    from scipy.ndimage import gaussian_filter

    strength = np.abs(np.nan_to_num(grey, nan=0.0))
    out: Array = gaussian_filter(strength, rule.smoothing, truncate=3.0, mode="constant")
    return out


def magnetic_extents(
    grey: Array,
    geometry: DiskGeometry,
    xy: NDArray[np.floating],
    rule: ExtentRule = DEFAULT_RULE,
    strength: Array | None = None,
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the box of strong field around each position.

    Parameters
    ----------
    grey : (N, N) float32, grey levels
        Canonical field.
    geometry : DiskGeometry
        Of the canonical disk.
    xy : (K, 2), pixels
        Positions; y upwards.
    rule : ExtentRule
    strength : (N, N) float32, optional
        `smooth_strength` of the field, if it is known already.

    Returns
    -------
    boxes : (K, 4) float32
        Canonical pixels; a small box about the position where there is no strong field.
    found : (K,) bool
        Whether strong field was found.
    """
    strength = smooth_strength(grey, rule) if strength is None else strength
    owner = assign_pixels(strength, geometry, xy, rule)
    boxes = np.empty((len(xy), 4), np.float32)
    found = np.zeros(len(xy), bool)
    for index, (x, y) in enumerate(xy):
        rows, columns = np.nonzero(owner == index + 1)
        found[index] = len(rows) > 0
        if found[index]:
            edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        else:
            edges = (x - 3.5, y - 3.5, x + 4.5, y + 4.5)
        boxes[index] = edges
    boxes += np.array([-1, -1, 1, 1], np.float32) * np.float32(rule.margin)
    return boxes, found


def assign_pixels(
    strength: Array,
    geometry: DiskGeometry,
    xy: NDArray[np.floating],
    rule: ExtentRule = DEFAULT_RULE,
) -> NDArray[np.int32]:
    """Return which region each pixel of strong field belongs to.

    Parameters
    ----------
    strength : (N, N) float32, grey levels
        Smoothed.
    geometry : DiskGeometry
    xy : (K, 2), pixels
    rule : ExtentRule

    Returns
    -------
    (N, N) int32
        0 for none, else index of the position plus 1. Touching regions are split by a watershed
        of the smoothed strength from the seeds.
    """
    owner = np.zeros(strength.shape, np.int32)
    mask = strength > rule.threshold
    if not len(xy) or not mask.any():
        return owner
    sphere = sphere_of(geometry.x_center, geometry.radius, strength.shape[0], geometry.distance)
    angles = [_angles(sphere, geometry, x, y) for x, y in xy]
    seeds = _seeds(strength, mask, angles, rule)
    basins = _watershed(strength, seeds)
    for index, angle in enumerate(angles):
        mine = mask & (basins == index + 1) & (angle <= rule.reach)
        owner[_connected(mine, seeds == index + 1, rule)] = index + 1
    return owner


@lru_cache(maxsize=4)
def sphere_of(center: float, radius: float, side: int, distance: float) -> Array:
    """Return unit vectors (west, north, observer), (3, side, side), NaN off the limb."""
    axis = np.arange(side, dtype=float)
    x, y = np.meshgrid(axis, axis)
    plain = DiskGeometry(center, center, radius)
    return np.array(offset_to_sphere(*pixel_to_offset(plain, x, y), distance), np.float32)


def _angles(sphere: Array, geometry: DiskGeometry, x: float, y: float) -> Array:
    """Heliocentric angle, degrees, of each pixel from one position; infinite off the limb."""
    west, north = pixel_to_offset(geometry, np.array([x]), np.array([y]))
    rho = float(np.hypot(west, north)[0])
    shrink = min(1.0, 0.999 / rho) if rho > 0 else 1.0
    here = np.array(offset_to_sphere(west * shrink, north * shrink, geometry.distance))[:, 0]
    cosine = np.einsum("i,ijk->jk", here.astype(np.float32), sphere)
    with np.errstate(invalid="ignore"):
        out = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return np.nan_to_num(out, nan=np.inf)


def _seeds(
    strength: Array, mask: NDArray[np.bool_], angles: list[Array], rule: ExtentRule
) -> NDArray[np.int32]:
    """Mark strong pixels near each position, each for its nearest; at least the nearest one."""
    seeds = np.zeros(strength.shape, np.int32)
    stack = np.stack(angles)
    nearest = stack.argmin(0)
    for index, angle in enumerate(angles):
        core = mask & (angle <= rule.core) & (nearest == index)
        if not core.any():
            near = np.where(mask & (angle <= rule.reach) & (nearest == index), angle, np.inf)
            best = np.unravel_index(int(near.argmin()), near.shape)
            if not np.isfinite(near[best]):
                continue
            core = np.zeros_like(mask)
            core[best] = True
        seeds[core] = index + 1
    return seeds


def _watershed(strength: Array, seeds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Flood the inverted strength from the seeds."""
    from scipy.ndimage import watershed_ift

    if seeds.max() <= 1:
        return np.full(seeds.shape, seeds.max(), np.int32)
    level = (65535 - np.clip(strength, 0, 255) * 256).astype(np.uint16)
    return np.asarray(watershed_ift(level, seeds, structure=np.ones((3, 3))), np.int32)


def _connected(
    mine: NDArray[np.bool_], seed: NDArray[np.bool_], rule: ExtentRule
) -> NDArray[np.bool_]:
    """Keep pieces that touch the seed, and sizeable ones beside them."""
    from scipy.ndimage import label

    pieces, count = label(mine, np.ones((3, 3)))
    if count == 0:
        return mine
    size = np.bincount(pieces.ravel())
    keep = size >= rule.companion
    keep[np.unique(pieces[seed & mine])] = True
    keep[0] = False
    return np.asarray(keep[pieces])
