"""Addresses of analyses: make one, read it, its pictures and tables, delete it."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile as Upload

from halescope.studio.analyses import downloads, make, present, uploads
from halescope.studio.analyses.store import ROOM, Asked, Stored, brief
from halescope.studio.pictures.cache import Pictures
from halescope.studio.problems import Problem
from halescope.studio.state import Studio, TheStudio

api = APIRouter(prefix="/api/analyses", tags=["analyses"])

Image = Annotated[str | None, Query(description="Folder's name of one image of many.")]


class Paths(BaseModel):
    """Files or folders in the workspace, or in a folder given by --root."""

    path: str | None = None
    paths: list[str] = Field(default_factory=list, max_length=uploads.MOST)


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/json": {"schema": Paths.model_json_schema()},
        },
    }
}


@api.get("")
def listed(studio: TheStudio) -> list[dict[str, Any]]:
    """Return all analyses, the newest first."""
    found = (brief(studio.workspace, id) for id in studio.workspace.names(ROOM))
    known = [_with_job(studio, entry) for entry in found if entry is not None]
    return sorted(known, key=lambda entry: (entry["made"], entry["id"]), reverse=True)


@api.get("/networks")
def known_networks(studio: TheStudio) -> dict[str, Any]:
    """Return the detectors and classifiers that an analysis can use."""
    return make.known_networks(studio.workspace)


@api.post("", status_code=201, openapi_extra=BODY)
async def create(
    studio: TheStudio, request: Request, detector: str | None = None,
    classifier: str | None = None, time: str | None = None, physics: bool = False,
) -> Response:  # fmt: skip
    """Analyse a picture: an upload, or a path; the answer comes when it is done.

    Several files, or a folder, become a job: 202 with its name.

    Parameters
    ----------
    detector, classifier : str
        A network's name, or the path of its card in the workspace.
    time : str
        UTC, of images that hold none.
    physics : bool
        Whether the catalogue has the columns of flux, tilt, inversion line and more.
    """
    asked = Asked(
        (), "", detector=detector, classifier=classifier, time=time or None, physics=physics
    )
    asked.options(studio.workspace)  # a bad time or card is told before anything is written
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form(max_files=uploads.MOST, max_fields=20) as form:
            files = [part for part in form.getlist("file") if isinstance(part, Upload)]
            found = await to_thread.run_sync(make.from_uploads, studio, asked, files)
    elif kind == "application/json":
        found = await to_thread.run_sync(make.from_paths, studio, asked, await _paths(request))
    else:
        text = f"found {kind or 'no content type'}; expected multipart/form-data or JSON"
        raise Problem(415, "Not understood", text)
    return await _begun(studio, found)


async def _begun(studio: Studio, found: make.New) -> JSONResponse:
    """Return the answer to a new analysis: done, or queued where it has many images."""
    if found.many:
        job = await to_thread.run_sync(make.queue, studio, found)
        links = {"self": f"/api/analyses/{found.id}", "page": f"/analyses/{found.id}"}
        answer = {"id": found.id, "job": studio.queue.described(job), "links": links}
        return JSONResponse(answer, 202)
    await make.run(studio, found.id, is_new=True)
    return JSONResponse(_one(studio, found.id), 201)


@api.get("/{id}")
def read(studio: TheStudio, id: str, image: Image = None) -> dict[str, Any]:
    """Return an analysis: regions in the catalogue's columns, links to pictures and tables."""
    return _one(studio, id, image)


@api.delete("/{id}", status_code=204)
def delete(studio: TheStudio, id: str) -> Response:
    """Delete an analysis with all that belongs to it; 409 while its job runs."""
    folder = studio.workspace.folder(ROOM, id)
    for subject in (f"{ROOM}/{id}", f"regions/{id}"):
        if studio.queue.active(subject) is not None:
            raise Problem(409, "It is being made", f"a job of {id} runs: abort it first")
    studio.workspace.delete(folder)
    studio.events.publish("changed", {"room": ROOM})
    return Response(status_code=204)


@api.post("/{id}/again", status_code=201)
async def again(studio: TheStudio, id: str) -> dict[str, Any]:
    """Do an analysis that was cut off: the studio ended while a picture was being analysed."""
    await make.run(studio, id, is_new=False)
    return _one(studio, id)


@api.post("/{id}/repeat", status_code=201)
async def repeat(
    studio: TheStudio, id: str, detector: str | None = None, classifier: str | None = None,
    time: str | None = None, physics: bool = False, image: Image = None,
) -> Response:  # fmt: skip
    """Analyse the same images with other networks: a new analysis; parameters as for a new one."""
    asked = Asked((), "", detector=detector, classifier=classifier, time=time, physics=physics)
    asked.options(studio.workspace)
    found = await to_thread.run_sync(make.from_analysis, studio, asked, id, image)
    return await _begun(studio, found)


