"""The report on a comparison with NOAA: table, counts, and the forecaster's queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halescope.classes import COARSE
from halescope.evaluation.noaa import LIMB, VERDICTS, Comparison, Verdict
from halescope.io.atomic import atomic_text

COLUMNS = (
    "image",
    "time",
    "verdict",
    "region",
    "noaa",
    "distance_deg",
    "class",
    "noaa_class",
    "agree",
    "score",
    "hgs_lon",
    "hgs_lat",
    "noaa_lon",
    "noaa_lat",
    "noaa_area_msh",
    "note",
)


@dataclass(frozen=True)
class Task:
    """One thing worth a forecaster's look.

    Parameters
    ----------
    weight : float
        0 to 100, by what it would change in a forecast.
    reason : str
        In words.
    verdict : Verdict
    """

    weight: float
    reason: str
    verdict: Verdict


def table(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one dict for each verdict, keys in the order of `COLUMNS`."""
    return [_line(verdict) for verdict in comparison.verdicts]


def counts(comparison: Comparison) -> dict[str, Any]:
    """Return the report's numbers.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        Count of each verdict, of NOAA regions within 75 degrees and how many of them were found
        (matched, or merged into a box), and the share of matched pairs whose alpha / beta /
        complex agrees and whose full class agrees; None where there is none.
    """
    verdicts = comparison.verdicts
    number = {name: sum(v.verdict == name for v in verdicts) for name in VERDICTS}
    judged = [v for v in verdicts if v.agrees is not None]
    exact = sum(
        v.row["class"] == v.listed.name
        for v in judged
        if v.row is not None and v.listed is not None
    )
    inner = [
        v
        for v in verdicts
        if v.listed is not None and v.verdict != "split" and abs(v.listed.longitude) <= LIMB
    ]
    found = sum(v.verdict != "missed" for v in inner)
    return {
        "images": comparison.images,
        **number,
        "noaa_within_75": len(inner),
        "found_within_75": found,
        "class_pairs": len(judged),
        "class_agreement": _share(sum(bool(v.agrees) for v in judged), len(judged)),
        "full_class_agreement": _share(exact, len(judged)),
        "tolerance_deg": comparison.tolerance,
        "notes": list(comparison.notes),
    }


def queue(comparison: Comparison) -> list[Task]:
    """Return what a forecaster should look at, the weightiest first.

    Parameters
    ----------
    comparison : Comparison
    """
    tasks = [task for verdict in comparison.verdicts for task in _tasks(verdict)]
    return sorted(tasks, key=lambda t: (-t.weight, t.verdict.time, t.reason))


def write_report(comparison: Comparison, folder: Path) -> list[Path]:
    """Write ``match.csv``, ``queue.csv`` and ``match.json``; tables may be empty.

    Parameters
    ----------
    comparison : Comparison
    folder : path
    """
    tasks = [
        {"weight": round(t.weight), "reason": t.reason} | _line(t.verdict)
        for t in queue(comparison)
    ]
    return [
        atomic_text(folder / "match.csv", _csv(COLUMNS, table(comparison))),
        atomic_text(folder / "queue.csv", _csv(("weight", "reason", *COLUMNS), tasks)),
        atomic_text(folder / "match.json", json.dumps(counts(comparison), indent=1) + "\n"),
    ]


def _tasks(verdict: Verdict) -> list[Task]:
    maker = {"matched": _matched, "missed": _missed, "extra": _extra}.get(verdict.verdict)
    if maker is not None:
        return maker(verdict)
    row, listed = verdict.row, verdict.listed
    if row is None or listed is None:
        return []
    if verdict.verdict == "merged":
        text = f"region {row['region']} holds NOAA {listed.number} besides another region"
        return [Task(35, text, verdict)]
    return [Task(25, f"region {row['region']} may be a part of NOAA {listed.number}", verdict)]


def _matched(verdict: Verdict) -> list[Task]:
    row, listed = verdict.row, verdict.listed
    if row is None or listed is None:
        return []
    tasks = []
    if verdict.agrees is False:
        ours, theirs = COARSE[row["class"]], COARSE[listed.name]
        weight = 90.0 if ours == "complex" else 85.0 if theirs == "complex" else 45.0
        text = f"NOAA {listed.number}: we say {row['class']}, NOAA says {listed.name}"
        tasks.append(Task(weight * _trust(row, listed.longitude), text, verdict))
    if listed.before and listed.name and listed.before != listed.name:
        complex_now = COARSE[listed.name] == "complex"
        text = f"NOAA {listed.number}: class changed within 24 h, {listed.before} to {listed.name}"
        tasks.append(Task(70.0 if complex_now else 40.0, text, verdict))
    return tasks


def _missed(verdict: Verdict) -> list[Task]:
    listed = verdict.listed
    if listed is None or abs(listed.longitude) > LIMB:
        return []
    weight = 40 + min((listed.area or 0) / 10, 50)
    if listed.note:
        weight *= 0.6
    text = f"NOAA {listed.number} ({listed.name or 'no class'}, {listed.area or 0} MSH) not found"
    return [Task(weight, text + (f", {listed.note}" if listed.note else ""), verdict)]


def _extra(verdict: Verdict) -> list[Task]:
    row = verdict.row
    if row is None:
        return []
    score = float(row.get("score") or 0)
    weight = 20 + 30 * score + (20 if COARSE.get(str(row.get("class"))) == "complex" else 0)
    text = f"region {row['region']} ({row.get('class')}, score {score:.2f}) not in the SRS"
    return [Task(weight * _trust(row, float(row["hgs_lon"])), text, verdict)]


def _trust(row: Any, longitude: float) -> float:
    """Return by how much a doubt of ours lowers the weight."""
    doubt = 0.7 if "uncertain_class" in str(row.get("flags") or "") else 1.0
    return doubt * (0.7 if abs(longitude) > 60 else 1.0)


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
        "note": "" if listed is None else listed.note,
    }


def _csv(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
