"""REST of what is in a data set: images, thumbnails, statistics, audit, faults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from halescope.io.source import SUFFIXES
from halescope.studio.state import TheStudio

api = APIRouter(prefix="/api/datasets", tags=["datasets"])

PAGE = 60
"""Images on a page of the gallery."""

Text = Annotated[str, Query(max_length=200)]


@api.get("/{name}/images")
def images(
    name: str, studio: TheStudio, part: Text = "",
    class_: Annotated[str, Query(alias="class", max_length=200)] = "",
    status: Text = "", text: Text = "", page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=500)] = PAGE,
) -> dict[str, Any]:  # fmt: skip
    """Return a page of images with their labels.

    `part`: train, validation, test, or none. `class`: images with such a label; `plage` and `none`
    too. `text`: in names, times and NOAA numbers.
    """
    from halescope.studio.datasets import gallery
    from halescope.studio.datasets.store import index_of

    wanted = gallery.Filter(part, class_, status, text.strip())
    return gallery.page(index_of(studio, name), name, wanted, page, size)


@api.get("/{name}/images/{key}")
def image(name: str, key: str, studio: TheStudio) -> dict[str, Any]:
    """Return an image with its labels and rows, and the keys of those before and after it."""
    from halescope.studio.datasets import answers

    return answers.image(studio, name, key)


@api.get("/{name}/images/{key}/thumbnail.jpg", response_class=FileResponse)
async def thumbnail(name: str, key: str, studio: TheStudio, large: bool = False) -> FileResponse:
    """Return a small picture: of the canonical disk, north up, or of the crop as it is."""
    from halescope.studio.datasets import answers
    from halescope.studio.pictures.cache import Pictures

    pictures = studio.part(Pictures)

    def draw() -> Path:
        return answers.thumbnail(studio, pictures, name, key, large)

    made = await to_thread.run_sync(draw, limiter=pictures.limiter)
    headers = {"Cache-Control": "private, max-age=3600"}
    return FileResponse(made, media_type="image/jpeg", headers=headers)


@api.get("/{name}/statistics")
def counts(name: str, studio: TheStudio) -> dict[str, Any]:
    """Return counts by class, part, region, longitude, size, day and flag."""
    from halescope.studio.datasets import answers, statistics

    return answers.remembered(studio, name, statistics.statistics)


@api.get("/{name}/audit")
def audit(name: str, studio: TheStudio) -> dict[str, Any]:
    """Return whether the parts leak into one another, in words, and the figures behind them."""
    from halescope.studio.datasets import answers, words

    return answers.remembered(studio, name, words.audit_or_problem)


@api.get("/{name}/lint")
def lint(name: str, studio: TheStudio) -> dict[str, Any]:
    """Return the faults of the table and of label files, with file and line."""
    from halescope.studio.datasets import mending, store

    folder = studio.workspace.folder("datasets", name)
    store.refuse_links_out(studio.workspace, folder, SUFFIXES)
    return mending.faults_of(name, folder)


@api.post("/{name}/lint/fix")
def fix(name: str, studio: TheStudio) -> dict[str, Any]:
    """Correct what is safe; each changed file is kept as it was, with .bak at its end."""
    from halescope.studio.datasets import mending, store

    folder = studio.workspace.folder("datasets", name)
    store.refuse_links_out(studio.workspace, folder, SUFFIXES)
    store.refuse_if_busy(studio, name, "mended")
    return mending.mended(name, folder)


@api.get("/{name}/record")
def record(name: str, studio: TheStudio) -> dict[str, Any]:
    """Return what the data set was made of, what was left out and why."""
    from halescope.datasets.imports.config import read_record

    return read_record(studio.workspace.folder("datasets", name))
