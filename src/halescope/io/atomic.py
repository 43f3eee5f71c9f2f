"""Files that appear whole or not at all: write beside, then rename."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from halescope.errors import OutputError

_ADVICE = {
    errno.ENOSPC: "make room, then run it again: what is done is skipped",
    errno.EDQUOT: "make room, then run it again: what is done is skipped",
    errno.ENAMETOOLONG: "shorten the file's name",
}


RESULTS = ".halescope"
"""Name of the empty file that says: this folder holds results, and no magnetograms to read."""

_PART = re.compile(r"\.part-(?:([0-9a-f]{8})-)?(\d+)-[0-9a-f]{8}(\..*)?")
_DAY = 86400.0


@contextmanager
def atomic_path(path: str | os.PathLike[str], durable: bool = False) -> Iterator[Path]:
    """Yield a fresh path beside `path`; rename it to `path` on success, remove it on failure.

    The fresh path keeps the suffix of `path`, so that a library which picks a format by it still
    does. Missing folders are made. `path`: where the finished file shall be. `durable`: whether it
    shall also survive that the power fails just afterwards, which takes some milliseconds. Yields
    Path: a name in the same folder that no other writer uses; the file itself does not exist yet.
    Raises `OutputError` where the folder cannot be made or written to, or the disk is full.

    Examples
    --------
    >>> with atomic_path("out/table.csv") as fresh:
    ...     size = fresh.write_text("a,b")
    """
    target = Path(path)
    part = f".part-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}"
    fresh = target.with_name(part + target.suffix)
    try:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
        yield fresh
        if durable:
            _flush(fresh, os.O_RDWR)
        os.replace(fresh, target)
        if durable and sys.platform != "win32":
            _flush(target.parent, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        with suppress(OSError):  # renamed already, or the folder could not be made
            fresh.unlink()


def _flush(path: Path, mode: int) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@cache
def _machine() -> str:
    """Return a mark of this machine since it was started: process numbers are its own."""
    boot = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
    return hashlib.sha256(f"{platform.node()} {boot}".encode()).hexdigest()[:8]


def sweep(folder: str | os.PathLike[str], deep: bool = False) -> int:
    """Remove what processes that were killed left unfinished in a folder; return how many files.

    Those of a process that lives are kept, and those of other machines that are not a day old.

    Parameters
    ----------
    deep : bool
        Whether to look through all folders below as well.
    """
    removed = 0
    for root, folders, names in os.walk(folder):
        if not deep:
            folders.clear()
        for name in names:
            if name.startswith(".part-") and _is_left(Path(root, name)):
                with suppress(OSError):
                    os.unlink(Path(root, name))
                    removed += 1
    return removed


def _is_left(path: Path) -> bool:
    found = _PART.fullmatch(path.name)
    if found is None:
        return False
    age = 0.0
    with suppress(OSError):
        age = time.time() - path.lstat().st_mtime
    if found[1] == _machine() and sys.platform != "win32":  # where asking would end the process
        try:
            os.kill(int(found[2]), 0)
        except (ProcessLookupError, OverflowError):
            return True
        except PermissionError:
            pass
        if _is_another(int(found[2]), age):
            return True
    return age > _DAY


def _is_another(process: int, age: float) -> bool:
    """Say whether a process has ended and is only listed, or began after a file of some age."""
    try:
        words = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
        since_boot = float(Path("/proc/uptime").read_text("ascii").split()[0])
        begun = int(words[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):  # no Linux
        return False
    return words[0] in ("Z", "X") or since_boot - begun < age - 1


def mark_results(folder: str | os.PathLike[str]) -> None:
    """Make a folder for results; a fresh one is marked, so that nobody reads it as input."""
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with os.scandir(path) as entries:
            is_fresh = next(entries, None) is None
        if is_fresh:
            (path / RESULTS).touch()
    except OSError as error:
        raise _unwritable(path, error) from error


def atomic_text(path: str | os.PathLike[str], text: str, durable: bool = False) -> Path:
    """Write a UTF-8 text file, whole or not at all, and return its path; see `atomic_path`."""
    with atomic_path(path, durable) as fresh:
        fresh.write_text(text, encoding="utf-8", newline="")
    return Path(path)


def atomic_bytes(path: str | os.PathLike[str], data: bytes, durable: bool = False) -> Path:
    """Write a binary file, whole or not at all, and return its path; see `atomic_path`."""
    with atomic_path(path, durable) as fresh:
        fresh.write_bytes(data)
    return Path(path)


def check_writable(folder: str | os.PathLike[str]) -> None:
    """Make a folder for results and see whether it can be written to, before long work begins.

    What killed processes left in it is removed. Raises `OutputError` where the folder cannot be
    made or written to.
    """
    path = Path(folder)
    mark_results(path)
    sweep(path)
    try:
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(target: Path, error: OSError) -> OutputError:
    found = f"cannot be written ({error.strerror or type(error).__name__})"
    advice = _ADVICE.get(error.errno or 0, "choose a folder that is writable, with -o")
    return OutputError(str(target), found, "", advice)
