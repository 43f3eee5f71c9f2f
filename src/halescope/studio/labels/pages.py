"""The pages of labels: where to begin, the editor, two labellers compared."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from halescope.classes import MOUNT_WILSON, SYMBOLS
from halescope.studio.labels.desk import Hands
from halescope.studio.labels.edit import MOST
from halescope.studio.labels.overview import progress_of
from halescope.studio.pages import page
from halescope.studio.problems import Problem
from halescope.studio.state import TheStudio

pages = APIRouter(include_in_schema=False)

TEMPLATES = "studio/templates/labels"


@pages.get("/label")
def begin(request: Request, studio: TheStudio) -> HTMLResponse:
    """Return the page that lists data sets to label."""
    data = {"datasets": studio.workspace.names("datasets")}
    return page(
        request, f"{TEMPLATES}/begin.html", title="Label", section="label", data=data
    )  # fmt: skip


@pages.get("/label/{name}")
def first(studio: TheStudio, name: str) -> RedirectResponse:
    """Go to the first picture of a data set that nobody has reviewed; 404 where it has none."""
    following = progress_of(studio, name)["next"]
    if following is None:
        raise Problem(404, "Nothing to label", f"{name} has no picture of a whole disk")
    return RedirectResponse(f"/label/{quote(name)}/{quote(following)}", 303)


@pages.get("/label/{name}/{image}")
def edit(request: Request, studio: TheStudio, name: str, image: str) -> HTMLResponse:
    """Return the editor of a picture's labels; whether the picture is there, it asks the API.

    404 where there is no such data set.
    """
    studio.workspace.folder("datasets", name)
    studio.part(Hands)  # starts its process while the page is read
    classes = [{"name": known, "symbol": SYMBOLS[known]} for known in MOUNT_WILSON]
    data = {"dataset": name, "key": image, "classes": classes, "most": MOST}
    return page(
        request, f"{TEMPLATES}/edit.html", title=name, section="label", data=data, dataset=name
    )


@pages.get("/compare")
def compare(request: Request, studio: TheStudio, a: str = "", b: str = "") -> HTMLResponse:
    """Return the page that compares two labellers."""
    data = {"a": a, "b": b, "datasets": studio.workspace.names("datasets")}
    return page(
        request, f"{TEMPLATES}/compare.html", title="Two labellers", section="label", data=data
    )  # fmt: skip
