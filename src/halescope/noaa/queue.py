"""The forecaster's queue: what differs from NOAA, once a day and subject, weightiest first.

Weights say how much a look would change a forecast, 0 to 100: a class that one side calls complex
and the other does not comes first (complex regions make most large flares), then classes that
NOAA itself changed, large regions that were not found, simpler disagreements, and regions that
NOAA does not list. What our own flags call uncertain, what lies near the limb and what only some of
a day's images show weighs less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from halescope.classes import COARSE
from halescope.noaa.matching import Comparison
from halescope.noaa.midnights import Listed
from halescope.noaa.pairs import JUDGED_WITHIN, Verdict, meridian_of

SAME_PLACE = 6.0
"""Unlisted regions nearer to each other than this on the turning Sun are one, degrees."""

ALSO = {
    "class": "our class differs",
    "changed": "NOAA's class changed",
    "missed": "not found",
    "merged": "no box of its own",
    "split": "in two boxes",
    "extra": "not in the SRS",
}
"""How a finding is named beside a weightier one on the same subject."""


@dataclass(frozen=True)
class Task:
    """One subject worth a forecaster's look: a NOAA region, or a place on the Sun.

    `weight`: 0 to 100. `verdicts`: of the images of the weightiest day that show it. `images`:
    compared on that day. `subject`: ``NOAA 14377`` or, by latitude and Carrington longitude where
    it was first seen, ``S17 L145``: names that last. `days`: on which anything of it is told.
    """

    weight: float
    reason: str
    verdicts: tuple[Verdict, ...]
    images: int
    subject: str = ""
    days: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The last image that shows it."""
        return max(self.verdicts, key=lambda verdict: verdict.time)

    @property
    def shown(self) -> int:
        """Images of the day that show it."""
        return len({(verdict.image, verdict.time) for verdict in self.verdicts})


@dataclass(frozen=True)
class _Finding:
    """One verdict that deserves a look; those of one day, subject and kind are one daily task."""

    subject: str
    kind: tuple[str, ...]
    weight: float
    text: str
    verdict: Verdict


def queue(comparison: Comparison) -> list[Task]:
    """Return what a forecaster should look at, one line a subject, the weightiest first."""
    images: dict[str, set[tuple[str, str]]] = {}
    groups: dict[tuple[str, str, tuple[str, ...]], list[_Finding]] = {}
    places = place_names(comparison.verdicts)
    for index, verdict in enumerate(comparison.verdicts):
        day = verdict.time[:10]
        images.setdefault(day, set()).add((verdict.image, verdict.time))
        for finding in _findings(verdict, places.get(index, "")):
            groups.setdefault((finding.subject, day, finding.kind), []).append(finding)
    subjects: dict[str, list[tuple[str, Task]]] = {}
    for (subject, day, kind), group in groups.items():
        task = _task(group, len(images[day]))
        subjects.setdefault(subject, []).append((kind[0], task))
    tasks = [_line_of(subject, daily) for subject, daily in subjects.items()]
    return sorted(tasks, key=lambda t: (-t.weight, t.verdict.time, t.reason))


def _line_of(subject: str, daily: list[tuple[str, Task]]) -> Task:
    """Return the one line of a subject: its weightiest day, and in few words what else there is."""
    kind, best = max(daily, key=lambda each: (each[1].weight, each[1].verdict.time))
    days = sorted({task.verdict.time[:10] for _, task in daily})
    others = list(dict.fromkeys(ALSO[name] for name, _ in daily if name != kind))
    text = best.reason + (f"; on {len(days)} days" if len(days) > 1 else "")
    text += f"; also {', '.join(others)}" if others else ""
    return Task(best.weight, text, best.verdicts, best.images, subject, tuple(days))


def place_names(verdicts: Sequence[Verdict]) -> dict[int, str]:
    """Return a name that lasts for each ``extra`` verdict's index: ``S17 L145``.

    Latitude and Carrington longitude of the first sighting; where a catalogue has no such
    longitude, its distance west or east. `verdicts`: in order of time.
    """
    names: dict[int, str] = {}
    out: dict[int, str] = {}
    for index, number in unlisted_places(verdicts).items():
        row = verdicts[index].row
        if row is not None and number not in names:
            around = row.get("carrington_lon")
            far = _west(row) if around is None else f" L{float(around) % 360:03.0f}"
            names[number] = _north(row) + far
        out[index] = names[number]
    return out


def _north(row: Any) -> str:
    latitude = float(row["hgs_lat"])
    return f"{'NS'[latitude < 0]}{abs(latitude):02.0f}"


def _west(row: Any) -> str:
    meridian = meridian_of(row)
    return f"{'WE'[meridian < 0]}{abs(meridian):02.0f}"


