"""REST of trying a network: one picture with all that it sees, or a list against its labels."""

from __future__ import annotations

import json
import shlex
from itertools import islice
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from halescope.evaluation.predict import FILE, SUMMARY
from halescope.guards.cells import dict_reader
from halescope.runtime.card import ModelCard
from halescope.studio.inference.bench import ANSWER, FOLDER, Bench
from halescope.studio.models.asked import source_of
from halescope.studio.models.weights import card_for
from halescope.studio.problems import Problem
from halescope.studio.state import Studio, TheStudio
from halescope.studio.workspace import safe_name

api = APIRouter(prefix="/api", tags=["try"])

PARTS = ("", "train", "validation", "test")
ROWS = 20_000
"""Predictions in one answer."""


@api.post("/models/{name}/infer")
async def infer(name: str, request: Request, studio: TheStudio) -> Response:
    """Run a network on one picture, or queue it on a labelled list.

    One picture: multipart `file`, or JSON `{"path": ...}` in the workspace or a root, with `epoch`
    (from 1, `best`, `last`), `layers` (true for the activations), `region` (a classifier's). The
    answer holds boxes before and after clustering, probabilities, layers, and addresses of
    pictures. A list: `{"dataset": ..., "part": ...}` answers 202 with a job, whose result is at
    `/api/tries/{id}`.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        folder = studio.part(Bench).new_folder()
        asked = await _uploaded(request, folder, studio.settings.max_upload)
        return _json(await run_in_threadpool(_one, studio, name, asked, folder))
    asked = await _body(request)
    if "dataset" in asked:
        return _json(await run_in_threadpool(_many, studio, name, asked), 202)
    return _json(await run_in_threadpool(_one, studio, name, asked))


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value), status, media_type="application/json")


async def _uploaded(request: Request, folder: Path, most: int) -> dict[str, Any]:
    """Return what a form asks for, its picture written into a folder."""
    async with request.form() as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise Problem(422, "No picture", "the form has no file; expected the field `file`")
        target = folder / f"input-{safe_name(upload.filename or 'picture')}"
        await run_in_threadpool(_keep, upload, target, most)
        told = {key: str(value) for key, value in form.items() if key != "file"}
    return told | {"picture": str(target)}


async def _body(request: Request) -> dict[str, Any]:
    try:
        found = await request.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or not ("path" in found or "dataset" in found):
        text = "expected a multipart `file`, or JSON with `path` or `dataset`"
        raise Problem(422, "The request is not understood", text)
    return found | {"picture": None}


def _keep(upload: UploadFile, target: Path, most: int) -> None:
    """Write an upload to a file; 413 where it is too large."""
    size = 0
    with target.open("wb") as out:
        while piece := upload.file.read(1 << 20):
            size += len(piece)
            if size > most:
                raise Problem(413, "Too large", f"over {most} bytes, see --max-upload")
            out.write(piece)


def _one(
    studio: Studio, name: str, asked: dict[str, Any], folder: Path | None = None
) -> dict[str, Any]:
    picture = asked.get("picture") or str(studio.workspace.find(str(asked["path"])))
    card = card_for(studio, name, str(asked.get("epoch") or "best"))
    folder = folder or studio.part(Bench).new_folder()
    told = studio.part(Bench).look(
        {
            "card": str(card.path), "picture": picture, "folder": str(folder),
            "region": _whole(asked.get("region")), "crop": _is_true(asked.get("crop")),
            "layers": _is_true(asked.get("layers")),
        }
    )  # fmt: skip
    address = f"/api/tries/{folder.name}"
    files = {stem: f"{address}/{stem}.png" for stem in ("sees", "coverage", "crop")}
    for layer in told.get("layers", []):
        layer["picture"] = layer["picture"] and f"{address}/{layer['picture']}"
    return {
        "id": folder.name, "network": card.name, "architecture": card.architecture,
        "picture": Path(picture).name.removeprefix("input-"),
        "path": studio.workspace.relative(Path(picture)),
        "files": {stem: at for stem, at in files.items() if (folder / f"{stem}.png").is_file()},
        **told,
    }  # fmt: skip


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1", "yes")


def _many(studio: Studio, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Queue a network on a data set."""
    part = str(asked.get("part") or "")
    if part not in PARTS:
        raise Problem(422, "No such part", f"{part[:40]!r} found, expected {', '.join(PARTS[1:])}")
    source = source_of(studio.workspace, str(asked["dataset"]))
    card = card_for(studio, name, str(asked.get("epoch") or "best"))
    folder = studio.part(Bench).new_folder()
    command = _command(studio, card, source.folder, source.manifest, part, folder)
    title = f"Try {name} on {asked['dataset']}{f', {part}' if part else ''}"
    subject = f"{FOLDER}/{folder.name}"
    job = studio.queue.submit("predict", [command], title, subject=subject, accepts=(0, 1))
    noted = {"network": name, "epoch": str(asked.get("epoch") or "best"), "part": part}
    noted |= {"dataset": str(asked["dataset"]), "job": job.id, "command": shlex.join(command)}
    (folder / "asked.json").write_text(json.dumps(noted), "utf-8")
    return {"id": folder.name, **noted, "job": studio.queue.described(job)}


