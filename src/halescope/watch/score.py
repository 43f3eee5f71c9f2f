"""The watch's own score: each new summary against what was said before it was there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from halescope.classes import COARSE
from halescope.noaa.matching import AnalysedImage, compare_seen
from halescope.noaa.srs_row import SrsRow
from halescope.tracks import Tracks
from halescope.types import format_time

COLUMNS = (
    "day", "image", "regions", "found", "missed", "extra", "classes", "right", "repeated_right",
    "both",
)  # fmt: skip
"""Of ``scores.csv``: day of the summary; image it is held against; NOAA's regions within 75
degrees, those found and missed; boxes that no row lists; regions with a class on both sides and how
many of ours were right at the level of alpha, beta and complex; how many repeating the summary
before would have got right, of those that it had a class for (`both`)."""

LAST = timedelta(hours=12)
"""The image that a summary is held against is at most so much older than its midnight."""

WITHIN = 75.0


def scores(
    tracks: Tracks,
    images: Sequence[tuple[str, str]],
    summaries: Sequence[SrsRow],
    done: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """Return the score of each day that can be scored and is not yet, by day.

    Each summary is held against the last image before its midnight, with the class along the
    track: nothing of it was known then.

    Parameters
    ----------
    tracks : Tracks
        In mode ``filter``.
    images : sequence of (name, time)
    summaries : sequence of SrsRow
    done : sequence of str
        Days scored before.
    """
    days: dict[date, list[SrsRow]] = {}
    for row in summaries:
        if row.section == "I":
            days.setdefault(row.date, []).append(row)
    out = {}
    for day in sorted(days):
        image = None if day.isoformat() in done else _last_before(images, day)
        if image is not None:
            out[day.isoformat()] = _score(tracks, image, day, days)
    return out


def _last_before(images: Sequence[tuple[str, str]], day: date) -> tuple[str, str] | None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    low, high = format_time(midnight - LAST), format_time(midnight)
    between = [each for each in images if low <= each[1] < high]
    later = any(each[1] >= high for each in images)  # else a better one may still come
    return max(between, key=lambda each: each[1]) if between and later else None


def _score(
    tracks: Tracks, image: tuple[str, str], day: date, days: dict[date, list[SrsRow]]
) -> dict[str, Any]:
    rows = [
        row | {"class": row["class_track"], "image": image[0]}
        for row in tracks.catalog.rows()
        if row["time"] == image[1] and row["track"] is not None
    ]
    for number, row in enumerate(rows, 1):
        row["region"] = number
    verdicts = compare_seen([AnalysedImage(*image, tuple(rows))], {day: days[day]}).verdicts
    judged = [v for v in verdicts if v.listed is not None and abs(v.listed.cmd) <= WITHIN]
    found = [v for v in judged if v.verdict in ("matched", "merged")]
    agreed = [v for v in judged if v.agrees is not None]
    before = {row.number: row.mag_class for row in days.get(day - timedelta(days=1), ())}
    known = [
        (COARSE[before[v.listed.number]], COARSE[v.listed.name])
        for v in agreed
        if v.listed is not None and before.get(v.listed.number)
    ]
    return {
        "day": day.isoformat(),
        "image": image[0],
        "regions": len({v.listed.number for v in judged if v.listed}),
        "found": len({v.listed.number for v in found if v.listed}),
        "missed": sum(v.verdict == "missed" for v in judged),
        "extra": sum(v.verdict == "extra" for v in verdicts),
        "classes": len(agreed),
        "right": sum(bool(v.agrees) for v in agreed),
        "repeated_right": sum(a == b for a, b in known),
        "both": len(known),
    }


def score_words(all_scores: Sequence[dict[str, Any]]) -> str:
    """Return what the scores kept come to, in a sentence; empty without any."""
    if not all_scores:
        return ""
    total = {name: sum(score[name] for score in all_scores) for name in COLUMNS[2:]}
    text = f"Own score over {len(all_scores)} summaries: {total['found']} of {total['regions']} "
    text += f"regions found, {total['right']} of {total['classes']} classes right"
    if total["both"]:
        text += (
            f"; repeating NOAA's of the day before: {total['repeated_right']} of {total['both']}"
        )
    return text + "."
