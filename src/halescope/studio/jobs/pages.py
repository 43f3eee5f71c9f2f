"""The page of a job."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from halescope.studio.pages import page
from halescope.studio.state import TheStudio

pages = APIRouter(include_in_schema=False)


@pages.get("/jobs/{id}")
def job_page(id: str, request: Request, studio: TheStudio) -> HTMLResponse:
    """Return the page of a job, with its log."""
    job = studio.queue.get(id)
    data = studio.queue.described(job)
    return page(
        request, "studio/templates/jobs/job.html", title=job.title, section="home", data=data
    )
