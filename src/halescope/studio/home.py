"""The first page: what runs, what there is, how much room is left."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from halescope._version import __version__
from halescope.studio.pages import page
from halescope.studio.state import TheStudio

api = APIRouter(prefix="/api", tags=["studio"])
pages = APIRouter(include_in_schema=False)


@pages.get("/")
def home(request: Request) -> HTMLResponse:
    """Return the first page."""
    return page(request, "studio/templates/home/home.html", title="Home", section="home")


@pages.get("/docs")
def reference(request: Request) -> HTMLResponse:
    """Return the page of the REST interface."""
    return page(request, "studio/templates/home/docs.html", title="REST interface")


@api.get("/workspace")
def workspace(studio: TheStudio) -> dict[str, Any]:
    """Return the workspace's folder, what may be read beside it, and the room on the disk."""
    return {
        "path": str(studio.workspace.root),
        "roots": [str(root) for root in studio.workspace.roots],
        "max_upload": studio.settings.max_upload,
        "disk": asdict(studio.workspace.disk_use()),
        "version": __version__,
    }
