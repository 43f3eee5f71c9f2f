"""REST of data sets as wholes: list, one, rename, notes, clone, delete, export."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from halescope.studio.problems import Problem
from halescope.studio.state import TheStudio
from halescope.studio.workspace import safe_name

api = APIRouter(prefix="/api/datasets", tags=["datasets"])


class Change(BaseModel):
    """What to change of a data set."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = None
    notes: str | None = None


class Clone(BaseModel):
    """What a copy is called."""

    model_config = ConfigDict(extra="forbid")
    name: str


class Export(BaseModel):
    """What to write a data set as; parameters are those of `halescope dataset convert`."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["kitti", "yolo", "coco", "voc", "cvat", "crops", "folder"]
    scheme: Literal["mount-wilson", "paper", "coarse", "detector"] = "mount-wilson"
    doubtful: Literal["drop", "keep", "dontcare"] = "drop"
    plage: bool = False
    pictures: Literal["none", "copy", "png"] = "png"
    size: int = Field(0, ge=0, le=4096)
    folder: str | None = Field(None, max_length=400)


@api.get("")
def every(studio: TheStudio) -> list[dict[str, Any]]:
    """Return all data sets, in short."""
    from halescope.studio.datasets import store

    return store.listed(studio)


@api.get("/{name}")
def one(name: str, studio: TheStudio) -> dict[str, Any]:
    """Return a data set in short, the bytes that it takes, and its exports."""
    from halescope.studio.datasets import exports, store

    found = store.described(studio, name)
    more = {"bytes": store.size(studio, name), "exports": exports.listed(studio, name)}
    return found | more


@api.patch("/{name}")
def change(name: str, change: Change, studio: TheStudio) -> dict[str, Any]:
    """Rename a data set, or write its notes; 409 for a new name while a run uses it."""
    from halescope.studio.datasets import store

    return store.described(studio, store.change(studio, name, change.name, change.notes))


@api.delete("/{name}", status_code=204)
def delete(name: str, studio: TheStudio) -> Response:
    """Delete a data set; 409, with their names, while runs use it."""
    from halescope.studio.datasets import store

    store.delete(studio, name)
    return Response(status_code=204)


@api.post("/{name}/clone", status_code=201)
def clone(name: str, clone: Clone, studio: TheStudio) -> dict[str, Any]:
    """Copy a data set under another name."""
    from halescope.studio.datasets import store

    store.clone(studio, name, clone.name)
    return store.described(studio, clone.name)


@api.post("/{name}/export", status_code=202)
def export(name: str, export: Export, studio: TheStudio) -> dict[str, Any]:
    """Write a data set in another format: a job. What it wrote can be fetched as a zip file."""
    from halescope.studio.datasets import exports

    return exports.begin(studio, name, exports.Wanted(**export.model_dump()))


@api.post("/{name}/export/command")
def export_command(name: str, export: Export, studio: TheStudio) -> dict[str, str]:
    """Return the command line that an export would run."""
    from halescope.studio.datasets import exports

    wanted = exports.Wanted(**export.model_dump())
    return {"command": exports.shown(studio, name, wanted)}


@api.get("/{name}/exports/{export}.zip", response_class=StreamingResponse)
def download(name: str, export: str, studio: TheStudio) -> StreamingResponse:
    """Return what an export wrote as a zip file, packed while it is sent."""
    from halescope.studio.datasets import exports

    folder = exports.folder_of(studio, name, export)
    headers = {"Content-Disposition": f'attachment; filename="{exports.file_name(name, export)}"'}
    packed = exports.zipped(folder, studio.workspace)
    return StreamingResponse(packed, media_type="application/zip", headers=headers)


@api.get("/{name}/{table}.csv", response_class=FileResponse)
def table(name: str, table: Literal["manifest", "crops"], studio: TheStudio) -> FileResponse:
    """Return the table of a data set: of disks its manifest, of class folders their list."""
    from halescope.studio.datasets.store import index_of

    found = index_of(studio, name).table
    if found.name != f"{table}.csv":
        raise Problem(404, "No such table", f"{name} has no {table}.csv; its table is {found.name}")
    return FileResponse(found, media_type="text/csv", filename=f"{safe_name(name)}-{table}.csv")


@api.delete("/{name}/exports/{export}", status_code=204)
def delete_export(name: str, export: str, studio: TheStudio) -> Response:
    """Delete what an export wrote."""
    from halescope.studio.datasets import exports

    exports.delete(studio, name, export)
    return Response(status_code=204)
