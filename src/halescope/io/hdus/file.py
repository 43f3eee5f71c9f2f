"""FITS bytes to the first image and its keywords; numbers stay in the file's unit."""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.io.hdus.tiles import AT_ONCE, check_streams, check_tiles, open_tiles
from halescope.io.hdus.units import Stream, Unit, units
from halescope.io.sniff import check_size
from halescope.types import Array

Header = dict[str, Any]

_EXPECTED = "an image of a magnetic field"
_DAMAGED = "is a truncated or damaged FITS file"
_ROWS = 256
"""Rows that are scaled at a time, so that no second full array is held."""

LARGEST = 1e7
"""Largest number, in whatever unit, that may be a field: a spot has some thousand gauss."""


def load_fits(data: bytes, name: str, number: int | None = None) -> tuple[Array, Header]:
    """Return the first image of a FITS file, (H, W) float32 in its own unit, and its header.

    `number`: of the unit whose image is meant instead, from 0.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    stream = Stream(data, name)
    unit = image_unit(stream, number)
    with _decoding(name):
        found = _tiled(stream, unit) if unit.is_packed else _plain(stream, unit)
        stream.finish()
    return found


def image_unit(stream: Stream, number: int | None = None) -> Unit:
    """Return the first unit of a FITS file that holds an image of two axes; its data are next.

    `number`: of the unit that is meant instead, from 0.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    for unit in units(stream):
        if number in (None, unit.number) and unit.is_image and any(n != 1 for n in unit.shape):
            _check_shape(unit.shape, stream.name)
            return unit
    where = "" if number is None else f" in its unit {number}"
    raise NotAMagnetogramError(stream.name, f"is a FITS file without an image{where}", _EXPECTED)


def _plain(stream: Stream, unit: Unit) -> tuple[Array, Header]:
    """Return an image that is not compressed, a few rows at a time, and its header."""
    height, width = (n for n in unit.shape if n != 1)
    header = keywords_of(_parsed(unit))
    scale = Scaling.of(header, unit.kind, unit.name)
    kind = np.dtype(unit.kind)
    field = np.empty((height, width), np.float32)
    for row in range(0, height, _ROWS):
        out = field[row : row + _ROWS]
        data = stream.take(out.size * kind.itemsize)
        if len(data) < out.size * kind.itemsize:
            raise ReadError(unit.name, _DAMAGED, "", "fetch it again")
        scale.apply(np.frombuffer(data, kind).reshape(out.shape), out)
    return field, header


def _parsed(unit: Unit) -> Any:
    from astropy.io import fits

    return fits.Header.fromstring(unit.raw.decode("ascii", "replace"))


