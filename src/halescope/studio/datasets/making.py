"""REST of making a data set: look into a folder, upload one, preview a treatment, begin."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Query, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from halescope.studio.datasets.form import recipe
from halescope.studio.datasets.form.recipe import NewDataset, Treat
from halescope.studio.problems import Problem
from halescope.studio.state import TheStudio
from halescope.studio.workspace import check_name

api = APIRouter(prefix="/api/datasets", tags=["datasets"])

MADE = (0, 1)
"""Exit codes of the command that made a data set: all of it, or without some images."""

MOST_FILES = 500
"""Of one request."""


class Folder(BaseModel):
    """What an uploaded folder shall be called."""

    model_config = ConfigDict(extra="forbid")
    name: str


@api.post("", status_code=202)
def make(form: NewDataset, studio: TheStudio) -> dict[str, Any]:
    """Begin to make a data set: a job that runs `halescope dataset import`."""
    from halescope.studio.datasets import store

    store.checked(form.name)
    command = recipe.command_of(studio.workspace, form)
    recipe.check(studio.workspace, form)
    store.make_room(studio, form.name)
    job = studio.queue.submit(
        "dataset", [command], f"Make data set {form.name}",
        subject=store.subject_of(form.name), accepts=MADE,
    )  # fmt: skip
    return {
        "job": studio.queue.described(job),
        "dataset": store.described(studio, form.name),
    }


@api.post("/command")
def command(form: NewDataset, studio: TheStudio) -> dict[str, str]:
    """Return the command line that does the same, and why it would fail, if that is known now."""
    words = recipe.command_of(studio.workspace, form)
    problem = recipe.why_not(studio.workspace, form)
    return {"command": f"halescope {shlex.join(words)}", "problem": problem}


@api.get("/look")
def look(path: str, studio: TheStudio) -> dict[str, Any]:
    """Return what a folder or file holds: labels, pictures, parts, classes."""
    from halescope.studio.datasets.form import looking

    return looking.looked_at(studio.workspace, path)


@api.get("/folder")
def folder(studio: TheStudio, path: str = "") -> dict[str, Any]:
    """Return what is in a folder, to pick one from; without a path, the places to begin at."""
    from halescope.studio.datasets.form import looking

    return looking.folder(studio.workspace, path)


TheTreat = Annotated[Treat, Depends()]


@api.get("/preview.png", response_class=FileResponse)
async def preview(
    path: str, studio: TheStudio, treat: TheTreat, crop: Annotated[bool, Query()] = False
) -> FileResponse:
    """Return a picture as a treatment makes it, at most 512 pixels a side."""
    from halescope.studio.datasets.form import looking
    from halescope.studio.pictures.cache import Pictures

    pictures = studio.part(Pictures)
    treatment = looking.treatment_of(treat)

    def draw() -> Path:
        file = studio.workspace.find(path)
        key = f"preview {treatment} {crop}"
        return pictures.small(file, key, looking.draw_preview, treatment, crop)

    made = await to_thread.run_sync(draw, limiter=pictures.limiter)
    return FileResponse(made, media_type="image/png", headers={"Cache-Control": "private"})


@api.post("/uploads", status_code=201)
def begin_upload(folder: Folder, studio: TheStudio) -> dict[str, str]:
    """Make a folder in `inputs` for files that are sent next; a taken name gets a number."""
    name, number = check_name(folder.name), 2
    while studio.workspace.path("inputs", name).exists():
        name, number = f"{folder.name}-{number}", number + 1
    made = studio.workspace.new_folder("inputs", name)
    return {"name": name, "path": studio.workspace.relative(made)}


@api.post("/uploads/{name}", status_code=201)
def upload(
    name: str, studio: TheStudio, file: list[UploadFile], path: Annotated[list[str], Form()]
) -> dict[str, Any]:
    """Add files to an uploaded folder; `path`: of each file, with the folders it lies in."""
    from halescope.studio.datasets import uploads

    folder = studio.workspace.folder("inputs", name)
    if len(file) != len(path) or len(file) > MOST_FILES:
        text = f"{len(file)} files, {len(path)} paths; expected as many, {MOST_FILES} at most"
        raise Problem(422, "The upload is not understood", text)
    return uploads.put(folder, path, [each.file for each in file])
