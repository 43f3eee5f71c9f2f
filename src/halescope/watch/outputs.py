"""The folder that a web server serves: every file in it is whole at every moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from halescope.day import Pictures, render_day, solar_regions, write_day
from halescope.guards.cells import csv_text
from halescope.io.atomic import atomic_text
from halescope.io.catalog import merge_catalogs, read_table, write_catalog
from halescope.noaa.srs_row import SrsRow
from halescope.tracks import Tracks
from halescope.types import Catalog
from halescope.watch.feed import feed
from halescope.watch.score import COLUMNS, score_words
from halescope.watch.state import State

LATEST, FEED, SCORES, HISTORY, ALERTS = (
    "latest.json", "feed.xml", "scores.csv", "history", "alerts",
)  # fmt: skip

SHOWN = 20
"""Alerts in ``latest.json``, newest last."""


def write_outputs(
    folder: Path,
    document: Mapping[str, Any],
    pictures: Pictures | None,
    status: Mapping[str, Any],
    tracks: Tracks,
    state: State,
    summaries: Sequence[SrsRow] | None,
) -> None:
    """Write page, JSON files, feed and scores.

    Parameters
    ----------
    document : mapping
        Of `halescope.day.describe`.
    status : mapping
        Of the watch itself: ``source``, ``notices`` and more.
    """
    scores = [state.scores[day] for day in sorted(state.scores)]
    page = render_day(document, pictures, status["notices"], score_words(scores[-30:]))
    alerts = list(state.alerts.values())
    latest = dict(document) | {"watch": dict(status), "alerts": alerts[-SHOWN:]}
    atomic_text(folder / LATEST, json.dumps(latest, indent=1) + "\n")
    atomic_text(folder / FEED, feed(alerts, status["source"], document["image"]["time"]))
    atomic_text(folder / SCORES, csv_text(COLUMNS, scores))
    write_day(folder, document, page, solar_regions(tracks.catalog, summaries))


def write_history(folder: Path, tracks: Tracks, state: State, days: Iterable[str]) -> None:
    """Write the rows of some UTC days as ``history/DAY.parquet``.

    Of images that are too old to be tracked now, the rows stay as the file has them; those that
    were never tracked are added without a track.
    """
    columns = tracks.catalog.columns
    for day in sorted(set(days)):
        path = folder / HISTORY / f"{day}.parquet"
        now = _chosen(tracks.catalog, [stamp[:10] == day for stamp in columns["time"]])
        parts, known = [now], set(now.columns["time"])
        older = [read_table(path)] if path.exists() else []
        older += [seen.catalog for stamp, seen in state.images.items() if stamp[:10] == day]
        for table in older:
            times = table.columns.get("time", [])
            rest = _chosen(table, [stamp not in known for stamp in times])
            known |= set(times)
            parts += [rest] if len(rest) else []
        merged = merge_catalogs(parts)
        order = sorted(range(len(merged)), key=lambda i: merged.columns["time"][i])
        rows = {name: [values[i] for i in order] for name, values in merged.columns.items()}
        write_catalog(Catalog(rows, merged.units), path)


def _chosen(table: Catalog, wanted: Sequence[bool]) -> Catalog:
    kept = [i for i, is_wanted in enumerate(wanted) if is_wanted]
    rows = {name: [values[i] for i in kept] for name, values in table.columns.items()}
    return Catalog(rows, table.units)
