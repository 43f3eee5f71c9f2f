"""From the keywords of a solar WCS to disk geometry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.geometry import (
    AU_SOLAR_RADII,
    SOLAR_RADIUS_MM,
    Ephemeris,
    earth_meridian,
    ephemeris,
    wrapped,
)
from halescope.types import DiskGeometry

LEAST_RADIUS = 16
"""Least solar radius in an image, pixels: on less no region can be told from another."""

HIGHEST = 45.0
"""Largest heliographic latitude of an observer, degrees: no spacecraft with a magnetograph was ever
higher than 34."""

LEAST_SHARE = 0.05
"""Least longer side of a cut-out, solar radii: ten pixels of the canonical disk."""

_ARCSEC = dict.fromkeys(
    ("", "arcsec", "arcsecs", "arcsecond", "arcseconds", '"', "asec"), 1.0
) | {
    "arcmin": 60.0, "deg": 3600.0, "degree": 3600.0, "degrees": 3600.0, "mas": 1e-3,
    "rad": float(np.degrees(3600.0)),
}  # fmt: skip


def has_wcs(header: Mapping[str, Any]) -> bool:
    """Say whether a header places the Sun in its image."""
    if _is_gong(header):
        return True
    scale = "CDELT1" in header or "CD1_1" in header
    named = str(header.get("CTYPE1") or "").strip().upper()
    return scale and "CRPIX1" in header and (not named or named[:4] in ("HPLN", "SOLA"))


def projection(header: Mapping[str, Any]) -> str:
    """Return the projection of a remapped image, such as ``CEA`` or ``CAR``; else an empty text."""
    ctype = str(header.get("CTYPE1") or "").strip().upper()
    return ctype[5:] if ctype[:4] in ("CRLN", "HGLN") else ""


def disk_geometry(header: Mapping[str, Any], time: datetime | None, name: str) -> DiskGeometry:
    """Return where a header says that the Sun is.

    Raises `ReadError`: the keywords contradict each other, or no observer was ever where they say.

    Parameters
    ----------
    header : mapping
        FITS keywords: CRPIX, CRVAL, CDELT with CROTA2 or a PC matrix, or a CD matrix; arcseconds
        where CUNIT is missing; RSUN_OBS or DSUN_OBS; CRLT_OBS, CRLN_OBS or HGLT_OBS, HGLN_OBS.
        Of the observer's longitudes, one tells the other at a `time`; what is missing of him comes
        from `time`, as seen from Earth.
    """
    if _is_gong(header):
        return _gong(header, time, name)
    try:
        matrix = _matrix(header)
        crpix = np.array([_number(header, "CRPIX1"), _number(header, "CRPIX2")])
        crval = np.array([_number(header, "CRVAL1", 0.0), _number(header, "CRVAL2", 0.0)])
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(
            name,
            f"has a solar WCS that cannot be read ({error})",
            "numbers for CRPIX, CRVAL, CDELT and CROTA2",
        ) from error
    units = np.array([_unit(header, "CUNIT1", name), _unit(header, "CUNIT2", name)])
    matrix, crval = units[:, None] * matrix, units * crval
    with np.errstate(over="ignore", invalid="ignore"):
        scale = float(np.sqrt(abs(np.linalg.det(matrix))))
    roll = float(np.degrees(np.arctan2(matrix[1, 0] - matrix[0, 1], matrix.trace())))
    turn = _rotation(roll) * scale
    if not np.isfinite(scale) or scale <= 0 or np.abs(matrix - turn).max() > 0.02 * scale:
        raise ReadError(
            name,
            "has a WCS that shears, mirrors or stretches the Sun",
            "square pixels, west to the right and north up but for a roll",
        )
    x, y = crpix - 1 - np.linalg.solve(matrix, crval)
    b0, l0, distance, meridian, angular = _observer(header, time, name)
    try:
        return DiskGeometry(float(x), float(y), angular / scale, roll, b0, l0, distance, meridian)
    except ValueError as error:
        found = f"places a Sun of {angular / scale:.6g} pixels radius at ({x:.6g}, {y:.6g})"
        raise ReadError(name, f"{found} by its header", "finite numbers") from error


def observed_from(
    header: Mapping[str, Any], time: datetime | None, radius: float, name: str
) -> DiskGeometry:
    """Return the Sun about pixel (0, 0), north up, of a radius in pixels, as an observer sees it.

    Raises `ReadError` where neither header nor `time` tells from where, or no observer was ever
    there.
    """
    b0, l0, distance, meridian, _ = _observer(header, time, name)
    if b0 is None or l0 is None:
        found = "is a patch, and nothing says from where it was seen"
        raise ReadError(name, found, "a time, or CRLN_OBS and CRLT_OBS", "give --time")
    return DiskGeometry(0.0, 0.0, radius, 0.0, b0, l0, distance, meridian)


def _observer(
    header: Mapping[str, Any], time: datetime | None, name: str
) -> tuple[float | None, float | None, float, float, float]:
    """Return B0, L0, distance in solar radii, longitude from Earth, the Sun's radius in arcsec."""
    seen = ephemeris(time) if time is not None else None
    b0 = _first(header, ("CRLT_OBS", "HGLT_OBS", "OBS_B0", "SOLAR_B0", "B0"))
    if b0 is None and seen is not None:
        b0 = seen.b0
    distance, angular = _apparent(header, seen, name)
    l0, meridian = _longitudes(header, seen, distance)
    _check_observer(b0, l0, name)
    return b0, l0, distance, meridian, angular


