"""Where new magnetograms come from: a folder that somebody fills, or a service."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from halescope.errors import FetchError, HalescopeError, ReadError
from halescope.fetch.run import Provider, Run, fetch_all
from halescope.guards.inside import real
from halescope.io import expand

CATCH_UP = 24
"""The most images that one look at a service asks for besides the newest."""


@dataclass(frozen=True)
class Poll:
    """What a look at a source brought: files, and in words what went wrong."""

    files: tuple[Path, ...] = ()
    problems: tuple[str, ...] = ()


class Source(Protocol):
    """Anything that can be asked for new files."""

    name: str

    def poll(self, newest: datetime | None) -> Poll:
        """Return the files there are now; those known already may be among them."""


class Folder:
    """A folder that is searched through; files that others still write fail and are tried again
    as soon as they have changed.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise ReadError(str(path), "is no folder", "a folder of magnetograms")
        self.path, self.name = path, f"folder {path}"

    def poll(self, newest: datetime | None) -> Poll:
        """Return all images below the folder."""
        try:
            return Poll(tuple(expand([self.path])))
        except HalescopeError as error:
            return Poll() if self.path.is_dir() else Poll((), (str(error),))


class Service:
    """A service through `halescope.fetch`: the newest image, and what lies between it and the last.

    Parameters
    ----------
    provider : Provider
    run : Run
        Where to and how.
    every : timedelta
        Step at which images missed are asked for.
    """

    def __init__(self, provider: Provider, run: Run, every: timedelta) -> None:
        self.provider, self.run, self.every = provider, run, every
        self.name = provider.source

    def poll(self, newest: datetime | None) -> Poll:
        """Fetch what is new; a service that is down is a problem and not an error."""
        latest = getattr(self.provider, "latest")  # noqa: B009 both services have it
        try:
            last = latest()
            if newest is not None and last <= newest:
                return Poll()
            done = fetch_all(self.provider, self._asked(newest, last), self.run)
        except FetchError as error:
            return Poll((), (str(error),))
        return Poll(done.files, done.messages)

    def _asked(self, newest: datetime | None, last: datetime) -> list[datetime]:
        """Return the times to ask for: the newest, and steps back to the last one known."""
        times = [last]
        while newest is not None and times[0] - self.every > newest and len(times) <= CATCH_UP:
            times.insert(0, times[0] - self.every)
        return times


def key_of(path: Path) -> str:
    """Return what tells a file from others and from itself when it has changed.

    Raises `ReadError` where it is gone.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ReadError(str(path), f"cannot be opened ({error.strerror})") from error
    text = f"{real(path)}|{status.st_size}|{status.st_mtime_ns}"
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:24]
