"""Divide a list of files into tasks: days of observation, together some hundred files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from halescope.archive.files import UNKNOWN, Listing
from halescope.types import format_time

MOST = 120
"""Files of a task, unless its last day goes on: two or three seconds of work, a small Parquet."""

LEAST = 8
"""Files of a task where there are few in all, so that every process has some."""

DAY = 86_400_000


@dataclass(frozen=True)
class File:
    """One file to analyse: path, size in bytes, time of change in ns, identity, and the time that
    its name tells, ms since 1970 UTC or None."""

    path: str
    size: int
    mtime: int
    identity: str
    time: int | None


@dataclass(frozen=True)
class Task:
    """Some files that one worker does, and writes as one part.

    Parameters
    ----------
    name : str
        Of its part: number of the build, first day, checksum of the files.
    """

    name: str
    files: tuple[File, ...]

    def __len__(self) -> int:
        return len(self.files)


def divide(
    listing: Listing,
    identity: Sequence[str],
    generation: int,
    workers: int = 1,
) -> Iterator[Task]:
    """Yield the tasks of a listing, in order of time.

    Parameters
    ----------
    identity : sequence of str
        Of each file.
    generation : int
        Number of the build.
    workers : int
        Processes that shall all have something to do.
    """
    size = max(LEAST, min(MOST, len(listing) // (4 * max(workers, 1))))
    day = listing.time // DAY
    start = 0
    for end in range(1, len(listing) + 1):
        full = end - start >= size and (end == len(listing) or day[end] != day[end - 1])
        if full or end - start >= 2 * size or end == len(listing):
            rows = range(start, end)
            yield _task([_file(listing, identity, row) for row in rows], generation)
            start = end


def _file(listing: Listing, identity: Sequence[str], row: int) -> File:
    time = int(listing.time[row])
    return File(
        listing.paths[row],
        int(listing.size[row]),
        int(listing.mtime[row]),
        identity[row],
        None if time == UNKNOWN else time,
    )


def _task(files: list[File], generation: int) -> Task:
    digest = hashlib.sha256("".join(file.identity for file in files).encode()).hexdigest()[:10]
    first = files[0].time
    day = "undated" if first is None else format_time(to_datetime(first))[:10]
    return Task(f"{generation:05d}-{day}-{digest}", tuple(files))


def to_datetime(milliseconds: int) -> datetime:
    """Return an aware UTC time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
