"""Files that appear whole or not at all: write beside, then rename."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from halescope.errors import OutputError

_ADVICE = {
    errno.ENOSPC: "make room, then run it again: what is done is skipped",
    errno.EDQUOT: "make room, then run it again: what is done is skipped",
    errno.ENAMETOOLONG: "shorten the file's name",
}


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a fresh path beside `path`; rename it to `path` on success, remove it on failure.

    The fresh path keeps the suffix of `path`, so that a library which picks a format by it still
    does. Missing folders are made. `path`: where the finished file shall be. Yields Path: a name in
    the same folder that no other writer uses; the file itself does not exist yet. Raises
    `OutputError` where the folder cannot be made or written to, or the disk is full.

    Examples
    --------
    >>> with atomic_path("out/table.csv") as fresh:
    ...     size = fresh.write_text("a,b")
    """
    target = Path(path)
    fresh = target.with_name(f".part-{os.getpid()}-{secrets.token_hex(4)}{target.suffix}")
    try:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
        yield fresh
        os.replace(fresh, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        with suppress(OSError):  # renamed already, or the folder could not be made
            fresh.unlink()


def atomic_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a UTF-8 text file, whole or not at all, and return its path."""
    with atomic_path(path) as fresh:
        fresh.write_text(text, encoding="utf-8", newline="")
    return Path(path)


def atomic_bytes(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write a binary file, whole or not at all, and return its path."""
    with atomic_path(path) as fresh:
        fresh.write_bytes(data)
    return Path(path)


def check_writable(folder: str | os.PathLike[str]) -> None:
    """Make a folder and see whether files can be written to it, before long work begins.

    Raises `OutputError` where the folder cannot be made or written to.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(target: Path, error: OSError) -> OutputError:
    found = f"cannot be written ({error.strerror or type(error).__name__})"
    advice = _ADVICE.get(error.errno or 0, "choose a folder that is writable, with -o")
    return OutputError(str(target), found, "", advice)
