"""Pages of data sets."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from halescope.studio.pages import page
from halescope.studio.state import TheStudio

pages = APIRouter(include_in_schema=False)


@pages.get("/datasets")
def every(request: Request) -> HTMLResponse:
    """Return the page of all data sets."""
    template = "studio/templates/datasets/list.html"
    return page(request, template, title="Data sets", section="datasets")


@pages.get("/datasets/new")
def new(request: Request, studio: TheStudio) -> HTMLResponse:
    """Return the form of a new data set."""
    data = {"max_upload": studio.settings.max_upload}
    template = "studio/templates/datasets/new.html"
    return page(request, template, title="New data set", section="datasets", data=data)


@pages.get("/datasets/{name}")
def one(name: str, request: Request, studio: TheStudio) -> HTMLResponse:
    """Return the page of a data set; 404 where it is not there."""
    from halescope.studio.datasets.store import described

    data = described(studio, name)
    template = "studio/templates/datasets/one.html"
    return page(request, template, title=name, section="datasets", data=data)
