"""HMI SHARP patches (CEA) as further regions to learn from, put back on a canonical disk."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.labels.label import Sources, label_disk
from halescope.datasets.labels.region import Label
from halescope.datasets.remap import stonyhurst_to_local
from halescope.errors import DatasetError, ReadError
from halescope.geometry import central_distance, pixel_to_stonyhurst, with_ephemeris
from halescope.io import read_cea
from halescope.normalize import DISK_RADIUS, DISK_SIDE
from halescope.types import GAUSS_PER_GREY, Array, Disk, DiskGeometry, Magnetogram

CLIP_GAUSS = 250.0
"""Gauss: the patches are clipped as Helioviewer's pictures are, before they are reduced."""

BLUR = 2.6
"""Patch pixels of 0.03 degrees: as much as averaging over the canonical disk's pixels."""

NUMBERS = ("CRVAL1", "CRVAL2", "CRLN_OBS", "CDELT1", "CDELT2", "CRPIX1", "CRPIX2")
"""Header cards without which a patch cannot be placed, beside T_REC."""


def label_patch(path: Path, sources: Sources, clip: float = CLIP_GAUSS) -> tuple[Disk, list[Label]]:
    """Return a SHARP patch on a canonical disk, and the labels of its own NOAA regions.

    `clip`: gauss, where the field is cut off. Raises `DatasetError` where the file is no
    ``hmi.sharp_cea_720s`` patch of the line-of-sight field, gauss.
    """
    field, header = _read(path)
    disk = patch_disk(field, header, path.name, clip)
    own = {int(n) % 10000 for n in re.findall(r"\d+", str(header.get("NOAA_ARS", "")))}
    own |= {int(header.get("NOAA_AR") or 0) % 10000}
    labels = label_disk(disk, sources) or []
    return disk, [label for label in labels if label.number and label.number % 10000 in own]


def patch_disk(
    field: Array, header: Mapping[str, Any], name: str = "patch", clip: float = CLIP_GAUSS
) -> Disk:
    """Return a disk that is zero but for a patch, (H, W) float32 gauss, cylindrical equal-area.

    `clip`: gauss, where the field is cut off.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    time = _time(str(header["T_REC"]))
    middle = (DISK_SIDE - 1) / 2
    geometry = with_ephemeris(DiskGeometry(middle, middle, DISK_RADIUS), time)
    levels = np.clip(np.nan_to_num(field), -clip, clip) / np.float32(GAUSS_PER_GREY)
    fine = gaussian_filter(levels, BLUR)
    px, py, seen = _patch_pixels(geometry, header)
    inside = seen & (px >= 0) & (py >= 0)
    inside &= (px <= field.shape[1] - 1) & (py <= field.shape[0] - 1)
    grey = np.zeros((DISK_SIDE, DISK_SIDE), np.float32)
    grey[inside] = np.rint(map_coordinates(fine, [py[inside], px[inside]], order=1))
    origin = Magnetogram(grey, "display", geometry, name, time, "HMI")
    return Disk(grey, geometry, origin)


def _patch_pixels(
    geometry: DiskGeometry, header: Mapping[str, Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return the patch pixel, x and y, of each pixel of the disk, and whether it is in front."""
    y, x = np.mgrid[:DISK_SIDE, :DISK_SIDE].astype(float)
    longitude, latitude = pixel_to_stonyhurst(geometry, x, y)
    meridian = central_distance(geometry, longitude)
    center = float(header["CRVAL1"]) - float(header["CRLN_OBS"]), float(header["CRVAL2"])
    across, up = stonyhurst_to_local(center, meridian, latitude)
    px = across / float(header["CDELT1"]) + header["CRPIX1"] - 1
    py = up / float(header["CDELT2"]) + header["CRPIX2"] - 1
    return px, py, np.abs(across) < 90


def _read(path: Path) -> tuple[Array, Mapping[str, Any]]:
    try:
        field, header = read_cea(path)
    except ReadError as error:
        raise DatasetError(str(path), error.found, "a SHARP patch") from error
    missing = [key for key in NUMBERS if not _is_number(header.get(key))]
    if missing:
        found = f"has no number as {', '.join(missing)}"
        raise DatasetError(str(path), found, "a SHARP patch")
    try:
        _time(str(header.get("T_REC")))
        int(header.get("NOAA_AR") or 0)
    except (TypeError, ValueError) as error:
        raise DatasetError(str(path), f"cannot be read ({error})", "a SHARP patch") from error
    return field, header


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _time(text: str) -> datetime:
    """Return the time of ``2011.02.15_04:00:00_TAI``; the half minute to UTC does not matter."""
    return datetime.strptime(text[:19], "%Y.%m.%d_%H:%M:%S").replace(tzinfo=UTC)
