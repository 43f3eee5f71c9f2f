"""REST of the queue, and the stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from halescope.studio.jobs import traces
from halescope.studio.state import TheStudio

api = APIRouter(prefix="/api", tags=["jobs"])


@api.get("/jobs")
def all_jobs(studio: TheStudio, subject: str | None = None) -> list[dict[str, Any]]:
    """Return the queue, the newest job first; of one subject such as `datasets/name` if asked."""
    return [studio.queue.described(job) for job in studio.queue.all(subject)]


@api.get("/jobs/{id}")
def one_job(id: str, studio: TheStudio) -> dict[str, Any]:
    """Return a job."""
    return studio.queue.described(studio.queue.get(id))


@api.delete("/jobs/{id}", status_code=204)
def delete_job(id: str, studio: TheStudio) -> Response:
    """Forget a job that has ended, and its log; what it made stays."""
    studio.queue.delete(id)
    return Response(status_code=204)


@api.post("/jobs/{id}/abort")
def abort_job(id: str, studio: TheStudio) -> dict[str, Any]:
    """Ask a job to end; what it has written is whole."""
    return studio.queue.described(studio.queue.abort(id))


@api.post("/jobs/{id}/resume")
def resume_job(id: str, studio: TheStudio) -> dict[str, Any]:
    """Queue a job again that failed, was aborted or interrupted."""
    return studio.queue.described(studio.queue.resume(id))


@api.get("/jobs/{id}/log")
def log_piece(id: str, studio: TheStudio, start: int | None = None) -> dict[str, Any]:
    """Return a piece of a job's log from a byte on, or its end; ask on from `next` to `size`."""
    text, following, size = traces.read_log(studio.queue.folder(studio.queue.get(id)), start)
    return {"text": text, "next": following, "size": size}


@api.get("/jobs/{id}/log.txt")
def whole_log(id: str, studio: TheStudio) -> Response:
    """Return a job's whole log."""
    path = studio.queue.folder(studio.queue.get(id)) / "log.txt"
    if not path.exists():
        return Response("", media_type="text/plain")
    return FileResponse(path, media_type="text/plain; charset=utf-8", filename=f"{id}.txt")


@api.get("/events", response_class=EventSourceResponse)
async def events(studio: TheStudio) -> AsyncIterator[ServerSentEvent]:
    """Stream what happens: `queue`, `progress`, `metrics`, `changed`, `reload`."""
    yield ServerSentEvent(event="hello", data={}, retry=2000)
    async for kind, data in studio.events.listen():
        yield ServerSentEvent(event=kind, data=data)
