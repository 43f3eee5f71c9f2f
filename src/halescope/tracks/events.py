"""What happens to regions: they come, go, merge, split, return and change class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import differential_rotation
from halescope.tracks.linking import overlap_of
from halescope.tracks.mean_rotation import rough_carrington
from halescope.tracks.returns import ANY_RETURN, Place, returning
from halescope.tracks.sightings import Sightings
from halescope.types import Catalog, format_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EAST, WEST = -65.0, 65.0
"""Longitudes, degrees: what is first seen east of one came over the limb, what is last seen west of
the other went over it."""

DOUBTFUL = -45.0
"""What is first seen between here and `EAST` may have come over the limb and not been found."""

COVERED = 0.5
"""A region that was there lies in another's box if that holds so much of its own."""

FEWEST = 3
"""A track with fewer boxes is too short to return."""

SURELY = 0.65
"""A class is settled from this probability on."""

COLUMNS = (
    "time", "time_min", "time_max", "kind", "track", "other", "probability", "words",
)  # fmt: skip
"""Of ``events.csv``: times in UTC, the kind, the track and another one it has to do with."""

PRESENT = "present"
"""Where a track came from or went to if the images begin or end with it, or pause there."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a track.

    Parameters
    ----------
    hour, earliest, latest : float
        Hours since 1970: best guess and the times between which it was.
    kind : str
        ``east limb``, ``emerged``, ``split``, ``returned``; ``west limb``, ``decayed``, ``merged``;
        ``class``.
    track : int
    words : str
        For a reader.
    other : int or None
        The track that it merged into, split from or returned from.
    probability : float or None
        Of the new class.
    """

    hour: float
    earliest: float
    latest: float
    kind: str
    track: int
    words: str
    other: int | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Ends:
    """First and last box of every track, arrays over tracks.

    Parameters
    ----------
    first, last : (T,) int
        Rows.
    came, went : list of str
        See `Event.kind`, or `PRESENT`.
    images : (T,) int
        Boxes, those filled in left out.
    """

    first: Ints
    last: Ints
    came: list[str]
    went: list[str]
    images: Ints


def ends_of(
    sightings: Sightings, tracks: Ints, own: NDArray[np.bool_], gap_hours: float
) -> tuple[Ends, list[Event]]:
    """Return where every track came from and went to, with the events.

    Parameters
    ----------
    own : (N,) bool
        Rows that the detector gave.
    gap_hours : float
        How long tracks live without a box: one that was seen so lately may go on.
    """
    rows = np.flatnonzero((tracks >= 0) & own)
    numbers, first, images = np.unique(tracks[rows], return_index=True, return_counts=True)
    _, back = np.unique(tracks[rows][::-1], return_index=True)
    first, last = rows[first], rows[::-1][back]
    came, went, events = [], [], []
    for number, a, b in zip(numbers.tolist(), first.tolist(), last.tolist(), strict=True):
        origin = _origin(sightings, tracks, a, number)
        end = _end(sightings, tracks, b, number, gap_hours)
        came.append(origin.kind)
        went.append(end.kind)
        events += [event for event in (origin, end) if event.kind != PRESENT]
    ends = Ends(first.astype(np.int64), last.astype(np.int64), came, went, images)
    return ends, events


def returns_of(sightings: Sightings, tracks: Ints, ends: Ends) -> list[Event]:
    """Return the tracks that are older ones, back after a rotation or more."""
    places = {}
    carrington = rough_carrington(sightings.hours, sightings.longitude)
    order = np.argsort(tracks, kind="stable")
    bounds = np.searchsorted(tracks[order], np.arange(len(ends.first) + 1))
    for track in range(len(ends.first)):
        rows = order[bounds[track] : bounds[track + 1]]
        if ends.images[track] >= FEWEST:
            angle = np.radians(carrington[rows])
            longitude = float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())))
            day = float(sightings.hours[rows].mean()) / 24
            places[track] = Place(day, longitude % 360, float(sightings.latitude[rows].mean()))
    found: dict[int, int] = {}
    for older, newer in returning(places, ANY_RETURN):
        if older not in found.values() and ends.came[newer] in ("east limb", PRESENT):
            found[newer] = older  # the latest of several
    out = []
    for newer, older in found.items():
        hour = float(sightings.hours[ends.first[newer]])
        words = f"perhaps track {older + 1}, a rotation or more later"
        out.append(Event(hour, hour, hour, "returned", newer, words, older))
    return out


def class_events(
    sightings: Sightings, tracks: Ints, shares: Floats, names: Sequence[str], ahead: bool
) -> list[Event]:
    """Return the changes of class along tracks.

    Parameters
    ----------
    shares : (N, 3) float64
        Class probabilities along the track.
    names : sequence of str
        Class along the track, with the finer ones.
    ahead : bool
        Whether the time of a change is sought between the images that are sure of either class.
    """
    out = []
    kept = np.flatnonzero((tracks >= 0) & np.isfinite(shares).all(1))
    order = kept[np.argsort(tracks[kept], kind="stable")]
    level = shares[order].argmax(1)
    turns = np.flatnonzero((tracks[order][1:] == tracks[order][:-1]) & (level[1:] != level[:-1]))
    for turn in turns.tolist():
        before, after = int(order[turn]), int(order[turn + 1])
        old, new = int(level[turn]), int(level[turn + 1])
        low, high, sure = turn, turn + 1, float(shares[after, new])
        if ahead:
            low = _walk(order, tracks, shares[:, old], turn, -1)
            high = _walk(order, tracks, shares[:, new], turn + 1, 1)
            sure = float(shares[order[high], new])
        earliest, latest = (float(sightings.hours[order[i]]) for i in (low, high))
        words = (
            f"{names[before]} -> {names[after]} between {_clock(earliest)} and "
            f"{_clock(latest, earliest)}, p {sure:.2f}"
        )
        hour = float(sightings.hours[after])
        track = int(tracks[after])
        out.append(Event(hour, earliest, latest, "class", track, words, None, round(sure, 4)))
    return out


