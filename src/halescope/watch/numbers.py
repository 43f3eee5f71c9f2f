"""Tracks of a moving window, with numbers that stay the same over the watch's whole life."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from halescope.errors import DatasetError
from halescope.noaa.srs_row import SrsRow
from halescope.tracks import Tracks, track
from halescope.types import Catalog
from halescope.watch.state import State

_TRACK = re.compile(r"\btrack (\d+)\b")


def tracked(state: State, summaries: Sequence[SrsRow] | None) -> tuple[Tracks, str]:
    """Return the tracks of the window, and a note where summaries could not be used.

    Parameters
    ----------
    state : State
        With at least one image.
    summaries : sequence of SrsRow, optional
    """
    seen = state.window()
    tables = [each.catalog for each in seen if each.columns.get("time")]
    images = [(each.name, each.time) for each in seen]
    try:
        return numbered(track(tables, summaries, "filter", images), state.numbers), ""
    except DatasetError as error:
        if summaries is None:
            raise
        found = numbered(track(tables, None, "filter", images), state.numbers)
        return found, f"Summaries are not used: {error}."


def numbered(tracks: Tracks, known: Mapping[tuple[str, int], int]) -> Tracks:
    """Return tracks under the numbers that their rows had before; new ones count on.

    `known`: (time, region) to number.
    """
    columns = tracks.catalog.columns
    rows = zip(columns["time"], columns["region"], columns["track"], strict=True)
    votes = Counter(
        (new, known[time, region])
        for time, region, new in rows
        if new is not None and (time, region) in known
    )
    names: dict[int, int] = {}
    for (new, old), _ in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        if new not in names and old not in names.values():
            names[new] = old
    last = max(known.values(), default=0)
    for new in tracks.tracks.columns["track"]:
        if new not in names:
            last += 1
            names[new] = last
    return replace(
        tracks,
        catalog=_renamed(tracks.catalog, ("track",), names),
        tracks=_renamed(tracks.tracks, ("track", "returned_from"), names),
        events=_renamed(tracks.events, ("track", "other"), names, "words"),
    )


def rows_of(catalog: Catalog, time: str) -> list[tuple[int, int]]:
    """Return region and track of the rows of one image that the detector gave."""
    columns = catalog.columns
    rows = zip(columns["time"], columns["region"], columns["track"], columns["score"], strict=True)
    return [(r, t) for stamp, r, t, score in rows if stamp == time and t and score is not None]


def _renamed(
    table: Catalog, columns: Sequence[str], names: Mapping[int, int], words: str = ""
) -> Catalog:
    out: dict[str, list[Any]] = dict(table.columns)
    for name in columns:
        out[name] = [None if value is None else names[value] for value in out[name]]
    if words:
        out[words] = [
            _TRACK.sub(lambda found: f"track {names[int(found[1])]}", text) for text in out[words]
        ]
    return Catalog(out, table.units)
