"""How an archive stands: what is done, what failed and why, which hours are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.archive.progress import read_progress
from halescope.archive.store.lock import is_held
from halescope.archive.store.parts import check
from halescope.archive.store.tables import Tables

SHOWN = 5
"""Longest gaps that are listed."""

HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True)
class Gap:
    """Hours without an image: the first and the last of them, UTC."""

    first: np.datetime64
    last: np.datetime64

    @property
    def hours(self) -> int:
        """How many."""
        return int((self.last - self.first) / HOUR) + 1


@dataclass(frozen=True)
class Status:
    """What an archive holds.

    Parameters
    ----------
    images, regions, faults, undated : int
        Rows; images whose time is unknown.
    kinds : dict of str to (count, example, passing)
        Faults by kind, the commonest first.
    first, last : datetime64 or None
        Hours of the first and the last image, UTC.
    hours, missing : int
        Hours from the first to the last, and those without an image.
    gaps : tuple of Gap
        All, the longest first.
    parts, years, bytes : int
        Parts to be compacted, years that are, and size of all files.
    running : dict or None
        Note of the build that runs now.
    wrong : tuple of str
        Files that are not as they were written.
    """

    images: int
    regions: int
    faults: int
    undated: int
    kinds: dict[str, tuple[int, str, bool]]
    first: np.datetime64 | None
    last: np.datetime64 | None
    hours: int
    missing: int
    gaps: tuple[Gap, ...]
    parts: int
    years: int
    bytes: int
    running: Mapping[str, Any] | None = None
    wrong: tuple[str, ...] = field(default=())


def status(folder: Path, thoroughly: bool = False) -> Status:
    """Return how an archive stands.

    Parameters
    ----------
    thoroughly : bool
        Compare the checksum of every file and not its size alone.
    """
    tables = Tables(folder)
    wrong = check(folder, tables.parts, thoroughly)
    bad = {line.partition(":")[0] for line in wrong}
    tables.parts = [
        part for part in tables.parts if not bad & {s.file for s in part.files.values()}
    ]
    images = tables.current("images", ["time", "regions"])
    time, kinds = images["time"].to_numpy(), _kinds(tables)
    known = time[~np.isnat(time)]
    hours = np.unique(known.astype("datetime64[h]"))
    gaps = _gaps(hours)
    span = int((hours[-1] - hours[0]) / HOUR) + 1 if len(hours) else 0
    return Status(
        images=len(images),
        regions=int(images["regions"].to_numpy().sum()),
        faults=sum(count for count, _, _ in kinds.values()),
        undated=len(time) - len(known),
        kinds=kinds,
        first=hours[0] if len(hours) else None,
        last=hours[-1] if len(hours) else None,
        hours=span,
        missing=span - len(hours),
        gaps=gaps,
        parts=sum(part.generation > 0 for part in tables.parts),
        years=sum(part.generation == 0 for part in tables.parts),
        bytes=sum(part.size for part in tables.parts),
        running=read_progress(folder) if is_held(folder) else None,
        wrong=tuple(wrong),
    )


def _gaps(hours: NDArray[np.datetime64]) -> tuple[Gap, ...]:
    """Return the gaps between hours that have an image, the longest first."""
    step = np.diff(hours)
    at = np.flatnonzero(step > HOUR)
    found = [
        Gap(hours[i] + HOUR, hours[i + 1] - HOUR)
        for i in at[np.argsort(-step[at].astype(int), kind="stable")]
    ]
    return tuple(found)


def _kinds(tables: Tables) -> dict[str, tuple[int, str, bool]]:
    found = tables.current("faults", ["kind", "message", "passing"])
    if not len(found):
        return {}
    grouped = found.group_by("kind").aggregate(
        [("kind", "count"), ("message", "min"), ("passing", "max")]
    )
    rows = sorted(grouped.to_pylist(), key=lambda row: (-row["kind_count"], row["kind"]))
    return {
        row["kind"]: (row["kind_count"], row["message_min"], row["passing_max"]) for row in rows
    }
