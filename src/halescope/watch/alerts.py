"""What a forecaster is told of, each thing once: nothing flickers.

A class counts as changed when every image of an hour, two at least, is sure of the new one. What
was announced of a track is remembered, and the same is not announced again before it has gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from halescope.classes import COARSE
from halescope.day.regions import growth_of
from halescope.noaa.matching import catalog_time

Region = Mapping[str, Any]
Told = Mapping[tuple[int, str], Any]

CENTRAL = 60.0
"""Complex regions are alerted within this many degrees of the central meridian."""


@dataclass(frozen=True)
class Limits:
    """When something is worth an alert.

    Parameters
    ----------
    sure : float
        Least probability of a class along the track.
    hours : float
        For so long every image has to say the same, and two at least.
    growth : float
        MSH of strong field a day.
    errors : float
        Growth is at least so many times its standard error.
    score : float
        Of the detector, that a new region reaches at least once.
    """

    sure: float = 0.65
    hours: float = 1.0
    growth: float = 500.0
    errors: float = 3.0
    score: float = 0.5


@dataclass(frozen=True)
class Decision:
    """An alert, or with no words something that counts as known from now on.

    `told`: what is announced by it, as (what, value). `clears`: the same, of what has gone.
    """

    kind: str
    region: Region
    words: str
    told: tuple[tuple[str, Any], ...]

    def alert(self, image: Mapping[str, Any]) -> dict[str, Any]:
        """Return it as it is kept and sent."""
        track = self.region["track"]
        stamp = str(image["time"]).replace(":", "").replace("-", "")
        return {
            "id": f"{self.kind}-{track}-{stamp}",
            "kind": self.kind,
            "time": image["time"],
            "image": image["name"],
            "track": track,
            "label": self.region["label"],
            "location": self.region["location"],
            "class": self.region["class"],
            "probability": self.region["probability"],
            "words": self.words,
            "title": f"{self.region['label']} at {self.region['location']}: {TITLES[self.kind]}",
        }


TITLES = {
    "class": "class changed",
    "complex": "complex near the centre",
    "new": "new region",
    "growth": "grows fast",
}


def decide(
    regions: Sequence[Region],
    rows: Mapping[int, Sequence[Region]],
    told: Told,
    start: str,
    limits: Limits | None = None,
) -> list[Decision]:
    """Return what is to be announced at the newest image.

    Parameters
    ----------
    regions : sequence of mapping
        Of `halescope.day.describe`.
    rows : mapping of int to sequence
        Rows of the catalogue of each of their tracks that the detector gave, in order of time.
    told : mapping of (track, what) to value
    start : str
        Time of the watch's first image: regions that were there then are not new.
    limits : Limits, optional
    """
    limits = limits or Limits()
    out: list[Decision] = []
    for region in regions:
        own = rows.get(region["track"], ())
        if not own or any("filled in" in words for words in region["doubts"]):
            continue
        out += _new(region, own, told, start, limits)
        out += _class(region, own, told, limits)
        out += _growth(region, own, told, limits)
    return out


def silence(source: str, image: Mapping[str, Any], age: str, now: str) -> dict[str, Any]:
    """Return the alert that a source has sent nothing for some time, as it is kept and sent.

    `image`: name and time of the newest. `age`: of it, in words. `now`: the clock's time, UTC.
    """
    stamp = str(image["time"]).replace(":", "").replace("-", "")
    return {
        "id": f"silent-{stamp}",
        "kind": "silent",
        "time": now,
        "image": image["name"],
        "track": None,
        "label": source,
        "location": "",
        "class": "",
        "probability": None,
        "picture": None,
        "words": f"no new image for {age}; the newest is of {_clock(image['time'])}",
        "title": f"{source} is silent",
    }


def settled(rows: Sequence[Region], limits: Limits) -> str:
    """Return the level that all of the latest rows are sure of, empty where they are not."""
    end = catalog_time(rows[-1]["time"])
    since = end - timedelta(hours=limits.hours)
    recent = [row for row in rows if catalog_time(row["time"]) > since]
    before = [row for row in rows if catalog_time(row["time"]) <= since]
    used = before[-1:] + recent
    levels = {COARSE.get(row["class_track"] or "", "") for row in used}
    if len(used) < 2 or len(levels) > 1 or not before:
        return ""
    level = levels.pop()
    sure = all((row[f"p_{level}_track"] or 0) >= limits.sure for row in used) if level else False
    return level if sure else ""


def _new(
    region: Region, rows: Sequence[Region], told: Told, start: str, limits: Limits
) -> list[Decision]:
    known = (("seen", True),)
    if told.get((region["track"], "seen")):
        return []
    if rows[0]["time"] <= start:
        return [Decision("new", region, "", known)]
    if len(rows) < 2 or max(row["score"] or 0 for row in rows) < limits.score:
        return []
    how = {"east limb": "came over the east limb", "split": "split from another one"}
    words = f"{how.get(region['came'], 'new on the disk')}, first seen {_clock(rows[0]['time'])}"
    return [Decision("new", region, f"{words}; {_class_words(region)}", known)]


def _class(region: Region, rows: Sequence[Region], told: Told, limits: Limits) -> list[Decision]:
    level, track = settled(rows, limits), region["track"]
    if not level:
        return []
    known = told.get((track, "class"))
    near = abs(region["from_meridian"]) <= CENTRAL
    if level == "complex" and near and not told.get((track, "complex")):
        before = "" if known in (None, level) else f", {known} before"
        words = f"{_class_words(region)}{before}, {abs(region['from_meridian']):.0f} degrees "
        words += "from the central meridian"
        return [Decision("complex", region, words, (("class", level), ("complex", True)))]
    if known == level:
        return []
    said = (("class", level), ("complex", level == "complex" and near))
    if known is None:
        return [Decision("class", region, "", said)]
    return [Decision("class", region, f"{known} to {_class_words(region)}", said)]


def _growth(region: Region, rows: Sequence[Region], told: Told, limits: Limits) -> list[Decision]:
    end = catalog_time(rows[-1]["time"])
    day = [row for row in rows if catalog_time(row["time"]) > end - timedelta(days=1)]
    found = growth_of(day)
    change, error = found["msh_day"], found["error"]
    announced = bool(told.get((region["track"], "growth")))
    if change is None or error is None:
        return []
    if announced:
        gone = change < limits.growth / 2
        return [Decision("growth", region, "", (("growth", False),))] if gone else []
    if change < limits.growth or change < limits.errors * error:
        return []
    words = f"grows by {change:.0f} ± {error:.0f} MSH of strong field a day; {_class_words(region)}"
    return [Decision("growth", region, words, (("growth", True),))]


def _class_words(region: Region) -> str:
    if region["probability"] is None:
        return "no class"
    return f"{region['class']}, p {region['probability']:.2f}"


def _clock(stamp: str) -> str:
    return stamp[:16].replace("T", " ") + " UTC"
