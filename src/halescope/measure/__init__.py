"""Magnetic measures of each region: area always, the physics of its field on demand.

`measure` is part of every analysis and cheap; with ``full=True`` it adds the columns of
`halescope.measure.columns`. What each column means: ``docs/measurements.md``.
"""

from __future__ import annotations

from typing import Any

from halescope.geometry import HEMISPHERE_MM2
from halescope.measure.area import area_errors, areas_msh, image_noise
from halescope.types import Disk, Magnetogram, Regions

__all__ = ["measure", "measure_full"]


def measure(disk: Disk, regions: Regions, *, full: bool = False) -> dict[str, list[Any]]:
    """Return the measured columns of each region.

    `full`: add the columns of `measure_full`, from the pixels of ``disk.origin``.

    Returns
    -------
    dict of str to list
        ``area_msh``, millionths of the solar hemisphere; with `full` many more.
    """
    columns: dict[str, list[Any]] = {
        "area_msh": [round(float(area), 1) for area in areas_msh(disk, regions.boxes)]
    }
    return columns | measure_full(disk.origin, disk, regions) if full else columns


def measure_full(magnetogram: Magnetogram, disk: Disk, regions: Regions) -> dict[str, list[Any]]:
    """Return the physics of each region at the resolution of a magnetogram.

    `magnetogram`: the one that `disk` came from, or its full-resolution version. `disk`: that the
    boxes of `regions` are on.

    Returns
    -------
    dict of str to list
        ``area_mm2`` and its error, then the keys of `halescope.measure.columns.UNITS`; None where
        the data cannot say.
    """
    from halescope.measure.columns import UNITS, empty_row, measure_patch
    from halescope.measure.patch import cut_patch
    from halescope.measure.spots import find_spots

    noise = image_noise(magnetogram) if len(regions) else 0.0
    # Cores of pictures are those of the canonical disk, which their classes respect as well.
    shown = find_spots(disk, regions) if magnetogram.scale == "display" else [None] * len(regions)
    rows = []
    for box, spots in zip(regions.boxes, shown, strict=True):
        patch = cut_patch(magnetogram, box, disk.geometry, noise)
        known = None if patch is None else measure_patch(patch, magnetogram.time, spots)
        rows.append(empty_row() if known is None else known)
    columns: dict[str, list[Any]] = {}
    for name, values in (("area_mm2", areas_msh), ("area_mm2_err", area_errors)):
        square = values(disk, regions.boxes) * (HEMISPHERE_MM2 / 1e6)
        columns[name] = [round(float(value), 1) for value in square]
    return columns | {name: [row[name] for row in rows] for name in UNITS}
