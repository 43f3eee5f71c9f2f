"""An analysis as the REST interface and the pages say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from halescope.batch.outputs import Record
from halescope.measure.evidence import evidence
from halescope.render.overlay import is_doubted
from halescope.studio.analyses.store import Stored
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace

CATALOGS = ("csv", "ecsv", "json", "vot")
NOAA = "noaa.json"


def described(workspace: Workspace, found: Stored, stem: str | None = None) -> dict[str, Any]:
    """Return an analysis with the regions of one image, the first if left out, and its links."""
    out: dict[str, Any] = {
        "id": found.id,
        "state": "done" if (found.folder / "run.json").exists() or stem else "interrupted",
        "many": found.is_many,
        "title": title_of(found),
        "job": "" if found.asked is None else found.asked.job,
        "asked": asked_for(found),
        "image": "", "time": "", "regions": [], "failures": found.failures(),
        "links": links(found, None),
    }  # fmt: skip
    if stem is None and not found.records:
        return out
    folder, record = found.image(stem)
    return out | {
        "stem": folder.name,
        "image": record.image,
        "time": record.time,
        "seconds": record.seconds,
        "picture": picture_path(workspace, record),
        **networks(found),
        "regions": record.catalog.rows(),
        "units": record.catalog.units,
        "words": words(folder, record),
        "doubted": [r["region"] for r in record.catalog.rows() if is_doubted(r.get("flags"))],
        "noaa": noaa(folder),
        "links": links(found, folder.name),
    }


def asked_for(found: Stored) -> dict[str, Any]:
    """Return with what an analysis was made, as a request for a new one names it."""
    asked, used = found.asked, networks(found)
    if asked is None:
        return {"detector": used.get("detector"), "classifier": used.get("classifier"),
                "time": None, "physics": False}  # fmt: skip
    return {"detector": asked.detector, "classifier": asked.classifier,
            "time": asked.time, "physics": asked.physics}  # fmt: skip


def title_of(found: Stored) -> str:
    """Return what an analysis is called: as it was asked for, by its one picture, or its folder."""
    if found.asked is not None:
        return found.asked.title
    if not found.is_many and found.records:
        return found.records[0][1].image
    return found.id


def networks(found: Stored) -> dict[str, Any]:
    """Return the names of detector and classifier, as ``run.json`` has them."""
    try:
        document = json.loads((found.folder / "run.json").read_text("utf-8"))
        return {str(entry["task"]): str(entry["name"]) for entry in document["models"]}
    except (OSError, ValueError, LookupError, TypeError):
        asked = found.asked
        return {} if asked is None else {"detector": asked.detector, "classifier": asked.classifier}


def gallery(workspace: Workspace, found: Stored) -> list[dict[str, Any]]:
    """Return the images of an analysis: name, time, boxes for a small picture, classes."""
    out = []
    for folder, record in found.records:
        rows = record.catalog.rows()
        out.append(
            {
                "stem": folder.name,
                "image": record.image,
                "time": record.time,
                "regions": len(rows),
                "complex": max((row["p_complex"] or 0 for row in rows), default=0),
                "classes": [row["class"] for row in rows],
                "overlay": (folder / "overlay.png").exists(),
                "picture": picture_path(workspace, record),
            }
        )
    return out


def picture_path(workspace: Workspace, record: Record) -> str | None:
    """Return the path by which the image can be looked at, None where it cannot."""
    try:
        return workspace.relative(workspace.find(record.source))
    except Problem:
        return None


def words(folder: Path, record: Record) -> dict[str, list[str]]:
    """Return what speaks for each region's class: explained, or from the measures alone."""
    try:
        told = json.loads((folder / "explain.json").read_text("utf-8"))
        return {str(entry["region"]): list(entry["words"]) for entry in told["regions"]}
    except (OSError, ValueError, LookupError, TypeError):
        return {str(row["region"]): evidence(row) for row in record.catalog.rows()}


def noaa(folder: Path) -> dict[str, Any] | None:
    """Return NOAA's marks on an image, if a summary was given."""
    try:
        found: dict[str, Any] = json.loads((folder / NOAA).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def links(found: Stored, stem: str | None) -> dict[str, str]:
    """Return the addresses of an analysis and what can be downloaded."""
    base = f"/api/analyses/{quote(found.id)}"
    which = f"?image={quote(stem, safe='')}" if stem and found.is_many else ""
    out = {"self": base, "page": f"/analyses/{quote(found.id)}{which}"}
    out |= {kind: f"{base}/catalog.{kind}" for kind in CATALOGS}
    if stem is None:
        return out
    out |= {name: f"{base}/{name}.png{which}" for name in ("overlay", "explain")}
    if not (found.folder / stem / "explain.png").exists():
        del out["explain"]
    return out | {"crops": f"{base}/crops.zip{which}"}
