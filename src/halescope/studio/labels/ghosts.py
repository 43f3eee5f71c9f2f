"""NOAA's regions on a picture, as marks to label by: position, number and class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from halescope.errors import HalescopeError
from halescope.noaa.midnights import MAX_GAP, gap_of, listed_at
from halescope.noaa.srs import SrsRow, read_srs
from halescope.normalize import Frame
from halescope.studio.labels.sheet import Sheet
from halescope.types import Magnetogram

SUMMARIES = ("srs", "srs.csv", "noaa")
"""Where summaries lie: in the data set, else in the workspace; a folder, an archive or a table."""


@dataclass(frozen=True)
class Ghost:
    """One region that NOAA lists, in pixels of the file as boxes are; `source` says from where."""

    number: int
    mount_wilson: str
    x: float
    y: float
    hgs_lon: float
    hgs_lat: float
    source: str

    def to_json(self) -> dict[str, Any]:
        """Return what the API gives."""
        return {
            "noaa_number": self.number, "class": self.mount_wilson, "x": self.x, "y": self.y,
            "hgs_lon": self.hgs_lon, "hgs_lat": self.hgs_lat, "source": self.source,
        }  # fmt: skip


def ghosts_of(folders: Sequence[Path], sheet: Sheet, seen: Magnetogram) -> list[Ghost]:
    """Return NOAA's regions at a picture's time.

    From a summary in one of the folders, where one describes the time; else from the manifest's own
    rows that have a number and a position. Nothing where the picture's time is unknown.
    """
    frame = Frame.of(seen)
    if seen.time is None or not frame.geometry.is_located:
        return []
    for path in _summaries(folders):
        days = _days(path, _stamp(path))
        gap = gap_of(days, seen.time)
        if gap is not None and gap <= MAX_GAP:
            listed = listed_at(days, seen.time, frame.geometry.observer_lon)
            found = [(r.number, r.name, r.longitude, r.latitude, path.name) for r in listed]
            return _shown(frame, found)
    rows = [label.entry for label in sheet.labels if label.entry.noaa_number]
    known = [e for e in rows if e.hgs_lon == e.hgs_lon and e.hgs_lat == e.hgs_lat]
    return _shown(
        frame,
        [(e.noaa_number, e.mount_wilson, e.hgs_lon, e.hgs_lat, "manifest") for e in known],
    )


def _shown(frame: Frame, found: Sequence[tuple[int, str, float, float, str]]) -> list[Ghost]:
    ghosts = []
    for number, name, longitude, latitude, source in found:
        x, y = frame.pixel(longitude, latitude)
        if x == x and frame.shows(x, y):
            place = round(x, 2), round(y, 2), round(float(longitude), 2), round(float(latitude), 2)
            ghosts.append(Ghost(number, name, *place, source))
    return ghosts


def _summaries(folders: Sequence[Path]) -> list[Path]:
    places = (folder / name for folder in folders for name in SUMMARIES)
    return [path for path in places if path.exists()]


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


@lru_cache(maxsize=4)
def _days(path: Path, stamp: int) -> Mapping[date, Sequence[SrsRow]]:
    """Return the rows of each day; none where the summary cannot be read."""
    try:
        return read_srs(path).by_day("I")
    except HalescopeError:
        return {}
