"""List the files of an archive's sources: folders, globs, manifests, text lists, addresses.

A list of 657,000 files is three arrays and one list of paths, no objects.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.errors import ConfigError, ReadError
from halescope.io.atomic import RESULTS
from halescope.io.filetime import time_from_name
from halescope.io.source import OWN, RECORD, SUFFIXES, matching

UNKNOWN = np.iinfo(np.int64).min
"""Stands for a time that a file's name does not tell."""

Found = tuple[str, int, int]
"""Path, size in bytes and time of change in ns since 1970; -1 where one is not known."""


@dataclass(frozen=True)
class Listing:
    """Files in the order of their times, those without one last.

    Parameters
    ----------
    paths : list of str
    size : (N,) int64, bytes
    mtime : (N,) int64
        Time of change, ns since 1970; -1 where unknown.
    time : (N,) int64
        That the name tells, ms since 1970 UTC; `UNKNOWN` where it tells none.
    """

    paths: list[str]
    size: NDArray[np.int64]
    mtime: NDArray[np.int64]
    time: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: NDArray[np.intp]) -> Listing:
        """Return the files at some rows."""
        paths = [self.paths[row] for row in rows.tolist()]
        return Listing(paths, self.size[rows], self.mtime[rows], self.time[rows])


def list_files(sources: Sequence[str], every: float = 0.0) -> Listing:
    """Return the files of all sources, each once, in the order of their times.

    Parameters
    ----------
    sources : sequence of str
        Folders (searched through), globs, ``fetched.csv`` of ``halescope fetch``, ``.txt`` lists
        with a path on each line, single files, and addresses such as ``s3://bucket/folder`` that
        fsspec opens.
    every : float
        Seconds; of each such step of UTC, the first file alone is kept. 0 keeps all. Files whose
        name tells no time are kept.

    Raises
    ------
    ReadError
        A source leads to no file.
    """
    found: dict[str, tuple[int, int]] = {}
    for source in sources:
        before = len(found)
        found.update((path, (size, mtime)) for path, size, mtime in _of(source))
        if len(found) == before and next(iter(_of(source)), None) is None:
            raise ReadError(source, "leads to no magnetogram", "FITS, JP2, PNG, JPG or TIFF files")
    paths = list(found)
    numbers = np.array(list(found.values()), np.int64).reshape(-1, 2)
    time = np.array([_milliseconds(path) for path in paths], np.int64)
    late = np.where(time == UNKNOWN, np.iinfo(np.int64).max, time)
    by_path = sorted(range(len(paths)), key=paths.__getitem__)
    order = np.array(by_path, np.intp)[np.argsort(late[by_path], kind="stable")]
    listing = Listing(paths, numbers[:, 0], numbers[:, 1], time)[order]
    return listing[_thinned(listing.time, every)] if every else listing


def parse_step(text: str) -> float:
    """Return the seconds of a step such as ``12m``, ``1h`` or ``1d``.

    Raises
    ------
    ConfigError
        It is none.
    """
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(text[-1:].lower(), 0)
    try:
        step = float(text[:-1]) * unit
    except ValueError:
        step = 0.0
    if not 0 < step < float("inf"):
        raise ConfigError("--every", f"is {text!r}", "a step such as 12m, 1h or 1d")
    return step


def is_address(path: str) -> bool:
    """Say whether fsspec shall open it: ``s3://``, ``file://`` and their like."""
    return "://" in path


