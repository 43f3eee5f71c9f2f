"""Making analyses: from uploads or paths, now or as a job; explaining, comparing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.datastructures import UploadFile

from halescope.batch.outputs import read_records
from halescope.errors import HalescopeError, ModelError
from halescope.io.atomic import atomic_text
from halescope.render.overlay import is_doubted
from halescope.runtime.card import read_card
from halescope.runtime.store import shipped
from halescope.studio.analyses import present, uploads, work
from halescope.studio.analyses.analyser import Analyser
from halescope.studio.analyses.store import (
    BESIDE,
    INPUT,
    ROOM,
    Asked,
    Stored,
    new_id,
    read_asked,
    write_asked,
)
from halescope.studio.jobs.job import Job
from halescope.studio.problems import Problem
from halescope.studio.state import Studio
from halescope.studio.workspace import Workspace, safe_name

WITHOUT_NETWORK = {"detector": ("threshold",), "classifier": ("climatology",)}
"""What is used by name and is no network."""


@dataclass(frozen=True)
class New:
    """An analysis whose folder is made."""

    id: str
    many: bool


def from_uploads(studio: Studio, asked: Asked, files: list[UploadFile]) -> New:
    """Keep uploads in a new analysis; nothing is left where that fails."""
    folder = studio.workspace.new_folder(ROOM, new_id())
    try:
        paths = uploads.keep(files, folder)
        many = len(paths) > 1
        sources = [folder / INPUT] if many else paths
        title = f"{len(paths)} files" if many else paths[0].name
        return _begin(studio, folder, asked, sources, title, many)
    except (HalescopeError, Problem, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        raise


def from_paths(studio: Studio, asked: Asked, texts: Sequence[str]) -> New:
    """Begin an analysis of files or folders that may be read; 404 where one is not there."""
    if not texts:
        text = 'names no path; expected {"path": "inputs/disk.fits"}'
        raise Problem(422, "No path", f"the body {text}")
    paths = [studio.workspace.find(text) for text in texts]
    many = len(paths) > 1 or paths[0].is_dir()
    names = ", ".join(path.name for path in paths[:3])
    title = names if len(paths) <= 3 else f"{names} and {len(paths) - 3} more"
    folder = studio.workspace.new_folder(ROOM, new_id())
    return _begin(studio, folder, asked, paths, title, many)


def _begin(
    studio: Studio, folder: Path, asked: Asked, sources: Sequence[Path], title: str, many: bool
) -> New:
    typed = tuple(studio.workspace.relative(path) for path in sources)
    write_asked(folder, replace(asked, sources=typed, title=title, many=many))
    return New(folder.name, many)


def from_analysis(studio: Studio, asked: Asked, id: str, stem: str | None) -> New:
    """Begin an analysis of the images of another one, or of one of them; 404 where one is gone.

    Uploads are kept in the new one too, so that the other can be deleted.
    """
    stored = Stored.read(studio.workspace, id, stem)
    known = stored.asked
    if stem is not None or known is None:
        texts = list(dict.fromkeys(record.source for _, record in stored.records))
    else:
        texts = list(known.sources)
    paths = [studio.workspace.find(text) for text in texts]
    if not paths:
        raise Problem(409, "Nothing to analyse", f"{id} names no image")
    many = stem is None and (stored.is_many if known is None else known.many)
    title = paths[0].name if known is None or stem is not None else known.title
    folder = studio.workspace.new_folder(ROOM, new_id())
    try:
        sources = [_taken_along(path, stored.folder / INPUT, folder / INPUT) for path in paths]
        return _begin(studio, folder, asked, sources, title, many)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _taken_along(path: Path, old: Path, new: Path) -> Path:
    """Return where a source is to be read: an upload in its new folder, all else where it is."""
    if not path.is_relative_to(old):
        return path
    target = new / path.relative_to(old)
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, copy_function=_linked, dirs_exist_ok=True)
    else:
        _linked(str(path), str(target))
    return target


def _linked(source: str, target: str) -> str:
    """Give an upload, which is never changed in place, a second name; copy it where that fails."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


async def run(studio: Studio, id: str, is_new: bool) -> None:
    """Analyse the one image of an analysis; 422 with the command line's sentence if it cannot be.

    What cannot be analysed is deleted again if it is new.
    """
    folder = studio.workspace.folder(ROOM, id)
    asked = read_asked(folder)
    if asked is None or asked.many:
        raise Problem(409, "Not one image", f"{id} is no analysis of one image: resume its job")
    source = studio.workspace.find(asked.sources[0])
    at_work = _at_work(studio)
    at_work.add(id)
    try:
        options = asked.options(studio.workspace)
        call = (work.analyse, str(source), str(folder), options)
        message = await studio.part(Analyser).call(source.name, *call)
    except (HalescopeError, Problem):
        await _drop(folder, is_new)
        raise
    finally:
        at_work.discard(id)
    if message:
        await _drop(folder, is_new)
        raise Problem(422, "Cannot be analysed", message)
    studio.events.publish("changed", {"room": ROOM})


async def _drop(folder: Path, is_new: bool) -> None:
    """Remove a new analysis that came to nothing; an older one stays."""
    if is_new:
        await to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))


