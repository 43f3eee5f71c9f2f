"""The folder that a web server serves: every file in it is whole at every moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from halescope.day import Pictures, render_day, solar_regions, write_day
from halescope.io.atomic import atomic_text, csv_text
from halescope.io.catalog import write_catalog
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


def write_history(folder: Path, tracks: Tracks, days: Iterable[str]) -> None:
    """Write the rows of some UTC days as ``history/DAY.parquet``."""
    columns = tracks.catalog.columns
    for day in sorted(set(days)):
        kept = [i for i, stamp in enumerate(columns["time"]) if stamp[:10] == day]
        rows = {name: [values[i] for i in kept] for name, values in columns.items()}
        write_catalog(Catalog(rows, tracks.catalog.units), folder / HISTORY / f"{day}.parquet")
