"""Read a magnetogram from whatever it comes in; list the files of folders and globs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from halescope.errors import ReadError
from halescope.io.filetime import parse_time, time_from_name
from halescope.io.sniff import sniff
from halescope.types import Array, Magnetogram

SUFFIXES = frozenset(
    ".fits .fit .fts .fz .gz .jp2 .j2k .jpf .jpg .jpeg .png .tif .tiff .bmp .gif".split()
)
"""File name endings that a folder is searched for; content decides afterwards."""


def read(
    source: Any,
    *,
    time: datetime | str | None = None,
    full: bool = False,
    name: str | None = None,
) -> Magnetogram:
    """Return the magnetogram of a file, of bytes, of a sunpy map or of an array with a header.

    Parameters
    ----------
    source : path, bytes, sunpy.map.GenericMap or (array, header)
    time : datetime or str, optional
        UTC; goes before what the file's name or header say.
    full : bool
        Decode at full resolution. Else a reduced copy may be read where that is enough to detect
        and classify; `read_full` gives the rest.
    name : str, optional
        Of a file or of bytes, for messages, tables and the time in it; the path's own name if
        left out.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError, TimeError
    """
    given = parse_time(time) if time is not None else None
    if isinstance(source, tuple) or hasattr(source, "meta"):
        from halescope.io.fits import from_array, from_map

        if not isinstance(source, tuple):
            return from_map(source, given)
        if len(source) != 2:
            raise ReadError("array", f"is a tuple of {len(source)}", "(array, header)")
        return from_array(source[0], source[1], given)
    if isinstance(source, bytes | bytearray | memoryview):
        data, own = bytes(source), "bytes"
    else:
        data, own = _content(source), Path(source).name
    return _read_bytes(data, name or own, given, full)


def read_full(magnetogram: Magnetogram) -> Magnetogram:
    """Return the same magnetogram at the file's full resolution.

    Returns
    -------
    Magnetogram
        The same object where nothing was left out on reading.
    """
    if magnetogram.reduction == 1 or magnetogram.source is None:
        return magnetogram
    if sniff(magnetogram.source, magnetogram.name) == "jp2":
        from halescope.io.jp2 import read_jp2_full

        return read_jp2_full(magnetogram)
    from halescope.io.picture import read_picture_full

    return read_picture_full(magnetogram)


def read_cea(source: str | os.PathLike[str] | bytes) -> tuple[Array, dict[str, Any]]:
    """Return field, (H, W) float32 gauss, and header of a patch remapped to solar coordinates.

    Parameters
    ----------
    source : path or bytes
        Such as a SHARP in CEA projection; row 0 is the southernmost.

    Raises
    ------
    ReadError, NotAMagnetogramError
    """
    from halescope.io.fits import load_cea

    if isinstance(source, bytes):
        return load_cea(source, "bytes")
    return load_cea(_content(source), Path(source).name)


def expand(inputs: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the files that a list of files, folders and globs names, each once, in order.

    Parameters
    ----------
    inputs : iterable of str or path
        Folders are searched through all their levels for `SUFFIXES`; hidden files and hidden
        folders are left out. A file that is named itself is taken whatever its ending, also if it
        does not exist: reading it then gives the error that belongs to it.

    Raises
    ------
    ReadError
        A folder holds no picture, or a glob matches nothing.
    """
    found: dict[Path, None] = {}
    for item in inputs:
        found.update(dict.fromkeys(_expand_one(str(item))))
    return list(found)


def _expand_one(item: str) -> list[Path]:
    path = Path(item).expanduser()
    if path.is_dir():
        files = [p for p in _walk(path) if p.suffix.lower() in SUFFIXES]
        if not files:
            raise ReadError(item, "is a folder without pictures", "FITS, JP2, PNG, JPG or TIFF")
        return files
    if path.exists() or not glob.has_magic(item):
        return [path]
    matches = sorted(glob.glob(str(path), recursive=True))
    if not matches:
        raise ReadError(item, "matches no file", "a pattern such as 'data/**/*.jpg'")
    return [
        p
        for match in matches
        for p in (
            [q for q in _walk(Path(match)) if q.suffix.lower() in SUFFIXES]
            if Path(match).is_dir()
            else [Path(match)]
        )
    ]


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in a stable order, hidden ones left out."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(root, name)


def _read_bytes(data: bytes, name: str, given: datetime | None, full: bool) -> Magnetogram:
    kind = sniff(data, name)
    if kind == "fits":
        from halescope.io.fits import read_fits

        return read_fits(data, name, given)
    if kind == "jp2":
        from halescope.io.jp2 import read_jp2

        return read_jp2(data, name, given, full)
    from halescope.io.picture import read_picture

    return read_picture(data, name, given or time_from_name(name), full)


def _content(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise ReadError(str(path), "does not exist", "a file", "check the path") from error
    except IsADirectoryError as error:
        raise ReadError(str(path), "is a folder", "a file") from error
    except OSError as error:
        raise ReadError(
            str(path), f"cannot be read ({error.strerror})", "a readable file"
        ) from error
