"""FITS bytes to the first image and its keywords; numbers stay in the file's unit."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError, ReadError, TooLargeError
from halescope.io.sniff import MAX_PIXELS, check_size
from halescope.types import Array

Header = dict[str, Any]

_EXPECTED = "an image of a magnetic field"
_ROWS = 256
"""Rows that are scaled at a time, so that no second full array is held."""


def load_fits(data: bytes, name: str) -> tuple[Array, Header]:
    """Return the first image of a FITS file, (H, W) float32 in its own unit, and its header.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    from astropy.io import fits

    data = _unzipped(data, name)
    with (
        _decoding(name),
        fits.open(
            io.BytesIO(data), memmap=False, do_not_scale_image_data=True, lazy_load_hdus=True
        ) as hdus,
    ):
        hdu = _image_hdu(hdus, name)
        header = keywords_of(hdu.header)
        raw = hdu.data
        if raw is None:
            raise ValueError("no data")
    return _scaled(np.squeeze(raw), header), header


def image_of(hdus: list[Any], name: str) -> tuple[Array, Header]:
    """Return the first image of opened HDUs, (H, W) float32 in its own unit, and its header.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    with _decoding(name):
        hdu = _image_hdu(hdus, name)
        raw = hdu.data  # scaled by astropy, which then takes the keywords of it away
        if raw is None:
            raise ValueError("no data")
        header = keywords_of(hdu.header)
        field = np.array(np.squeeze(raw), np.float32)
    blank = header.get("BLANK") if raw.dtype.kind in "iu" else None
    field[_equal(np.squeeze(raw), blank) | np.isinf(field)] = np.nan
    return field, header


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn what astropy raises, or warns of, over a damaged file into one error."""
    from astropy.io import fits

    damaged = ReadError(name, "is a truncated or damaged FITS file", "", "fetch it again")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            yield
        except (OSError, TypeError, ValueError, KeyError, IndexError) as error:
            raise damaged from error
        except (ArithmeticError, MemoryError, RuntimeError, struct.error) as error:
            raise damaged from error
        except (AttributeError, EOFError, zlib.error) as error:  # the last two: tiles in gzip
            raise damaged from error
        except (fits.VerifyError, _codec_error()) as error:
            raise damaged from error
    if any("truncated" in str(w.message) for w in heard):
        raise damaged


def header_of(path: Path) -> Header:
    """Return the keywords of the first image of a FITS file; its pixels are not read.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with path.open("rb") as stream, fits.open(stream, lazy_load_hdus=True) as hdus:
                return keywords_of(_image_hdu(hdus, path.name).header)
        except (OSError, TypeError, ValueError, KeyError, IndexError, fits.VerifyError) as error:
            raise ReadError(path.name, "is no FITS file that can be read") from error


def _codec_error() -> type[Exception]:
    """Return what astropy raises for damaged tiles: a class of its own, in a private module."""
    try:
        from astropy.io.fits.hdu.compressed._compression import CfitsioException
    except ImportError:  # another version of astropy
        return OSError
    found: type[Exception] = CfitsioException
    return found


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
        check_size(shape[1], shape[0], name)
        if min(shape) < 8:
            raise NotAMagnetogramError(name, f"has only {shape[1]} x {shape[0]} pixels", _EXPECTED)
        return hdu
    raise NotAMagnetogramError(name, "is a FITS file without an image", _EXPECTED)


def keywords_of(header: Any) -> Header:
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
    as_stored = raw.dtype.kind == "f" and scale == 1 and zero == 0
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, then no data
        if as_stored:
            field: Array = raw.astype(np.float32, copy=False)  # nobody else holds it
        elif raw.dtype == np.int32 and raw.flags.writeable:
            field = raw.view(np.float32)  # in its own place: HMI's take 64 MB
        else:
            field = np.empty(raw.shape, np.float32)
        for row in range(0, raw.shape[0], _ROWS):
            part, out = raw[row : row + _ROWS], field[row : row + _ROWS]
            missing = _equal(part, blank)
            if not as_stored:
                out[...] = part.astype(np.float32) * np.float32(scale) + np.float32(zero)
            out[np.isinf(out) if raw.dtype.kind == "f" else missing] = np.nan
    return field


def _equal(part: NDArray[np.integer], blank: Any) -> NDArray[np.bool_]:
    return np.zeros(part.shape, bool) if blank is None else np.asarray(part == int(blank))
