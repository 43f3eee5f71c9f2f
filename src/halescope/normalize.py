"""Bring any magnetogram onto the canonical disk: north up, centred, fixed radius, limb masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import offset_to_pixel, pixel_to_offset, stonyhurst_to_pixel
from halescope.types import Array, Disk, DiskGeometry, Magnetogram

DISK_SIDE = 416
"""Default side of the canonical disk, pixels."""

DISK_RADIUS = 200.0
"""Default solar radius on the canonical disk, pixels."""

STRIP = 32
"""Rows that are resampled at a time."""


def canonical_geometry(
    origin: DiskGeometry, side: int = DISK_SIDE, radius: float = DISK_RADIUS
) -> DiskGeometry:
    """Return the geometry of the canonical disk, with the origin's B0, L0 and distance.

    `side`: pixels; disk centre is at ``(side - 1) / 2``.
    """
    middle = (side - 1) / 2
    return replace(origin, x_center=middle, y_center=middle, radius=radius, roll=0.0)


def normalize(magnetogram: Magnetogram, side: int = DISK_SIDE, radius: float = DISK_RADIUS) -> Disk:
    """Return the canonical disk of a magnetogram.

    `side`: side of the result, pixels. `radius`: solar radius in the result, pixels. Returns field
    in the unit of the input; a larger input is averaged over whole pixels first, then interpolated
    linearly. NaN off the limb and where the input has no data.
    """
    field, source = _reduced(*_about_the_disk(magnetogram.field, magnetogram.geometry), radius)
    geometry = canonical_geometry(magnetogram.geometry, side, radius)
    matrix, offset = _affine(geometry, source)
    missing = np.isnan(field)
    if missing.any():
        weight = _resample((~missing).astype(np.float32), matrix, offset, side)
        values = _resample(np.where(missing, np.float32(0), field), matrix, offset, side)
        with np.errstate(divide="ignore", invalid="ignore"):
            out = np.where(weight > 0.5, values / weight, np.float32(np.nan))
    else:
        out = _resample(field, matrix, offset, side, outside=np.nan)
    out[~on_disk(side, radius)] = np.nan
    return Disk(out, geometry, magnetogram)


@lru_cache(maxsize=8)
def on_disk(side: int = DISK_SIDE, radius: float = DISK_RADIUS) -> NDArray[np.bool_]:
    """Return the mask, (side, side) bool, of pixels on the disk.

    The outermost pixel is left out: there the limb's own edge would pass for field.
    """
    axis = np.arange(side) - (side - 1) / 2
    return np.asarray(np.hypot(axis[:, None], axis[None, :]) <= radius - 1)


def to_origin_boxes(disk: Disk, boxes: Array) -> Array:
    """Return boxes in the pixels of the input file itself, in that file's row order.

    `boxes`, (N, 4) float32: canonical pixels, rows upwards. Returns (N, 4) float32: enclosing boxes
    (a roll turns the sides), pixel-edge coordinates, clipped to the file.
    """
    exact = np.asarray(boxes, np.float64).reshape(-1, 4)
    origin = disk.origin
    xs = exact[:, [0, 2, 0, 2]] - 0.5
    ys = exact[:, [1, 1, 3, 3]] - 0.5
    px, py = offset_to_pixel(origin.geometry_in_file, *pixel_to_offset(disk.geometry, xs, ys))
    px, py = px + 0.5, py + 0.5
    height, width = origin.file_shape
    if origin.rows_down:
        py = height - py
    out = np.stack([px.min(1), py.min(1), px.max(1), py.max(1)], 1)
    clipped: Array = np.clip(out, 0, [width, height, width, height]).astype(np.float32)
    return clipped


def from_origin_boxes(disk: Disk, boxes: Array) -> Array:
    """Return canonical boxes of boxes in file pixels; the inverse of `to_origin_boxes`."""
    exact = np.asarray(boxes, np.float64).reshape(-1, 4)
    origin = disk.origin
    xs, ys = exact[:, [0, 2, 0, 2]], exact[:, [1, 1, 3, 3]]
    if origin.rows_down:
        ys = origin.file_shape[0] - ys
    px, py = xs - 0.5, ys - 0.5
    cx, cy = offset_to_pixel(disk.geometry, *pixel_to_offset(origin.geometry_in_file, px, py))
    out = np.stack([cx.min(1), cy.min(1), cx.max(1), cy.max(1)], 1) + 0.5
    return out.astype(np.float32)


@dataclass(frozen=True)
class Frame:
    """Where the Sun is in an image's own file.

    Parameters
    ----------
    geometry : DiskGeometry
        Of the full file, rows upwards.
    shape : tuple of int
        (H, W) of the full file.
    rows_down : bool
        Whether row 0 of the file is its top row.
    """

    geometry: DiskGeometry
    shape: tuple[int, int]
    rows_down: bool

    @classmethod
    def of(cls, magnetogram: Magnetogram) -> Frame:
        """Return that of a magnetogram."""
        height, width = magnetogram.file_shape
        return cls(magnetogram.geometry_in_file, (height, width), magnetogram.rows_down)

    def pixel(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return the place of a Stonyhurst position, degrees; NaN behind the limb.

        Returns
        -------
        x, y : float
            Pixel-edge coordinates in the file's own row order, as boxes in a catalogue are.
        """
        x, y = (float(v) + 0.5 for v in stonyhurst_to_pixel(self.geometry, longitude, latitude))
        return x, self.shape[0] - y if self.rows_down else y

    def shows(self, x: float, y: float) -> bool:
        """Say whether a place lies in the image."""
        return 0 <= x <= self.shape[1] and 0 <= y <= self.shape[0]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, which `from_json` takes."""
        return {**asdict(self.geometry), "shape": list(self.shape), "rows_down": self.rows_down}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Frame | None:
        """Return the frame of plain values; None if they are none, or say not where north is."""
        try:
            numbers = {f.name: values[f.name] for f in fields(DiskGeometry)}
            height, width = values["shape"]
            geometry = DiskGeometry(**{k: float(v) for k, v in numbers.items() if v is not None})
            frame = cls(geometry, (int(height), int(width)), bool(values["rows_down"]))
        except (LookupError, TypeError, ValueError):
            return None
        return frame if geometry.is_located else None


def block_mean(field: Array, factor: int) -> Array:
    """Return the means of whole blocks of `factor` by `factor` pixels, from the first pixel on.

    `field`, (H, W) float32: a block that holds a NaN is NaN.
    """
    rows, columns = (n // factor * factor for n in field.shape)
    # Sums of every nth row, then column, are several times faster than sums over two axes.
    tall = field[:rows:factor, :columns].copy()
    for i in range(1, factor):
        tall += field[i:rows:factor, :columns]
    mean: Array = tall[:, ::factor].copy()
    for i in range(1, factor):
        mean += tall[:, i::factor]
    mean /= np.float32(factor**2)
    return mean


def _about_the_disk(field: Array, geometry: DiskGeometry) -> tuple[Array, DiskGeometry]:
    """Return the part of a field that the disk is in, where that is a small one."""
    reach = geometry.radius + 4
    low = [max(0, int(c - reach)) for c in (geometry.y_center, geometry.x_center)]
    high = [max(0, int(c + reach) + 1) for c in (geometry.y_center, geometry.x_center)]
    part = field[low[0] : high[0], low[1] : high[1]]
    if not 0 < 4 * part.size < field.size:
        return field, geometry
    x, y = geometry.x_center - low[1], geometry.y_center - low[0]
    return part, replace(geometry, x_center=x, y_center=y)


def _reduced(field: Array, geometry: DiskGeometry, radius: float) -> tuple[Array, DiskGeometry]:
    """Average whole blocks so that the solar radius is under twice the wanted one.

    The blocks are laid out from disk centre, so that a file stored upside down gives the same.
    """
    factor = int(geometry.radius // radius)
    if factor < 2:
        return field, geometry
    row, column = (round(c + 0.5) % factor for c in (geometry.y_center, geometry.x_center))
    mean = block_mean(field[row:, column:], factor)
    middle = (factor - 1) / 2
    return mean, replace(
        geometry,
        x_center=(geometry.x_center - column - middle) / factor,
        y_center=(geometry.y_center - row - middle) / factor,
        radius=geometry.radius / factor,
    )


def _affine(
    target: DiskGeometry, source: DiskGeometry
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return matrix and offset, (row, column), that lead from target to source pixels."""
    corners = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])  # x; y of origin, +x, +y
    x, y = offset_to_pixel(source, *pixel_to_offset(target, corners[0], corners[1]))
    matrix = np.array([[y[2] - y[0], y[1] - y[0]], [x[2] - x[0], x[1] - x[0]]])
    return matrix, np.array([y[0], x[0]])


