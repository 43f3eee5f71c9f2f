"""A region on a cylindrical equal-area (CEA) grid about its own centre, as SHARP patches are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.errors import DatasetError
from halescope.geometry import pixel_to_stonyhurst, stonyhurst_to_pixel, visible_point
from halescope.types import Array, DiskGeometry

Floats = NDArray[np.floating]


def local_to_stonyhurst(center: tuple[float, float], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return Stonyhurst longitude and latitude of CEA coordinates about a centre, all in degrees.

    `y` is the sine of latitude in the turned frame times 180 / pi; at the centre both are 0.
    """
    lon0, lat0 = np.radians(center)
    sine = np.radians(np.asarray(y, float))
    cosine = np.sqrt(np.clip(1 - sine**2, 0, None))
    angle = np.radians(np.asarray(x, float))
    west, up = cosine * np.sin(angle), cosine * np.cos(angle)
    latitude = np.arcsin(np.clip(sine * np.cos(lat0) + up * np.sin(lat0), -1, 1))
    longitude = lon0 + np.arctan2(west, up * np.cos(lat0) - sine * np.sin(lat0))
    return np.degrees(longitude), np.degrees(latitude)


def stonyhurst_to_local(
    center: tuple[float, float], longitude: Floats, latitude: Floats
) -> tuple[Floats, Floats]:
    """Return CEA coordinates, degrees; the inverse of `local_to_stonyhurst`."""
    lon0, lat0 = np.radians(center)
    lon, lat = np.radians(longitude) - lon0, np.radians(latitude)
    west = np.cos(lat) * np.sin(lon)
    sine = np.sin(lat) * np.cos(lat0) - np.cos(lat) * np.cos(lon) * np.sin(lat0)
    up = np.sin(lat) * np.sin(lat0) + np.cos(lat) * np.cos(lon) * np.cos(lat0)
    return np.degrees(np.arctan2(west, up)), np.degrees(sine)


def cea_patch(
    field: Array, geometry: DiskGeometry, box: tuple[float, float, float, float], step: float = 0.0
) -> Array:
    """Return the part of a disk within a box on a CEA grid.

    Returns (h, w) float32: north up, rows upwards; NaN off the limb. Raises `DatasetError` where
    the image's time is unknown, or the box lies off the disk.

    Parameters
    ----------
    field : (H, W) float32
        Rows upwards.
    geometry : DiskGeometry
        Of `field`, with B0.
    box : x_min, y_min, x_max, y_max
        Pixels of `field`, pixel edges.
    step : float
        Degrees per pixel of the result; 0 for that of the disk's centre.
    """
    from scipy.ndimage import map_coordinates

    if geometry.b0 is None:
        raise DatasetError("CEA", "needs B0, and the image's time is unknown", "", "give --time")
    px, py, _ = visible_point(geometry, box)
    lon0, lat0 = pixel_to_stonyhurst(geometry, np.array([px]), np.array([py]))
    center = float(lon0[0]), float(lat0[0])
    xs, ys = np.meshgrid(
        np.linspace(box[0], box[2], 33) - 0.5, np.linspace(box[1], box[3], 33) - 0.5
    )
    x, y = stonyhurst_to_local(center, *pixel_to_stonyhurst(geometry, xs, ys))
    if not np.isfinite(x).any():
        raise DatasetError("CEA", f"the box {box} lies off the disk")
    step = step or float(np.degrees(1 / geometry.radius))
    axes = [np.arange(np.nanmin(v), np.nanmax(v) + step / 2, step) for v in (x, y)]
    columns, rows = stonyhurst_to_pixel(
        geometry, *local_to_stonyhurst(center, *np.meshgrid(axes[0], axes[1]))
    )
    seen = np.isfinite(columns)
    places = np.stack([np.where(seen, rows, -10), np.where(seen, columns, -10)])
    out: Array = map_coordinates(field, places, order=1, cval=np.nan, output=np.float32)
    return out
