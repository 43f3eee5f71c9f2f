"""Files behind addresses that fsspec opens, and every file's content."""

from __future__ import annotations

import os
from typing import Any

from halescope.archive.files import is_address
from halescope.errors import MissingExtraError, ReadError, TooLargeError
from halescope.io.holders import MOST_BYTES, regular_bytes


def file_system(address: str) -> tuple[Any, str]:
    """Return fsspec's file system for an address, and the path in it.

    Raises
    ------
    MissingExtraError
        fsspec is not installed.
    ReadError
        It knows no such protocol, or lacks the library for it.
    """
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtraError("fsspec", "archive") from error
    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ValueError, ImportError) as error:
        raise ReadError(address, f"cannot be opened ({error})", "an address fsspec knows") from None
    return system, str(path)


def content(path: str, maps: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Return a file's bytes, from where this machine has it.

    Parameters
    ----------
    maps : tuple of (prefix, prefix)
        See `mapped`.

    Raises
    ------
    OSError
        It cannot be read: as a rule that passes.
    ReadError, TooLargeError
        It is no regular file, or has more bytes than are read.
    """
    where = mapped(path, maps)
    if not is_address(where):
        return regular_bytes(where)
    system, inside = file_system(where)
    with system.open(inside, "rb") as stream:
        found: bytes = stream.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise TooLargeError(path, "has too many bytes", f"at most {MOST_BYTES:,}")
    return found


def mapped(path: str, maps: tuple[tuple[str, str], ...]) -> str:
    """Return what a path of the coordinator is called on this worker.

    Parameters
    ----------
    maps : tuple of (prefix, prefix)
        The coordinator's and the worker's name of a folder; the longest that fits counts, and it
        fits whole folders alone.
    """
    for here, there in sorted(maps, key=lambda pair: -len(pair[0])):
        short = here.rstrip(os.sep)
        if path == short or path.startswith(short + os.sep):
            return there.rstrip(os.sep) + path[len(short) :]
    return path
