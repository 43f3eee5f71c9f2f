"""Magnetic measures of each region: area always, the physics of the field on demand."""

from __future__ import annotations

from typing import Any

from halescope.measure.area import areas_msh
from halescope.types import Disk, Regions

UNITS: dict[str, str] = {"area_mm2": "Mm2"}
"""Units of the columns in astropy's spelling."""

__all__ = ["UNITS", "measure"]


def measure(disk: Disk, regions: Regions, *, full: bool = False) -> dict[str, list[Any]]:
    """Return the measured columns of each region.

    Parameters
    ----------
    disk : Disk
    regions : Regions
    full : bool
        Further columns beside ``area_msh``.
    """
    return {"area_msh": [round(float(v), 1) for v in areas_msh(disk, regions.boxes)]}
