"""Data sets of the workspace: list, describe, rename, clone, delete, and who uses them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from halescope.datasets.formats.labels import PICTURES
from halescope.datasets.imports.config import RECORD, read_record
from halescope.errors import HalescopeError, OutputError, one_line
from halescope.io.atomic import atomic_text
from halescope.studio.datasets.index import DatasetIndex, Stamp, open_index, stamp_of
from halescope.studio.problems import Problem
from halescope.studio.state import Studio
from halescope.studio.workspace import Workspace, check_name, size_of

ROOM = "datasets"
NOTES = 10_000
"""Characters of notes, at most."""

_summaries: dict[Path, tuple[Stamp, dict[str, Any]]] = {}

RESERVED = ("new", "look", "folder", "command", "uploads", "preview.png")
"""Names that addresses have for something else."""

CACHE = Path(".cache", "datasets")
"""In the workspace: the counts of each data set, so that a list of them needs to read none."""


def listed(studio: Studio) -> list[dict[str, Any]]:
    """Return every data set in short, by name."""
    users = used_by_runs(studio)
    return [described(studio, name, users) for name in studio.workspace.names(ROOM)]


def described(
    studio: Studio, name: str, users: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return a data set in short: kind, state, counts, notes, who uses it; 404 where it is not."""
    folder = studio.workspace.folder(ROOM, name)
    record = read_record(folder)
    job = next(iter(studio.queue.all(subject_of(name))), None)
    state, counts, problem = "ready", dict[str, Any](), ""
    if job is not None and job.is_active:
        state = "making" if not record else "changing"
    if stamp_of(folder) is None:
        state = "making" if state != "ready" else "unfinished"
    elif state != "making":
        try:
            counts = summary(folder)
        except HalescopeError as error:
            state, problem = "broken", str(error)
    used = (used_by_runs(studio) if users is None else users).get(name, [])
    return {
        "name": name,
        "state": state,
        "problem": problem,
        "kind": counts.get("kind", record.get("kind", "")),
        "made": record.get("made") or _time(folder),
        "from": str(record.get("from", "")),
        "source": str(record.get("source", "")),
        "split": record.get("split"),
        "treatment": record.get("treatment"),
        "left_out": record.get("left_out", 0),
        "without_srs": record.get("without_srs", 0),
        "faults_of_source": record.get("faults_of_source", 0),
        "notes": str(record.get("notes", "")),
        "counts": counts,
        "used_by": used,
        "job": None if job is None else studio.queue.described(job),
        "links": {"page": f"/datasets/{quote(name)}", "self": f"/api/datasets/{quote(name)}"},
    }


def summary(folder: Path) -> dict[str, Any]:
    """Return kind and counts of a data set; remembered while its table does not change."""
    stamp = stamp_of(folder)
    known = _summaries.get(folder)
    if known and known[0] == stamp:
        return known[1]
    kept = _kept_summary(folder, stamp)
    if kept is not None and stamp is not None:
        _summaries[folder] = (stamp, kept)
        return kept
    index = open_index(folder)
    found = {
        "kind": index.kind,
        "images": len(index.images),
        "labels": index.statuses.total(),
        "parts": dict(index.parts),
        "classes": dict(index.classes),
        "statuses": dict(index.statuses),
        "regions": len({number for number in index.columns.numbers if number}),
        "from": min((r.time for r in index.images if r.time), default=""),
        "to": max((r.time for r in index.images if r.time), default=""),
    }
    if stamp is not None:
        _summaries[folder] = (stamp, found)
        text = json.dumps({"stamp": stamp, "summary": found})
        with suppress(OutputError):  # a full disk: they are counted again next time
            atomic_text(_cache_of(folder), text)
    return found


def _cache_of(folder: Path) -> Path:
    return folder.parent.parent / CACHE / f"{folder.name}.json"


def _kept_summary(folder: Path, stamp: Stamp | None) -> dict[str, Any] | None:
    """Return the counts that were found before, None where the table has changed since."""
    try:
        kept = json.loads(_cache_of(folder).read_text("utf-8"))
        is_same = stamp is not None and kept["stamp"] == list(stamp)
        return dict(kept["summary"]) if is_same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def index_of(studio: Studio, name: str) -> DatasetIndex:
    """Return what is in a data set; 404 where it is not there."""
    return open_index(studio.workspace.folder(ROOM, name))


def subject_of(name: str) -> str:
    """Return what jobs call a data set."""
    return f"{ROOM}/{name}"


def used_by_runs(studio: Studio) -> dict[str, list[str]]:
    """Return the runs that train on each data set, by what their ``run.json`` and jobs say."""
    found: dict[str, list[str]] = {}
    root = studio.workspace.root
    for run in studio.workspace.names("runs"):
        for path in _paths_of(root / "runs" / run):
            _note(found, root, path, run)
    for job in studio.queue.all():
        if job.is_active and job.kind not in ("dataset", "export"):
            for word in (word for command in job.commands for word in command):
                _note(found, root, word.partition("=")[2] or word, job.subject or job.title)
    return found


def _note(found: dict[str, list[str]], root: Path, text: str, user: str) -> None:
    path = Path(os.path.normpath(root / text)) if text and "\0" not in text else root
    if path.is_relative_to(root / ROOM) and path != root / ROOM:
        users = found.setdefault(path.relative_to(root / ROOM).parts[0], [])
        name = user.removeprefix("runs/")
        if name not in users:
            users.append(name)


