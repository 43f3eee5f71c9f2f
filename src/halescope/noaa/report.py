"""The report on a comparison with NOAA: table, counts, a line for each region, the queue."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from halescope.guards.cells import csv_text
from halescope.io.atomic import atomic_text
from halescope.noaa.matching import Comparison
from halescope.noaa.pairs import JUDGED_WITHIN, VERDICTS, Verdict
from halescope.noaa.queue import Task, queue, unlisted_places


def table(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one dict for each verdict, keys in the order of `COLUMNS`."""
    return [_line(verdict) for verdict in comparison.verdicts]


def counts(comparison: Comparison) -> dict[str, Any]:
    """Return the report's numbers.

    Returns dict: count of each verdict, of NOAA regions within 75 degrees and how many of them were
    found (matched, or merged into a box), the number of places on the Sun where unlisted regions
    were seen, and the share of matched pairs whose alpha / beta / complex agrees and whose full
    class agrees; None where there is none.
    """
    verdicts = comparison.verdicts
    judged = [v for v in verdicts if v.agrees is not None]
    exact = sum(_is_exact(v) for v in judged)
    inner = [v for v in verdicts if _is_counted(v)]
    return {
        "images": comparison.images,
        **{name: sum(v.verdict == name for v in verdicts) for name in VERDICTS},
        "noaa_within_75": len(inner),
        "matched_within_75": sum(v.verdict == "matched" for v in inner),
        "found_within_75": sum(v.verdict != "missed" for v in inner),
        "unlisted_places": len(set(unlisted_places(verdicts).values())),
        "class_pairs": len(judged),
        "class_agreement": _share(sum(bool(v.agrees) for v in judged), len(judged)),
        "full_class_agreement": _share(exact, len(judged)),
        "tolerance_deg": comparison.tolerance,
        "notes": list(comparison.notes),
        "warnings": list(comparison.warnings),
    }


def regions(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one dict for each NOAA region within 75 degrees, keys of `REGION_COLUMNS`."""
    groups: dict[int, list[Verdict]] = {}
    for verdict in comparison.verdicts:
        if _is_counted(verdict) and verdict.listed is not None:
            groups.setdefault(verdict.listed.number, []).append(verdict)
    return [_region(number, groups[number]) for number in sorted(groups)]


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Write ``match.csv``, ``queue.csv``, ``regions.csv`` and ``match.json``; any may be empty."""
    tasks = [_task_line(task) for task in queue(comparison)]
    return [
        atomic_text(folder / "match.csv", csv_text(COLUMNS, table(comparison))),
        atomic_text(folder / "queue.csv", csv_text(QUEUE_COLUMNS, tasks)),
        atomic_text(folder / "regions.csv", csv_text(REGION_COLUMNS, regions(comparison))),
        atomic_text(folder / "match.json", json.dumps(counts(comparison), indent=1) + "\n"),
    ]


def summary(comparison: Comparison) -> str:
    """Return the report's numbers in a line."""
    found = counts(comparison)
    agreement = found["class_agreement"]
    said = "" if agreement is None else f" (class agrees in {agreement:.0%})"
    aside = [f"{found['limb']} near the limb"] if found["limb"] else []
    aside += [f"{found['outside']} outside the image"] if found["outside"] else []
    return (
        f"{found['images']} images: {found['matched']} matched{said}, {found['missed']} missed, "
        f"{found['extra']} extra, {found['merged']} merged, {found['split']} split "
        f"(within {found['tolerance_deg']:g} degrees)"
        + (f"; of NOAA's, {' and '.join(aside)} are not held to be missed" if aside else "")
    )


def _is_counted(verdict: Verdict) -> bool:
    """Say whether a verdict is the one on a NOAA region that counts."""
    if verdict.listed is None or verdict.verdict in ("split", "outside"):
        return False
    return abs(verdict.listed.cmd) <= JUDGED_WITHIN


def _is_exact(verdict: Verdict) -> bool:
    row, listed = verdict.row, verdict.listed
    return row is not None and listed is not None and row["class"] == listed.name


def _region(number: int, verdicts: list[Verdict]) -> dict[str, Any]:
    count = Counter(v.verdict for v in verdicts)
    judged = [v.agrees for v in verdicts if v.agrees is not None]
    listed = [v.listed for v in verdicts if v.listed is not None]
    ours = [str(v.row["class"]) for v in verdicts if v.verdict == "matched" and v.row]
    times = sorted(v.time for v in verdicts)
    return {
        "noaa": number,
        "first": times[0],
        "last": times[-1],
        "images": len(verdicts),
        **{name: count[name] for name in ("matched", "merged", "missed")},
        "found": _share(len(verdicts) - count["missed"], len(verdicts)),
        "area_msh_max": max((entry.area or 0 for entry in listed), default=0),
        "noaa_classes": _tally(entry.name or "none" for entry in listed),
        "our_classes": _tally(ours),
        "class_pairs": len(judged),
        "class_agreement": _share(sum(judged), len(judged)),
    }


def _tally(names: Any) -> str:
    """Return ``beta 20|alpha 4``, the most frequent first."""
    return "|".join(f"{name} {count}" for name, count in Counter(names).most_common())


def _task_line(task: Task) -> dict[str, Any]:
    return {
        "weight": round(task.weight),
        "subject": task.subject,
        "day": task.verdict.time[:10],
        "first_day": task.days[0] if task.days else "",
        "last_day": task.days[-1] if task.days else "",
        "reason": task.reason,
        "shown": task.shown,
        "images": task.images,
    } | _line(task.verdict)


def _line(verdict: Verdict) -> dict[str, Any]:
    row, listed = verdict.row or {}, verdict.listed
    agrees = verdict.agrees
    return {
        "image": verdict.image,
        "time": verdict.time,
        "verdict": verdict.verdict,
        "region": row.get("region"),
        "noaa": None if listed is None else listed.number,
        "distance_deg": None if verdict.distance is None else round(verdict.distance, 1),
        "class": row.get("class"),
        "noaa_class": None if listed is None else listed.name,
        "agree": None if agrees is None else "yes" if agrees else "no",
        "score": row.get("score"),
        "hgs_lon": row.get("hgs_lon"),
        "hgs_lat": row.get("hgs_lat"),
        "noaa_lon": None if listed is None else round(listed.longitude, 1),
        "noaa_lat": None if listed is None else listed.latitude,
        "noaa_area_msh": None if listed is None else listed.area,
        "noaa_cmd": None if listed is None else round(listed.cmd, 1),
        "noaa_summary": None if listed is None or listed.issued is None else str(listed.issued),
        "note": _note(verdict),
    }


def _note(verdict: Verdict) -> str:
    """Return what is to be known of a line, in words."""
    listed = verdict.listed
    if listed is None:
        return ""
    aside = {"limb": "beyond 75 degrees", "outside": "outside the image"}.get(verdict.verdict, "")
    old = "class of the day before" if listed.is_old else ""
    return "; ".join(filter(None, (listed.note, aside, old)))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


_NOTHING = Verdict("", "", "", None, None)
COLUMNS = tuple(_line(_NOTHING))
QUEUE_COLUMNS = tuple(_task_line(Task(0, "", (_NOTHING,), 0)))
REGION_COLUMNS = tuple(_region(0, [_NOTHING]))
