"""Read a magnetogram from whatever it comes in; list the files of folders and globs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from halescope.errors import ReadError
from halescope.io.atomic import RESULTS
from halescope.io.filetime import time_from_name
from halescope.io.holders import MOST_BYTES, Given, content, held, time_of
from halescope.io.names import split_unit
from halescope.io.sniff import sniff
from halescope.types import Array, DiskGeometry, Magnetogram, Scale

SUFFIXES = frozenset(
    ".fits .fit .fts .fz .gz .jp2 .j2k .jpf .jpg .jpeg .png .tif .tiff .bmp .gif .npz".split()
)
"""File name endings that a folder is searched for; content decides afterwards."""

RECORD = "regions.json"
"""Where it is, the folder is that of an image that was analysed."""

OWN = frozenset({"overlay.png", "explain.png", "noaa.png", "crops"})
"""What such a folder holds that is no input, should it hold inputs too."""

DEEPEST = 100
"""Levels of folders that ``**`` goes down at most."""


def read(
    source: Any,
    *,
    time: Any = None,
    full: bool = False,
    name: str | None = None,
    scale: Scale | None = None,
    geometry: DiskGeometry | None = None,
    instrument: str | None = None,
    most: int = MOST_BYTES,
) -> Magnetogram:
    """Return the magnetogram of a file, or of what else holds one.

    Parameters
    ----------
    source
        A path (``disks.fits[2]`` is the image in unit 2 of a FITS file, counted from 0), bytes, an
        open file, a sunpy Map, an astropy HDU or HDUList (its first image), a Pillow image,
        (array, header), an array (H, W), or a `Magnetogram`.
    time : datetime, astropy.time.Time, numpy.datetime64 or str, optional
        UTC; goes before what the file's name or header say.
    full : bool
        Decode at full resolution. Else a reduced copy may be read where that is enough to detect
        and classify; `read_full` gives the rest.
    name : str, optional
        For messages, tables and the time in it; the path's own name if left out.
    scale : {"gauss", "display"}, optional
        Of an array. ``gauss``: field, row 0 at the bottom; ``display``: greys, 0..255, row 0 at the
        top, as picture libraries give them. By default arrays of uint8 and uint16 are greys.
    geometry : DiskGeometry, optional
        Where the Sun is in an array or a Pillow image, pixels, rows upwards; fitted to the limb if
        left out. B0 and L0 come from the time where it has none.
    instrument : str, optional
        Of an array or a Pillow image: ``HMI``, ``MDI`` or ``GONG``.
    most : int
        Bytes of a file that are read at most.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError, TimeError
    """
    when = None if time is None else time_of(time)
    given = Given(name, when, scale, geometry, instrument)
    path, unit = file_of(source)
    found = content(path, most)
    if found is None:
        return held(source, given)
    given.check()
    given.refuse_extras("a file")
    data, own = found
    own = own if unit is None else f"{own}[{unit}]"
    return _read_bytes(data, name or own, when, full, unit)


def file_of(source: Any) -> tuple[Any, int | None]:
    """Return the file that a path names, and the number of the FITS unit that is meant, or None.

    A file that is called so, brackets and all, is that file. What is no path stays as it is.
    """
    if not isinstance(source, str | os.PathLike) or os.path.lexists(source):
        return source, None
    path, unit = split_unit(os.fspath(source))
    return (path, unit) if unit is not None and os.path.lexists(path) else (source, None)


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

    found = content(source)
    if found is None:
        raise ReadError("source", f"is of type {type(source).__name__}", "a path or bytes")
    return load_cea(*found)


def expand(inputs: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the files that a list of files, folders and globs names, each once, in order.

    Parameters
    ----------
    inputs : iterable of str or path
        Folders are searched through all their levels for `SUFFIXES`; hidden files and hidden
        folders are left out, and folders of results. A file that is named itself is taken whatever
        its ending, also if it does not exist: reading it then gives the error that belongs to it.

    Raises
    ------
    ReadError
        A folder holds no picture, or results; or a glob matches nothing.
    """
    found: dict[Path, None] = {}
    for item in inputs:
        found.update(dict.fromkeys(_expand_one(str(item))))
    return list(found)


def matching(pattern: str) -> list[Path]:
    """Return what a pattern names, in order; ``**`` follows no link, and finds no results."""
    path = Path(pattern)
    return list(_matches(Path(path.anchor), path.parts[1:] if path.anchor else path.parts))


def _expand_one(item: str) -> list[Path]:
    path = Path(os.path.expanduser(item))
    if path.is_dir():
        if (path / RESULTS).exists():
            found = "is a folder of results"
            raise ReadError(
                item, found, "magnetograms", "name a file in it to read it all the same"
            )
        files = list(_pictures(path))
        if not files:
            raise ReadError(item, "is a folder without pictures", "FITS, JP2, PNG, JPG or TIFF")
        return files
    if path.exists() or file_of(path)[1] is not None or not glob.has_magic(item):
        return [path]
    matches = [
        file
        for match in matching(str(path))
        for file in (_pictures(match) if match.is_dir() else [match])
    ]
    if not matches:
        raise ReadError(item, "matches no file", "a pattern such as 'data/**/*.jpg'")
    return matches


def _pictures(folder: Path) -> Iterator[Path]:
    """Yield the pictures below a folder in a stable order; none hidden, none of our own."""
    for root, folders, names in os.walk(folder):
        own = OWN if RECORD in names else frozenset[str]()
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and f not in own
            and not os.path.exists(os.path.join(root, f, RESULTS))
        )  # fmt: skip
        for name in sorted(names):
            path = Path(root, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and name not in own:
                yield path


def _matches(base: Path, parts: tuple[str, ...], depth: int = 0) -> Iterator[Path]:
    """Yield what a pattern names, part by part; no link to a folder is followed by ``**``."""
    if not parts:
        yield base
        return
    part, rest = parts[0], parts[1:]
    if not glob.has_magic(part):
        if os.path.lexists(base / part):
            yield from _matches(base / part, rest, depth + 1)
        return
    if part == "**":
        yield from _matches(base, rest, depth + 1)
    for entry in _entries(base):
        hidden = entry.name.startswith(".") and not part.startswith(".")
        is_folder = _is_folder(entry)
        if hidden or (is_folder and os.path.exists(os.path.join(entry.path, RESULTS))):
            continue
        if part == "**":
            if is_folder and not entry.is_symlink() and depth < DEEPEST:
                yield from _matches(base / entry.name, parts, depth + 1)
        elif fnmatch(entry.name, part) and (not rest or is_folder):
            yield from _matches(base / entry.name, rest, depth + 1)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:  # no folder, or one that is not ours to look into
        return []


def _read_bytes(
    data: bytes, name: str, given: datetime | None, full: bool, unit: int | None = None
) -> Magnetogram:
    kind = sniff(data, name)
    if kind == "fits":
        from halescope.io.fits import read_fits

        return read_fits(data, name, given, unit)
    if unit is not None:
        raise ReadError(name, "is no FITS file and has no units", "its name without brackets")
    if kind == "jp2":
        from halescope.io.jp2 import read_jp2

        return read_jp2(data, name, given, full)
    if kind == "numpy":
        from halescope.io.fits import read_numpy

        return read_numpy(data, name, given)
    from halescope.io.picture import read_picture

    return read_picture(data, name, given or time_from_name(name), full)