def _command(
    studio: Studio, card: ModelCard, folder: str, manifest: str, part: str, out: Path
) -> list[str]:
    inside = card.path.is_relative_to(studio.workspace.root)
    network = studio.workspace.relative(card.path) if inside else card.name
    data = f"{folder}/{manifest}" if manifest else folder
    command = ["predict", network, data, "-o", f"{FOLDER}/{out.name}"]
    command += ["--root", folder] if manifest else []
    return [*command, "--part", part] if part else command


@api.get("/tries/{id}")
def one_try(id: str, studio: TheStudio) -> dict[str, Any]:
    """Return what came of a try: its job while it runs, then summary and predictions."""
    folder = _folder(studio, id)
    asked = _read(folder / "asked.json")
    if asked is None:
        found = _read(folder / ANSWER)
        if found is None:
            raise Problem(404, "No such try", f"{id[:60]!r} has no answer")
        return {"id": id, **found}
    job = next(iter(studio.queue.all(f"{FOLDER}/{id}")), None)
    told = None if job is None else studio.queue.described(job)
    summary = _read(folder / SUMMARY)
    rows = [] if summary is None else _rows(folder / FILE)
    return {"id": id, **asked, "job": told, "summary": summary, "rows": rows}


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(islice(dict_reader(file, path), ROWS))


@api.get("/tries/{id}/{file}")
def try_file(id: str, file: str, studio: TheStudio) -> FileResponse:
    """Return a picture or table of a try."""
    path = studio.workspace.path(FOLDER, id, file)
    if path.suffix not in (".png", ".csv", ".json") or not path.is_file():
        raise Problem(404, "Not there", f"{file[:60]!r} is no picture of this try")
    return FileResponse(path)


@api.get("/tries/{id}/regions/{row}.png")
def region(id: str, row: int, studio: TheStudio) -> FileResponse:
    """Return the picture of a region of a try's list, by the row of its prediction, from 0."""
    folder = _folder(studio, id)
    target = folder / f"region-{row}.png"
    if not target.is_file():
        asked, rows = _read(folder / "asked.json") or {}, _rows(folder / FILE)
        if not 0 <= row < len(rows) or not rows[row].get("x_min"):
            raise Problem(404, "Not there", f"row {row} of this try has no region")
        found = rows[row]
        source = source_of(studio.workspace, str(asked["dataset"]))
        box = [float(found[name]) for name in ("x_min", "y_min", "x_max", "y_max")]
        root = str(studio.workspace.root / source.folder)
        given = {"root": root, "image": found["image"], "box": box, "target": str(target)}
        studio.part(Bench).cut(given)
    return FileResponse(target, media_type="image/png")


@api.get("/crops/{dataset}/{file:path}")
def crop(dataset: str, file: str, studio: TheStudio) -> FileResponse:
    """Return a crop of a data set of class folders."""
    folder = studio.workspace.folder("datasets", dataset)
    path = studio.workspace.path("datasets", dataset, file)
    kinds = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
    if not path.is_relative_to(folder) or path.suffix.lower() not in kinds or not path.is_file():
        raise Problem(404, "Not there", f"{file[:80]!r} is no crop of {dataset[:60]}")
    return FileResponse(path, media_type=kinds[path.suffix.lower()])


def _folder(studio: Studio, id: str) -> Path:
    found = studio.workspace.path(FOLDER, id)
    if found.parent != studio.workspace.root / FOLDER or not found.is_dir():
        raise Problem(
            404, "No such try", f"{id[:60]!r} is not there; the oldest ones are forgotten"
        )
    return found


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
