"""NOAA's regions as they stood at an image's time, from the summaries of the days around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from halescope.geometry import differential_rotation
from halescope.noaa.srs_row import SrsRow

MAX_GAP = timedelta(days=1)
"""A summary helps with images up to this far from the midnight that its positions are valid at."""

BEYOND = 95.0
"""Regions farther from the central meridian than this are behind the limb, degrees."""


@dataclass(frozen=True)
class Listed:
    """One NOAA region as it stood at an image's time.

    Parameters
    ----------
    longitude, latitude : float
        Stonyhurst, rotated to the image's time, degrees.
    area : int or None
        Spot area, MSH.
    name : str
        Mount Wilson class of the day of the image, empty if none was given.
    before : str
        Class one day earlier, empty if not listed then.
    note : str
        ``new`` or ``gone`` where only one of the two summaries around the image lists it.
    """

    number: int
    longitude: float
    latitude: float
    area: int | None
    name: str
    before: str = ""
    note: str = ""


def listed_at(days: Mapping[date, Sequence[SrsRow]], time: datetime) -> list[Listed]:
    """Return NOAA's regions at a time (aware), from the summaries of the midnights around it.

    Notes
    -----
    Positions are valid at 00:00 UTC of a summary's day, so each is rotated from its nearer
    midnight (Snodgrass & Ulrich 1990). Classes were seen during the day before, so that of the
    following midnight is the image's own.
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
        place = nearer.get(number) or other[number]
        days_on = (time - midnight(place.date)) / timedelta(days=1)
        moved = float(differential_rotation(np.array(place.lat), days_on))
        longitude = float(place.lon or 0) + moved
        if abs(longitude) > BEYOND:
            continue
        own = then.get(number) or now[number]
        lasting = number in now and number in then
        note = "" if lasting or not both else "new" if number in then else "gone"
        before = now[number].mag_class if lasting else ""
        out.append(
            Listed(number, longitude, float(place.lat), own.area, own.mag_class, before, note)
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
