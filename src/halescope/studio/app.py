"""The application: rooms, guard, errors, static files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from halescope._version import __version__
from halescope.studio import (
    analyses,
    datasets,
    health,
    home,
    inference,
    labels,
    login,
    models,
    pictures,
    problems,
    regions,
)
from halescope.studio.jobs import api as jobs_api
from halescope.studio.jobs import pages as jobs_pages
from halescope.studio.jobs.events import Events
from halescope.studio.jobs.queue import Queue
from halescope.studio.security import Guard
from halescope.studio.settings import Settings
from halescope.studio.state import Studio
from halescope.studio.workspace import Workspace

ROUTERS = (
    health.api, home.api, home.pages, login.pages, jobs_api.api, jobs_pages.pages,
    pictures.api, pictures.pages, analyses.api, analyses.pages, datasets.api, datasets.pages,
    labels.api, labels.pages, models.api, models.pages, inference.api, inference.pages,
    regions.api, regions.pages,
)  # fmt: skip
STATIC = Path(__file__).parent / "static"
ABOUT = """Everything that the pages do. Errors are problem details (RFC 9457). Paths are those of
the workspace. Where the studio is open to other machines, each request carries the token as a
cookie or as `Authorization: Bearer`."""


def create_app(settings: Settings) -> FastAPI:
    """Return the studio as an ASGI application; its workspace is made where it is missing.

    The queue begins to run when the application starts up, and parts of rooms are closed when it
    shuts down. `halescope.studio.jobs.queue.Queue` says what becomes of jobs then.
    """
    workspace = Workspace(settings.workspace, settings.roots)
    events = Events()
    queue = Queue(workspace, events, settings.jobs)
    studio = Studio(settings, workspace, events, queue)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        events.open()
        queue.start()
        yield
        studio.close()

    app = FastAPI(
        title="halescope studio", version=__version__, description=ABOUT, lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
    )  # fmt: skip
    app.state.studio = studio
    problems.install(app)
    app.add_middleware(Guard, settings=settings)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    return app
