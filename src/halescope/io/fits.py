"""Read FITS magnetograms in gauss: whole disks and cut-outs, plain, gzipped or tile-compressed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import HalescopeError, NotAMagnetogramError, ReadError
from halescope.flags import Flag
from halescope.geometry import placed, with_ephemeris
from halescope.io import instruments, wcs
from halescope.io.filetime import header_time, time_from_name
from halescope.io.hdus.file import LARGEST, Header, image_headers, keywords_of, load_fits
from halescope.io.limb import fit_limb
from halescope.io.sniff import check_size
from halescope.types import Array, DiskGeometry, Magnetogram

_GAUSS = dict.fromkeys(
    ("", "gauss", "g", "mx/cm^2", "mx/cm2", "mx/cm**2", "mx cm-2", "mx cm^-2", "maxwell/cm^2"), 1.0
) | {"kg": 1e3, "t": 1e4, "tesla": 1e4, "mt": 10.0}
_TURN = re.compile(r"CROTA\d?|(PC|CD)\d_\d|CRL[NT]_OBS|HGL[NT]_OBS")
_EXPECTED = "a line-of-sight magnetogram in gauss"


def read_fits(
    data: bytes, name: str, time: datetime | None = None, unit: int | None = None
) -> Magnetogram:
    """Return the magnetogram of a FITS file: of its first image, or of that in a unit, from 0.

    Parameters
    ----------
    data : bytes
        The file; gzip is undone.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError, TimeError
    """
    field, header = load_fits(data, name, unit)
    return assemble(field, header, name, time)


def magnetograms_in(path: Path) -> list[int]:
    """Return the units, from 0, of a FITS file that hold magnetograms; none if fewer than two do.

    That is what a header says: it places the Sun, and tells of no other kind of image. A file that
    cannot be read has none: reading it says why.
    """
    try:
        headers = image_headers(path)
    except (OSError, HalescopeError):
        return []
    found = [
        number
        for number, header in headers.items()
        if (wcs.has_wcs(header) or wcs.projection(header))
        and not instruments.wrong_content(header)
        and str(header.get("BUNIT") or "").strip().lower() in _GAUSS
    ]
    return found if len(found) > 1 else []


def read_numpy(data: bytes, name: str, time: datetime | None = None) -> Magnetogram:
    """Return the magnetogram of a NumPy file, gauss, row 0 at the bottom, such as SDOML's.

    The disk is where the data are; the time is the name's.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    from halescope.io.hdus.npz import load_numpy

    field = load_numpy(data, name)
    found = assemble(field, {}, name, time)
    known = instruments.of_picture(name, 0.0).name
    flags = found.flags & ~instruments.image_flags(
        found.instrument, found.time, found.geometry.radius
    )
    flags |= instruments.image_flags(known, found.time, found.geometry.radius)
    return replace(found, instrument=known, flags=flags)


def load_cea(data: bytes, name: str) -> tuple[Array, Header]:
    """Return field, (H, W) float32 gauss, and header of a map in solar longitude and latitude.

    Raises
    ------
    ReadError, NotAMagnetogramError
    """
    field, header = load_fits(data, name)
    if not wcs.projection(header):
        raise NotAMagnetogramError(
            name, f"has CTYPE1 = {header.get('CTYPE1')!r}", "a map in Carrington coordinates"
        )
    return field * np.float32(_gauss(header, name)), header


def from_map(source: Any, time: datetime | None = None, name: str | None = None) -> Magnetogram:
    """Return the magnetogram of a sunpy map, with coordinates and observer as sunpy has them."""
    header = {str(k).upper(): v for k, v in dict(source.meta).items()}
    if hasattr(source, "observer_coordinate"):
        header = {k: v for k, v in header.items() if not _TURN.fullmatch(k)} | _seen_by(source)
    field = np.array(source.data, np.float32)
    if source.mask is not None:
        field[np.asarray(source.mask, bool)] = np.nan
    return assemble(field, header, name or str(getattr(source, "name", "map")), time)


def from_array(
    array: NDArray[Any], header: Any, time: datetime | None = None, name: str = "array"
) -> Magnetogram:
    """Return the magnetogram of an array with a FITS header.

    Parameters
    ----------
    array : (H, W), the header's BUNIT
        Row 0 at the bottom, the FITS order.
    header : mapping, astropy.io.fits.Header or astropy.wcs.WCS

    Raises
    ------
    ReadError, NotAMagnetogramError, TimeError
    """
    field = _field_of(array)
    if callable(getattr(header, "to_header", None)):  # an astropy WCS
        header = header.to_header()
    if hasattr(header, "cards"):
        return assemble(field, keywords_of(header), name, time)
    if not isinstance(header, Mapping):
        found = f"is of type {type(header).__name__}"
        raise ReadError("header", found, "an astropy Header or a dict of FITS keywords")
    keywords = {str(k).upper(): header[k] for k in header if str(k) not in ("COMMENT", "HISTORY")}
    return assemble(field, keywords, name, time)


def from_gauss(
    array: NDArray[Any], geometry: DiskGeometry | None, time: datetime | None, name: str
) -> Magnetogram:
    """Return the magnetogram of an array, (H, W) gauss, row 0 at the bottom, without a header."""
    return assemble(_field_of(array), {}, name, time, geometry)


def _field_of(array: Any) -> Array:
    values = np.asarray(array)
    if values.ndim != 2 or values.dtype.kind not in "iuf":
        found = f"is {values.dtype} of shape {values.shape}"
        raise NotAMagnetogramError("array", found, "numbers of shape (H, W)")
    check_size(values.shape[1], values.shape[0], "array")
    if min(values.shape) < 8:
        raise NotAMagnetogramError("array", f"is of shape {values.shape}", "8 x 8 pixels at least")
    with np.errstate(over="ignore"):
        field = np.array(values, np.float32)
    field[np.abs(field) > LARGEST] = np.nan
    return field


