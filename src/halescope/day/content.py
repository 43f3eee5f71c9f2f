"""What the day's page says, as plain values: the page, ``day.json`` and alerts share them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from halescope._version import __version__
from halescope.day.regions import region_of
from halescope.errors import DatasetError
from halescope.noaa.matching import catalog_time, compare
from halescope.noaa.queue import queue
from halescope.noaa.srs_row import SrsRow
from halescope.tracks import Tracks
from halescope.tracks.reports import ISSUED
from halescope.types import Catalog, format_time

DAY = timedelta(days=1)

STALE = timedelta(hours=6)
"""A page whose newest image is older than this says so at its top."""

SUMMARY_STALE = timedelta(hours=30)
"""The same for NOAA's summary, from the midnight that it is of."""

BEGUN = ("emerged", "east limb", "split")
ENDED = ("decayed", "west limb", "merged")


def describe(
    tracks: Tracks,
    summaries: Sequence[SrsRow] | None = None,
    now: datetime | None = None,
    image: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Return what is known of the Sun at the newest image, and what changed in the day before it.

    Parameters
    ----------
    tracks : Tracks
        Of `halescope.track`, with the summaries that were known.
    summaries : sequence of SrsRow, optional
        Section I; those issued after the newest image are left out.
    now : datetime, optional
        UTC, from which ages are told; the time of the newest image if left out.
    image : (name, time), optional
        The newest image, where it may show no region and so have no row.

    Returns
    -------
    dict
        Plain values as ``day.json`` holds them: ``image``, ``summary``, ``regions`` (largest flare
        climatology first), ``queue``, ``new``, ``gone``, ``returned``, ``doubts``.

    Raises
    ------
    DatasetError
        There is no image with a time.
    """
    name, stamp = image or _newest(tracks.catalog)
    time = catalog_time(stamp)
    now = now or time
    known = None if summaries is None else _issued(summaries, time)
    histories = _histories(tracks.catalog, stamp)
    facts = {row["track"]: row for row in tracks.tracks.rows()}
    events = [row for row in tracks.events.rows() if row["time"] <= stamp]
    changes = _within(events, time)
    regions = [
        region_of(rows, facts.get(track, {}), changes, known or (), time)
        for track, rows in histories.items()
        if rows[-1]["time"] == stamp
    ]
    regions.sort(key=lambda r: (-(r["flares"]["m"] or 0), -(r["area_msh"] or 0), r["track"]))
    labels = {track: _label(rows[-1]) for track, rows in histories.items()}
    document: dict[str, Any] = {
        "halescope": __version__,
        "made": format_time(now.replace(microsecond=0)),
        "mode": tracks.mode,
        "image": {"name": name, "time": stamp, "age_hours": _hours(now - time)},
        "summary": _summary(known, now),
        "regions": regions,
        "new": _told(changes, BEGUN, labels),
        "gone": _told(changes, ENDED, labels),
        "returned": _returned(events, regions, labels),
    }
    tasks, note = _queue(tracks.catalog, stamp, name, known)
    document |= {"queue": tasks, "doubts": _doubts(document, time, now, known is None, note)}
    return document


def _newest(catalog: Catalog) -> tuple[str, str]:
    pairs = zip(catalog.columns["time"], catalog.columns["image"], strict=True)
    timed = [pair for pair in pairs if pair[0]]
    if not timed:
        found = "holds no image with a time"
        raise DatasetError("catalogue", found, "images with times", "analyze again with --time")
    stamp, name = max(timed)
    return str(name), str(stamp)


def _issued(summaries: Sequence[SrsRow], time: datetime) -> list[SrsRow]:
    """Return the rows that had been issued by a time."""
    last = (time - timedelta(hours=ISSUED)).date()
    return [row for row in summaries if row.section == "I" and row.date <= last]


def _histories(catalog: Catalog, stamp: str) -> dict[int, list[dict[str, Any]]]:
    """Return the rows of each track in order of time, up to a time."""
    out: dict[int, list[dict[str, Any]]] = {}
    for row in catalog.rows():
        if row["track"] is not None and row["time"] <= stamp:
            out.setdefault(row["track"], []).append(row)
    return out


def _within(events: Sequence[dict[str, Any]], time: datetime) -> list[dict[str, Any]]:
    since = format_time(time - DAY)
    return [event for event in events if event["time"] > since]


def _told(
    events: Sequence[dict[str, Any]], kinds: Sequence[str], labels: dict[int, str]
) -> list[dict[str, Any]]:
    return [
        {key: event[key] for key in ("time", "kind", "track", "words")}
        | {"label": labels.get(event["track"], f"track {event['track']}")}
        for event in events
        if event["kind"] in kinds
    ]


def _returned(
    events: Sequence[dict[str, Any]], regions: Sequence[dict[str, Any]], labels: dict[int, str]
) -> list[dict[str, Any]]:
    """Return which of the regions now on the disk are perhaps older ones."""
    here = {region["track"] for region in regions}
    return _told([event for event in events if event["track"] in here], ("returned",), labels)


def _label(row: dict[str, Any]) -> str:
    return f"NOAA {row['noaa']}" if row.get("noaa") else f"track {row['track']}"


def _summary(known: Sequence[SrsRow] | None, now: datetime) -> dict[str, Any] | None:
    if not known:
        return None
    day = max(row.date for row in known)
    issued = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=ISSUED)
    count = sum(row.date == day for row in known)
    return {"issued": format_time(issued), "age_hours": _hours(now - issued), "regions": count}


def _queue(
    catalog: Catalog, stamp: str, name: str, known: Sequence[SrsRow] | None
) -> tuple[list[dict[str, Any]], str]:
    """Return what the newest image shows against NOAA, and a note where it cannot be compared."""
    if known is None:
        return [], ""
    kept = [
        i
        for i, (time, flags) in enumerate(
            zip(catalog.columns["time"], catalog.columns["track_flags"], strict=True)
        )
        if time == stamp and "bridged" not in (flags or "")
    ]
    rows = {key: [values[i] for i in kept] for key, values in catalog.columns.items()}
    rows |= {"class": rows["class_track"], "image": [name] * len(kept)}
    rows["region"] = short_names(rows["track"], rows["noaa"])
    try:
        tasks = queue(compare(Catalog(rows), known, images=[(name, stamp)]))
    except DatasetError as error:
        return [], str(error)
    return [{"weight": round(task.weight), "reason": task.reason} for task in tasks], ""


def short_names(tracks: Sequence[Any], noaa: Sequence[Any]) -> list[str]:
    """Return what the disk's picture calls regions: NOAA's number, or ``T`` and the track's."""
    first = [str(number or "").split("|")[0] for number in noaa]
    return [
        number if number and first.count(number) == 1 else f"T{track}"
        for track, number in zip(tracks, first, strict=True)
    ]


def _doubts(
    document: dict[str, Any], time: datetime, now: datetime, without: bool, note: str
) -> list[str]:
    """Return what is old or doubtful of the page as a whole, one sentence each."""
    out = []
    age = now - time
    if age > STALE:
        out.append(f"The newest image is {age_words(age)} old.")
    if age < -timedelta(minutes=30):
        out.append(f"The newest image is of {age_words(-age)} after this clock's time.")
    summary = document["summary"]
    if without:
        out.append("No Solar Region Summary was given: numbers and NOAA's classes are missing.")
    elif summary is None:
        out.append("No Solar Region Summary had been issued by the time of the newest image.")
    elif summary["age_hours"] > SUMMARY_STALE / timedelta(hours=1):
        words = age_words(timedelta(hours=summary["age_hours"]))
        out.append(f"The newest Solar Region Summary is {words} old.")
    if note:
        out.append(note)
    open_classes = [r["label"] for r in document["regions"] if (r["probability"] or 0) < 0.65]
    if open_classes:
        out.append("Class not settled (p below 0.65): " + ", ".join(open_classes) + ".")
    return out


def age_words(age: timedelta) -> str:
    """Return a span for a reader: minutes, hours or days."""
    minutes = age.total_seconds() / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 72 * 60 else f"{minutes / 1440:.0f} days"


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 2)
