"""The lock of an open file, which the system gives back however its holder ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def taken(handle: int) -> bool:
    """Take the lock of an open file's descriptor, and say whether that went: nobody waits."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def locked(path: Path, seconds: float = 0.0) -> Iterator[bool]:
    """Hold a lock file while the block runs, and yield whether that went; it is gone afterwards.

    Parameters
    ----------
    path : Path
        In a folder that exists; OSError where it cannot be opened.
    seconds : float
        To wait for another process that holds it.
    """
    end = time.monotonic() + seconds
    stream = path.open("ab")
    try:
        while not (own := taken(stream.fileno()) and _is_at(stream.fileno(), path)):
            if time.monotonic() > end:
                break
            time.sleep(0.02)
            stream.close()  # perhaps its holder has removed it
            stream = path.open("ab")
        try:
            yield own
        finally:
            if own:
                with suppress(OSError):
                    path.unlink()
    finally:
        stream.close()


def _is_at(handle: int, path: Path) -> bool:
    """Say whether an open file still lies where it was opened."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False
