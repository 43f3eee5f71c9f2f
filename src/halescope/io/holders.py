"""What people hold besides files: maps, headers with arrays, HDUs, pictures in memory, times."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from halescope.errors import ReadError, TimeError, TooLargeError
from halescope.flags import Flag
from halescope.geometry import with_ephemeris
from halescope.io.filetime import parse_time
from halescope.io.names import escaped
from halescope.types import DiskGeometry, Magnetogram

MOST_BYTES = 600_000_000
"""Bytes of a file that are read at most: the largest image that is decoded has 537 million."""

_PIPE = "standard input is read as -"
_AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe is opened without waiting for somebody who writes to it."""

KINDS = (
    "a path, bytes, an open file, a sunpy Map, an astropy HDU or HDUList, a Pillow image, an array,"
    " or (array, header)"
)
"""What `halescope.io.read` takes, for errors."""

_TIMES = "a datetime, an astropy Time or a text such as 2026-02-01T00:00:00Z"


@dataclass(frozen=True)
class Given:
    """What a caller says of a source beside it.

    Parameters
    ----------
    name : str or None
        What tables and messages call it.
    time : datetime or None
        UTC, aware; goes before what the source says.
    scale : {"gauss", "display"} or None
    geometry : DiskGeometry or None
        Where the Sun is, rows upwards.
    instrument : str or None
        These three are for arrays and Pillow images alone.
    """

    name: str | None = None
    time: datetime | None = None
    scale: str | None = None
    geometry: DiskGeometry | None = None
    instrument: str | None = None

    def check(self) -> None:
        """Refuse what is of a wrong type.

        Raises
        ------
        ReadError
        """
        if self.name is not None and not isinstance(self.name, str):
            raise ReadError("name", f"is {_kind(self.name)}", "a text")
        if self.scale not in (None, "gauss", "display"):
            raise ReadError("scale", f"is {self.scale!r}", "'gauss' or 'display'")
        if self.geometry is not None and not isinstance(self.geometry, DiskGeometry):
            raise ReadError("geometry", f"is {_kind(self.geometry)}", "a halescope.DiskGeometry")
        if self.instrument is not None and not isinstance(self.instrument, str):
            raise ReadError("instrument", f"is {_kind(self.instrument)}", "a text such as 'HMI'")

    def refuse_extras(self, what: str) -> None:
        """Refuse scale, geometry and instrument beside a source that has its own.

        Raises
        ------
        ReadError
        """
        for name in ("scale", "geometry", "instrument"):
            if getattr(self, name) is not None:
                raise ReadError(name, f"is given beside {what}", "an array or a Pillow image there")


