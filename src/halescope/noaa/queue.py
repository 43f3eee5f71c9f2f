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
from halescope.noaa.pairs import JUDGED_WITHIN, Verdict, meridian_of

SAME_PLACE = 6.0
"""Unlisted regions nearer to each other than this on the turning Sun are one, degrees."""

Subject = tuple[Any, ...]


@dataclass(frozen=True)
class Task:
    """One thing worth a forecaster's look.

    `weight`: 0 to 100. `verdicts`: of the day's images that show it. `images`: compared on that
    day.
    """

    weight: float
    reason: str
    verdicts: tuple[Verdict, ...]
    images: int

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
    """One verdict that deserves a task; findings of one day and subject become one."""

    subject: Subject
    weight: float
    text: str
    verdict: Verdict


def queue(comparison: Comparison) -> list[Task]:
    """Return what a forecaster should look at, the weightiest first."""
    images: dict[str, set[tuple[str, str]]] = {}
    groups: dict[Subject, list[_Finding]] = {}
    places = unlisted_places(comparison.verdicts)
    for index, verdict in enumerate(comparison.verdicts):
        day = verdict.time[:10]
        images.setdefault(day, set()).add((verdict.image, verdict.time))
        for finding in _findings(verdict, places.get(index, 0)):
            groups.setdefault((day, *finding.subject), []).append(finding)
    tasks = [_task(group, len(images[key[0]])) for key, group in groups.items()]
    return sorted(tasks, key=lambda t: (-t.weight, t.verdict.time, t.reason))


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


def _findings(verdict: Verdict, place: int) -> list[_Finding]:
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
        text = f"NOAA {listed.number} has no box of its own: region {row['region']} holds it too"
        return [_Finding(("merged", listed.number), 35.0, text, verdict)]
    text = f"NOAA {listed.number} may be in two boxes: region {row['region']} is the second"
    return [_Finding(("split", listed.number), 25.0, text, verdict)]


def _matched(verdict: Verdict) -> list[_Finding]:
    row, listed = verdict.row, verdict.listed
    if row is None or listed is None:
        return []
    found = []
    if verdict.agrees is False:
        ours, theirs = COARSE[row["class"]], COARSE[listed.name]
        weight = 90.0 if ours == "complex" else 85.0 if theirs == "complex" else 45.0
        text = f"NOAA {listed.number}: we say {row['class']}, NOAA says {listed.name}"
        subject = ("class", listed.number, ours, theirs)
        weight *= _trust(row, listed.cmd)
        found.append(_Finding(subject, weight, text, verdict))
    if listed.before and listed.name and listed.before != listed.name:
        weight = 70.0 if "complex" in (COARSE[listed.name], COARSE[listed.before]) else 40.0
        text = f"NOAA {listed.number}: class changed within 24 h, {listed.before} to {listed.name}"
        text += f" (we say {row['class']})" if row.get("class") else ""
        found.append(_Finding(("changed", listed.number), weight, text, verdict))
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
    text = f"NOAA {listed.number} ({listed.name or 'no class'}, {listed.area or 0} MSH) not found"
    text += f", {listed.note}" if listed.note else ""
    return [_Finding(("missed", listed.number), weight, text, verdict)]


def _extra(verdict: Verdict, place: int) -> list[_Finding]:
    row = verdict.row
    if row is None:
        return []
    score, name = float(row.get("score") or 0), str(row.get("class") or "")
    longitude, latitude = float(row["hgs_lon"]), float(row["hgs_lat"])
    weight = 20 + 30 * score + (20 if COARSE.get(name) == "complex" else 0)
    at = f"{'NS'[latitude < 0]}{abs(latitude):02.0f}{'WE'[longitude < 0]}{abs(longitude):02.0f}"
    text = f"region {row['region']} at {at} ({name or 'no class'}, score {score:.2f})"
    text += " not in the SRS"
    weight *= _trust(row, meridian_of(row))
    return [_Finding(("extra", place), weight, text, verdict)]


def _trust(row: Any, meridian: float) -> float:
    """Return the share of a weight that our uncertainty and the limb leave."""
    share = 0.7 if "uncertain_class" in str(row.get("flags") or "") else 1.0
    return share * (0.7 if abs(meridian) > 60 else 1.0)
