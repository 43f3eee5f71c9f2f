"""Read text files out of a tar archive of a stranger, without writing anything."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from halescope.errors import ReadError

MEMBERS = 50_000
"""Members of an archive, at most."""

MEMBER_BYTES = 2**20
"""Bytes of one file in it, at most."""

TOTAL_BYTES = 2**28
"""Bytes of a whole archive when it is unpacked, at most."""

RATIO = 200
"""A byte of an archive may become so many, at most; text becomes ten or twenty."""

_DAMAGE = (tarfile.TarError, EOFError, OSError, ValueError, LookupError, ArithmeticError)
"""What broken archives raise in `tarfile`, `gzip`, `bz2` and `lzma`."""


def texts_in(path: Path, ending: str) -> Iterator[tuple[str, bytes | None]]:
    """Yield name and content of the files of a tar archive whose names have an ending.

    None stands for the content of what is no file: a link or a device is not followed.

    Raises
    ------
    ReadError
        The archive is broken, or over one of the limits of this module.
    """
    most = min(TOTAL_BYTES, max(MEMBER_BYTES, RATIO * path.stat().st_size))
    try:
        with _unpacked(path) as stream:
            bounded = _Bounded(stream, most, path)
            with tarfile.open(fileobj=cast("IO[bytes]", bounded), mode="r|") as archive:
                for number, member in enumerate(archive, 1):
                    if number > MEMBERS:
                        raise _over(path, f"holds more than {MEMBERS} members")
                    if member.name.endswith(ending):
                        yield member.name, _content(archive, member, path)
    except _damage() as error:
        detail = " ".join(str(error).split())[:120] or type(error).__name__
        raise ReadError(str(path), f"is a broken archive ({detail})") from error


def is_archive(path: Path) -> bool:
    """Say whether a file is a tar archive, packed or not."""
    try:
        return tarfile.is_tarfile(path)
    except _damage():
        return False


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> bytes | None:
    if not member.isreg():
        return None
    if member.size > MEMBER_BYTES:
        raise _over(path, f"holds {member.name!r} of {member.size} bytes", MEMBER_BYTES)
    stream = archive.extractfile(member)
    return None if stream is None else stream.read()


def _damage() -> tuple[type[Exception], ...]:
    import lzma
    import zlib

    return (*_DAMAGE, zlib.error, lzma.LZMAError)


def _unpacked(path: Path) -> IO[bytes]:
    """Return the archive's own bytes, whatever it is packed with."""
    import bz2
    import gzip
    import lzma

    with path.open("rb") as file:
        head = file.read(6)
    if head[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.open(path))
    if head[:3] == b"BZh":
        return bz2.open(path)
    if head in (b"\xfd7zXZ\0", b"\x5d\0\0\x80\0\0") or head[:3] == b"\x5d\0\0":
        return lzma.open(path)
    return path.open("rb")


class _Bounded:
    """A stream that ends with an error where it gives more than it may."""

    def __init__(self, stream: IO[bytes], most: int, path: Path) -> None:
        self._stream, self._left, self._most, self._path = stream, most, most, path

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise _over(self._path, "unpacks to too much", self._most)
        return data


def _over(path: Path, found: str, most: int = 0) -> ReadError:
    expected = f"{most} bytes at most" if most else "an archive of summaries"
    return ReadError(str(path), found, expected, "unpack it yourself, and give the folder")
