"""Patches remapped to solar longitude and latitude, such as SHARP's, as their observer saw them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.geometry import (
    heliographic_to_sphere,
    pixel_to_stonyhurst,
    stonyhurst_to_pixel,
    wcs_keywords,
)
from halescope.io.sniff import check_size
from halescope.io.wcs import observed_from
from halescope.types import Array, DiskGeometry

WIDEST = 120.0
"""A map that spans more degrees than this is of the whole Sun, which nobody saw at once."""

PROJECTIONS = ("CEA", "CAR")
"""Cylindrical: equal-area, whose rows are even in the sine of latitude, and plate carree."""

LEAST_STEP = 1e-3
"""Least degrees per pixel: thirty times finer than HMI sees."""

_EDGE = 65
"""Points along each side of the patch from which the image's extent is taken."""

_REPLACED = ("CTYPE", "CRPIX", "CRVAL", "CDELT", "CUNIT", "CROTA", "PC", "CD", "LONPOLE", "LATPOLE")


def as_seen(
    field: Array, header: Mapping[str, Any], projection: str, time: datetime | None, name: str
) -> tuple[Array, dict[str, Any], DiskGeometry]:
    """Return a patch as the observer saw it, with its header and geometry.

    Pixels are as fine as the patch's at disk centre; NaN outside the patch.

    Parameters
    ----------
    field : (H, W) float32
        Row 0 is the southernmost.
    header : mapping
        CRPIX, CRVAL and CDELT in degrees. An equal-area patch is taken to be drawn about its own
        centre, as SHARP's are (Bobra et al. 2014, Solar Physics 289, 3549; Thompson's projection
        about the equator is the same where CRVAL2 is 0).
    projection : str
        One of `PROJECTIONS`.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    if projection not in PROJECTIONS:
        raise NotAMagnetogramError(name, f"is in {projection} projection", "CEA, CAR or the disk")
    grid = _Grid.of(header, projection, name)
    height, width = field.shape
    if max(width * grid.step[0], height * grid.step[1]) > WIDEST:
        raise NotAMagnetogramError(
            name,
            f"is a map in {projection} projection of more than {WIDEST:.0f} degrees",
            "an image of the disk, or a patch of it",
            "take the full-disk product",
        )
    radius = float(np.degrees(1 / grid.step[0]))
    seen = observed_from(header, time, radius, name)
    grid.turn(seen, header)
    x, y = stonyhurst_to_pixel(seen, *grid.places(*_border(height, width)))
    if not np.isfinite(x).any():
        raise NotAMagnetogramError(name, "lies behind the limb by its header", "a visible patch")
    left, bottom = int(np.floor(np.nanmin(x))) - 1, int(np.floor(np.nanmin(y))) - 1
    columns, rows = int(np.nanmax(x)) + 2 - left, int(np.nanmax(y)) + 2 - bottom
    check_size(columns, rows, name)
    moved = DiskGeometry(
        seen.x_center - left, seen.y_center - bottom, radius, 0.0, seen.b0, seen.l0, seen.distance,
        seen.observer_lon,
    )  # fmt: skip
    kept = {k: v for k, v in header.items() if not k.startswith(_REPLACED)}
    return _resampled(field, grid, moved, (rows, columns)), kept | wcs_keywords(moved), moved


class _Grid:
    """Where the pixels of a patch are on the Sun.

    Parameters
    ----------
    step : (2,) degrees per pixel along x and y
    reference : (2,) pixel of the centre, from 0
    center : (2,) its longitude as the header counts it, and latitude, degrees
    """

    def __init__(
        self,
        step: tuple[float, float],
        reference: tuple[float, float],
        center: tuple[float, float],
        projection: str,
    ) -> None:
        self.step, self.reference, self.center = step, reference, center
        self.is_equal_area = projection == "CEA"

    @classmethod
    def of(cls, header: Mapping[str, Any], projection: str, name: str) -> _Grid:
        """Return that of a header."""
        try:
            step, reference, center = (
                (float(header[f"{key}1"]), float(header[f"{key}2"]))
                for key in ("CDELT", "CRPIX", "CRVAL")
            )
        except (KeyError, TypeError, ValueError) as error:
            found = f"has a {projection} grid that cannot be read ({error})"
            raise ReadError(name, found, "CRPIX, CRVAL and CDELT in degrees") from error
        if not (np.isfinite([*step, *reference, *center]).all() and min(step) > LEAST_STEP):
            found = f"has a grid of CDELT = {step}, CRPIX = {reference}, CRVAL = {center}"
            raise ReadError(name, found, "finite degrees, west to the right and north up")
        return cls(step, (reference[0] - 1, reference[1] - 1), center, projection)

    def turn(self, seen: DiskGeometry, header: Mapping[str, Any]) -> None:
        """Count longitudes from the meridian that faces Earth, where they are Carrington's."""
        if str(header.get("CTYPE1") or "").strip().upper().startswith("CRLN"):
            offset = self.center[0] - (seen.l0 or 0.0) + seen.observer_lon
            self.center = ((offset + 180) % 360 - 180, self.center[1])

    def places(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return Stonyhurst longitude and latitude of pixels, degrees."""
        along = (x - self.reference[0]) * self.step[0]
        up = (y - self.reference[1]) * self.step[1]
        lon0, lat0 = self.center
        if not self.is_equal_area:
            return lon0 + along, lat0 + up
        sine = np.clip(np.radians(up), -1, 1)
        flat, tilt = np.sqrt(1 - sine**2), np.radians(lat0)
        west, near = flat * np.sin(np.radians(along)), flat * np.cos(np.radians(along))
        latitude = np.arcsin(np.clip(sine * np.cos(tilt) + near * np.sin(tilt), -1, 1))
        longitude = np.arctan2(west, near * np.cos(tilt) - sine * np.sin(tilt))
        return lon0 + np.degrees(longitude), np.degrees(latitude)

    def pixels(
        self, longitude: NDArray[np.floating], latitude: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return pixels of positions; the inverse of `places`."""
        lon0, lat0 = self.center
        if self.is_equal_area:
            # The patch's centre in the role of disk centre.
            west, north, near = heliographic_to_sphere(longitude - lon0, latitude, lat0)
            along, up = np.degrees(np.arctan2(west, near)), np.degrees(north)
        else:
            along, up = (longitude - lon0 + 180) % 360 - 180, latitude - lat0
        return self.reference[0] + along / self.step[0], self.reference[1] + up / self.step[1]


def _border(height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of a patch, its sides among them."""
    x, y = np.meshgrid(np.linspace(0, width - 1, _EDGE), np.linspace(0, height - 1, _EDGE))
    return x.ravel(), y.ravel()


def _resampled(field: Array, grid: _Grid, seen: DiskGeometry, shape: tuple[int, int]) -> Array:
    """Return the patch at each pixel of an image of (H, W), linearly; NaN outside it."""
    from scipy.ndimage import map_coordinates

    out = np.empty(shape, np.float32)
    columns = np.arange(shape[1], dtype=float)
    for row in range(0, shape[0], 128):
        rows = np.arange(row, min(row + 128, shape[0]), dtype=float)
        x, y = grid.pixels(*pixel_to_stonyhurst(seen, *np.meshgrid(columns, rows)))
        hidden = ~np.isfinite(x)
        places = np.stack([np.where(hidden, -9, y), np.where(hidden, -9, x)])
        map_coordinates(field, places, out[row : row + 128], order=1, cval=np.nan)
    return out