def text_of(path: str) -> str:
    """Return a path as UTF-8 can hold it: bytes of a name that are none become their escapes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    return path


def _of(source: str) -> Iterator[Found]:
    if is_address(source):
        yield from _addressed(source)
        return
    path = os.path.expanduser(source)
    if os.path.isdir(path):
        yield from _walk(os.path.abspath(path))
    elif os.path.exists(path):
        yield from _named(path)
    elif glob.has_magic(source):
        for match in map(str, matching(path)):
            if os.path.isdir(match):
                yield from _walk(os.path.abspath(match))
            else:
                yield _stat(os.path.abspath(match))
    else:
        raise ReadError(source, "does not exist", "a folder, glob, list or manifest")


def _named(path: str) -> Iterator[Found]:
    """Yield the files of a list or a manifest, or the file itself."""
    folder = os.path.dirname(os.path.abspath(path))
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".csv":
        from halescope.fetch.record import HAVE, read_manifest

        rows = read_manifest(Path(path))
        files = [row.file for row in rows if row.status in HAVE and row.file]
    elif suffix == ".txt":
        files = _lines(path)
    else:
        yield _stat(os.path.abspath(path))
        return
    for file in files:
        if is_address(file):
            yield file, -1, -1
        else:
            yield _stat(os.path.abspath(os.path.join(folder, file)))


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as stream:
            lines = [line.strip("\r\n") for line in stream]
    except OSError as error:
        raise ReadError(path, f"cannot be read ({error.strerror})", "a list of files") from error
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _walk(folder: str) -> Iterator[Found]:
    """Yield the pictures below a folder; hidden files and folders are left out, and results.

    One scan gives names and sizes, which is several times faster than asking for each file.
    """
    if os.path.exists(os.path.join(folder, RESULTS)):
        raise ReadError(folder, "is a folder of results", "magnetograms")
    waiting = [folder]
    while waiting:
        found: list[Found] = []
        folders: list[str] = []
        own = frozenset[str]()
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        if entry.name == RESULTS:
                            break
                    elif entry.name == RECORD:
                        own = OWN
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:
                        found.append(_entry(entry))
                else:
                    waiting += [path for path in folders if os.path.basename(path) not in own]
                    yield from (file for file in found if os.path.basename(file[0]) not in own)
        except OSError as error:
            where = str(error.filename or folder)
            raise ReadError(where, f"cannot be listed ({error.strerror})", "a folder") from error


def _entry(entry: os.DirEntry[str]) -> Found:
    try:
        status = entry.stat()
    except OSError:  # a broken link, or gone since: reading it will say so
        return entry.path, -1, -1
    return entry.path, status.st_size, status.st_mtime_ns


def _stat(path: str) -> Found:
    try:
        status = os.stat(path)
    except OSError:
        return path, -1, -1
    return path, status.st_size, status.st_mtime_ns


def _addressed(source: str) -> Iterator[Found]:
    """Yield what fsspec finds at an address: a file, a folder, or a glob."""
    from halescope.archive.remote import file_system

    system, root = file_system(source)
    try:
        found = system.glob(root, detail=True) if glob.has_magic(root) else None
        if found is None:
            found = system.find(root, detail=True)
    except OSError as error:
        raise ReadError(source, f"cannot be listed ({error})", "an address") from error
    for path, about in sorted(found.items()):
        name = path.rsplit("/", 1)[-1]
        if about.get("type") != "file" or name.startswith("."):
            continue
        if os.path.splitext(name)[1].lower() in SUFFIXES:
            yield system.unstrip_protocol(path), int(about.get("size") or -1), _changed(about)


def _changed(about: dict[str, object]) -> int:
    """Return the time of change, ns, in fsspec's details, however the file system calls it."""
    for name in ("mtime", "LastModified", "last_modified", "updated"):
        value = about.get(name)
        if isinstance(value, datetime):
            return int(value.timestamp() * 1e3) * 1_000_000
        if isinstance(value, int | float):
            return int(value * 1e3) * 1_000_000
    return -1


def _milliseconds(path: str) -> int:
    time = time_from_name(os.path.basename(path))
    if time is None:
        return UNKNOWN
    since = time - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def _thinned(time: NDArray[np.int64], every: float) -> NDArray[np.intp]:
    """Return the rows that are the first of their step, or have no time."""
    step = time // int(every * 1000)
    first = np.ones(len(time), bool)
    first[1:] = step[1:] != step[:-1]
    return np.flatnonzero(first | (time == UNKNOWN))