def unlisted_places(verdicts: Sequence[Verdict]) -> dict[int, int]:
    """Return, for each ``extra`` verdict's index, the number of the place on the Sun it is at.

    `verdicts`: in order of time.
    """
    known: list[tuple[float, float]] = []
    found: dict[int, int] = {}
    for index, verdict in enumerate(verdicts):
        if verdict.verdict != "extra" or verdict.row is None:
            continue
        longitude = verdict.row.get("carrington_lon")
        here = float(verdict.row["hgs_lon"] if longitude is None else longitude)
        latitude = float(verdict.row["hgs_lat"])
        gaps = [_apart(here, latitude, *place) for place in known]
        best = int(np.argmin(gaps)) if gaps else -1
        if best < 0 or gaps[best] > SAME_PLACE:
            best = len(known)
            known.append((here, latitude))
        known[best] = here, latitude  # it drifts with the rotation of its latitude
        found[index] = best
    return found


def _apart(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    across = (lon - other_lon + 180) % 360 - 180
    return float(np.hypot(across * np.cos(np.radians(lat)), lat - other_lat))


def _task(group: list[_Finding], images: int) -> Task:
    """Return what a day's findings on one subject come to."""
    strongest = max(group, key=lambda f: (f.weight, f.verdict.time))
    task = Task(strongest.weight, strongest.text, tuple(f.verdict for f in group), images)
    share = min(1.0, task.shown / images)
    text = strongest.text + (f", {task.shown} of {images} images" if images > 1 else "")
    return Task(strongest.weight * (0.5 + 0.5 * share), text, task.verdicts, images)


def _findings(verdict: Verdict, place: str) -> list[_Finding]:
    row, listed = verdict.row, verdict.listed
    if verdict.verdict == "matched":
        return _matched(verdict)
    if verdict.verdict == "missed":
        return _missed(verdict)
    if verdict.verdict == "extra":
        return _extra(verdict, place)
    if row is None or listed is None or abs(listed.cmd) > JUDGED_WITHIN:
        return []
    if verdict.verdict == "merged":
        text = f"{_name(listed)} has no box of its own: it lies in another region's"
        return [_Finding(_name(listed), ("merged",), 35.0, text, verdict)]
    text = f"{_name(listed)} may be in two boxes"
    return [_Finding(_name(listed), ("split",), 25.0, text, verdict)]


def _name(listed: Listed) -> str:
    return f"NOAA {listed.number}"


def _matched(verdict: Verdict) -> list[_Finding]:
    row, listed = verdict.row, verdict.listed
    if row is None or listed is None:
        return []
    found = []
    if verdict.agrees is False:
        ours, theirs = COARSE[row["class"]], COARSE[listed.name]
        weight = 90.0 if ours == "complex" else 85.0 if theirs == "complex" else 45.0
        text = f"{_name(listed)}: we say {row['class']}, NOAA says {listed.name}"
        text += " of the day before" if listed.is_old else ""
        text += " (our class is in doubt)" if _is_doubted(row) else ""
        kind = ("class", ours, theirs)
        weight *= _trust(row, listed.cmd)
        found.append(_Finding(_name(listed), kind, weight, text, verdict))
    if listed.before and listed.name and listed.before != listed.name:
        weight = 70.0 if "complex" in (COARSE[listed.name], COARSE[listed.before]) else 40.0
        text = f"{_name(listed)}: class changed within 24 h, {listed.before} to {listed.name}"
        text += f" (we say {row['class']})" if row.get("class") else ""
        found.append(_Finding(_name(listed), ("changed",), weight, text, verdict))
    return found


def _missed(verdict: Verdict) -> list[_Finding]:
    listed = verdict.listed
    if listed is None or abs(listed.cmd) > JUDGED_WITHIN:
        return []
    weight = 40 + min((listed.area or 0) / 10, 50)
    if listed.note:
        weight *= 0.6
    if abs(listed.cmd) > 60:
        weight *= 0.7
    text = f"{_name(listed)} ({listed.name or 'no class'}, {listed.area or 0} MSH) not found"
    text += f", {listed.note}" if listed.note else ""
    return [_Finding(_name(listed), ("missed",), weight, text, verdict)]


def _extra(verdict: Verdict, place: str) -> list[_Finding]:
    row = verdict.row
    if row is None:
        return []
    score, name = float(row.get("score") or 0), str(row.get("class") or "")
    weight = 20 + 30 * score + (20 if COARSE.get(name) == "complex" else 0)
    at = f"{_north(row)}{_west(row)}"
    text = f"unlisted region {place}, at {at} ({name or 'no class'}, score {score:.2f})"
    text += " not in the SRS"
    weight *= _trust(row, meridian_of(row))
    return [_Finding(place, ("extra",), weight, text, verdict)]


def _is_doubted(row: Any) -> bool:
    flags = str(row.get("flags") or "")
    return "uncertain_class" in flags or "out_of_distribution" in flags


def _trust(row: Any, meridian: float) -> float:
    """Return the share of a weight that our uncertainty and the limb leave."""
    flags = str(row.get("flags") or "")
    share = 0.7 if "uncertain_class" in flags else 1.0
    return share * (0.7 if "out_of_distribution" in flags or abs(meridian) > 60 else 1.0)
