"""The pages Analyse: where files are dropped, one image, a gallery of many."""

from __future__ import annotations

import shlex

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from halescope.studio.analyses import present
from halescope.studio.analyses.analyser import Analyser
from halescope.studio.analyses.make import command, known_networks
from halescope.studio.analyses.store import Stored
from halescope.studio.pages import page
from halescope.studio.pictures.cache import Pictures
from halescope.studio.state import Studio, TheStudio

pages = APIRouter(include_in_schema=False)


def _warm(studio: Studio) -> None:
    """Have the processes start that will be needed in a moment."""
    studio.part(Pictures)
    studio.part(Analyser)


@pages.get("/analyse")
def start(request: Request, studio: TheStudio) -> HTMLResponse:
    """Return the page on which files are dropped or picked."""
    _warm(studio)
    data = {
        "networks": known_networks(studio.workspace),
        "max_upload": studio.settings.max_upload,
    }
    template = "studio/templates/analyses/start.html"
    return page(request, template, title="Analyse", section="analyse", data=data)


@pages.get("/analyses/{id}")
def show(request: Request, studio: TheStudio, id: str, image: str | None = None) -> HTMLResponse:
    """Return the page of an analysis: one image, or the gallery of many."""
    _warm(studio)
    found = Stored.read(studio.workspace, id, image)
    title = present.title_of(found)
    many = found.is_many and image is None
    line = "" if found.asked is None else f"halescope {shlex.join(command(found.asked, id))}"
    data = {
        "id": id, "image": image, "many": found.is_many, "title": title, "command": line,
        "networks": known_networks(studio.workspace),
    }  # fmt: skip
    template = f"studio/templates/analyses/{'many' if many else 'one'}.html"
    shown = found.image(image)[1].image if image is not None else title
    crumb = title if image is not None else ""
    return page(request, template, title=shown, section="analyse", data=data, crumb=crumb, id=id)
