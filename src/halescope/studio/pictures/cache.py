"""The pictures that a studio has decoded, on the disk and bounded, and the process that decodes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import CapacityLimiter

from halescope.batch.workers import Workers
from halescope.guards.inside import real
from halescope.studio.pictures.levels import RECORD, Levels, decode, ready
from halescope.studio.pictures.thumbnails import draw_thumbnail, shrink_picture

if TYPE_CHECKING:
    from halescope.studio.state import Studio

FORMAT = 2
"""Of what is cached; part of each key."""

MOST = 1_500_000_000
"""Bytes of decoded pictures that are kept: thirty files of 4096 x 4096 pixels."""

YOUNG = 120.0
"""Seconds during which a picture that was looked at is not thrown away."""

REMEMBERED = 32
"""Pictures whose facts are kept in memory."""

WAITING = 4
"""Requests that may wait for a picture at once; further ones wait without a thread."""


class Pictures:
    """Decodes pictures in a process of their own, and keeps what it decoded.

    Parameters
    ----------
    studio : Studio
        Whose workspace holds the cache, in ``.cache``.
    """

    def __init__(self, studio: Studio) -> None:
        self.folder = studio.workspace.root / ".cache"
        self.workers = Workers(1)
        self.workers.warm(ready)
        self.limiter = CapacityLimiter(WAITING)
        self.most = MOST
        self._known: dict[str, Levels] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def open(self, path: Path, when: str | None = None) -> tuple[str, Levels]:
        """Return key and levels of a picture, decoded now if it was not; takes seconds then.

        Parameters
        ----------
        path : Path
            A file that may be read, see `halescope.studio.workspace.Workspace.find`.
        when : str, optional
            UTC, for a picture that holds no time.

        Raises
        ------
        HalescopeError
            It cannot be read.
        """
        key = key_of(path, when)
        folder = self.folder / "pictures" / key
        known = self._known.get(key)
        if known is not None and (folder / RECORD).exists():
            return key, known
        with self._lock(key):
            found = Levels.read(folder)
            if found is None:
                call = (str(path), str(folder), path.name, when)
                self.workers.call(decode, *call, subject=path.name)
                found = Levels.read(folder)
                self._shrink(keep=key)
        if found is None:  # removed by another studio on the same workspace
            raise FileNotFoundError(str(folder))
        with suppress(OSError):
            os.utime(folder / RECORD)
        with self._guard:
            self._known[key] = found
            for old in list(self._known)[:-REMEMBERED]:
                del self._known[old]
        return key, found

    def thumbnail(self, path: Path, side: int, clip: float | None = None) -> Path:
        """Return the JPEG file of a small picture, at most `side` pixels, drawn now if it was not.

        Raises
        ------
        HalescopeError
            It cannot be read.
        """
        return self.small(path, f"{side} {clip}", draw_thumbnail, side, clip)

    def shrink(self, path: Path, side: int) -> Path:
        """Return the JPEG file of a drawn picture, at most `side` pixels, made now if need be.

        Raises
        ------
        HalescopeError
            It cannot be read.
        """
        return self.small(path, f"drawn {side}", shrink_picture, side)

    def small(self, path: Path, more: str, draw: Callable[..., None], *values: object) -> Path:
        """Return the JPEG file that is drawn of a picture, now if it was not.

        Parameters
        ----------
        path : Path
            A file that may be read.
        more : str
            What tells this drawing from others of the same file.
        draw : callable
            Of a module; gets path, target and `values`, and writes the target.

        Raises
        ------
        HalescopeError
            It cannot be read.
        """
        key = key_of(path, more)
        target = self.folder / "thumbnails" / key[:2] / f"{key}.jpg"
        with self._lock(key):
            if not target.exists():
                self.workers.call(draw, str(path), str(target), *values, subject=path.name)
        return target

    def close(self) -> None:
        """End the process."""
        self.workers.close()

    def _lock(self, key: str) -> threading.Lock:
        with self._guard:
            if len(self._locks) > 1000:
                self._locks = {k: lock for k, lock in self._locks.items() if lock.locked()}
            return self._locks.setdefault(key, threading.Lock())

    def _shrink(self, keep: str) -> None:
        """Remove the pictures that were looked at longest ago until the rest fits."""
        folders = [p for p in (self.folder / "pictures").iterdir() if not p.name.startswith(".")]
        known = sorted(((_seen(folder), folder) for folder in folders), reverse=True)
        total = 0
        for seen, folder in known:
            total += sum(_number(lambda f=file: f.stat().st_size) for file in folder.iterdir())  # type: ignore[misc]
            if total > self.most and folder.name != keep and time.time() - seen > YOUNG:
                shutil.rmtree(folder, ignore_errors=True)


def key_of(path: Path, more: str | None = None) -> str:
    """Return what a picture's cached files are called: it changes when the file does."""
    status = path.stat()
    text = json.dumps([FORMAT, str(real(path)), status.st_size, status.st_mtime_ns, more])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _seen(folder: Path) -> float:
    return _number(lambda: (folder / RECORD).stat().st_mtime)


def _number(ask: Callable[[], float]) -> float:
    """Return what is asked of a file, 0 where it is gone."""
    try:
        return ask()
    except OSError:
        return 0