def _paths_of(run: Path) -> list[str]:
    """Return the paths of data that a run's record names."""
    try:
        told = json.loads((run / "studio.json").read_text("utf-8"))
        if isinstance(told.get("dataset"), str):
            return [str(told["dataset"]) if "/" in told["dataset"] else f"{ROOM}/{told['dataset']}"]
    except (OSError, ValueError, AttributeError):
        pass
    try:
        config = json.loads((run / "run.json").read_text("utf-8")).get("config", {})
        parts = [config.get(key) or {} for key in ("data", "crops")]
        named = [part.get(key) for part in parts for key in ("manifest", "root", "folders")]
    except (OSError, ValueError, AttributeError):
        return []
    return [path for path in named if isinstance(path, str) and path not in ("", ".")]


def refuse_if_used(studio: Studio, name: str, what: str) -> None:
    """Raise 409, with the names of runs, where a data set is used, or a job works on it."""
    users = used_by_runs(studio).get(name, [])
    if users:
        shown = ", ".join(users[:5]) + (" and others" if len(users) > 5 else "")
        text = f"{name} cannot be {what}: {shown} trained on it; delete that first, or clone {name}"
        raise Problem(409, "The data set is used", text, used_by=users)
    refuse_if_busy(studio, name, what)


def refuse_if_busy(studio: Studio, name: str, what: str) -> None:
    """Raise 409 where a job makes or changes a data set."""
    job = studio.queue.active(subject_of(name))
    if job is not None:
        text = f"{name} cannot be {what} while job {job.id} works on it; abort that first"
        raise Problem(409, "The data set is busy", text, job=job.id)


def change(studio: Studio, name: str, new_name: str | None, notes: str | None) -> str:
    """Rename a data set, and write its notes; return its name."""
    folder = studio.workspace.folder(ROOM, name)
    if notes is not None:
        if len(notes) > NOTES:
            text = f"{len(notes)} characters found, expected {NOTES} at most"
            raise Problem(422, "The notes are too long", text)
        record = read_record(folder) | {"notes": notes}
        atomic_text(folder / RECORD, json.dumps(record, indent=1) + "\n")
    if new_name is None or new_name == name:
        return name
    refuse_if_used(studio, name, "renamed")
    target = studio.workspace.path(ROOM, checked(new_name))
    if target.exists():
        text = f"{ROOM}/{new_name} is there; choose another name"
        raise Problem(409, "The name is taken", text)
    folder.rename(target)
    return new_name


def checked(name: str) -> str:
    """Return a name as it came, if a data set may have it."""
    if name in RESERVED:
        text = f"{name!r} is taken by an address of the studio; expected another name"
        raise Problem(422, "Not a name", text)
    return check_name(name)


def make_room(studio: Studio, name: str) -> None:
    """Make the folder of a data set to come; 409 where there is one that a job made whole."""
    folder = studio.workspace.path(ROOM, checked(name))
    if studio.queue.active(subject_of(name)) is not None:
        raise Problem(409, "The name is taken", f"a job makes {ROOM}/{name} just now")
    if folder.exists():
        if (folder / RECORD).exists() or described(studio, name)["state"] != "unfinished":
            text = f"{ROOM}/{name} is there; choose another name"
            raise Problem(409, "The name is taken", text)
        studio.workspace.delete(folder)
    folder.mkdir()


def clone(studio: Studio, name: str, new_name: str) -> None:
    """Copy a data set; its pictures are not stored twice where the disk can help it."""
    folder = studio.workspace.folder(ROOM, name)
    if stamp_of(folder) is None or studio.queue.active(subject_of(name)):
        raise Problem(409, "The data set is not ready", f"{name} is being made, or is unfinished")
    target = studio.workspace.new_folder(ROOM, checked(new_name))
    hidden = target.with_name(f".clone-{os.getpid()}-{target.name}")
    try:
        shutil.copytree(folder, hidden, symlinks=True, copy_function=_copied)
        target.rmdir()
        hidden.rename(target)
    except (OSError, shutil.Error):
        shutil.rmtree(hidden, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        raise


def _copied(source: str, target: str) -> str:
    """Link to a picture, which is never changed in place; copy everything else."""
    if Path(source).suffix.lower() in PICTURES and not os.path.islink(source):
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return target
    return str(shutil.copy2(source, target, follow_symlinks=False))


def delete(studio: Studio, name: str) -> None:
    """Delete a data set; 409 while a run uses it, or a job works on it."""
    folder = studio.workspace.folder(ROOM, name)
    refuse_if_used(studio, name, "deleted")
    studio.workspace.delete(folder)
    _summaries.pop(folder, None)
    _cache_of(folder).unlink(missing_ok=True)


def refuse_links_out(workspace: Workspace, folder: Path, but: Collection[str] = ()) -> None:
    """Raise 422 where a folder holds a link to what may not be read; see `Workspace.link_out`."""
    found = workspace.link_out(folder, but)
    if found is not None:
        text = f"{one_line(workspace.relative(found))} is a link that leads out of workspace and "
        advice = "roots; put the file itself there, or start the studio with --root FOLDER"
        raise Problem(422, "A link leads outside", text + advice)


def size(studio: Studio, name: str) -> int:
    """Return the bytes that a data set takes; what it links to is not counted."""
    return size_of(studio.workspace.folder(ROOM, name))


def _time(folder: Path) -> str:
    from datetime import UTC, datetime

    made = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return f"{made:%Y-%m-%dT%H:%M:%SZ}"
