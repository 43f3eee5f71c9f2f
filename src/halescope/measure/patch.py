"""A region as a flat map: radial field on an equal-area grid with solar west and north as axes.

Everything beyond the plain area is measured on such a patch, so that each pixel counts for the
same surface and distances are distances on the Sun. A patch is cut from a full-disk magnetogram
(Lambert's azimuthal equal-area projection about the region's centre), or is a SHARP CEA file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import (
    SOLAR_RADIUS_MM,
    offset_to_pixel,
    offset_to_sphere,
    pixel_to_offset,
    sphere_to_heliographic,
    sphere_to_offset,
)
from halescope.measure.area import LEAST_MU, image_noise
from halescope.types import Array, DiskGeometry, Magnetogram

Vector = NDArray[np.float64]

REACH_MM = 400.0
"""A patch never extends farther than this from its centre."""


@dataclass(frozen=True)
class Patch:
    """The field of one region on the solar surface.

    Parameters
    ----------
    radial : (H, W) float32, gauss
        Line-of-sight field divided by mu; rows northwards, columns westwards; zero where there is
        no data. From display data in approximate gauss, clipped: good for shapes and ratios only.
    mu : (H, W) float32
        Cosine of the angle between line of sight and vertical.
    inside : (H, W) bool
        Whether the pixel belongs to the region's box, is on the disk and has data.
    pixel : float
        Side of a pixel, Mm.
    noise : float
        Standard deviation of the line-of-sight field of one image pixel, gauss.
    frame : (3, 3) float64
        Unit vectors (west, north, up) at the patch's centre; each as (x west, y north, z along
        the Sun-observer line).
    b0 : float or None
        Latitude of disk centre, degrees; None if unknown, and taken as 0.
    calibrated : bool
        Whether the field is in true gauss.
    projection : {"azimuthal", "cylindrical"}
        Equal-area either way.
    """

    radial: Array
    mu: Array
    inside: NDArray[np.bool_]
    pixel: float
    noise: float
    frame: Vector
    b0: float | None = None
    calibrated: bool = True
    projection: Literal["azimuthal", "cylindrical"] = "azimuthal"

    @property
    def cell(self) -> float:
        """Area of a pixel, Mm2."""
        return self.pixel**2

    @property
    def sigma(self) -> Array:
        """(H, W) float32: standard deviation of `radial`, gauss."""
        return np.float32(self.noise) / self.mu

    def axes(self) -> tuple[Array, Array]:
        """Return x of the columns, (W,), and y of the rows, (H,), Mm from the centre."""
        height, width = self.radial.shape
        x = (np.arange(width) - (width - 1) / 2) * self.pixel
        y = (np.arange(height) - (height - 1) / 2) * self.pixel
        return x.astype(np.float32), y.astype(np.float32)

    def to_sphere(self, x: float, y: float) -> Vector:
        """Return the unit vector of a position on the patch, Mm."""
        out: Vector = self.frame.T @ unproject(np.array(x), np.array(y), self.projection)
        return out

    def to_heliographic(self, x: float, y: float) -> tuple[float, float]:
        """Return the distance from the central meridian and latitude, degrees; unknown B0 is 0."""
        longitude, latitude = sphere_to_heliographic(self.to_sphere(x, y), self.b0 or 0.0)
        return float(longitude), float(latitude)

    def binned(self, size: float) -> Patch:
        """Return the patch averaged over whole pixels to about `size` Mm, never finer."""
        k = max(1, round(size / self.pixel))
        height, width = (n // k * k for n in self.radial.shape)
        if k == 1 or not height or not width:
            return self
        # Cut from all sides alike, so that the centre stays where it is to half a fine pixel.
        top, left = ((n - m) // 2 for n, m in zip(self.radial.shape, (height, width), strict=True))
        window = slice(top, top + height), slice(left, left + width)

        def mean(values: Array) -> Array:
            rows = values[window].reshape(height // k, k, width).sum(1)  # whole rows add fastest
            out: Array = rows.reshape(height // k, width // k, k).sum(2) / np.float32(k * k)
            return out

        return replace(
            self,
            radial=mean(self.radial),
            mu=mean(self.mu),
            inside=mean(self.inside.astype(np.float32)) > 0.5,
            pixel=self.pixel * k,
            noise=self.noise / k,
        )


def cut_patch(
    magnetogram: Magnetogram,
    box: Array,
    box_geometry: DiskGeometry | None = None,
    noise: float | None = None,
) -> Patch | None:
    """Return the patch of one box.

    Returns Patch or None: None where no pixel of the box is on the disk inside 80 degrees of its
    centre.

    Parameters
    ----------
    box : (4,) float32
        Pixel-edge coordinates, rows upwards.
    box_geometry : DiskGeometry, optional
        Of the image that the box is drawn on, as the canonical disk; the magnetogram's own if
        left out.
    noise : float, optional
        Of the field, in its unit; estimated from the whole image if left out.
    """
    geometry = magnetogram.geometry
    drawn = geometry if box_geometry is None else box_geometry
    points = _box_points(drawn, box)
    if not len(points):
        return None
    frame = frame_at(points.mean(0), geometry.b0)
    pixel = SOLAR_RADIUS_MM / geometry.radius
    x, y = _grid(points @ frame.T, pixel)
    sphere = np.tensordot(frame.T.astype(np.float32), unproject(x, y, "azimuthal"), 1)
    cosine, west, north = seen_from(geometry.distance, sphere)
    los = _sample(magnetogram.field, *offset_to_pixel(geometry, west, north))
    px, py = offset_to_pixel(drawn, west, north)
    inside = np.isfinite(los) & (cosine >= LEAST_MU)
    inside &= (px >= box[0] - 0.5) & (px <= box[2] - 0.5)
    inside &= (py >= box[1] - 0.5) & (py <= box[3] - 0.5)
    mu = np.maximum(cosine, LEAST_MU).astype(np.float32)
    unit = magnetogram.gauss_per_unit
    level = image_noise(magnetogram) if noise is None else noise
    radial = np.nan_to_num(los, nan=0.0) * np.float32(unit) / mu
    calibrated = magnetogram.scale == "gauss"
    return Patch(radial, mu, inside, pixel, level * unit, frame, geometry.b0, calibrated)


def frame_at(direction: Vector, b0: float | None) -> Vector:
    """Return the unit vectors west, north and up at a place on the Sun, (3, 3).

    Parameters
    ----------
    direction : (3,) float64
        Towards the place: x west, y north, z along the Sun-observer line.
    b0 : float or None
        Degrees; None counts as 0.
    """
    up = direction / np.linalg.norm(direction)
    b0 = np.radians(b0 or 0.0)
    west = np.cross([0.0, np.cos(b0), np.sin(b0)], up)
    west /= np.linalg.norm(west)
    return np.stack([west, np.cross(up, west), up])


def _box_points(geometry: DiskGeometry, box: Array) -> Vector:
    """Return unit vectors of a lattice over the box, (K, 3), where it is well on the disk."""
    x, y = np.meshgrid(np.linspace(box[0], box[2], 13) - 0.5, np.linspace(box[1], box[3], 13) - 0.5)
    west, north = pixel_to_offset(geometry, x.ravel(), y.ravel())
    points = np.stack(offset_to_sphere(west, north, geometry.distance), 1)
    return np.asarray(points[np.nan_to_num(points[:, 2]) > LEAST_MU])


def _grid(local: Vector, pixel: float) -> tuple[Array, Array]:
    """Return plane coordinates, Mm, of a grid about 0 that holds all points (west, north, up)."""
    scale = SOLAR_RADIUS_MM * np.sqrt(2 / (1 + local[:, 2]))
    half = np.minimum(np.abs(local[:, :2] * scale[:, None]).max(0), REACH_MM)
    nx, ny = (np.ceil(half / pixel) + 1).astype(int)
    x = np.arange(-nx, nx + 1, dtype=np.float32) * np.float32(pixel)
    y = np.arange(-ny, ny + 1, dtype=np.float32) * np.float32(pixel)
    columns, rows = np.meshgrid(x, y)
    return columns, rows


def unproject(x: Any, y: Any, projection: str) -> Any:
    """Return unit vectors (west, north, up) in the patch's own frame.

    `x`, `y`, (...) floating, Mm: from the patch's centre. `projection` is {"azimuthal",
    "cylindrical"}. Returns (3, ...) of the same type.
    """
    u, v = x / SOLAR_RADIUS_MM, y / SOLAR_RADIUS_MM
    if projection == "cylindrical":
        sine = np.clip(v, -1, 1)
        cosine = np.sqrt(1 - sine**2)
        return np.stack([cosine * np.sin(u), sine, cosine * np.cos(u)])
    square = u**2 + v**2
    factor = np.sqrt(np.clip(1 - square / 4, 0, None))
    return np.stack([u * factor, v * factor, 1 - square / 2])


def seen_from(distance: float, sphere: Any) -> tuple[Any, Any, Any]:
    """Return mu and the offset from disk centre of places on the Sun.

    Parameters
    ----------
    distance : float
        Observer's, solar radii.
    sphere : (3, ...) floating
        Unit vectors: x west, y north, z towards the observer.

    Returns
    -------
    mu, west, north : (...) of the same type
        Offsets in units of the limb's radius.
    """
    x, y, z = sphere
    cosine = (z * distance - 1) / np.hypot(np.hypot(x, y), distance - z)
    return (cosine, *sphere_to_offset(sphere, distance))


def _sample(field: Array, x: Any, y: Any) -> Array:
    """Return the field at pixel positions, linearly interpolated; NaN outside the image."""
    from scipy.ndimage import map_coordinates

    out: Array = map_coordinates(field, [y, x], order=1, mode="constant", cval=np.nan)
    return out
