"""Addresses of pictures: what they are, tiles, values, small ones, and the folders they lie in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, Response

from halescope.studio.pictures import paint
from halescope.studio.pictures.browse import listing
from halescope.studio.pictures.cache import Pictures
from halescope.studio.pictures.levels import TILE, Levels
from halescope.studio.problems import Problem
from halescope.studio.state import Studio, TheStudio

api = APIRouter(prefix="/api/pictures", tags=["pictures"])
pages = APIRouter(include_in_schema=False)

KEPT = {"Cache-Control": "private, max-age=86400"}
"""Of an answer whose address changes with the picture."""

ThePath = Annotated[str, Query(description="In the workspace, or in a folder given by --root.")]
Clip = Annotated[
    float | None, Query(gt=0, le=1e5, description="Where black and white are; unit of the picture.")
]
Time = Annotated[str | None, Query(description="UTC, of a picture that holds none.")]
Side = Annotated[int, Query(ge=16, le=2048, description="Longer side, pixels.")]


def picture_file(studio: Studio, path: str) -> Path:
    """Return the file of a picture that a request names; 404 where there is none."""
    found = studio.workspace.find(path)
    if not found.is_file():
        raise Problem(404, "Not there", f"{found.name!r} is a folder; expected a picture")
    return found


@api.get("")
async def describe(studio: TheStudio, path: ThePath, time: Time = None) -> dict[str, Any]:
    """Return what a picture is: size, unit, clip, where the Sun is, limb and grid.

    Lines and `to_view` lead to view pixels: rows downwards, north up as far as quarter turns go.
    """
    pictures = studio.part(Pictures)
    file = picture_file(studio, path)
    key, found = await to_thread.run_sync(pictures.open, file, time, limiter=pictures.limiter)
    return {"path": path, "key": key, "tile_size": TILE, "step": found.step, **found.facts}


@api.get("/tile.png", response_class=Response)
def tile(
    studio: TheStudio, path: ThePath, level: int, x: int, y: int, clip: Clip = None,
    time: Time = None,
) -> Response:  # fmt: skip
    """Return a square of a picture; level 0 is the smallest size, columns and rows from 0."""
    found = _levels(studio, path, time)
    drawn = paint.tile(found, level, x, y, _clip(found, clip))
    if drawn is None:
        raise Problem(404, "Not there", f"no tile {x}, {y} of level {level}")
    return Response(drawn, media_type="image/png", headers=KEPT)


@api.get("/field", response_class=Response)
def field(
    studio: TheStudio, path: ThePath, level: Annotated[int, Query(ge=0)], x: int = 0, y: int = 0,
    width: Annotated[int, Query(ge=1, le=2048)] = 2048,
    height: Annotated[int, Query(ge=1, le=2048)] = 2048, time: Time = None,
) -> Response:  # fmt: skip
    """Return values of a part of a level: int16, little endian, row by row; -32768 is no data.

    A value times `step` of the picture is gauss or grey levels from zero field. The header `X-Part`
    says x, y, width, height as they were cut.
    """
    found = _levels(studio, path, time)
    if level >= found.count:
        raise Problem(404, "Not there", f"no level {level}; expected 0 to {found.count - 1}")
    values, part = paint.window(found, level, (x, y, width, height))
    headers = {**KEPT, "X-Part": ",".join(map(str, part))}
    return Response(values.astype("<i2").tobytes(), 200, headers, "application/octet-stream")


@api.get("/render.png", response_class=Response)
def render(
    studio: TheStudio, path: ThePath, side: Side = 960, clip: Clip = None, time: Time = None
) -> Response:
    """Return the whole picture."""
    found = _levels(studio, path, time)
    return Response(paint.whole(found, side, _clip(found, clip)), media_type="image/png")


@api.get("/thumbnail.jpg", response_class=FileResponse)
async def thumbnail(
    studio: TheStudio, path: ThePath, side: Side = 256, clip: Clip = None
) -> FileResponse:
    """Return a small picture; it is kept."""
    pictures = studio.part(Pictures)
    file = picture_file(studio, path)
    made = await to_thread.run_sync(pictures.thumbnail, file, side, clip, limiter=pictures.limiter)
    return FileResponse(made, media_type="image/jpeg", headers={"Cache-Control": "private"})


@api.get("/folder")
def folder(studio: TheStudio, path: str = "") -> dict[str, Any]:
    """Return the folders and pictures in a folder; without a path, the places to begin at."""
    return listing(studio.workspace, path)


def _levels(studio: Studio, path: str, time: str | None) -> Levels:
    return studio.part(Pictures).open(picture_file(studio, path), time)[1]


def _clip(picture: Levels, given: float | None) -> float:
    return given or float(picture.facts["clip"]["default"])
