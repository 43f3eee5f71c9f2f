"""One writer at a time: a lock that the system gives back, however its holder ends."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from halescope.archive.store.parts import LOCK
from halescope.errors import OutputError
from halescope.guards.lock import taken
from halescope.io.atomic import mark_results


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of an archive.

    Raises
    ------
    OutputError
        Another process holds it, which is named.
    """
    path = folder / LOCK
    try:
        mark_results(folder)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(
            str(path), f"cannot be written ({error.strerror})", "", "choose another folder with -o"
        ) from error
    try:
        if not _patiently_taken(handle):
            who = os.read(handle, 200).decode("utf-8", "replace").strip() or "another process"
            what = f"is being written by {who}"
            raise OutputError(str(folder), what, "", "wait for its end; `archive status` shows it")
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _patiently_taken(handle: int) -> bool:
    """Try for a moment: `is_held` takes the lock briefly to see whether it is free."""
    for _ in range(5):
        if taken(handle):
            return True
        time.sleep(0.05)
    return False


def is_held(folder: Path) -> bool:
    """Say whether a build writes to the archive now."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not taken(handle)
    finally:
        os.close(handle)