def _check_observer(b0: float | None, l0: float | None, name: str) -> None:
    """Refuse an observer where none was ever."""
    if b0 is not None and abs(b0) > HIGHEST:
        found = f"is seen from a latitude of {b0:.6g} degrees by its header"
        raise ReadError(name, found, f"CRLT_OBS within {HIGHEST:.0f} degrees of the equator")
    if l0 is not None and abs(l0) > 720:
        found = f"is seen from a longitude of {l0:.6g} degrees by its header"
        raise ReadError(name, found, "CRLN_OBS from 0 to 360")


def _longitudes(
    header: Mapping[str, Any], seen: Ephemeris | None, distance: float
) -> tuple[float | None, float]:
    """Return the observer's Carrington and Stonyhurst longitudes, degrees.

    Where the header has neither, he is on the line from Earth to the Sun. Without a time
    Stonyhurst longitudes are as for him, for want of anything better.
    """
    l0 = _first(header, ("CRLN_OBS", "OBS_L0"))
    meridian = _first(header, ("HGLN_OBS",))
    facing = None if seen is None else earth_meridian(seen, distance)
    if meridian is None and l0 is not None and facing is not None:
        meridian = float(wrapped(l0 - facing))
    if l0 is None and facing is not None:
        l0 = (facing + (meridian or 0.0)) % 360.0
    return l0, float(wrapped(meridian or 0.0))


def _apparent(header: Mapping[str, Any], seen: Ephemeris | None, name: str) -> tuple[float, float]:
    """Return the observer's distance (solar radii) and the Sun's radius (arcseconds)."""
    reference = _first(header, ("RSUN_REF",))
    if reference is None or not 6.5e8 < reference < 7.5e8:
        reference = SOLAR_RADIUS_MM * 1e6
    metres = _first(header, ("DSUN_OBS",))
    if metres is None and (units := _first(header, ("OBS_DIST",))) and 0.01 < units < 2:
        metres = units * AU_SOLAR_RADII * reference
    angular = _first(header, ("RSUN_OBS", "RSUN_ARC", "SOLAR_R", "RSUN", "RADIUS"))
    if angular is not None and not 500 < angular < 2000:  # some headers give pixels here
        angular = None
    if angular is None and metres is not None:
        if not 2 < metres / reference < 1e5:
            raise ReadError(name, f"has DSUN_OBS = {metres:.6g}", "the observer's distance, metres")
        angular = float(np.degrees(np.arcsin(reference / metres)) * 3600)
    if angular is None:
        angular = seen.angular_radius if seen is not None else 959.63
    return float(1 / np.sin(np.radians(angular / 3600))), angular


