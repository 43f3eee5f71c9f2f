"""REST of a data set's labelling as a whole: how far it is, and proposals for all its pictures."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from halescope.io.source import SUFFIXES
from halescope.studio.datasets.index import DatasetIndex, open_index
from halescope.studio.labels.order import FLOOR, PROPOSALS
from halescope.studio.labels.reviewed import read_reviewed
from halescope.studio.labels.walk import Walk
from halescope.studio.state import Studio, TheStudio
from halescope.studio.workspace import Workspace

api = APIRouter(prefix="/api", tags=["labels"])

SPARE = 1.2
"""Whole folders are named where they hold at most so many times the data set's pictures."""


@api.get("/datasets/{name}/labels")
def labelling(studio: TheStudio, name: str) -> dict[str, Any]:
    """Return how far the labelling of a data set is, and which picture to begin with."""
    return progress_of(studio, name)


def progress_of(studio: Studio, name: str) -> dict[str, Any]:
    """Return counts of a data set's pictures: all, reviewed, with proposals; `next` to look at."""
    folder = studio.workspace.folder("datasets", name)
    index = open_index(folder)
    walk = Walk(folder, index)
    reviewed, keys = read_reviewed(folder), walk.keys if index.kind == "disks" else []
    job = studio.queue.active(subject_of(name))
    following = next((key for key in keys if key not in reviewed), keys[0] if keys else "")
    record = index.find(following)
    picture = None if record is None else index.path(record)
    return {
        "dataset": name,
        "count": len(keys),
        "reviewed": sum(key in reviewed for key in keys),
        "scored": len(walk.doubt),
        "next": following or None,
        "picture": None if picture is None else studio.workspace.relative(picture),
        "job": None if job is None else studio.queue.described(job),
    }


class AllProposalsIn(BaseModel):
    """Which networks propose; the shipped ones if left out."""

    model_config = ConfigDict(extra="forbid")

    detector: str | None = None
    floor: float = Field(default=FLOOR, ge=0, le=1, description="Least score.")


@api.post("/datasets/{name}/proposals", status_code=202)
def propose_all(
    studio: TheStudio, name: str, given: AllProposalsIn | None = None
) -> dict[str, Any]:
    """Begin a job that lets a detector look at all pictures: `halescope analyze --table-only`.

    What it finds orders the pictures, least sure first. Pictures that are done are skipped.
    """
    asked = given or AllProposalsIn()
    folder = studio.workspace.folder("datasets", name)
    running = studio.queue.active(subject_of(name))
    if running is not None:
        return studio.queue.described(running)
    command = proposals_command(studio.workspace, folder, open_index(folder), asked)
    title = f"Proposals for {name}"
    job = studio.queue.submit(
        "proposals", [command], title, subject=subject_of(name), accepts=(0, 2)
    )
    return studio.queue.described(job)


def subject_of(name: str) -> str:
    """Return what the job of a data set's proposals is about; its rows are not touched."""
    return f"proposals/{name}"


def proposals_command(
    workspace: Workspace, folder: Path, index: DatasetIndex, asked: AllProposalsIn
) -> list[str]:
    """Return the arguments of `halescope` that look at all pictures of a data set."""
    named = [workspace.relative(path) for path in inputs_of(pictures_of(index))]
    command = ["analyze", *named, "--table-only", "--min-score", f"{asked.floor:g}"]
    if asked.detector:
        command += ["--detector", asked.detector]
    return [*command, "-o", workspace.relative(folder / PROPOSALS)]


def pictures_of(index: DatasetIndex) -> list[Path]:
    """Return the files of a data set's pictures, those that are there."""
    return [path for path in map(index.path, index.images) if path is not None]


def inputs_of(paths: Iterable[Path]) -> list[Path]:
    """Return files, or the folders that hold hardly anything else, so that a line is short."""
    wanted = Counter(path.parent for path in paths)
    named: list[Path] = []
    for parent, count in sorted(wanted.items()):
        there = sum(Path(name).suffix.lower() in SUFFIXES for name in _files(parent))
        is_own = there <= SPARE * count
        named += [parent] if is_own else sorted(p for p in paths if p.parent == parent)
    return named


def _files(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
