"""NOAA's regions at an image's time, from the summaries of the midnights before and after it.

Positions are valid at 00:00 UTC of a summary's day, so each is rotated from its nearer midnight
(Snodgrass & Ulrich 1990). Classes and the list itself describe the day before, so that the
following midnight's are the image's own. `listed_at` is for the comparison with NOAA,
`merge_midnights` for labels; at noon sharp the first rotates from the midnight before, the second
from that after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import differential_rotation, stonyhurst_to_pixel, wrapped
from halescope.noaa.srs_row import SrsRow
from halescope.types import Disk

MAX_GAP = timedelta(days=1)
"""A summary helps with images up to this far from the midnight that its positions are valid at."""

BEYOND = 95.0
"""Regions farther from the central meridian than this are behind the limb, degrees."""

FIRM_LONGITUDE = 75.0
"""Regions further from the central meridian than this, degrees, are uncertain."""


@dataclass(frozen=True)
class Listed:
    """One NOAA region as it stood at an image's time.

    Parameters
    ----------
    longitude, latitude : float
        Stonyhurst, rotated to the image's time, degrees.
    area : int or None
        Spot area, MSH.
    cmd : float
        Distance from the observer's central meridian, west positive, degrees: the longitude itself
        for an observer on the line from Earth to the Sun.
    name : str
        Mount Wilson class of the day of the image, empty if none was given.
    before : str
        Class one day earlier, empty if not listed then.
    note : str
        ``new`` or ``gone`` where only one of the two summaries around the image lists it.
    issued : date or None
        Of the summary that class and area are from.
    is_old : bool
        Whether they are those of the day before, for want of the summary of the image's own.
    """

    number: int
    longitude: float
    latitude: float
    area: int | None
    name: str
    before: str = ""
    note: str = ""
    cmd: float = float("nan")
    issued: date | None = None
    is_old: bool = False

    def __post_init__(self) -> None:
        if self.cmd != self.cmd:
            object.__setattr__(self, "cmd", self.longitude)


def listed_at(
    days: Mapping[date, Sequence[SrsRow]], time: datetime, observer_lon: float = 0.0
) -> list[Listed]:
    """Return NOAA's regions at a time in order of number; those behind the limb are not.

    `time`: aware. `observer_lon`: Stonyhurst longitude of the observer, degrees.
    """
    today = time.astimezone(UTC).date()
    tomorrow = today + timedelta(days=1)
    now = {r.number: r for r in days.get(today, ()) if r.lon is not None}
    then = {r.number: r for r in days.get(tomorrow, ()) if r.lon is not None}
    late = time - midnight(today) > timedelta(hours=12)
    both = today in days and tomorrow in days
    out = []
    for number in sorted(now.keys() | then.keys()):
        nearer, other = (then, now) if late else (now, then)
        row = nearer.get(number) or other[number]
        longitude = _rotated(row, (time - midnight(row.date)) / timedelta(days=1))
        away = float(wrapped(longitude - observer_lon))
        if abs(away) > BEYOND:
            continue
        own = then.get(number) or now[number]
        is_old = tomorrow not in days
        lasting = number in now and number in then
        note = "" if lasting or not both else "new" if number in then else "gone"
        before = now[number].mag_class if lasting else ""
        area, name = own.area, own.mag_class
        out.append(
            Listed(
                number, longitude, float(row.lat), area, name, before, note, away, own.date, is_old
            )
        )
    return out


def gap_of(days: Iterable[date], time: datetime) -> timedelta | None:
    """Return the time between an image and the nearest summary's midnight; None without any."""
    return min((abs(time - midnight(day)) for day in days), default=None)


def far_text(days: Iterable[date], time: datetime) -> str:
    """Return in words how far the nearest summary is from an image."""
    nearest = min(days, key=lambda day: abs(time - midnight(day)), default=None)
    if nearest is None:
        return "the summary lists no region on any day"
    gap = abs(time - midnight(nearest)) / timedelta(days=1)
    return f"the nearest summary is of {nearest}, {gap:.1f} days from the image ({time:%Y-%m-%d})"


def midnight(day: date) -> datetime:
    """Return 00:00 UTC of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A row of a table, carried to the image's time.

    Parameters
    ----------
    longitude : float
        Stonyhurst, degrees.
    note : str
        What is to be known of it, for the eye.
    flags : tuple of str
        The same as words of `halescope.datasets.labels.quality.FLAGS`.
    class_before, class_after : str
        At the preceding and at the following midnight, empty where that one gives none.
    """

    row: SrsRow
    longitude: float
    note: str
    flags: tuple[str, ...]
    class_before: str = ""
    class_after: str = ""


def merge_midnights(
    before: Sequence[SrsRow], after: Sequence[SrsRow], fraction: float, observer_lon: float = 0.0
) -> list[Candidate]:
    """Join both midnights' rows, each rotated to the image's time from its nearest midnight.

    `before`, `after`: rows without a longitude are left out. `fraction`: of the day that has
    passed. `observer_lon`: Stonyhurst, degrees; the limb is the observer's.
    """
    early = {row.number: row for row in before if row.lon is not None}
    late = {row.number: row for row in after if row.lon is not None}
    out = []
    for number in sorted(early | late):
        near, far = (early, late) if fraction < 0.5 else (late, early)
        row = near.get(number) or far[number]
        longitude = _rotated(row, fraction if row is early.get(number) else fraction - 1)
        notes, flags = [], []
        if abs(wrapped(longitude - observer_lon)) > FIRM_LONGITUDE:
            notes.append("beyond 75 degrees")
            flags.append("limb")
        if number not in early:
            notes.append("only in the following SRS")
            flags.append("only_after")
        elif number not in late:
            notes.append("only in the preceding SRS")
            flags.append("only_before")
        elif early[number].mag_class != late[number].mag_class:
            notes.append(f"class {early[number].mag_class} then {late[number].mag_class}")
            flags.append("class_changes")
        classes = [rows[number].mag_class if number in rows else "" for rows in (early, late)]
        out.append(Candidate(row, longitude, "; ".join(notes), tuple(flags), *classes))
    return out


def place(disk: Disk, listed: list[Candidate]) -> tuple[list[Candidate], NDArray[np.floating]]:
    """Return the candidates on the visible half, and their positions, (N, 2) canonical pixels."""
    x, y = stonyhurst_to_pixel(
        disk.geometry,
        np.array([c.longitude for c in listed]),
        np.array([c.row.lat for c in listed]),
    )
    seen = np.isfinite(x)
    visible = [c for c, here in zip(listed, seen, strict=True) if here]
    return visible, np.stack([x, y], 1)[seen]


def _rotated(row: SrsRow, days: float) -> float:
    """Return the Stonyhurst longitude, degrees, of a row so many days after its midnight."""
    return float(row.lon or 0) + float(differential_rotation(np.array(row.lat), days))