def _seen_by(source: Any) -> Header:
    """Return coordinates and observer of a sunpy map as FITS keywords.

    Some instruments' headers say these in their own words, which sunpy's sources know.
    """
    found = dict(source.wcs.to_header())
    turn = source.wcs.wcs.get_pc()
    found |= {f"PC{i + 1}_{j + 1}": float(turn[i, j]) for i in (0, 1) for j in (0, 1)}
    found["CRLN_OBS"] = float(source.carrington_longitude.to_value("deg")) % 360.0
    found["CRLT_OBS"] = float(source.carrington_latitude.to_value("deg"))
    return found


def assemble(
    field: Array,
    header: Header,
    name: str,
    time: datetime | None,
    geometry: DiskGeometry | None = None,
) -> Magnetogram:
    """Return the magnetogram of a field that has been read and its header.

    Parameters
    ----------
    field : (H, W) float32
        In the header's BUNIT; row 0 at the bottom. Scaled in place.
    header : dict
        FITS keywords, upper case.
    time : datetime or None
        UTC; goes before the header's and the name's.
    geometry : DiskGeometry, optional
        Goes before the header's.

    Raises
    ------
    ReadError, NotAMagnetogramError, TimeError
    """
    instruments.check_content(header, name, _EXPECTED)
    unit = _gauss(header, name)
    if unit != 1.0:
        field *= np.float32(unit)
    _blank_sky(field, header)
    time = time or header_time(header, name) or time_from_name(name)
    field, header, geometry, flags = _placed(field, header, geometry, time, name)
    _check_field(field, geometry, name)
    instrument = instruments.of_header(header)
    flags |= instruments.header_flags(header, instrument, wcs.is_cutout(geometry, field.shape))
    flags |= instruments.image_flags(instrument, time, geometry.radius)
    return Magnetogram(
        field,
        "gauss",
        geometry,
        name=name,
        time=time,
        instrument=instrument,
        flags=flags,
        header=header,
    )


def _placed(
    field: Array, header: Header, geometry: DiskGeometry | None, time: datetime | None, name: str
) -> tuple[Array, Header, DiskGeometry, Flag]:
    """Return field and header as the observer saw them, where the Sun is, and doubts of that."""
    flags, projection = Flag.NONE, wcs.projection(header)
    if geometry is not None:
        geometry = placed(geometry, time)
    elif projection:
        from halescope.io.hdus.remapped import as_seen

        field, header, geometry = as_seen(field, header, projection, time, name)
        flags = Flag.REMAPPED
    elif wcs.has_wcs(header):
        geometry = wcs.disk_geometry(header, time, name)
    else:
        return field, header, _fitted(field, time, name), Flag.FITTED_LIMB | Flag.ASSUMED_NORTH
    wcs.check_scale(geometry, field.shape, name)
    return field, header, geometry, flags


def _blank_sky(field: Array, header: Header) -> None:
    """Take the number that GONG writes off the disk for no data, in place."""
    sky = header.get("SKYVALUE")
    if isinstance(sky, int | float) and abs(sky) >= LEAST_SKY:
        field[np.abs(field - np.float32(sky)) < 1e-3 * abs(sky)] = np.nan


LEAST_SKY = 500.0
"""What SKYVALUE says is no data from this |field| on, gauss; smaller ones do no harm."""


def _gauss(header: Header, name: str) -> float:
    unit = str(header.get("BUNIT") or "").strip().lower()
    if unit not in _GAUSS:
        raise NotAMagnetogramError(name, f"has BUNIT = {header.get('BUNIT')!r}", _EXPECTED)
    return _GAUSS[unit]


def _check_field(field: Array, geometry: DiskGeometry, name: str) -> None:
    """Refuse images without data, off the Sun, or of one sign, as intensities are."""
    step = max(1, min(field.shape) // 256)
    sample = field[::step, ::step]
    y, x = np.ogrid[: sample.shape[0], : sample.shape[1]]
    rho = np.hypot(x * step - geometry.x_center, y * step - geometry.y_center) / geometry.radius
    on = sample[rho < 1]
    if not on.size:
        raise NotAMagnetogramError(name, "shows no part of the disk by its header", _EXPECTED)
    known = on[np.isfinite(on)]
    if not known.size and not np.isfinite(field).any():
        raise NotAMagnetogramError(name, "has no data: every pixel is NaN or blank", _EXPECTED)
    if known.size < 0.02 * on.size:
        raise NotAMagnetogramError(name, "has next to no data on the disk", _EXPECTED)
    if known.min() == known.max():
        raise NotAMagnetogramError(name, "has the same value in every pixel", _EXPECTED)
    positive, negative = float(np.mean(known > 0)), float(np.mean(known < 0))
    if max(positive, negative) > 0.999 or min(positive, negative) == 0:
        raise NotAMagnetogramError(name, "has values of one sign only, as an intensity", _EXPECTED)


def _fitted(field: Array, time: datetime | None, name: str) -> DiskGeometry:
    """Return the disk whose outline is where the data end, for want of a solar WCS."""
    data = np.isfinite(field) & (field != 0)
    limb = fit_limb(np.where(data, np.uint8(128), np.uint8(0)))
    if limb is None or not limb.is_found or not limb.is_whole:
        raise NotAMagnetogramError(
            name,
            "has no solar WCS in its header, and no whole disk to be seen",
            "CTYPE1 = HPLN-TAN with CRPIX, CDELT and RSUN_OBS",
        )
    geometry = DiskGeometry(limb.x, limb.y, limb.radius)
    return geometry if time is None else with_ephemeris(geometry, time)
