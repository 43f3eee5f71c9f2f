"""Boxes of one picture, turned by the Sun's differential rotation to the time of another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import (
    central_distance,
    differential_rotation,
    heliographic_to_sphere,
    offset_to_pixel,
    pixel_to_offset,
    pixel_to_stonyhurst,
    sphere_to_offset,
    visible_point,
)
from halescope.types import Array, DiskGeometry

INSIDE = 0.998
"""Edges off the limb are taken at this share of the radius, where a longitude can be told."""

LEAST_SIDE = 2.0
"""A box that foreshortening makes narrower than this, canonical pixels, is left this wide."""


def turned(
    boxes: Array, source: DiskGeometry, target: DiskGeometry, days: float
) -> tuple[Array, NDArray[np.bool_]]:
    """Return where boxes are after some days, as the target's observer sees them.

    Each box turns as a whole, at the rate of its centre's latitude (`differential_rotation`). Its
    four edges are carried at their middles, so that it narrows towards the limb, and turning it
    back gives the same box.

    Parameters
    ----------
    boxes : (N, 4) float32
        Canonical pixels of `source`, rows upwards.
    source, target : DiskGeometry
        Canonical disks with B0 and L0 known (`DiskGeometry.is_located`).
    days : float
        From the source's time to the target's; negative for an earlier one.

    Returns
    -------
    moved : (N, 4) float32
        Canonical pixels of `target`.
    visible : (N,) bool
        Whether the centre is on the visible half; what is moved for the others means nothing.
    """
    moved, visible = np.zeros((len(boxes), 4), np.float32), np.zeros(len(boxes), bool)
    for index, (x0, y0, x1, y1) in enumerate(np.asarray(boxes, float).tolist()):
        x, y, _ = visible_point(source, (x0, y0, x1, y1))
        edges = [(x, y), (x0 - 0.5, y), (x1 - 0.5, y), (x, y0 - 0.5), (x, y1 - 0.5)]
        longitude, latitude = pixel_to_stonyhurst(source, *_pulled_in(source, np.array(edges)))
        shifted = longitude + differential_rotation(latitude[0], days)
        px, py, seen = _seen_at(target, shifted, latitude)
        visible[index] = seen[0]
        moved[index] = _wide_enough(px[1], px[2]) + _wide_enough(py[3], py[4])
    return moved[:, [0, 2, 1, 3]], visible


def _pulled_in(
    geometry: DiskGeometry, points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y of points, those off the disk moved to just within the limb."""
    west, north = pixel_to_offset(geometry, points[:, 0], points[:, 1])
    rho = np.hypot(west, north)
    shrink = np.where(rho > INSIDE, INSIDE / np.maximum(rho, INSIDE), 1.0)
    x, y = offset_to_pixel(geometry, west * shrink, north * shrink)
    return np.asarray(x, float), np.asarray(y, float)


def _seen_at(
    geometry: DiskGeometry, longitude: NDArray[np.floating], latitude: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return x, y and whether positions face the observer; those behind lie on the limb."""
    sphere = heliographic_to_sphere(
        central_distance(geometry, longitude), latitude, float(geometry.b0 or 0.0)
    )
    seen = sphere[2] >= 1 / geometry.distance
    west, north = sphere_to_offset(sphere, geometry.distance)
    rho = np.maximum(np.hypot(sphere[0], sphere[1]), 1e-9)
    west, north = np.where(seen, west, sphere[0] / rho), np.where(seen, north, sphere[1] / rho)
    x, y = offset_to_pixel(geometry, west, north)
    return np.asarray(x, float), np.asarray(y, float), seen


def _wide_enough(first: float, second: float) -> tuple[float, float]:
    """Return two edges, pixel-edge coordinates, in order and `LEAST_SIDE` apart at least."""
    middle = (first + second) / 2 + 0.5
    half = max(abs(second - first), LEAST_SIDE) / 2
    return middle - half, middle + half
