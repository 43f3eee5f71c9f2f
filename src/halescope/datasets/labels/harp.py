"""Boxes of HMI's active region patches (HARPs), from the headers of SHARP files or from HEK."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from halescope.errors import DatasetError, HalescopeError, ReadError
from halescope.geometry import (
    differential_rotation,
    pixel_to_stonyhurst,
    stonyhurst_to_pixel,
    with_ephemeris,
)
from halescope.guards.cells import dict_reader
from halescope.io.filetime import parse_time
from halescope.types import Disk, DiskGeometry

WITHIN = timedelta(hours=12)
"""A box older or younger than this is not carried to an image."""

_STEPS = 15
"""Points along each side of a box, when it is carried from one projection to another."""


@dataclass(frozen=True)
class Harp:
    """One patch at one time.

    Parameters
    ----------
    harp : int
        HARP number, 0 where unknown.
    numbers : tuple of int
        NOAA numbers of the regions in it.
    time : datetime
        UTC.
    longitude, latitude : (float, float)
        Stonyhurst, degrees: the bounding box of the active pixels.
    """

    harp: int
    numbers: tuple[int, ...]
    time: datetime
    longitude: tuple[float, float]
    latitude: tuple[float, float]


@dataclass(frozen=True)
class HarpTable:
    """Patches by the NOAA numbers in them, and a line for each file or row of no use."""

    by_number: dict[int, list[Harp]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def nearest(self, number: int, time: datetime | None) -> Harp | None:
        """Return the patch of a NOAA number that is nearest in time, None if none is near."""
        found = self.by_number.get(number, ())
        if not found or time is None:
            return None
        best = min(found, key=lambda harp: abs(harp.time - time))
        return best if abs(best.time - time) <= WITHIN else None


def read_harps(path: str | Path, numbers: Mapping[int, tuple[int, ...]] | None = None) -> HarpTable:
    """Read the boxes of HARPs.

    Raises `DatasetError` where there is no box at all.

    Parameters
    ----------
    path : path
        A SHARP file, a folder of them (searched through), or the table of
        `halescope fetch hek --observer sharp`.
    numbers : mapping of int to tuple of int, optional
        NOAA numbers by HARP, for headers that do not tell: see `read_harp_numbers`.
    """
    path, problems = Path(path), list[str]()
    if not path.exists():
        raise DatasetError(str(path), "does not exist", "SHARP files or HEK's table of them")
    if path.suffix.lower() == ".csv":
        found = _hek_harps(path, problems)
    else:
        files = sorted(path.rglob("*.fits")) if path.is_dir() else [path]
        found = [h for file in files if (h := _header_harp(file, problems)) is not None]
    table: dict[int, list[Harp]] = {}
    for harp in found:
        if numbers and not harp.numbers:
            harp = replace(harp, numbers=numbers.get(harp.harp, ()))
        for number in harp.numbers:
            table.setdefault(number, []).append(harp)
    if not table:
        more = f" ({problems[0]})" if problems else ""
        raise DatasetError(
            str(path), f"holds no HARP with a NOAA number{more}", "SHARP headers or HEK's table"
        )
    return HarpTable(table, tuple(problems))


def read_harp_numbers(path: str | Path) -> dict[int, tuple[int, ...]]:
    """Read JSOC's ``all_harps_with_noaa_ars.txt``: NOAA numbers by HARP number."""
    wrong = "a list of HARPNUM and NOAA_ARS"
    try:
        lines = Path(path).read_text("utf-8").splitlines()
        pairs = [line.split() for line in lines[1:] if line.strip()]
        found = {int(harp): tuple(map(int, noaa.split(","))) for harp, noaa in pairs}
    except (OSError, ValueError) as error:
        raise DatasetError(str(path), f"cannot be read ({error})", wrong) from error
    if not found:
        raise DatasetError(str(path), "lists no HARP", wrong)
    return found


def harp_box(harp: Harp, disk: Disk) -> tuple[float, float, float, float] | None:
    """Return a patch's box on a canonical disk, carried to its time; None on the far side."""
    if disk.origin.time is None:
        return None
    days = (disk.origin.time - harp.time).total_seconds() / 86400
    middle = np.array(sum(harp.latitude) / 2)
    shift = float(differential_rotation(middle, days))
    longitude, latitude = np.meshgrid(
        np.linspace(*harp.longitude, _STEPS) + shift, np.linspace(*harp.latitude, _STEPS)
    )
    x, y = stonyhurst_to_pixel(disk.geometry, longitude.ravel(), latitude.ravel())
    seen = np.isfinite(x) & np.isfinite(y)
    if not seen.any():
        return None
    x, y = x[seen], y[seen]
    return float(x.min()), float(y.min()), float(x.max()) + 1, float(y.max()) + 1


def _header_harp(path: Path, problems: list[str]) -> Harp | None:
    """Return the patch that a file's header describes, None for a file that is no SHARP."""
    from halescope.io.hdus.file import header_of

    try:
        return _harp_of(header_of(path), path.name)
    except HalescopeError as error:
        problems.append(str(error))
        return None


def _harp_of(header: Mapping[str, Any], name: str) -> Harp:
    try:
        numbers = str(header.get("NOAA_ARS") or header.get("NOAA_AR") or "")
        return Harp(
            int(header["HARPNUM"]),
            tuple(int(n) for n in numbers.split(",") if n.strip().isdecimal() and int(n)),
            parse_time(str(header["T_REC"]), name),
            (float(header["LON_MIN"]), float(header["LON_MAX"])),
            (float(header["LAT_MIN"]), float(header["LAT_MAX"])),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ReadError(name, f"is no SHARP: {error} is missing or unreadable") from error


def _hek_harps(path: Path, problems: list[str]) -> Iterable[Harp]:
    """Yield the patches of HEK's table: boxes in arcseconds as seen from Earth."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = dict_reader(stream, path)
        for line in reader:
            try:
                edges = [float(line[f"hpc_{n}"]) for n in ("x_min", "y_min", "x_max", "y_max")]
                time = parse_time(line["start"], "start")
                number = int(line["noaa_number"])
            except (KeyError, ValueError, HalescopeError) as error:
                problems.append(f"{path.name}:{reader.line_num}: no numbered box ({error})")
                continue
            sides = _sides(edges, time)
            if sides is not None:
                yield Harp(0, (number,), time, *sides)


def _sides(
    edges: list[float], time: datetime
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return the longitudes and latitudes that a box in arcseconds spans."""
    geometry = with_ephemeris(DiskGeometry(0.0, 0.0, 960.0), time)
    arcsec = np.degrees(np.arcsin(1 / geometry.distance)) * 3600
    geometry = replace(geometry, radius=float(arcsec))
    x, y = np.meshgrid(
        np.linspace(edges[0], edges[2], _STEPS), np.linspace(edges[1], edges[3], _STEPS)
    )
    longitude, latitude = pixel_to_stonyhurst(geometry, x.ravel(), y.ravel())
    seen = np.isfinite(longitude)
    if not seen.any():
        return None
    longitude, latitude = longitude[seen], latitude[seen]
    return (
        (float(longitude.min()), float(longitude.max())),
        (float(latitude.min()), float(latitude.max())),
    )