def content(source: Any, most: int = MOST_BYTES) -> tuple[bytes, str] | None:
    """Return the bytes of a path, of bytes or of an open file, and their name; None for others.

    Parameters
    ----------
    most : int
        Bytes that are read at most.

    Raises
    ------
    ReadError
        There is no such file, it is a pipe or a device, it cannot be read, or it was opened as
        text.
    TooLargeError
        It has more bytes than `most`.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        _check_bytes(len(source), most, "bytes")
        return bytes(source), "bytes"
    if isinstance(source, str | os.PathLike):
        return file_bytes(source, most), escaped(Path(source).name)
    if not callable(getattr(source, "read", None)):
        return None
    own = getattr(source, "name", None)
    name = escaped(Path(own).name) if isinstance(own, str) else "file object"
    try:
        data = source.read(most + 1)
    except (OSError, ValueError, TypeError) as error:  # closed, opened for writing, text in bytes
        raise ReadError(name, f"cannot be read ({error})", "a file opened with 'rb'") from error
    if not isinstance(data, bytes):
        raise ReadError(name, f"gives {_kind(data)}", "bytes", "open the file with 'rb'")
    _check_bytes(len(data), most, name)
    return data, name


def held(source: Any, given: Given) -> Magnetogram:
    """Return the magnetogram of something that is no file.

    Raises
    ------
    ReadError
        It is of no kind that is known, or what is given beside it does not fit; as the readers.
    """
    given.check()
    for belongs, reader in _HOLDERS:
        if belongs(source):
            return reader(source, given)
    raise ReadError("source", f"is {_kind(source)}", KINDS)


def time_of(value: Any, subject: str = "time") -> datetime:
    """Return a time as an aware datetime, UTC.

    Parameters
    ----------
    value : datetime, astropy.time.Time, numpy.datetime64 or str
        UTC where it has no zone or scale of its own.
    subject : str
        The argument's name, for errors.

    Raises
    ------
    TimeError
    """
    if isinstance(value, str | datetime):
        return parse_time(value, subject)
    if isinstance(value, np.datetime64):
        return parse_time(str(value.astype("datetime64[us]")), subject)
    if callable(getattr(value, "to_datetime", None)) and hasattr(value, "utc"):
        try:
            found = value.utc.to_datetime()
        except ValueError as error:
            raise TimeError(subject, f"{value} is no time of the calendar", _TIMES) from error
        if isinstance(found, datetime):
            return found.replace(tzinfo=UTC)
        raise TimeError(subject, f"is an array of {np.size(found)} times", "one time")
    if isinstance(value, date):
        raise TimeError(subject, f"is the date {value} without an hour", _TIMES)
    raise TimeError(subject, f"is {_kind(value)}", _TIMES)


def file_bytes(path: str | os.PathLike[str], most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file, whose size is looked at before anything is read.

    Raises
    ------
    ReadError, TooLargeError
    """
    try:
        return regular_bytes(path, most)
    except FileNotFoundError as error:
        raise ReadError(str(path), "does not exist", "a file", "check the path") from error
    except IsADirectoryError as error:
        raise ReadError(str(path), "is a folder", "a file") from error
    except (OSError, ValueError) as error:  # a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise ReadError(str(path), f"cannot be read ({reason})", "a readable file") from error


