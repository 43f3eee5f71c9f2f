"""NOAA's summaries along tracks: which row speaks of which track, and from when on it is known.

A summary is issued at 00:30 UTC; its positions are valid at 00:00 of that day, its classes describe
the day before. Nothing is used before it was issued.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY
from halescope.errors import DatasetError
from halescope.geometry import differential_rotation
from halescope.noaa.midnights import MAX_GAP, far_text, gap_of
from halescope.noaa.pairs import ROUNDING, TOLERANCE
from halescope.noaa.srs_row import SrsRow
from halescope.tracks.sightings import Sightings

Floats = NDArray[np.float64]

ISSUED = 0.5
"""Hours after midnight at which a summary is issued."""

DESCRIBES = -12.0
"""Hours from the midnight of issue to the middle of the day that the classes describe."""

FRESH = 36.0
"""A track that was seen within so many hours before a summary may be one that it lists."""

LOYALTY = 3.0
"""Degrees by which a track that has carried a number before is preferred for it."""


@dataclass(frozen=True)
class Report:
    """One row of a summary, given to a track.

    Parameters
    ----------
    track : int
    row : SrsRow
    issued : float
        Hours since 1970 from which on it may be used.
    describes : float
        Hours since 1970 that its class is of.
    main : bool
        False for a second region in the same box, whose class says nothing of the track.
    """

    track: int
    row: SrsRow
    issued: float
    describes: float
    main: bool = True

    @property
    def level(self) -> int:
        """Index into `HIERARCHY`, -1 where the row gives no class."""
        return HIERARCHY.index(COARSE[self.row.mag_class]) if self.row.mag_class else -1


def assign_reports(
    sightings: Sightings, tracks: NDArray[np.int64], summaries: Iterable[SrsRow]
) -> list[Report]:
    """Give the rows of summaries to tracks, one to one, each by what was seen before its issue.

    A row that fits no track by then goes to one that begins within the day after, from that
    moment on. A row that still is left and lies in a track's box is a second region there.

    Raises
    ------
    DatasetError
        No summary is within a day of any image.
    """
    days: dict[date, list[SrsRow]] = {}
    for row in summaries:
        if row.section == "I" and row.lon is not None:
            days.setdefault(row.date, []).append(row)
    _check_days(sightings, days)
    kept = np.flatnonzero(tracks >= 0)
    hours, numbers = sightings.hours[kept], tracks[kept]
    first = np.full(int(tracks.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, numbers, hours)
    known: dict[int, int] = {}  # NOAA number to the track that carried it last
    out: list[Report] = []
    for day in sorted(days):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() / 3600
        issued = midnight + ISSUED
        span = slice(*np.searchsorted(hours, (issued - FRESH, issued), side="right"))
        last = _last_rows(numbers[span], kept[span])
        begun = slice(*np.searchsorted(hours, (issued, issued + 24), side="right"))
        new = _first_rows(numbers[begun], kept[begun], hours[begun], first)
        out += _of_day(sightings, tracks, days[day], midnight, (last, new), known)
    return out


def _of_day(
    sightings: Sightings, tracks: NDArray[np.int64], rows: Sequence[SrsRow], midnight: float,
    groups: tuple[NDArray[np.int64], NDArray[np.int64]], known: dict[int, int],
) -> list[Report]:  # fmt: skip
    """Return the reports of one summary: first on tracks seen before it, then on those begun."""
    out: list[Report] = []
    left = list(rows)
    for group, begun in zip(groups, (False, True), strict=True):
        cost, inside = _distances(sightings, group, left, midnight)
        loyal = np.array([[known.get(row.number) == tracks[i] for row in left] for i in group])
        if not cost.size:
            continue
        near = (cost <= TOLERANCE) | inside
        pairs = _assign(np.where(loyal, cost - LOYALTY, cost), near)
        held = {j: int(np.argmin(np.where(inside[:, j], cost[:, j], np.inf)))
                for j in np.flatnonzero(inside.any(0)).tolist()}  # fmt: skip
        main = {j: i for i, j in pairs}
        for j, i in {**held, **main}.items():
            number = int(tracks[group[i]])
            seen = float(sightings.hours[group[i]])
            issued = max(midnight + ISSUED, seen) if begun else midnight + ISSUED
            out.append(Report(number, left[j], issued, midnight + DESCRIBES, j in main))
            if j in main:
                known[left[j].number] = number
        left = [row for j, row in enumerate(left) if j not in main and j not in held]
    return out


def _distances(
    sightings: Sightings, group: NDArray[np.int64], rows: Sequence[SrsRow], midnight: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return distances, (T, R) degrees, of boxes at midnight from rows, and which hold which."""
    days = (midnight - sightings.hours[group]) / 24
    latitude = sightings.latitude[group]
    longitude = sightings.longitude[group] + differential_rotation(latitude, 1.0) * days
    apart = np.array([row.lon for row in rows], float) - longitude[:, None]
    rise = np.array([row.lat for row in rows], float) - latitude[:, None]
    flat = apart * np.cos(np.radians(latitude))[:, None]
    wide = np.nan_to_num(sightings.half_width[group])[:, None] + ROUNDING
    high = np.nan_to_num(sightings.half_height[group])[:, None] + ROUNDING
    return np.hypot(flat, rise), (np.abs(apart) <= wide) & (np.abs(rise) <= high)


def _assign(cost: Floats, near: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the pairs of least cost; as many as can be are made."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.where(near, cost, 1e4))
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if near[i, j]]


def _last_rows(numbers: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the last row of each track."""
    _, index = np.unique(numbers[::-1], return_index=True)
    return np.asarray(rows[::-1][index], np.int64)


def _first_rows(
    numbers: NDArray[np.int64], rows: NDArray[np.int64], hours: Floats, first: Floats
) -> NDArray[np.int64]:
    """Return the first row of each track that begins here."""
    begins = hours == first[numbers]
    return np.asarray(rows[begins], np.int64)


def _check_days(sightings: Sightings, days: dict[date, list[SrsRow]]) -> None:
    """Refuse summaries of other days than all the images are of."""
    if not len(sightings.frame_hours) or not days:
        return
    stamps = np.unique(sightings.frame_hours // 24) * 24
    times = [datetime.fromtimestamp(hour * 3600, UTC) for hour in stamps.tolist()]
    gaps = [(gap, time) for time in times if (gap := gap_of(days, time)) is not None]
    nearest = min(gaps, default=(timedelta.max, times[0]))
    if nearest[0] > MAX_GAP:
        raise DatasetError(
            "summary", far_text(days, nearest[1]), "summaries of the images' days",
            "give the file of those days",
        )  # fmt: skip
