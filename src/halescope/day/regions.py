"""What the day's page says of one region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from halescope.classes import COARSE, HIERARCHY, SYMBOLS
from halescope.measure.climatology import RATES
from halescope.noaa.matching import catalog_time
from halescope.noaa.pairs import meridian_of
from halescope.noaa.srs_row import SrsRow
from halescope.tracks.summary import NEAR, slope

Row = Mapping[str, Any]

HISTORY = timedelta(days=2)
"""How far back a card shows its class, and growth is measured."""

DOUBTS = {
    "bridged": "not found on this image, filled in from those around it",
    "weak": "weak, and never sure so far",
    "uncertain_class": "class too close to call on this image",
    "near_limb": "near the limb",
    "off_limb": "partly off the limb",
    "few_examples": "finer class rests on few examples",
    "out_of_distribution": "unlike what the networks learned from",
    "bad_quality": "the file itself says that its quality is bad",
}
"""Flags of a catalogue and of a track that a forecaster should know of, in words."""


def region_of(
    rows: Sequence[Row], fact: Row, changes: Sequence[Row], known: Sequence[SrsRow], time: datetime
) -> dict[str, Any]:
    """Return the card of one region.

    Parameters
    ----------
    rows : sequence of mapping
        Of its track, in order of time; the last one is of the newest image.
    fact : mapping
        Its row of the table of tracks.
    changes : sequence of mapping
        Events of the last day, of all tracks.
    known : sequence of SrsRow
        Section I as issued by then.
    time : datetime
        Of the newest image, UTC.
    """
    now = rows[-1]
    track, name = now["track"], str(now["class_track"] or "")
    shares = {level: now[f"p_{level}_track"] for level in HIERARCHY}
    recent = [row for row in rows if catalog_time(row["time"]) > time - HISTORY]
    numbers = [int(number) for number in str(now.get("noaa") or "").split("|") if number]
    listed = [row for row in known if row.number == numbers[0]] if numbers else []
    listed.sort(key=lambda row: row.date)
    return {
        "track": track,
        "noaa": numbers,
        "label": f"NOAA {now['noaa']}" if numbers else f"track {track}",
        "location": place_words(now["hgs_lon"], now["hgs_lat"]),
        "hgs_lon": now["hgs_lon"],
        "hgs_lat": now["hgs_lat"],
        "carrington_lon": now["carrington_lon"],
        "from_meridian": round(meridian_of(now), 1),
        "box": [now[edge] for edge in ("x_min", "y_min", "x_max", "y_max")],
        "area_msh": now["area_msh"],
        "class": name,
        "symbol": SYMBOLS.get(name, ""),
        "probability": shares.get(COARSE.get(name, ""), None),
        "probabilities": shares,
        "class_of_image": now["class"] or None,
        "history": [_moment(row) for row in recent],
        "growth": growth_of(recent),
        "came": fact.get("came"),
        "first_seen": rows[0]["time"],
        "changes": [
            {"time": event["time"], "words": event["words"]}
            for event in changes
            if event["track"] == track or event["other"] == track
        ],
        "noaa_class": _listed_class(listed, time, 0),
        "noaa_class_before": _listed_class(listed, time, 1),
        "flares": _flares(name),
        "doubts": _doubts(now),
    }


def growth_of(rows: Sequence[Row]) -> dict[str, float | None]:
    """Return the change of area, MSH a day, with its standard error; None where too little tells.

    `rows`: of the track, in order of time; those beyond 60 degrees are left out.
    """
    used = [r for r in rows if r["area_msh"] is not None and abs(meridian_of(r)) <= NEAR]
    hours = np.array([catalog_time(r["time"]).timestamp() / 3600 for r in used])
    change, error = slope(hours, np.array([r["area_msh"] for r in used], float))
    if not np.isfinite(change):
        return {"msh_day": None, "error": None}
    return {"msh_day": round(change, 1), "error": round(error, 1)}


def place_words(longitude: float, latitude: float) -> str:
    """Return a place as ``N13E63``; longitude is west positive."""
    return f"{'NS'[latitude < 0]}{abs(latitude):02.0f}{'WE'[longitude < 0]}{abs(longitude):02.0f}"


def _moment(row: Row) -> dict[str, Any]:
    shares = {level: row[f"p_{level}_track"] for level in HIERARCHY}
    return {"time": row["time"], "class": row["class_track"] or None, **shares}


def _listed_class(listed: Sequence[SrsRow], time: datetime, back: int) -> str | None:
    """Return NOAA's class in the newest summary within a day, or in that of a day earlier."""
    day = time.date() - timedelta(days=back)
    near = [row for row in listed if row.date == day]
    if not near and back == 0:
        near = [row for row in listed if row.date == day - timedelta(days=1)]
    return near[-1].mag_class or None if near else None


def _flares(name: str) -> dict[str, float | int | None]:
    rate = RATES.get(name)
    if rate is None:
        return {"c": None, "m": None, "x": None, "days": None}
    return {"c": rate.c, "m": rate.m, "x": rate.x, "days": rate.days}


def _doubts(row: Row) -> list[str]:
    flags = f"{row.get('flags') or ''}|{row.get('track_flags') or ''}".split("|")
    return [words for flag, words in DOUBTS.items() if flag in flags]
