"""What the journal's entries come to: images, tracks' numbers, what was announced, alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from halescope.noaa.matching import catalog_time
from halescope.types import Catalog
from halescope.watch.journal import Entry, Journal

WINDOW = timedelta(days=40)
"""Images older than this before the newest are out of the tracks: a region returns within it."""

DENSE = timedelta(days=3)
"""Of older images than this only the first of each hour is tracked."""

TRIES = 5
"""A file that ended the process so often while it was analysed is not tried again."""


@dataclass(frozen=True)
class Seen:
    """One analysed image.

    `columns` and `units` are those of its catalogue, empty where the journal let them go.
    """

    name: str
    time: str
    source: str
    instrument: str
    columns: dict[str, list[Any]]
    units: dict[str, str]

    @property
    def catalog(self) -> Catalog:
        """Its rows."""
        return Catalog(self.columns, self.units)


@dataclass
class State:
    """What a watch knows; changed by `take` alone, so that a new start comes to the same.

    Parameters
    ----------
    images : dict of str to Seen
        By time.
    refused : dict of str to str
        Key of a file to why it is not used.
    begun : dict of str to int
        Key of a file to how often its analysis was begun.
    numbers : dict of (time, region) to int
        The track of each row, counted over the watch's whole life.
    told : dict of (track, what) to value
        What was announced of a track, or taken for known.
    alerts : dict of str to dict
        Those decided, by their id.
    outcomes : dict of (id, channel) to str
        ``intent``, ``sent`` or ``failed: why``.
    scores : dict of str to dict
        By day.
    """

    images: dict[str, Seen] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    told: dict[tuple[int, str], Any] = field(default_factory=dict)
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], str] = field(default_factory=dict)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> State:
        """Return the state that entries lead to."""
        made = cls()
        for entry in entries:
            made.take(entry)
        return made

    def take(self, entry: Entry) -> None:
        """Follow one entry."""
        kind = entry["kind"]
        if kind == "image":
            self.keys.add(entry["key"])
            self.begun.pop(entry["key"], None)
            self.images[entry["time"]] = Seen(
                entry["name"], entry["time"], entry["source"], entry["instrument"],
                entry["columns"], entry["units"],
            )  # fmt: skip
        elif kind == "begun":
            self.begun[entry["key"]] = self.begun.get(entry["key"], 0) + 1
        elif kind == "waits":
            self.begun.pop(entry["key"], None)
        elif kind == "refused":
            self.refused[entry["key"]] = f"{entry['name']}: {entry['reason']}"
        elif kind == "tracked":
            for region, number in entry["numbers"]:
                self.numbers[entry["time"], region] = number
        elif kind == "told":
            self.told[entry["track"], entry["what"]] = entry["value"]
        elif kind == "alert":
            self.alerts[entry["alert"]["id"]] = entry["alert"]
            self.told |= {(track, what): value for track, what, value in entry["told"]}
        elif kind == "score":
            self.scores[entry["day"]] = entry["score"]
        elif kind in ("intent", "sent", "failed"):
            why = f": {entry['reason']}" if kind == "failed" else ""
            self.outcomes[entry["id"], entry["channel"]] = kind + why

    @property
    def newest(self) -> Seen | None:
        """The image of the latest time."""
        return self.images[max(self.images)] if self.images else None

    def settled(self, key: str) -> bool:
        """Say whether a file needs no more work."""
        return key in self.keys or key in self.refused

    def window(self) -> list[Seen]:
        """Return the images to track, in order of time."""
        if self.newest is None:
            return []
        now = catalog_time(self.newest.time)
        out: list[Seen] = []
        hours: set[str] = set()
        for stamp in sorted(self.images):
            age, seen = now - catalog_time(stamp), self.images[stamp]
            if age > WINDOW or (not seen.columns and not seen.units):
                continue
            if age <= DENSE or stamp[:13] not in hours:
                out.append(seen)
            hours.add(stamp[:13])
        return out


@dataclass
class Memory:
    """State and journal together: what is recorded is on the disk first.

    `folder`: of the journal.
    """

    folder: Path
    journal: Journal = field(init=False)
    state: State = field(init=False)

    def __post_init__(self) -> None:
        self.journal = Journal(self.folder)
        self.state = State.of(self.journal.entries)
        newest = self.state.newest
        if newest is not None:
            oldest = catalog_time(newest.time) - WINDOW
            self.journal.compact(lambda entry: _lighter(entry, oldest))

    def record(self, kind: str, **values: Any) -> None:
        """Write an entry and follow it; OutputError where it could not be written."""
        entry = {"kind": kind, **values}
        self.journal.append(**entry)
        self.state.take(entry)


def _lighter(entry: Entry, oldest: datetime) -> Entry | None:
    """Return what a journal keeps of an entry: rows of old images go, their names stay."""
    if entry["kind"] in ("begun", "waits"):
        return None
    if entry["kind"] in ("image", "tracked") and catalog_time(entry["time"]) < oldest:
        return None if entry["kind"] == "tracked" else entry | {"columns": {}, "units": {}}
    return entry