def _tiled(stream: Stream, unit: Unit) -> tuple[Array, Header]:
    """Return an image in tiles, in strips where it is large, and its header."""
    tile = check_tiles(unit)
    data = stream.take(unit.size)
    if len(data) < unit.size:
        raise ReadError(unit.name, _DAMAGED, "", "fetch it again")
    check_streams(unit, data, tile)
    with open_tiles(unit, data) as hdus:
        del data
        hdu = hdus[1]
        header = keywords_of(hdu.header)
        rows = hdu.shape[-2] if len(hdu.shape) > 1 else 1
        size = math.prod(hdu.shape) * abs(unit.whole("ZBITPIX")) // 8
        if size <= AT_ONCE or len(hdu.shape) != 2:
            raw = np.squeeze(hdu.data)
            return Scaling.of(header, raw.dtype, unit.name).in_place(raw), header
        step = -(-AT_ONCE // (size // rows) // tile[0]) * tile[0]
        field = np.empty(hdu.shape, np.float32)
        scale: Scaling | None = None
        for row in range(0, rows, step):
            raw = hdu.section[row : row + step, :]
            scale = scale or Scaling.of(header, raw.dtype, unit.name)
            scale.apply(raw, field[row : row + step])
    return field, header


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
    blank = _blank(header, raw.dtype, name)
    field[_equal(np.squeeze(raw), blank) | (np.abs(field) > LARGEST)] = np.nan
    return field, header


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn what astropy raises, or warns of, over a damaged file into one error."""
    from astropy.io import fits

    damaged = ReadError(name, _DAMAGED, "", "fetch it again")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            yield
        except (OSError, TypeError, ValueError, KeyError, IndexError) as error:
            raise damaged from error
        except (ArithmeticError, AssertionError, MemoryError, RuntimeError, struct.error) as error:
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
    try:
        with path.open("rb") as file, _decoding(path.name):
            unit = image_unit(Stream(file, path.name))
            if not unit.is_packed:
                return keywords_of(_parsed(unit))
            with open_tiles(unit, b"\0" * unit.size) as hdus:
                return keywords_of(hdus[1].header)
    except OSError as error:
        raise ReadError(path.name, f"cannot be read ({error.strerror or error})") from error


def image_headers(path: Path) -> dict[int, Header]:
    """Return the keywords of each image of two axes in a FITS file, by the number of its unit.

    None at all where there is only one: that is not looked at.

    Raises
    ------
    OSError, ReadError, NotAMagnetogramError, TooLargeError
    """
    with path.open("rb") as file, _decoding(path.name):
        images = [
            unit
            for unit in units(Stream(file, path.name))
            if unit.is_image and sum(n > 1 for n in unit.shape) == 2
        ]
        return {u.number: keywords_of(_parsed(u)) for u in images} if len(images) > 1 else {}


def headers_of(path: Path) -> list[Header]:
    """Return the keywords of each unit of a FITS file, whose data are all there; none is read.

    Raises
    ------
    ReadError, TooLargeError
        It is no FITS file, cut short, or claims what no real one has.
    """
    found, end = [], 0
    try:
        with path.open("rb") as file, _decoding(path.name):
            stream = Stream(file, path.name)
            for unit in units(stream):
                found.append(keywords_of(_parsed(unit)))
                end = stream.position + unit.size
            size = stream.position if stream.is_gzip else path.stat().st_size
    except OSError as error:
        raise ReadError(path.name, f"cannot be read ({error.strerror or error})") from error
    if size < end:
        raise ReadError(path.name, _DAMAGED, "", "fetch it again")
    return found


def _codec_error() -> type[Exception]:
    """Return what astropy raises for damaged tiles: a class of its own, in a private module."""
    try:
        from astropy.io.fits.hdu.compressed._compression import CfitsioException
    except ImportError:  # another version of astropy
        return OSError
    found: type[Exception] = CfitsioException
    return found


def _image_hdu(hdus: Any, name: str) -> Any:
    """Return the first of opened HDUs that holds an image of two axes."""
    for hdu in hdus:
        shape = tuple(getattr(hdu, "shape", None) or ())
        if not hdu.is_image or all(n == 1 for n in shape):
            continue
        _check_shape(shape, name)
        return hdu
    raise NotAMagnetogramError(name, "is a FITS file without an image", _EXPECTED)


def _check_shape(axes: tuple[int, ...], name: str) -> None:
    shape = tuple(n for n in axes if n != 1)
    if len(shape) != 2:
        raise NotAMagnetogramError(name, f"holds an array of shape {shape}", "an image")
    check_size(shape[1], shape[0], name)
    if min(shape) < 8:
        raise NotAMagnetogramError(name, f"has only {shape[1]} x {shape[0]} pixels", _EXPECTED)


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


@dataclass(frozen=True)
class Scaling:
    """How stored numbers become values: BSCALE, BZERO and BLANK undone.

    Parameters
    ----------
    blank : int or None
        The stored number that stands for no data.
    as_stored : bool
        Whether they are values already.
    """

    scale: float
    zero: float
    blank: int | None
    as_stored: bool

    @classmethod
    def of(cls, header: Header, kind: Any, name: str) -> Scaling:
        """Return that of a header for stored numbers of a type.

        Raises
        ------
        ReadError
            A keyword is no number.
        """
        scale, zero = _factor(header, "BSCALE", 1.0, name), _factor(header, "BZERO", 0.0, name)
        whole = np.dtype(kind).kind != "f"
        return cls(scale, zero, _blank(header, kind, name), not whole and (scale, zero) == (1, 0))

    def apply(self, raw: NDArray[Any], out: Array) -> None:
        """Write the values of stored numbers into `out`, float32 of the same shape.

        Those of more than `LARGEST` are no data.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            missing = _equal(raw, self.blank)
            out[...] = raw
            if not self.as_stored:
                np.multiply(out, np.float32(self.scale), out=out)
                np.add(out, np.float32(self.zero), out=out)
            out[missing | (np.abs(out) > LARGEST)] = np.nan

    def in_place(self, raw: NDArray[Any]) -> Array:
        """Return the values of stored numbers, in their own place if that fits; a strip at a time.

        Nobody else may hold them. HMI's take 64 MB.
        """
        if raw.dtype in (np.int32, np.float32) and raw.flags.writeable:
            field: Array = raw.view(np.float32)
        else:
            field = np.empty(raw.shape, np.float32)
        for row in range(0, raw.shape[0], _ROWS):
            self.apply(raw[row : row + _ROWS].copy(), field[row : row + _ROWS])
        return field


def _factor(header: Header, key: str, default: float, name: str) -> float:
    value = header.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReadError(name, f"has {key} = {str(value)[:20]!r}", "a number")
    with np.errstate(over="ignore"):
        return float(np.float32(min(max(value, -1e300), 1e300)))


def _blank(header: Header, kind: Any, name: str) -> int | None:
    if np.dtype(kind).kind not in "iu" or "BLANK" not in header:
        return None
    value = header["BLANK"]
    if isinstance(value, bool) or not isinstance(value, int):
        raise ReadError(name, f"has BLANK = {str(value)[:20]!r}", "a whole number")
    return value


def _equal(part: NDArray[Any], blank: int | None) -> NDArray[np.bool_]:
    if blank is None or not np.iinfo(part.dtype).min <= blank <= np.iinfo(part.dtype).max:
        return np.zeros(part.shape, bool)
    return np.asarray(part == blank)
