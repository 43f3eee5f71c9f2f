"""What lies in a folder that somebody chose: labels, pictures, parts, classes; and a preview."""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from halescope.datasets.imports.pictures import treated_picture, upright
from halescope.datasets.imports.sources import Source, class_folders, look, pictures_below
from halescope.datasets.treatment import Treatment
from halescope.errors import HalescopeError, ReadError
from halescope.guards.inside import real
from halescope.io import read
from halescope.io.atomic import atomic_path
from halescope.io.source import SUFFIXES
from halescope.studio.datasets.form.before import named_in, pictures_of
from halescope.studio.datasets.form.recipe import Treat
from halescope.studio.pictures.browse import listing
from halescope.studio.workspace import Workspace

NAMES = {
    "manifest": "a manifest", "srs": "NOAA's summaries", "kitti": "KITTI labels",
    "yolo": "YOLO labels", "coco": "COCO labels", "voc": "Pascal VOC labels",
    "cvat": "CVAT labels", "folders": "class folders", "pictures": "pictures without labels",
}  # fmt: skip

MOST_LABELS = 200
"""Files of labels that are listed."""

SAMPLES, LOOKED = 6, 600
"""Pictures to preview, of so many that are looked at."""

PREVIEW = 512
"""Longest side of a preview, pixels."""


LABEL_FILES = (".csv", ".parquet", ".json", ".xml", ".txt", ".tar", ".tar.gz", ".tgz")
"""Endings of files that may hold labels or summaries."""


def folder(workspace: Workspace, text: str) -> dict[str, Any]:
    """Return the folders in a folder, its files of labels, and how many pictures lie in it."""
    found = listing(workspace, text)
    labels = list[dict[str, Any]]()
    if found["path"]:
        place = workspace.find(found["path"])
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name.lower().endswith(LABEL_FILES) and entry.is_file():
                    path = workspace.relative(place / entry.name)
                    size = entry.stat().st_size
                    labels.append({"name": entry.name, "path": path, "bytes": size})
    labels.sort(key=lambda file: file["name"])
    pictures = len(found["files"])
    return found | {"files": labels[:MOST_LABELS], "labels": len(labels), "pictures": pictures}


def looked_at(workspace: Workspace, text: str) -> dict[str, Any]:
    """Return what a folder or file holds; 404 where it may not be read."""
    path = workspace.find(text)
    sources = look(path)
    folder = path if path.is_dir() else path.parent
    forms = sorted({source.form for source in sources})
    classes = Counter[str]()
    for source in sources:
        if source.form == "folders":
            classes.update(class_folders(source.labels))
    listed = [source.labels for source in sources if source.form == "manifest"]
    named = [picture for table in listed for picture in pictures_of(workspace, table)]
    count = sum(map(len, map(named_in, listed))) or pictures_below(folder, 50_000)
    summaries = next((source for source in sources if source.form == "srs"), None)
    return {
        "path": workspace.relative(path),
        "name": path.stem if path.is_file() else path.name,
        "format": forms[0] if len(forms) == 1 else "",
        "formats": forms,
        "said": _said(forms, sources, classes),
        "parts": [source.part for source in sources if source.part],
        "pictures": count,
        "missing": count - len(named) if listed else 0,
        "classes": dict(classes),
        "srs": workspace.relative(summaries.labels) if summaries else None,
        "summaries": [] if forms else summaries_near(workspace, folder),
        "samples": [workspace.relative(p) for p in (spread(named) if listed else samples(folder))],
    }


def _said(forms: list[str], sources: list[Source], classes: Counter[str]) -> str:
    """Return what was found in words."""
    if not forms:
        return "no labels"
    named = " and ".join(NAMES[form] for form in forms)
    if classes:
        named = f"{len(classes)} {named}"
    parts = [source.part for source in sources if source.part]
    return f"{named}, divided into {', '.join(parts)}" if parts else named


def summaries_near(workspace: Workspace, folder: Path) -> list[dict[str, str]]:
    """Return tables and archives of NOAA's summaries in a folder, beside it, or in ``inputs``."""
    places = [folder, folder.parent, workspace.root / "inputs"]
    places += [place for place in _folders(folder.parent) if place != folder]
    found: dict[Path, None] = {}
    for place in places:
        if not workspace.may_read(place):
            continue
        for path in sorted(place.glob("*"))[:LOOKED]:
            name = path.name.lower()
            if "srs" in name and name.endswith(_TABLES) and path.is_file():
                found[real(path)] = None
    return [{"name": path.name, "path": workspace.relative(path)} for path in list(found)[:SAMPLES]]


_TABLES = (".csv", ".tar", ".tar.gz", ".tgz")


def _folders(place: Path) -> list[Path]:
    return [path for path in sorted(place.glob("*"))[:LOOKED] if path.is_dir()]


def samples(folder: Path) -> list[Path]:
    """Return some pictures of a folder and those below it, spread evenly over the first ones."""
    found = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    return spread(sorted(islice(found, LOOKED)))


def spread(some: list[Path]) -> list[Path]:
    """Return a few of many pictures, spread evenly."""
    places = np.linspace(0, len(some) - 1, min(SAMPLES, len(some))).round().astype(int)
    return [some[place] for place in dict.fromkeys(places.tolist())]


def draw_preview(path: str, target: str, treatment: Treatment | None, is_crop: bool) -> None:
    """Write a picture as a treatment makes it, as PNG; as it is without one.

    Raises `HalescopeError` where it cannot be read; called in a process of its own.
    """
    from PIL import Image

    picture = _levels(Path(path), is_crop)
    if treatment is None:
        image = Image.fromarray(picture.astype(np.uint8))
        image.thumbnail((PREVIEW, PREVIEW))
    else:
        image = treated_picture(picture, treatment)
    with atomic_path(target) as fresh:
        image.save(fresh, "PNG", compress_level=1)


def _levels(path: Path, is_crop: bool) -> Any:
    """Return the grey or colour levels of a picture, rows downwards."""
    from PIL import Image

    if not is_crop:
        try:
            return upright(read(path), np.zeros((0, 4)))[0]
        except HalescopeError:
            if path.suffix.lower() in (".fits", ".fts", ".fit", ".gz", ".jp2"):
                raise
    try:
        with Image.open(path) as found:
            return np.asarray(found.convert("RGB" if found.mode in ("RGB", "P") else "L"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ReadError(path.name, f"is no readable picture ({error})") from error


def treatment_of(treat: Treat) -> Treatment | None:
    """Return what to preview, no larger than a preview is; None for pictures as they are."""
    if treat.resize == "none":
        return None
    scale = min(1.0, PREVIEW / max(treat.width, treat.height))
    width, height = (max(8, round(side * scale)) for side in (treat.width, treat.height))
    channels = 3 if treat.colour == "colour" else 1
    return Treatment(width, height, treat.resize, channels, padding=treat.padding)