def regular_bytes(path: str | os.PathLike[str], most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file as `file_bytes` does; what the system says is OSError.

    Raises
    ------
    OSError, ReadError, TooLargeError
    """
    with open(os.open(path, _AT_ONCE), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ReadError(str(path), f"is {_sort(status.st_mode)}", "a regular file", _PIPE)
        _check_bytes(status.st_size, most, str(path))
        data = file.read(status.st_size + 1)
        _check_bytes(len(data), most, str(path))
        return data


def _check_bytes(size: int, most: int, name: str) -> None:
    if size > most:
        found = f"has {'more than ' if size == most + 1 else ''}{size:,} bytes"
        raise TooLargeError(name, found, f"at most {most:,}", "--max-size MB reads larger ones")


def _sort(mode: int) -> str:
    """Return what else than a regular file a mode says it is."""
    for test, what in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return what
    return "no regular file"


def _from_map(source: Any, given: Given) -> Magnetogram:
    from halescope.io.fits import from_map

    given.refuse_extras("a map")
    return from_map(source, given.time, given.name)


def _from_pair(source: Any, given: Given) -> Magnetogram:
    from halescope.io.fits import from_array

    if len(source) != 2:
        raise ReadError("source", f"is a tuple of {len(source)}", "(array, header)")
    given.refuse_extras("a header")
    return from_array(source[0], source[1], given.time, given.name or "array")


def _from_hdus(source: Any, given: Given) -> Magnetogram:
    from halescope.io.fits import assemble
    from halescope.io.hdus.file import image_of

    given.refuse_extras("a header")
    hdus = list(source) if isinstance(source, list) else [source]
    name = given.name or _opened_from(hdus[:1]) or type(source).__name__
    field, header = image_of(hdus, name)
    return assemble(field, header, name, given.time)


def _opened_from(hdus: list[Any]) -> str:
    """Return the name of the file that HDUs were opened from, empty where there is none."""
    known = hdus[0].fileinfo() if hdus else None
    path = getattr((known or {}).get("file"), "name", None)
    return Path(path).name if isinstance(path, str) and path else ""


def _from_image(source: Any, given: Given) -> Magnetogram:
    from halescope.io.filetime import time_from_name
    from halescope.io.picture import from_image

    if given.scale == "gauss":
        raise ReadError("scale", "is 'gauss' for a picture", "'display'", "give an array of gauss")
    own = getattr(source, "filename", "")
    name = given.name or (Path(own).name if isinstance(own, str) and own else "image")
    time = given.time or time_from_name(name)
    return _called(from_image(source, name, time, given.geometry), given)


def _from_array(source: Any, given: Given) -> Magnetogram:
    name = given.name or "array"
    values = np.ma.filled(source, np.nan) if _is_masked(source) else np.asarray(source)
    if values.ndim == 2 and (given.scale or _scale_of(values)) == "display":
        from halescope.io.picture import from_greys

        found = from_greys(values, name, given.time, given.geometry)
    else:
        from halescope.io.fits import from_gauss

        found = from_gauss(_in_gauss(source, values), given.geometry, given.time, name)
    return _called(found, given)


def _called(found: Magnetogram, given: Given) -> Magnetogram:
    """Return a magnetogram by the instrument that the caller names, if one."""
    if given.instrument is None:
        return found
    from halescope.io.instruments import image_flags

    radius = found.geometry.radius
    own = image_flags(found.instrument, found.time, radius)
    flags = found.flags & ~own | image_flags(given.instrument, found.time, radius)
    return replace(found, instrument=given.instrument, flags=flags)


def _as_it_is(source: Magnetogram, given: Given) -> Magnetogram:
    given.refuse_extras("a Magnetogram")
    found = source if given.name is None else replace(source, name=given.name)
    if given.time is None or given.time == source.time:
        return found
    if source.time is not None:
        raise TimeError("time", f"is not that of the Magnetogram, {source.time_string}", "no time")
    geometry = with_ephemeris(source.geometry, given.time)
    return replace(found, time=given.time, geometry=geometry, flags=found.flags & ~Flag.NO_TIME)


def _scale_of(values: Any) -> str:
    return "display" if values.dtype in (np.uint8, np.uint16) else "gauss"


def _is_masked(source: Any) -> bool:
    return isinstance(source, np.ma.MaskedArray) and source.dtype.kind == "f"


def _in_gauss(source: Any, values: Any) -> Any:
    """Return an array's numbers in gauss, where it is a Quantity that says its unit."""
    if not hasattr(source, "to_value"):
        return values
    from astropy.units import UnitConversionError

    try:
        return source.to_value("G")
    except UnitConversionError as error:
        raise ReadError("source", f"is in {source.unit}", "gauss or tesla") from error


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    kind = type(value)
    known = kind.__module__.split(".")[0]
    return f"of type {kind.__name__}" if known == "builtins" else f"a {known} {kind.__name__}"


def _is_hdu(value: Any) -> bool:
    return hasattr(value, "header") and hasattr(value, "fileinfo")


_HOLDERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Given], Magnetogram]], ...] = (
    (lambda source: isinstance(source, Magnetogram), _as_it_is),
    (lambda source: isinstance(source, tuple), _from_pair),
    (lambda source: hasattr(source, "meta") and hasattr(source, "data"), _from_map),
    (_is_hdu, _from_hdus),
    (lambda source: isinstance(source, list) and bool(source) and all(map(_is_hdu, source)),
     _from_hdus),
    (lambda source: hasattr(source, "getbbox") and hasattr(source, "convert"), _from_image),
    (lambda source: hasattr(source, "__array__"), _from_array),
)  # fmt: skip
"""How each kind is told, by what it can do, so that its library is not imported; and its reader."""
