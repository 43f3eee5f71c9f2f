"""What a browser is told of a picture: size, unit, clip, where the Sun is, limb and grid."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.flags import Flag
from halescope.geometry import offset_to_pixel, stonyhurst_to_pixel
from halescope.studio.pictures.orientation import Orientation
from halescope.tensors import GREY_CLIP
from halescope.types import PICTURE_GAUSS, DiskGeometry, Magnetogram

SPACING = 15
"""Degrees between the lines of the grid."""


@dataclass(frozen=True)
class ClipRange:
    """Where a slider of the clip begins, may go, and in which unit."""

    default: float
    min: float
    max: float
    unit: str


CLIPS = {
    "gauss": ClipRange(PICTURE_GAUSS, 20.0, 3000.0, "G"),
    "display": ClipRange(GREY_CLIP, 5.0, 128.0, "grey"),
}
"""Where the field is cut off for showing: mid grey is zero, black and white are either clip."""


def describe(magnetogram: Magnetogram, view: Orientation, levels: int) -> dict[str, Any]:
    """Return plain values: sizes in pixels, `to_view` as `Orientation.affine` gives it, the
    geometry (file pixels, rows upwards, zero-based), and lines in view pixels.
    """
    geometry = magnetogram.geometry_in_file
    width, height = view.size
    is_disk = Flag.CUTOUT not in magnetogram.flags
    return {
        "name": magnetogram.name,
        "time": magnetogram.time_string,
        "instrument": magnetogram.instrument,
        "width": width,
        "height": height,
        "file": {"width": view.width, "height": view.height, "rows_down": view.rows_down},
        "to_view": view.affine(),
        "levels": levels,
        "scale": magnetogram.scale,
        "gauss_per_unit": magnetogram.gauss_per_unit,
        "clip": asdict(CLIPS[magnetogram.scale]),
        "flags": [word for word in magnetogram.flags.words().split("|") if word],
        "geometry": asdict(geometry),
        "limb": limb(geometry, view) if is_disk else [],
        "grid": grid(geometry, view) if geometry.is_located else [],
    }


def limb(geometry: DiskGeometry, view: Orientation) -> list[list[float]]:
    """Return the limb as points in view pixels."""
    angle = np.linspace(0, 2 * np.pi, 181)
    return _points(view, *offset_to_pixel(geometry, np.cos(angle), np.sin(angle)))


def grid(geometry: DiskGeometry, view: Orientation) -> list[dict[str, Any]]:
    """Return Stonyhurst meridians and parallels: name and points in view pixels of each."""
    along = np.linspace(-90, 90, 91)
    first = SPACING * int(np.ceil((geometry.observer_lon - 90) / SPACING))
    lines = [
        (_name(lon, "EW"), np.full(91, float(lon)), along)
        for lon in range(first, first + 181, SPACING)
    ]
    lines += [
        (_name(lat, "SN"), along + geometry.observer_lon, np.full(91, float(lat)))
        for lat in range(-75, 76, SPACING)
    ]
    drawn = []
    for name, longitude, latitude in lines:
        x, y = stonyhurst_to_pixel(geometry, longitude, latitude)
        seen = np.isfinite(x)
        if seen.sum() > 1:
            drawn.append({"name": name, "points": _points(view, x[seen], y[seen])})
    return drawn


def _name(degrees: int, sides: str) -> str:
    wrapped = (degrees + 180) % 360 - 180
    return f"{abs(wrapped)}°{sides[wrapped > 0]}" if wrapped else "0°"


def _points(
    view: Orientation, x: NDArray[np.floating], y: NDArray[np.floating]
) -> list[list[float]]:
    """Return view positions of pixel centres, zero-based, rows upwards."""
    row = np.asarray(y, np.float64) + 0.5
    placed = view.to_view(
        np.asarray(x, np.float64) + 0.5, view.height - row if view.rows_down else row
    )
    return [[round(a, 2), round(b, 2)] for a, b in placed.tolist()]