@api.get("/{id}/images")
def images(studio: TheStudio, id: str) -> list[dict[str, Any]]:
    """Return the images of an analysis, in order of time."""
    return present.gallery(studio.workspace, Stored.read(studio.workspace, id))


@api.get("/{id}/regions")
def regions(studio: TheStudio, id: str) -> list[dict[str, Any]]:
    """Return the regions of all images in the catalogue's columns, and each image's `stem`."""
    found = Stored.read(studio.workspace, id)
    return [
        {"stem": folder.name, **row} for folder, rec in found.records for row in rec.catalog.rows()
    ]


@api.get("/{id}/overlay.png", response_class=FileResponse)
def overlay(studio: TheStudio, id: str, image: Image = None) -> FileResponse:
    """Return the annotated disk."""
    return downloads.picture(Stored.read(studio.workspace, id, image), image, "overlay.png")


@api.post("/{id}/explain", status_code=201)
async def explain(studio: TheStudio, id: str, image: Image = None) -> dict[str, Any]:
    """Draw why each region has its class; takes seconds. The words are those of the picture."""
    await make.explain(studio, id, image)
    return _one(studio, id, image)


@api.get("/{id}/explain.png", response_class=FileResponse)
def explanation(studio: TheStudio, id: str, image: Image = None) -> FileResponse:
    """Return the explanation, if it was drawn."""
    return downloads.picture(Stored.read(studio.workspace, id, image), image, "explain.png")


@api.post("/{id}/beside", status_code=201)
async def beside(
    studio: TheStudio, id: str, detector: str, classifier: str, image: Image = None
) -> dict[str, Any]:
    """Return the regions that other networks find on the same image."""
    return await make.beside(studio, id, image, detector, classifier)


@api.post("/{id}/noaa", status_code=201)
async def noaa(studio: TheStudio, id: str, file: UploadFile, image: Image = None) -> dict[str, Any]:
    """Set an image against a Solar Region Summary: raw text, or the compiled table."""
    await make.compare(studio, id, image, file)
    return _one(studio, id, image)


@api.get("/{id}/thumbnail.jpg", response_class=FileResponse)
async def thumbnail(studio: TheStudio, id: str, image: Image = None) -> FileResponse:
    """Return the annotated disk, small."""
    pictures = studio.part(Pictures)
    found = await to_thread.run_sync(Stored.read, studio.workspace, id, image)
    path = found.image(image)[0] / "overlay.png"
    if not path.is_file():
        raise Problem(404, "Not there", f"overlay.png of {id} was not drawn")
    made = await to_thread.run_sync(pictures.shrink, path, 360, limiter=pictures.limiter)
    return FileResponse(made, media_type="image/jpeg", headers={"Cache-Control": "no-cache"})


@api.get("/{id}/crop.png", response_class=FileResponse)
def crop(studio: TheStudio, id: str, region: int, image: Image = None) -> FileResponse:
    """Return one region cut out."""
    return downloads.crop(Stored.read(studio.workspace, id, image), image, region)


@api.get("/{id}/crops.zip", response_class=FileResponse)
def crops(studio: TheStudio, id: str, image: Image = None) -> FileResponse:
    """Return the regions cut out: PNG, and FITS where the file has a header."""
    return downloads.crops(Stored.read(studio.workspace, id, image), image)


@api.get("/{id}/catalog.{kind}", response_class=FileResponse)
def catalog(studio: TheStudio, id: str, kind: str) -> FileResponse:
    """Return the catalogue of all images as `csv`, `ecsv`, `json` or `vot`."""
    return downloads.table(Stored.read(studio.workspace, id), kind)


async def _paths(request: Request) -> list[str]:
    try:
        asked = Paths.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors()[0]
        text = f'the body: {first["msg"]}; expected {{"path": "inputs/disk.fits"}}'
        raise Problem(422, "Not understood", text) from error
    return [*([asked.path] if asked.path else []), *asked.paths]


def _one(studio: Studio, id: str, image: str | None = None) -> dict[str, Any]:
    found = Stored.read(studio.workspace, id, image)
    return _with_job(studio, present.described(studio.workspace, found, image))


def _with_job(studio: Studio, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an analysis with the state of the job that makes it."""
    if entry["job"] and entry["state"] != "done":
        try:
            return entry | {"state": studio.queue.get(entry["job"]).state}
        except Problem:  # the job was forgotten
            return entry
    if not entry["job"] and entry["state"] != "done" and make.is_at_work(studio, entry["id"]):
        return entry | {"state": "running"}
    return entry
