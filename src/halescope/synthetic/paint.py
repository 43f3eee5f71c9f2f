"""Paints groups and flux elements as an observer sees them: foreshortened, projected, blurred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halescope.geometry import (
    SOLAR_RADIUS_MM,
    heliographic_to_sphere,
    offset_to_sphere,
    pixel_to_offset,
    stonyhurst_to_pixel,
)
from halescope.synthetic.recipe import Group, Spot, place
from halescope.types import DiskGeometry

Floats = NDArray[np.float64]

ELEMENT_SIGMA = 1.5
"""Standard deviation of an unresolved flux element on the image, Mm."""


@dataclass(frozen=True)
class Patch:
    """A painted piece of the disk.

    Parameters
    ----------
    x, y : int
        Pixel of the first column and row.
    sphere : (3, h, w) float
        Direction of each pixel from the Sun's centre: west, north, towards the observer; NaN off
        the limb.
    los, radial : (h, w) float, gauss
        Line-of-sight and radial field; zero off the limb.
    """

    x: int
    y: int
    sphere: Floats
    los: Floats
    radial: Floats

    @property
    def where(self) -> tuple[slice, slice]:
        """Its place in the whole array."""
        h, w = self.los.shape
        return slice(self.y, self.y + h), slice(self.x, self.x + w)


def facing(geometry: DiskGeometry, sphere: Floats) -> Floats:
    """Return mu, the cosine between line of sight and vertical, with exact perspective."""
    far = geometry.distance
    return np.asarray((far * sphere[2] - 1) / np.sqrt(far**2 - 2 * far * sphere[2] + 1))


def pixel_area(geometry: DiskGeometry, sphere: Floats) -> Floats:
    """Return the cross-section of a pixel at the Sun's surface, cm2, seen face on."""
    far = geometry.distance
    away = np.sqrt(far**2 - 2 * far * sphere[2] + 1)  # from the observer, solar radii
    angle = np.arcsin(1 / far) / geometry.radius
    return np.asarray((away * angle * SOLAR_RADIUS_MM * 1e8) ** 2)


def blank(geometry: DiskGeometry, box: tuple[int, int, int, int]) -> Patch:
    """Return an empty patch for the pixels x0, y0, x1, y1 (the last two exclusive)."""
    x0, y0, x1, y1 = box
    x, y = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    west, north = pixel_to_offset(geometry, x, y)
    sphere = np.array(offset_to_sphere(west, north, geometry.distance), np.float64)
    return Patch(x0, y0, sphere, np.zeros(x.shape), np.zeros(x.shape))


