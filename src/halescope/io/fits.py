"""Read FITS magnetograms in gauss: whole disks and cut-outs, plain, gzipped or tile-compressed."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError, ReadError, TooLargeError
from halescope.flags import Flag
from halescope.geometry import with_ephemeris
from halescope.io import instruments, wcs
from halescope.io.filetime import header_time, time_from_name
from halescope.io.limb import fit_limb
from halescope.io.sniff import MAX_PIXELS
from halescope.types import Array, DiskGeometry, Magnetogram

Header = dict[str, Any]

_GAUSS = {
    "": 1.0,
    "gauss": 1.0,
    "g": 1.0,
    "mx/cm^2": 1.0,
    "mx/cm2": 1.0,
    "mx/cm**2": 1.0,
    "mx cm-2": 1.0,
    "mx cm^-2": 1.0,
    "maxwell/cm^2": 1.0,
    "kg": 1e3,
    "t": 1e4,
    "tesla": 1e4,
    "mt": 10.0,
}
_EXPECTED = "a line-of-sight magnetogram in gauss"
_ROWS = 256
"""Rows that are scaled at a time, so that no second full array is held."""


def read_fits(data: bytes, name: str, time: datetime | None = None) -> Magnetogram:
    """Return the magnetogram of a FITS file.

    Parameters
    ----------
    data : bytes
        The file; gzip is undone.
    name : str
    time : datetime, optional
        UTC; goes before the header's.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError, TimeError
    """
    field, header = load_fits(data, name)
    return assemble(field, header, name, time)


def read_cea(source: str | Path | bytes) -> tuple[Array, Header]:
    """Return the field and header of a remapped patch, such as a SHARP in CEA projection.

    Parameters
    ----------
    source : path or bytes

    Returns
    -------
    field : (H, W) float32, gauss
        Row 0 is the southernmost.
    header : dict

    Raises
    ------
    ReadError, NotAMagnetogramError
    """
    name = "bytes" if isinstance(source, bytes) else str(source)
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    field, header = load_fits(data, name)
    if not wcs.projection(header):
        raise NotAMagnetogramError(
            name, f"has CTYPE1 = {header.get('CTYPE1')!r}", "a map in Carrington coordinates"
        )
    return field * np.float32(_gauss(header, name)), header


def from_map(source: Any, time: datetime | None = None) -> Magnetogram:
    """Return the magnetogram of a sunpy map.

    Parameters
    ----------
    source : sunpy.map.GenericMap
    time : datetime, optional
        UTC; goes before the map's.
    """
    header = {str(k).upper(): v for k, v in dict(source.meta).items()}
    field = np.array(source.data, np.float32)
    if source.mask is not None:
        field[np.asarray(source.mask, bool)] = np.nan
    return assemble(field, header, str(getattr(source, "name", "map")), time)


def from_array(
    array: NDArray[Any], header: Mapping[str, Any], time: datetime | None = None
) -> Magnetogram:
    """Return the magnetogram of an array with a FITS header.

    Parameters
    ----------
    array : (H, W), the header's BUNIT
        Row 0 at the bottom, the FITS order.
    header : mapping
        FITS keywords.
    time : datetime, optional
        UTC; goes before the header's.
    """
    values = np.asarray(array)
    if values.ndim != 2 or values.dtype.kind not in "iuf":
        found = f"is {values.dtype} of shape {values.shape}"
        raise NotAMagnetogramError("array", found, "numbers of shape (H, W)")
    keywords = {str(k).upper(): header[k] for k in header if str(k) not in ("COMMENT", "HISTORY")}
    return assemble(np.array(values, np.float32), keywords, "array", time)


def load_fits(data: bytes, name: str) -> tuple[Array, Header]:
    """Return the first image of a FITS file, (H, W) float32 in its own unit, and its header.

    Parameters
    ----------
    data : bytes
    name : str
        For the error.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    from astropy.io import fits

    data = _unzipped(data, name)
    damaged = ReadError(name, "is a truncated or damaged FITS file", "", "fetch it again")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            with fits.open(
                io.BytesIO(data), memmap=False, do_not_scale_image_data=True, lazy_load_hdus=True
            ) as hdus:
                hdu = _image_hdu(hdus, name)
                header = _header(hdu.header)
                raw = hdu.data
        except (OSError, TypeError, ValueError, KeyError, IndexError) as error:
            raise damaged from error
        except (RuntimeError, AttributeError, struct.error, fits.VerifyError) as error:
            raise damaged from error
    if raw is None or any("truncated" in str(w.message) for w in heard):
        raise damaged
    return _scaled(np.squeeze(raw), header), header