def _resample(
    field: Array,
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    side: int,
    outside: float = 0.0,
) -> Array:
    """Return the field, (side, side) float32, interpolated linearly; `outside` beyond it."""
    if max(abs(matrix[0, 1]), abs(matrix[1, 0])) * side > 1e-6:  # turned
        from scipy.ndimage import affine_transform

        turned: Array = affine_transform(
            field, matrix, offset, (side, side), order=1, mode="constant", cval=outside
        )
        return turned
    # Rows, then columns, a strip of rows at a time: what lies between stays in the cache.
    steps = np.arange(side)
    rows = _Samples.of(offset[0] + matrix[0, 0] * steps, field.shape[0])
    columns = _Samples.of(offset[1] + matrix[1, 1] * steps, field.shape[1])
    out = np.empty((side, side), np.float32)
    for start in range(0, side, STRIP):
        strip = slice(start, start + STRIP)
        below, above = field[rows.low[strip]], field[rows.high[strip]]
        above -= below
        values = rows.share[strip, None] * above
        values += below
        left, right = values.take(columns.low, 1), values.take(columns.high, 1)
        right -= left
        right *= columns.share
        right += left
        out[strip] = right
    out[rows.beyond] = outside
    out[:, columns.beyond] = outside
    return out


@dataclass(frozen=True)
class _Samples:
    """Where samples lie along an axis: between which pixels, how near the upper one, or beyond."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    share: NDArray[np.float64]
    beyond: NDArray[np.bool_]

    @classmethod
    def of(cls, at: NDArray[np.float64], size: int) -> _Samples:
        """Return the samples at positions, pixels, along an axis of `size` pixels."""
        low = np.clip(np.floor(at), 0, max(size - 2, 0)).astype(np.intp)
        beyond = (at < 0) | (at > size - 1)
        return cls(low, np.minimum(low + 1, size - 1), at - low, beyond)