def events_table(events: Sequence[Event]) -> Catalog:
    """Return events in order of time; tracks count from 1."""
    ordered = sorted(events, key=lambda event: (event.hour, event.track, event.kind))
    rows = [
        (
            _time(event.hour), _time(event.earliest), _time(event.latest), event.kind,
            event.track + 1, None if event.other is None else event.other + 1,
            event.probability, event.words,
        )
        for event in ordered
    ]  # fmt: skip
    columns = {name: [row[k] for row in rows] for k, name in enumerate(COLUMNS)}
    return Catalog(columns)


def _origin(sightings: Sightings, tracks: Ints, row: int, track: int) -> Event:
    """Return how a track began, from its first row."""
    hours, frame = sightings.frame_hours, int(sightings.frame[row])
    now = float(sightings.hours[row])
    longitude = float(sightings.longitude[row])
    before = float(hours[frame - 1]) if frame else -np.inf
    paused = frame == 0 or now - before > 24
    if longitude <= EAST:
        return Event(now, max(before, now - 24), now, "east limb", track, "came over the east limb")
    if paused:
        return Event(now, now, now, PRESENT, track, "there when the images begin")
    other = _covering(sightings, tracks, row, frame - 1)
    if other is not None:
        words = f"split from track {other + 1}"
        return Event(now, before, now, "split", track, words, other)
    where = f"{_place(longitude, 'WE')}, {_place(float(sightings.latitude[row]), 'NS')}"
    words = f"new at {where}"
    if longitude <= DOUBTFUL:
        words = f"first found at {where}; it may have come over the limb"
    return Event(now, before, now, "emerged", track, words)


def _end(sightings: Sightings, tracks: Ints, row: int, track: int, gap_hours: float) -> Event:
    """Return how a track ended, from its last row."""
    hours, frame = sightings.frame_hours, int(sightings.frame[row])
    now = float(sightings.hours[row])
    longitude = float(sightings.longitude[row])
    after = float(hours[frame + 1]) if frame + 1 < len(hours) else np.inf
    days = (min(after, now + 24) - now) / 24
    if longitude + float(differential_rotation(sightings.latitude[row], days)) >= WEST:
        alive = frame + 1 == len(hours)
        kind = PRESENT if alive and longitude < WEST + 10 else "west limb"
        return Event(now, now, min(after, now + 24), kind, track, "went over the west limb")
    if hours[-1] - now <= min(gap_hours, 6.0) or after - now > 24:
        return Event(now, now, now, PRESENT, track, "there when the images end")
    other = _covering(sightings, tracks, row, frame + 1)
    if other is not None:
        words = f"merged into track {other + 1}"
        return Event(after, now, after, "merged", track, words, other)
    return Event(after, now, after, "decayed", track, "no longer found")


def _covering(sightings: Sightings, tracks: Ints, row: int, frame: int) -> int | None:
    """Return the track of the box of another image that covers a row's derotated box."""
    span = slice(*np.searchsorted(sightings.frame, (frame, frame + 1)))
    others = np.arange(span.start, span.stop)
    others = others[(tracks[others] >= 0) & (tracks[others] != tracks[row])]
    if not len(others):
        return None
    days = (sightings.frame_hours[frame] - sightings.hours[row]) / 24
    longitude = sightings.longitude[row] + differential_rotation(sightings.latitude[row], days)
    size = np.full(len(others), sightings.half_width[row])
    _, held = overlap_of(
        sightings.longitude[others] - longitude,
        sightings.latitude[others] - sightings.latitude[row],
        (size, np.full(len(others), sightings.half_height[row])),
        (sightings.half_width[others], sightings.half_height[others]),
    )
    held = np.nan_to_num(held)
    best = int(held.argmax())
    return int(tracks[others[best]]) if held[best] > COVERED else None


def _walk(order: Ints, tracks: Ints, share: Floats, start: int, step: int) -> int:
    """Return the first place from `start` on at which a class is settled, on the same track."""
    place = start
    while 0 <= place < len(order) and tracks[order[place]] == tracks[order[start]]:
        if share[order[place]] >= SURELY:
            return place
        if share[order[place]] < share[order[start]] - 0.05:
            return start
        place += step
    return start


def _clock(hour: float, beside: float | None = None) -> str:
    """Return a time for a reader, its day left out where it is that of another time."""
    text = _time(hour)
    same = beside is not None and _time(beside)[:10] == text[:10]
    return text[11:16] if same else f"{text[:10]} {text[11:16]}"


def _place(angle: float, letters: str) -> str:
    return f"{letters[0] if angle >= 0 else letters[1]}{abs(angle):02.0f}"


def _time(hour: float) -> str:
    return format_time(datetime.fromtimestamp(round(hour * 3600), UTC))
