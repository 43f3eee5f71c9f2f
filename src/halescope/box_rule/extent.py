"""The box rule: the extent of a region's strong field around a known position.

One rule makes the training labels (from NOAA's positions), says what the default detector can
propose, and draws the centre-point network's boxes about its positions, so that all mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.flood import watershed
from halescope.geometry import offset_to_sphere, pixel_to_offset
from halescope.tensors import GREY_CLIP
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
        A piece that does not touch the seed is kept from this size on, pixels,
    close : float
        if it comes at least this close to the position, degrees.
    margin : float
        Added on each side of the box, pixels.
    """

    smoothing: float = 2.5
    threshold: float = 14.0
    reach: float = 11.0
    core: float = 2.0
    companion: int = 60
    close: float = 4.5
    margin: float = 1.0


DEFAULT_RULE = ExtentRule()

Window = tuple[slice, slice]
View = tuple[Window, Array]
"""Rows and columns within reach of a position, and the cosine of their angle from it."""

ON_DISK = 0.999
"""Positions beyond this share of the radius look from there."""

QUIET_LEVEL = 2.5
"""Median smoothed |field| of HMI's quiet Sun stays below this, grey levels."""

PART = 0.3
"""An image that shows less of the canonical square than this is a cut-out: most of it may be the
region, so that its median tells nothing of the quiet Sun."""

MEDIAN_OF_TENTH = 1.45
"""Median of a whole disk's smoothed |field| over its 10th percentile: 1.3 to 1.5 on MDI's disks,
1.6 on HMI's."""


_ALL_EIGHT = np.ones((3, 3), bool)


def smooth_strength(grey: Array, rule: ExtentRule = DEFAULT_RULE) -> Array:
    """Return the smoothed strength of the field.

    `grey`, (N, N) float32, grey levels: NaN counts as zero. Returns (N, N) float32, grey levels:
    field is cut at the end of Helioviewer's scale. Where the quiet Sun is noisier than HMI's, as on
    older instruments, the excess of its median is taken off.
    """
    from scipy.ndimage import gaussian_filter

    strength = np.abs(grey)
    np.minimum(strength, np.float32(GREY_CLIP), out=strength)
    strength[np.isnan(strength)] = 0  # several times faster than nan_to_num
    out: Array = gaussian_filter(strength, rule.smoothing, truncate=3.0, mode="constant")
    seen = out[::4, ::4][np.isfinite(grey[::4, ::4])]
    if seen.size and (quiet := _quiet(seen, grey.size / 16)) > QUIET_LEVEL:
        out -= np.float32(quiet - QUIET_LEVEL)
        np.maximum(out, 0, out=out)
    return out


def _quiet(seen: Array, whole: float) -> float:
    """Return what the median of the quiet Sun is, grey levels.

    `seen`, (N,) float32: smoothed |field| of what an image shows of `whole` pixels.
    """
    median = float(np.median(seen))
    if seen.size >= PART * whole:
        return median
    return min(median, MEDIAN_OF_TENTH * float(np.quantile(seen, 0.1)))


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
    for index, ((x, y), edges) in enumerate(zip(xy, edges_of(owner, len(xy)), strict=True)):
        found[index] = edges is not None
        boxes[index] = edges or (x - 3.5, y - 3.5, x + 4.5, y + 4.5)
    boxes += np.array([-1, -1, 1, 1], np.float32) * np.float32(rule.margin)
    return boxes, found


def edges_of(owner: NDArray[np.int32], count: int) -> list[tuple[int, int, int, int] | None]:
    """Return x_min, y_min, x_max, y_max of each region's pixels; None where it has none.

    `owner`, (N, N) int32: see `assign_pixels`. `count`: number of regions.
    """
    from scipy.ndimage import find_objects

    found = find_objects(owner, count)
    return [w and (w[1].start, w[0].start, w[1].stop, w[0].stop) for w in found]


def assign_pixels(
    strength: Array,
    geometry: DiskGeometry,
    xy: NDArray[np.floating],
    rule: ExtentRule = DEFAULT_RULE,
) -> NDArray[np.int32]:
    """Return which region each pixel of strong field belongs to.

    `strength`, (N, N) float32, grey levels: smoothed. `xy` is (K, 2), pixels. Returns (N, N) int32:
    0 for none, else index of the position plus 1. Touching regions are split by a watershed of the
    smoothed strength from the seeds.
    """
    owner = np.zeros(strength.shape, np.int32)
    for group, window, views in _looks(strength, geometry, xy, rule):
        owner[window] = _assign_window(strength[window], views, group, rule)
    return owner


def _looks(
    strength: Array,
    geometry: DiskGeometry,
    xy: NDArray[np.floating],
    rule: ExtentRule,
) -> Iterator[tuple[NDArray[np.intp], Window, list[View]]]:
    """Yield positions that may share pixels, their window and a view of each."""
    xy, side = np.asarray(xy, float), len(strength)
    distance = float(round(geometry.distance, -1))  # a few solar radii do not move a box
    sphere = sphere_of(geometry.x_center, geometry.radius, side, distance)
    # two pixels more, for rounding and perspective
    reach = int(np.ceil(np.radians(rule.reach) * geometry.radius)) + 2
    for group in _neighbourhoods(xy, 2 * reach):
        window = _window(xy[group], reach, side)
        yield group, window, [_view(sphere, geometry, xy[i], reach, window) for i in group]