def is_cutout(geometry: DiskGeometry, shape: tuple[int, int]) -> bool:
    """Say whether more than a quarter of the disk lies outside an image of (H, W) pixels."""
    axis = np.linspace(-1, 1, 65)
    x, y = np.meshgrid(axis, axis)
    on = np.hypot(x, y) <= 1
    px = geometry.x_center + geometry.radius * x[on]
    py = geometry.y_center + geometry.radius * y[on]
    inside = (px > -1) & (py > -1) & (px < shape[1]) & (py < shape[0])
    return float(inside.mean()) < 0.75


def check_scale(geometry: DiskGeometry, shape: tuple[int, int], name: str) -> None:
    """Refuse images that show the Sun far too small or too small a piece of it.

    `geometry`: of an image of (H, W) pixels, as its header has it. Raises `NotAMagnetogramError`.
    """
    if geometry.radius < LEAST_RADIUS:
        raise NotAMagnetogramError(
            name,
            f"shows a disk of {2 * geometry.radius:.3g} pixels by its header",
            f"{2 * LEAST_RADIUS} pixels at least",
        )
    if max(shape) < LEAST_SHARE * geometry.radius:
        raise NotAMagnetogramError(
            name,
            f"is {max(shape)} pixels of a Sun of {geometry.radius:.3g} pixels radius by its header",
            f"a piece of {LEAST_SHARE:.0%} of it at least",
            "check CDELT1 and CUNIT1",
        )


def _matrix(header: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return the matrix, (2, 2), from pixel offsets to coordinates in the header's units."""
    if "CD1_1" in header:
        return np.array([[_number(header, f"CD{i}_{j}", 0.0) for j in (1, 2)] for i in (1, 2)])
    delta = np.array([_number(header, "CDELT1"), _number(header, "CDELT2")])
    if "PC1_1" in header or "PC1_2" in header:
        turn = np.array(
            [[_number(header, f"PC{i}_{j}", float(i == j)) for j in (1, 2)] for i in (1, 2)]
        )
        return np.asarray(delta[:, None] * turn)
    angle = next((k for k in ("CROTA2", "CROTA", "CROTA1", "SC_ROLL") if k in header), "")
    roll = _number(header, angle, 0.0) if angle else 0.0
    return np.asarray(_rotation(roll) * delta)


def _rotation(roll: float) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    return np.array([[c, -s], [s, c]])


def _is_gong(header: Mapping[str, Any]) -> bool:
    return "FNDLMBXC" in header and str(header.get("CTYPE1") or "").strip() in ("", "GONGX")


def _gong(header: Mapping[str, Any], time: datetime | None, name: str) -> DiskGeometry:
    """Return the disk that GONG's own limb finder found; pixel edges count as whole numbers.

    Keywords as in NSO's header description; north is up and square pixels are already made.
    """
    seen = ephemeris(time) if time is not None else None
    try:
        radius = (_number(header, "FNDLMBMI") + _number(header, "FNDLMBMA")) / 2
        return DiskGeometry(
            _number(header, "FNDLMBXC") - 0.5,
            _number(header, "FNDLMBYC") - 0.5,
            radius,
            0.0,
            seen.b0 if seen else None,
            seen.l0 if seen else None,
            seen.distance if seen else 215.03,
        )
    except (KeyError, TypeError, ValueError) as error:
        found = f"has a limb of GONG's that cannot be read ({error})"
        raise ReadError(name, found, "FNDLMBXC, FNDLMBYC, FNDLMBMI and FNDLMBMA, pixels") from error


def _unit(header: Mapping[str, Any], key: str, name: str) -> float:
    text = str(header.get(key) or "").strip().lower()
    if text not in _ARCSEC:
        raise NotAMagnetogramError(name, f"has {key} = {text!r}", "helioprojective arcseconds")
    return _ARCSEC[text]


def _number(header: Mapping[str, Any], key: str, default: float | None = None) -> float:
    value = header.get(key, default)
    if value is None or value == "":
        if default is None:
            raise KeyError(f"{key} is missing")
        return default
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"{key} = {number}")
    return number


def _first(header: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    """Return the first of these keywords that holds a finite number."""
    for key in keys:
        try:
            value = float(header.get(key))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
        if np.isfinite(value):
            return value
    return None
