"""The detector along the track: boxes that are missing, weak ones that hang on, lone flashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import differential_rotation
from halescope.tracks.linking import overlap_of
from halescope.tracks.sightings import BOX, Sightings
from halescope.types import Catalog, format_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONGEST = 24.0
"""Gaps between two boxes are filled up to this, hours: until then a box moves nearly straight."""

HELD = 6.0
"""Without looking ahead, a box that is missing is carried on for so long, hours."""

VISIBLE = 80.0
"""No box is carried further from the central meridian than this, degrees."""

SURE = 0.5
"""Score from which a box is sure by itself."""

COVERED = 0.5
"""A place is another box's if that holds so much of the missing one."""

BRIDGED, KEPT, WEAK, FLASH, NEW, MERGED = "bridged", "kept", "weak", "flash", "new", "merged"
"""Words of the column ``track_flags``: filled in; weak, on a track that is sure elsewhere; weak, on
one that never is; seen in one image only; seen for the first time (where nothing later is looked
at); holds another track's region as well."""


def bridge(
    sightings: Sightings, tracks: Ints, ahead: bool
) -> tuple[Sightings, Ints, list[set[str]]]:
    """Fill in missing boxes.

    Parameters
    ----------
    tracks : (N,) int
    ahead : bool
        Whether later boxes may be used: a box is then put between two, else carried on.

    Returns
    -------
    sightings : Sightings
        With the rows that were filled in, in order of time; they have no score and no class.
    tracks : (M,) int
    flags : list of set of str
        `BRIDGED` for these rows, `MERGED` for a box that covers a missing one's place.
    """
    made = _missing(sightings, tracks, ahead)
    row, frame, share, later = made
    states = _states(sightings)
    begin, end = states[row], states[later]
    moved = begin + (end - begin) * share[:, None] if ahead else _carried(sightings, row, frame)
    holder = _holders(sightings, frame, moved)
    free = (holder < 0) & (np.abs(moved[:, 4]) <= VISIBLE)
    flags: list[set[str]] = [set() for _ in range(len(sightings))]
    for index in holder[(holder >= 0) & (tracks[holder] != tracks[row])].tolist():
        flags[index].add(MERGED)
    added = _rows(sightings, row[free], frame[free], moved[free])
    flags += [{BRIDGED} for _ in range(int(free.sum()))]
    return _merged(sightings, tracks, flags, added, tracks[row[free]], frame[free], moved[free])


def mark(sightings: Sightings, tracks: Ints, flags: list[set[str]], ahead: bool) -> list[set[str]]:
    """Return the flags with `KEPT`, `WEAK`, `FLASH` and `NEW` added."""
    own = np.array([BRIDGED not in each for each in flags], bool) & (tracks >= 0)
    count = int(tracks.max(initial=-1)) + 1
    images = np.bincount(tracks[own], minlength=count)
    best = np.full(count, -np.inf)
    sure_at = np.full(len(tracks), -np.inf)
    if ahead:
        np.maximum.at(best, tracks[own], sightings.score[own])
        sure_at[own] = best[tracks[own]]
    else:
        for i in np.flatnonzero(own).tolist():
            best[tracks[i]] = sure_at[i] = max(best[tracks[i]], sightings.score[i])
    seen: set[int] = set()
    for i in np.flatnonzero(own).tolist():
        track = int(tracks[i])
        if sightings.score[i] < SURE:
            flags[i].add(KEPT if sure_at[i] >= SURE else WEAK)
        if track not in seen and not ahead:
            flags[i].add(NEW)
        if ahead and images[track] == 1 and len(sightings.frame_hours) > 1:
            flags[i].add(FLASH)
        seen.add(track)
    return flags