def _view(
    sphere: Array,
    geometry: DiskGeometry,
    position: NDArray[np.floating],
    reach: int,
    window: Window,
) -> View:
    """Return what a position can reach: slices within the window, and cosines there."""
    rows, columns = own = _window(position[None], reach, len(sphere[0]))
    below, left = window[0].start, window[1].start
    part = (
        slice(rows.start - below, rows.stop - below),
        slice(columns.start - left, columns.stop - left),
    )
    return part, _cosine(sphere, geometry, position, own)


@lru_cache(maxsize=4)
def sphere_of(center: float, radius: float, side: int, distance: float) -> Array:
    """Return unit vectors (west, north, observer), (3, side, side), zero off the limb."""
    axis = np.arange(side, dtype=float)
    x, y = np.meshgrid(axis, axis)
    plain = DiskGeometry(center, center, radius)
    sphere = np.array(offset_to_sphere(*pixel_to_offset(plain, x, y), distance), np.float32)
    return np.nan_to_num(sphere, nan=0.0)


def _neighbourhoods(xy: NDArray[np.floating], distance: float) -> list[NDArray[np.intp]]:
    """Split positions into groups whose reaches may overlap."""
    from scipy.sparse.csgraph import connected_components

    near = np.abs(xy[:, None] - xy[None, :]).max(2) < distance
    count, label = connected_components(near)
    return [np.nonzero(label == index)[0] for index in range(count)]


def _window(xy: NDArray[np.floating], reach: int, side: int) -> Window:
    ends = np.array([xy.min(0) - reach, xy.max(0) + reach])
    low, high = np.clip(ends.astype(int), 0, side)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _cosine(
    sphere: Array,
    geometry: DiskGeometry,
    position: NDArray[np.floating],
    window: Window,
) -> Array:
    """Cosine of the heliocentric angle of each pixel from one position; 0 off the limb."""
    west, north = pixel_to_offset(geometry, *position)
    shrink = ON_DISK / max(ON_DISK, float(np.hypot(west, north)))
    here = offset_to_sphere(west * shrink, north * shrink, geometry.distance)
    x, y, z = np.array(here, np.float32)
    to_west, to_north, to_observer = sphere[(slice(None), *window)]
    cosine: Array = x * to_west + y * to_north + z * to_observer
    return cosine


def _assign_window(
    strength: Array, views: list[View], group: NDArray[np.intp], rule: ExtentRule
) -> NDArray[np.int32]:
    """Return owners, index plus 1, within one window of neighbouring positions."""
    mask = strength > rule.threshold
    owner = np.zeros(strength.shape, np.int32)
    limit, close = np.cos(np.radians([rule.reach, rule.close]))
    nearest = _nearest(mask.shape, views)
    seeds = _seeds(mask, views, nearest, rule)
    basins = watershed(strength, mask, seeds)
    for order, (index, (part, cosine)) in enumerate(zip(group, views, strict=True)):
        basin = basins[part]
        island = (basin == 0) & (nearest[part] == order)
        mine = mask[part] & ((basin == order + 1) | island) & (cosine >= limit)
        owner[part][_connected(mine, seeds[part] == order + 1, cosine >= close, rule)] = index + 1
    return owner


def _nearest(shape: tuple[int, ...], views: list[View]) -> NDArray[np.intp]:
    """Return which position each pixel within a reach is nearest to."""
    nearest, highest = np.zeros(shape, np.intp), np.full(shape, -np.inf, np.float32)
    for order, (part, cosine) in enumerate(views):
        nearer = cosine > highest[part]
        nearest[part][nearer] = order
        highest[part][nearer] = cosine[nearer]
    return nearest


def _seeds(
    mask: NDArray[np.bool_], views: list[View], nearest: NDArray[np.intp], rule: ExtentRule
) -> NDArray[np.int32]:
    """Mark strong pixels near each position, each for its nearest; at least the nearest one."""
    seeds = np.zeros(mask.shape, np.int32)
    core_limit, limit = np.cos(np.radians([rule.core, rule.reach]))
    for order, (part, cosine) in enumerate(views):
        mine = mask[part] & (nearest[part] == order) & (cosine >= limit)
        core = mine & (cosine >= core_limit)
        if mine.any() and not core.any():
            core.flat[np.where(mine, cosine, -np.inf).argmax()] = True
        seeds[part][core] = order + 1
    return seeds


def _connected(
    mine: NDArray[np.bool_],
    seed: NDArray[np.bool_],
    near: NDArray[np.bool_],
    rule: ExtentRule,
) -> NDArray[np.bool_]:
    """Keep pieces that touch the seed, and sizeable ones close by."""
    from scipy.ndimage import label

    pieces, count = label(mine, _ALL_EIGHT)
    keep = np.zeros(count + 1, bool)
    keep[pieces[near]] = True
    keep &= np.bincount(pieces.ravel()) >= rule.companion
    keep[pieces[seed]] = True
    keep[0] = False
    return np.asarray(keep[pieces])
