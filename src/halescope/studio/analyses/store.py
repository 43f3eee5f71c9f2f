"""Analyses as they lie in the workspace: what was asked, the images, their regions."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from halescope.batch.outputs import Options, Record, read_record, read_records
from halescope.io.atomic import atomic_text
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace
from halescope.types import format_time

ROOM, ASKED, INPUT, BESIDE = "analyses", "analysis.json", "input", "beside"


@dataclass(frozen=True)
class Asked:
    """What an analysis was asked for; ``analysis.json`` in its folder.

    Parameters
    ----------
    sources : tuple of str
        Files and folders, as a person types them in the workspace.
    title : str
        For a person: the file's name, or how many.
    many : bool
        Whether it is a job of many images.
    made : str
        When, UTC.
    job : str
        Of the queue; empty for one image.
    detector, classifier, time : str or None
        See `halescope.batch.outputs.Options`.
    physics : bool
        The same.
    """

    sources: tuple[str, ...]
    title: str
    many: bool = False
    made: str = field(default_factory=lambda: format_time(datetime.now(UTC).replace(microsecond=0)))
    job: str = ""
    detector: str | None = None
    classifier: str | None = None
    time: str | None = None
    physics: bool = False

    def options(self, workspace: Workspace) -> Options:
        """Return what `halescope.batch` takes; 404 where a network's card is not there.

        Raises
        ------
        TimeError
            The time cannot be read.
        """
        detector = card_path(workspace, self.detector)
        classifier = card_path(workspace, self.classifier)
        return Options(detector, classifier, self.time, physics=self.physics)


def card_path(workspace: Workspace, name: str | None) -> str | None:
    """Return a network's name, or the path of its card, which must lie in the workspace."""
    if name is None or not ("/" in name or "\\" in name or name.endswith((".json", ".onnx"))):
        return name or None
    return str(workspace.find(name))


def new_id(now: datetime | None = None) -> str:
    """Return a name for an analysis; it sorts by time."""
    return f"{now or datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Stored:
    """One analysis in the workspace.

    Parameters
    ----------
    folder : Path
    asked : Asked or None
        None for one that the command line made and somebody put there.
    records : tuple of (Path, Record)
        Folder and record of each image that is done, in order of time.
    """

    folder: Path
    asked: Asked | None
    records: tuple[tuple[Path, Record], ...]

    @classmethod
    def read(cls, workspace: Workspace, id: str, stem: str | None = None) -> Stored:
        """Return an analysis, or the part of one image by its folder's name; 404 if none."""
        folder = workspace.folder(ROOM, id)
        if stem is not None:
            place = workspace.path(ROOM, id, stem)
            record = read_record(place) if place.parent == folder else None
            known = () if record is None else ((place, record),)
            return cls(folder, read_asked(folder), known)
        found = [pair for pair in read_records(folder) if pair[0].name not in (INPUT, BESIDE)]
        found.sort(key=lambda pair: (pair[1].time, pair[1].image))
        asked = read_asked(folder)
        if asked is None and not found and not (folder / "catalog.csv").exists():
            raise Problem(404, "Not there", f"{ROOM}/{id} is no analysis")
        return cls(folder, asked, tuple(found))

    @property
    def id(self) -> str:
        """Name of its folder."""
        return self.folder.name

    @property
    def is_many(self) -> bool:
        """Whether it may hold several images."""
        if self.asked is not None:
            return self.asked.many
        try:
            document = json.loads((self.folder / "run.json").read_text("utf-8"))
            return len(document["files"]) != 1
        except (OSError, ValueError, LookupError, TypeError):
            return len(self.records) != 1

    def image(self, stem: str | None = None) -> tuple[Path, Record]:
        """Return folder and record of an image by its folder's name, the first if left out; 404."""
        for folder, record in self.records:
            if stem is None or folder.name == stem:
                return folder, record
        raise Problem(404, "Not there", f"{self.id} holds no image {stem or ''}".strip())

    def failures(self) -> list[dict[str, str]]:
        """Return name and message of each image that could not be analysed."""
        try:
            document = json.loads((self.folder / "run.json").read_text("utf-8"))
            return [
                {"image": str(entry["image"]), "message": str(entry["message"])}
                for entry in document["files"]
                if entry["status"] == "failed"
            ]
        except (OSError, ValueError, LookupError, TypeError):
            return []


def read_asked(folder: Path) -> Asked | None:
    """Return what ``analysis.json`` says, None where there is none or it is damaged."""
    try:
        found = json.loads((folder / ASKED).read_text("utf-8"))
        return Asked(**{**found, "sources": tuple(map(str, found["sources"]))})
    except (OSError, ValueError, LookupError, TypeError):
        return None


def write_asked(folder: Path, asked: Asked) -> None:
    """Write ``analysis.json``."""
    atomic_text(folder / ASKED, json.dumps(asdict(asked), indent=1) + "\n")


def brief(workspace: Workspace, id: str) -> dict[str, Any] | None:
    """Return an analysis in a line of a table; None where the folder is none."""
    folder = workspace.root / ROOM / id
    asked = read_asked(folder)
    try:
        document = json.loads((folder / "run.json").read_text("utf-8"))
        files = [entry for entry in document["files"] if entry["status"] != "failed"]
        known: dict[str, Any] = {
            "regions": int(document["regions"]),
            "images": len(files),
            "time": str(files[0].get("time", "")) if files else "",
            "image": str(files[0]["image"]) if files else "",
            "made": str(document["started"]),
            "state": "done",
        }
        models = {entry["task"]: entry["name"] for entry in document["models"]}
        known |= {"detector": models.get("detector"), "classifier": models.get("classifier")}
    except (OSError, ValueError, LookupError, TypeError):
        if asked is None:
            return None
        known = {"regions": None, "images": 0, "time": "", "image": "", "made": asked.made}
        known |= {
            "state": "interrupted",
            "detector": asked.detector,
            "classifier": asked.classifier,
        }
    title = asked.title if asked is not None else known["image"] or id
    if known["images"] > 1 and asked is None:
        title = id
    many = asked.many if asked is not None else known["images"] != 1
    job = asked.job if asked is not None else ""
    return {"id": id, "title": title, "name": title, "many": many, "job": job, **known}
