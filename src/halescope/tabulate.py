"""Turn the regions of a disk into catalogue rows: boxes in file pixels, positions, flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, PAPER
from halescope.flags import Flag
from halescope.geometry import carrington, central_distance, mu, pixel_to_stonyhurst, visible_point
from halescope.io.catalog import UNITS
from halescope.io.instruments import image_flags
from halescope.normalize import to_origin_boxes
from halescope.tensors import LEAST_SATURATION
from halescope.types import Array, Catalog, Disk, Regions

LIMB_MU = 0.5
"""Below this mu (60 degrees from disk centre) a region is near the limb."""

_UNLIKE = Flag.OTHER_INSTRUMENT | Flag.NEAR_LIMB | Flag.LOW_RESOLUTION
"""What makes a region unlike those that the networks learned from and were scored on."""

ABSTAIN = 0.5
"""A class whose first level is less probable than this is uncertain, where no card has a limit."""


@dataclass(frozen=True)
class Positions:
    """Where the visible parts of boxes are.

    Parameters
    ----------
    x, y : (N,) float64
        Canonical pixels.
    longitude, latitude, carrington : (N,) float64 or None
        Degrees, Stonyhurst and Carrington; None where the time is unknown.
    meridian : (N,) float64 or None
        Degrees from the observer's central meridian, west positive.
    mu : (N,) float64
    off : (N,) bool
        Whether a part of the box is off the limb.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    mu: NDArray[np.float64]
    off: NDArray[np.bool_]
    longitude: NDArray[np.float64] | None = None
    latitude: NDArray[np.float64] | None = None
    carrington: NDArray[np.float64] | None = None
    meridian: NDArray[np.float64] | None = None


def locate(disk: Disk, regions: Regions) -> Positions:
    """Return the positions of the visible part of each box."""
    points = [visible_point(disk.geometry, (a, b, c, d)) for a, b, c, d in regions.boxes.tolist()]
    x, y, off = (np.array([p[i] for p in points]) for i in range(3))
    x, y, off = x.astype(float), y.astype(float), off.astype(bool)
    here = Positions(x, y, np.asarray(mu(disk.geometry, x, y), float), off)
    if not disk.geometry.is_located or not len(regions):
        return here
    longitude, latitude = pixel_to_stonyhurst(disk.geometry, x, y)
    return replace(
        here,
        longitude=np.asarray(longitude, float),
        latitude=np.asarray(latitude, float),
        carrington=np.asarray(carrington(disk.geometry, longitude), float),
        meridian=np.asarray(central_distance(disk.geometry, longitude), float),
    )


def flag(
    disk: Disk,
    regions: Regions,
    positions: Positions,
    abstain: float = ABSTAIN,
    notes: Sequence[str] = (),
) -> Regions:
    """Return the regions with the bits that follow from image, position and class.

    `abstain`: least probability of a certain class's first level. `notes`: of each region, what
    was measured against its class, if anything.
    """
    boxes = to_origin_boxes(disk, regions.boxes)
    height, width = disk.origin.file_shape
    names = regions.class_names
    conditions = {
        Flag.NEAR_LIMB: positions.mu < LIMB_MU,
        Flag.OFF_LIMB: positions.off,
        Flag.EDGE: (boxes[:, :2] <= 0).any(1) | (boxes[:, 2:] >= [width, height]).any(1),
        Flag.CLIPPED: _clipped(disk, regions.boxes),
        Flag.FEW_EXAMPLES: np.array([COARSE[n] == HIERARCHY[2] for n in names], bool),
        Flag.UNCERTAIN_CLASS: (regions.coarse.max(1, initial=0) < abstain)
        | np.array([bool(note) for note in notes or [""] * len(regions)], bool),
    }
    origin = disk.origin
    radius = origin.geometry.radius * origin.reduction
    whole = origin.flags | image_flags(origin.instrument, origin.time, radius)
    if origin.scale == "display":
        whole |= Flag.DISPLAY
    bits = np.full(len(regions), int(whole), np.int64)
    for bit, holds in conditions.items():
        bits |= np.where(holds, bit.value, 0)
    strange = _UNLIKE
    if origin.scale == "display" and origin.saturation < LEAST_SATURATION:
        strange |= Flag.CLIPPED
    bits |= np.where(bits & strange.value, Flag.OUT_OF_DISTRIBUTION.value, 0)
    return regions.with_flags(bits)


def tabulate(
    disk: Disk,
    regions: Regions,
    positions: Positions,
    measured: dict[str, list[Any]] | None = None,
    units: dict[str, str] | None = None,
) -> Catalog:
    """Return the catalogue of one disk: the fixed columns first, then the further measures.

    `regions`: classified and flagged. `measured`: further columns, one value per region;
    ``area_msh`` among them. `units`: units of the further columns.
    """
    n = len(regions)
    extra = dict(measured or {})
    coarse = regions.coarse
    names = regions.class_names
    columns: dict[str, list[Any]] = {
        "image": [disk.origin.name] * n,
        "time": [disk.origin.time_string] * n,
        "region": list(range(1, n + 1)),
    }
    boxes = to_origin_boxes(disk, regions.boxes)
    for i, name in enumerate(("x_min", "y_min", "x_max", "y_max")):
        columns[name] = _numbers(boxes[:, i], 2)
    columns["score"] = _numbers(regions.score, 4)
    columns["class"] = list(names)
    best = regions.probabilities[np.arange(n), regions.class_index]
    columns["p_class"] = _numbers(best, 4)
    columns["level"] = [COARSE[name] for name in names]
    for i, level in enumerate(HIERARCHY):
        columns[f"p_{level}"] = _numbers(coarse[:, i], 4)
    columns["paper_class"] = [PAPER[name] for name in names]
    columns["hgs_lon"] = _numbers(positions.longitude, 3, n)
    columns["hgs_lat"] = _numbers(positions.latitude, 3, n)
    columns["cmd"] = _numbers(positions.meridian, 3, n)
    columns["carrington_lon"] = _numbers(positions.carrington, 3, n)
    columns["mu"] = _numbers(positions.mu, 4)
    columns["area_msh"] = extra.pop("area_msh", [None] * n)
    columns["flags"] = [Flag(int(bits)).words() for bits in regions.flags]
    return Catalog(columns | extra, UNITS | (units or {}))


def _numbers(values: Array | NDArray[np.float64] | None, digits: int, n: int = 0) -> list[Any]:
    """Return rounded Python floats; None for NaN and where there are no values at all."""
    if values is None:
        return [None] * n
    rounded = [round(float(v), digits) for v in values]
    return [v if v == v else None for v in rounded]


def _clipped(disk: Disk, boxes: Array) -> NDArray[np.bool_]:
    """Return whether the strongest field in each box is at the end of the file's scale."""
    limit = disk.origin.saturation
    if not np.isfinite(limit):
        return np.zeros(len(boxes), bool)
    found = []
    for x0, y0, x1, y1 in np.round(boxes).astype(int):
        part = np.abs(disk.field[y0:y1, x0:x1])
        found.append(bool(np.nanmax(part, initial=0) >= 0.98 * limit))
    return np.array(found, bool)