class _AtWork(set[str]):
    """The analyses that are being made now."""

    def close(self) -> None:
        """Forget them."""
        self.clear()


def _none_at_work(_studio: Studio) -> _AtWork:
    return _AtWork()


def _at_work(studio: Studio) -> _AtWork:
    return studio.part(_none_at_work)


def is_at_work(studio: Studio, id: str) -> bool:
    """Say whether an analysis of one image is being made."""
    return id in _at_work(studio)


def command(asked: Asked, id: str) -> list[str]:
    """Return the arguments of ``halescope`` that make the same in the workspace's folder."""
    words = ["analyze", *asked.sources, "-o", f"{ROOM}/{id}"]
    for option in ("detector", "classifier", "time"):
        value = getattr(asked, option)
        words += [f"--{option}", value] if value else []
    return words + (["--physics"] if asked.physics else [])


def queue(studio: Studio, found: New) -> Job:
    """Queue an analysis of many images."""
    folder = studio.workspace.folder(ROOM, found.id)
    asked = read_asked(folder)
    if asked is None:
        raise Problem(404, "Not there", f"{ROOM}/{found.id} is no analysis")
    job = studio.queue.submit(
        "analyze", [command(asked, found.id)], f"Analyse {asked.title}",
        subject=f"{ROOM}/{found.id}", accepts=(0, 2),
    )  # fmt: skip
    write_asked(folder, replace(asked, job=job.id))
    return job


async def explain(studio: Studio, id: str, stem: str | None) -> None:
    """Draw the explanation of an image."""
    found = Stored.read(studio.workspace, id, stem)
    folder, record = found.image(stem)
    source = studio.workspace.find(record.source)
    networks = present.networks(found)
    asked = found.asked or Asked((), "", **networks)
    call = (str(source), str(folder), asked.options(studio.workspace))
    await studio.part(Analyser).call(source.name, work.explain_image, *call)


async def beside(
    studio: Studio, id: str, stem: str | None, detector: str, classifier: str
) -> dict[str, Any]:
    """Return the regions that other networks find on an image; they are kept."""
    stored = Stored.read(studio.workspace, id, stem)
    folder, record = stored.image(stem)
    source = studio.workspace.find(record.source)
    when = stored.asked.time if stored.asked is not None else None
    asked = Asked((), "", detector=detector, classifier=classifier, time=when)
    name = safe_name(f"{detector}--{classifier}".replace("/", "_"))
    place = stored.folder / BESIDE / folder.name / name
    if not (place / "run.json").exists():
        call = (str(source), str(place), asked.options(studio.workspace))
        message = await studio.part(Analyser).call(source.name, work.beside, *call)
        if message:
            raise Problem(422, "Cannot be analysed", message)
    known = Stored(place, asked, tuple(read_records(place)))
    rows = known.image()[1].catalog.rows()
    doubted = [row["region"] for row in rows if is_doubted(row.get("flags"))]
    return {**present.networks(known), "regions": rows, "doubted": doubted}


async def compare(studio: Studio, id: str, stem: str | None, file: UploadFile) -> None:
    """Set an image against an uploaded summary, and keep what comes of it."""
    stored = Stored.read(studio.workspace, id, stem)
    folder, _ = stored.image(stem)
    name = uploads.plain(file.filename or "srs.txt")
    begin = await file.read(512)
    if b"\0" in begin or begin[:2] in (b"\x1f\x8b", b"BZ", b"PK", b"\xfd7"):
        text = f"{name}: is no text; expected a Solar Region Summary, or the table of them as CSV"
        raise Problem(422, "Cannot be used", text)
    await file.seek(0)
    place = folder / f"noaa-{name}"

    def write() -> None:
        with place.open("wb") as out:
            shutil.copyfileobj(file.file, out, 1 << 20)

    await to_thread.run_sync(write)
    try:
        call = (str(place), str(folder))
        found = await studio.part(Analyser).call(name, work.noaa_marks, *call)
    except HalescopeError:
        place.unlink(missing_ok=True)
        raise
    atomic_text(folder / present.NOAA, json.dumps({"summary": name, **found}) + "\n")


def known_networks(workspace: Workspace) -> dict[str, Any]:
    """Return detectors and classifiers by task: name, value for a request, what it is."""
    out: dict[str, Any] = {
        task: [
            {
                "value": card.name, "name": card.name, "default": card.default,
                "about": card.architecture, "from": "shipped",
            }
            for card in shipped()
            if card.task == task
        ]
        for task in WITHOUT_NETWORK
    }  # fmt: skip
    models = workspace.root / "models"
    for path in sorted([*models.glob("*.json"), *models.glob("*/*.json")]):
        with suppress(ModelError):
            card = read_card(path)
            value = workspace.relative(path)
            name = card.name if card.name == path.stem else f"{card.name} ({path.stem})"
            entry = {"value": value, "name": name, "default": False}
            out[card.task].append({**entry, "about": card.architecture, "from": "workspace"})
    for task, names in WITHOUT_NETWORK.items():
        out[task] += [
            {"value": name, "name": name, "default": False, "about": "no network", "from": "rule"}
            for name in names
        ]
    return out