def _missing(sightings: Sightings, tracks: Ints, ahead: bool) -> tuple[Ints, Ints, Floats, Ints]:
    """Return, for each missing box, the row before it, its image, how far on, and the row after."""
    kept = np.flatnonzero(tracks >= 0)
    order = kept[np.lexsort((sightings.frame[kept], tracks[kept]))]
    frame = sightings.frame[order]
    same = np.append(tracks[order][1:] == tracks[order][:-1], False)
    after = np.append(order[1:], -1)
    last = len(sightings.frame_hours) - 1
    until = np.where(same, np.append(frame[1:], 0) - 1, last)
    hours = sightings.frame_hours
    if ahead:
        gap = hours[np.minimum(until + 1, last)] - hours[frame]
        until = np.where(same & (gap <= LONGEST), until, frame)
    else:
        until = np.minimum(until, np.searchsorted(hours, hours[frame] + HELD, side="right") - 1)
    count = np.maximum(until - frame, 0)
    row, later = np.repeat(order, count), np.repeat(np.where(same, after, order), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    missing = np.repeat(frame, count) + 1 + within
    span = hours[sightings.frame[later]] - hours[sightings.frame[row]]
    share = (hours[missing] - hours[sightings.frame[row]]) / np.where(span > 0, span, 1)
    return row, missing, share, later


def _states(sightings: Sightings) -> Floats:
    """Return box, position and half sizes of each row, (N, 8)."""
    rest = (sightings.longitude, sightings.latitude, sightings.half_width, sightings.half_height)
    return np.column_stack([sightings.boxes, *rest])


def _carried(sightings: Sightings, row: Ints, frame: Ints) -> Floats:
    """Return the states of rows carried to other images by differential rotation, (K, 8)."""
    out = _states(sightings)[row]
    days = (sightings.frame_hours[frame] - sightings.hours[row]) / 24
    turned = out[:, 4] + differential_rotation(out[:, 5], 1.0) * days
    lon, new, lat = np.radians(out[:, 4]), np.radians(turned), np.radians(out[:, 5])
    across = np.cos(lat) * np.clip(np.cos(lon), 0.25, 1)
    radius = (out[:, 2] - out[:, 0]) / 2 / np.maximum(np.radians(out[:, 6]) * across, 1e-9)
    shift = np.nan_to_num(radius * np.cos(lat) * (np.sin(new) - np.sin(lon)))
    out[:, [0, 2]] += shift[:, None]
    out[:, 4] = turned
    return out


def _holders(sightings: Sightings, frame: Ints, moved: Floats) -> Ints:
    """Return the row of the same image whose box covers each missing one, -1 for none, (K,)."""
    out = np.full(len(frame), -1, np.int64)
    best = np.full(len(frame), COVERED)
    starts = np.searchsorted(sightings.frame, np.arange(len(sightings.frame_hours) + 1))
    counts = (starts[1:] - starts[:-1])[frame]
    for nth in range(int(counts.max(initial=0))):
        some = np.flatnonzero(counts > nth)
        other = starts[frame[some]] + nth
        size = sightings.half_width[other], sightings.half_height[other]
        _, held = overlap_of(
            sightings.longitude[other] - moved[some, 4],
            sightings.latitude[other] - moved[some, 5],
            (moved[some, 6], moved[some, 7]),
            size,
        )
        better = held > best[some]
        out[some[better]], best[some[better]] = other[better], held[better]
    return out


def _rows(sightings: Sightings, row: Ints, frame: Ints, moved: Floats) -> Catalog:
    """Return catalogue rows of boxes that were filled in: time, box and place, nothing else."""
    catalog = sightings.catalog
    columns: dict[str, list[Any]] = {name: [None] * len(row) for name in catalog.columns}
    stamp = {int(f): str(catalog.columns["time"][i]) for i, f in _any_row(sightings).items()}
    names = [sightings.frame_names[f] for f in frame.tolist()]
    columns["image"] = list(names)
    columns["time"] = [stamp.get(f) or _stamp(sightings.frame_hours[f]) for f in frame.tolist()]
    columns["region"] = [0] * len(row)
    for text in ("class", "paper_class", "flags"):
        if text in columns:
            columns[text] = [""] * len(row)
    for k, name in enumerate((*BOX, "hgs_lon", "hgs_lat")):
        columns[name] = [round(v, 3) for v in moved[:, k].tolist()]
    if "carrington_lon" in columns:
        turn = moved[:, 4] - sightings.longitude[row]
        hours = sightings.frame_hours[frame] - sightings.hours[row]
        before = np.array([catalog.columns["carrington_lon"][i] or np.nan for i in row.tolist()])
        there = (before + turn - (14.1844 - 0.9856) * hours / 24) % 360
        columns["carrington_lon"] = [round(v, 3) if v == v else None for v in there.tolist()]
    return Catalog(columns, catalog.units)


def _any_row(sightings: Sightings) -> dict[int, int]:
    """Return a row of each image that has one, as {row: image}."""
    frames, first = np.unique(sightings.frame, return_index=True)
    return dict(zip(first.tolist(), frames.tolist(), strict=True))


def _stamp(hour: float) -> str:
    from datetime import UTC, datetime

    return format_time(datetime.fromtimestamp(round(hour * 3600, 3), UTC))


def _merged(
    sightings: Sightings, tracks: Ints, flags: list[set[str]], added: Catalog, numbers: Ints,
    frame: Ints, moved: Floats,
) -> tuple[Sightings, Ints, list[set[str]]]:  # fmt: skip
    """Return sightings, tracks and flags with the added rows in their place."""
    every = np.concatenate([sightings.frame, frame])
    order = np.argsort(every, kind="stable")
    columns = {
        name: _picked([*values, *added.columns[name]], order)
        for name, values in sightings.catalog.columns.items()
    }

    def joined(own: Floats, new: Floats) -> Floats:
        return np.concatenate([own, new])[order]

    whole = replace(
        sightings,
        catalog=Catalog(columns, sightings.catalog.units),
        hours=joined(sightings.hours, sightings.frame_hours[frame]),
        longitude=joined(sightings.longitude, moved[:, 4]),
        latitude=joined(sightings.latitude, moved[:, 5]),
        half_width=joined(sightings.half_width, moved[:, 6]),
        half_height=joined(sightings.half_height, moved[:, 7]),
        score=joined(sightings.score, np.full(len(frame), np.nan)),
        frame=every[order],
    )
    return whole, np.concatenate([tracks, numbers])[order], _picked(flags, order)


def _picked(values: list[Any], order: Iterable[int]) -> list[Any]:
    return [values[i] for i in order]
