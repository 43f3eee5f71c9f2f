"""The pages of regions in time: the series there are, and one of them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from halescope.studio.analyses.store import brief
from halescope.studio.pages import page
from halescope.studio.regions.series import Series
from halescope.studio.state import TheStudio

pages = APIRouter(include_in_schema=False)


@pages.get("/regions")
def start(request: Request) -> HTMLResponse:
    """Return the page with all series."""
    template = "studio/templates/regions/list.html"
    return page(request, template, title="Regions in time", section="regions")


@pages.get("/regions/{id}")
def show(request: Request, studio: TheStudio, id: str) -> HTMLResponse:
    """Return the page of one series."""
    series = Series.find(studio.workspace, id)
    entry = brief(studio.workspace, id)
    title = id if entry is None else entry["title"]
    template = "studio/templates/regions/series.html"
    data = {"id": series.id}
    return page(request, template, title=title, section="regions", data=data, id=id)