def assemble(field: Array, header: Header, name: str, time: datetime | None) -> Magnetogram:
    """Return the magnetogram of a field that has been read and its header.

    Parameters
    ----------
    field : (H, W) float32
        In the header's BUNIT; row 0 at the bottom. Scaled in place.
    header : dict
        FITS keywords, upper case.
    name : str
    time : datetime or None
        UTC; goes before the header's and the name's.

    Raises
    ------
    ReadError, NotAMagnetogramError, TimeError
    """
    _check_header(header, name)
    unit = _gauss(header, name)
    if unit != 1.0:
        field *= np.float32(unit)
    time = time or header_time(header, name) or time_from_name(name)
    flags = Flag.NONE
    if wcs.has_wcs(header):
        geometry = wcs.disk_geometry(header, time, name)
    else:
        geometry = _fitted(field, time, name)
        flags |= Flag.FITTED_LIMB | Flag.ASSUMED_NORTH
    _check_field(field, geometry, name)
    if wcs.is_cutout(geometry, field.shape):
        flags |= Flag.CUTOUT
    instrument = instruments.of_header(header)
    if instruments.is_bad(header, instrument):
        flags |= Flag.BAD_QUALITY
    flags |= instruments.doubts(instrument, time, geometry.radius)
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


def _unzipped(data: bytes, name: str) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    limit = MAX_PIXELS * 8 + 2**20
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(data, limit)
    except zlib.error as error:
        raise ReadError(name, "is a damaged gzip file", "", "fetch it again") from error
    if unpacker.unconsumed_tail:
        raise TooLargeError(name, "unpacks to a monstrous size", f"at most {limit:,} bytes")
    if not unpacker.eof:
        raise ReadError(name, "is a truncated gzip file", "", "fetch it again")
    return plain


def _image_hdu(hdus: Any, name: str) -> Any:
    """Return the first unit of a FITS file that holds an image of two axes."""
    for hdu in hdus:
        shape = tuple(n for n in (getattr(hdu, "shape", None) or ()) if n != 1)
        if not hdu.is_image or not shape:
            continue
        if len(shape) != 2:
            raise NotAMagnetogramError(name, f"holds an array of shape {shape}", "an image")
        if shape[0] * shape[1] > MAX_PIXELS:
            raise TooLargeError(
                name, f"claims {shape[1]} x {shape[0]} pixels", f"at most {MAX_PIXELS:,} pixels"
            )
        if min(shape) < 8:
            raise NotAMagnetogramError(name, f"has only {shape[1]} x {shape[0]} pixels", _EXPECTED)
        return hdu
    raise NotAMagnetogramError(name, "is a FITS file without an image", _EXPECTED)


def _header(header: Any) -> Header:
    """Return the keywords that can be read, as a plain dict."""
    from astropy.io.fits import VerifyError
    from astropy.io.fits.card import Undefined

    out: Header = {}
    for card in header.cards:
        try:
            keyword, value = card.keyword, card.value
        except VerifyError:
            continue
        if keyword and keyword not in ("COMMENT", "HISTORY") and not isinstance(value, Undefined):
            out[keyword] = value
    return out


def _scaled(raw: NDArray[Any], header: Header) -> Array:
    """Return stored numbers as float32: BSCALE, BZERO and BLANK undone, a few rows at a time."""
    scale, zero = (float(header.get(k, d)) for k, d in (("BSCALE", 1.0), ("BZERO", 0.0)))
    blank = header.get("BLANK") if raw.dtype.kind in "iu" else None
    if raw.dtype.kind == "f" and scale == 1 and zero == 0:
        field: Array = raw.astype(np.float32)
    else:
        field = np.empty(raw.shape, np.float32)
        for row in range(0, raw.shape[0], _ROWS):
            part, out = raw[row : row + _ROWS], field[row : row + _ROWS]
            np.multiply(part, np.float32(scale), out=out, casting="unsafe")
            if zero:
                out += np.float32(zero)
            if blank is not None:
                out[part == int(blank)] = np.nan
    if raw.dtype.kind == "f":
        field[np.isinf(field)] = np.nan
    return field


def _gauss(header: Header, name: str) -> float:
    unit = str(header.get("BUNIT") or "").strip().lower()
    if unit not in _GAUSS:
        raise NotAMagnetogramError(name, f"has BUNIT = {header.get('BUNIT')!r}", _EXPECTED)
    return _GAUSS[unit]


def _check_header(header: Header, name: str) -> None:
    found = instruments.wrong_content(header)
    if found:
        raise NotAMagnetogramError(name, f"is {found} by its header", _EXPECTED)
    remapped = wcs.projection(header)
    if remapped:
        raise NotAMagnetogramError(
            name,
            f"is a patch or map in {remapped} projection, remapped to solar longitude and latitude",
            "an image of the disk as it is seen from Earth",
            "take the full-disk product or the helioprojective cut-out; halescope.io.read_cea"
            " reads the patch as an array",
        )


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