def paint_group(group: Group, geometry: DiskGeometry, shape: tuple[int, int]) -> Patch | None:
    """Return the field of one group alone, None where nothing of it is on the near side.

    `shape` is (H, W).
    """
    lon, lat = place(group, group.elements.x, group.elements.y)
    x, y = stonyhurst_to_pixel(geometry, lon, lat)
    pad = 3 * ELEMENT_SIGMA + max((spot.radius * 1.4 for spot in group.spots), default=0)
    seen = np.isfinite(x)
    if not seen.any():
        return None
    margin = int(pad * geometry.radius / SOLAR_RADIUS_MM) + 4
    box = (
        max(int(x[seen].min()) - margin, 0),
        max(int(y[seen].min()) - margin, 0),
        min(int(x[seen].max()) + margin, shape[1]),
        min(int(y[seen].max()) + margin, shape[0]),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    patch = blank(geometry, box)
    for spot in group.spots:
        longitude, latitude = place(group, np.array(spot.x), np.array(spot.y))
        _add_spot(patch, geometry, spot, float(longitude), float(latitude))
    add_elements(patch, geometry, lon, lat, group.elements.flux)
    return patch


def add_elements(
    patch: Patch, geometry: DiskGeometry, longitude: Floats, latitude: Floats, flux: Floats
) -> None:
    """Add flux elements to a patch.

    An element of flux F at an angle with cosine mu covers, radially, a surface pixel of A / mu,
    so its radial field is F mu / A and its line-of-sight field F mu^2 / A.

    Parameters
    ----------
    patch : Patch
        Changed in place.
    longitude, latitude : (N,) float
        Degrees; the far side is left out.
    flux : (N,) float
        Mx.
    """
    x, y = stonyhurst_to_pixel(geometry, longitude, latitude)
    sphere = heliographic_to_sphere(longitude, latitude, geometry.b0 or 0.0)
    mu, weight = facing(geometry, sphere), flux / pixel_area(geometry, sphere)
    column, row = x - patch.x, y - patch.y
    h, w = patch.los.shape
    good = (column >= 0) & (column < w - 1) & (row >= 0) & (row < h - 1)
    column, row, mu, weight = column[good], row[good], mu[good], weight[good]
    radial = _scatter(column, row, weight * mu, (h, w))
    los = _scatter(column, row, weight * mu**2, (h, w))
    sigma = ELEMENT_SIGMA * geometry.radius / SOLAR_RADIUS_MM
    off = np.isnan(patch.sphere[2])
    for target, values in ((patch.radial, radial), (patch.los, los)):
        blurred = gaussian_filter(values, sigma, truncate=3.5)
        blurred[off] = 0
        target += blurred


def _scatter(x: Floats, y: Floats, weight: Floats, shape: tuple[int, int]) -> Floats:
    """Return weights spread over the four pixels about each point."""
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = x - x0, y - y0
    total = np.zeros(shape[0] * shape[1])
    for dx, dy, share in (
        (0, 0, (1 - fx) * (1 - fy)),
        (1, 0, fx * (1 - fy)),
        (0, 1, (1 - fx) * fy),
        (1, 1, fx * fy),
    ):
        index = (y0 + dy) * shape[1] + x0 + dx
        total += np.bincount(index, weight * share, minlength=total.size)
    return total.reshape(shape)


def _add_spot(
    patch: Patch, geometry: DiskGeometry, spot: Spot, longitude: float, latitude: float
) -> None:
    """Add a spot: radial field cos^2 to its edge, and the outward field of its penumbra."""
    window = _window(patch, geometry, spot.radius * 1.4, longitude, latitude)
    if window is None:
        return
    vector = patch.sphere[(slice(None), *window)]
    west, north, up = tangent(geometry, longitude, latitude)
    east_west = np.tensordot(west, vector, 1)
    south_north = np.tensordot(north, vector, 1)
    height = np.tensordot(up, vector, 1)
    distance = SOLAR_RADIUS_MM * np.arctan2(np.hypot(east_west, south_north), height)
    angle = np.arctan2(south_north, east_west)
    edge = spot.radius * np.ones_like(angle)
    for order, amplitude, phase in spot.wobble:
        edge += spot.radius * amplitude * np.cos(order * angle + phase)
    depth = np.where(distance < edge, distance / edge, 1.0)
    radial = spot.strength * np.cos(np.pi / 2 * depth) ** 2
    outward = 0.28 * spot.strength * np.sin(np.pi * depth)
    sideways = np.cos(angle) * west[2] + np.sin(angle) * north[2]
    off = np.isnan(vector[2])
    radial[off] = 0
    outward[off] = 0
    patch.radial[window] += radial
    patch.los[window] += np.where(off, 0, radial * facing(geometry, vector) + outward * sideways)


def tangent(
    geometry: DiskGeometry, longitude: float, latitude: float
) -> tuple[Floats, Floats, Floats]:
    """Return the unit vectors west, north and up, (3,) each, at a place on the Sun."""
    up = heliographic_to_sphere(longitude, latitude, geometry.b0 or 0.0)
    pole = heliographic_to_sphere(0.0, 90.0, geometry.b0 or 0.0)
    west = np.cross(pole, up)
    west /= np.linalg.norm(west)
    return west, np.cross(up, west), up


def _window(
    patch: Patch, geometry: DiskGeometry, reach: float, longitude: float, latitude: float
) -> tuple[slice, slice] | None:
    """Return the part of a patch within `reach` Mm of a place, None if it is not in view."""
    x, y = stonyhurst_to_pixel(geometry, np.array(longitude), np.array(latitude))
    if not np.isfinite(x):
        return None
    size = int(reach * geometry.radius / SOLAR_RADIUS_MM) + 2
    column, row = int(x) - patch.x, int(y) - patch.y
    h, w = patch.los.shape
    rows = slice(max(row - size, 0), max(min(row + size + 1, h), 0))
    columns = slice(max(column - size, 0), max(min(column + size + 1, w), 0))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns
