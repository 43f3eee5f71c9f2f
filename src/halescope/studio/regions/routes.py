"""Addresses of regions in time: link them, read tracks and events, the day page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import FileResponse, JSONResponse

from halescope.io.atomic import atomic_bytes
from halescope.studio.problems import Problem
from halescope.studio.regions.series import DAY, SUMMARY, TRACKS, Series, listing
from halescope.studio.state import Studio, TheStudio

api = APIRouter(prefix="/api/regions", tags=["regions"])

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What the day's page may do: it holds its own styles and pictures, and nothing that runs."""

MOST_SUMMARY = 20_000_000


@api.get("")
def listed(studio: TheStudio) -> list[dict[str, Any]]:
    """Return the series of images, the newest first, and whether their regions are linked."""
    return [_with_job(studio, entry) for entry in listing(studio.workspace)]


@api.post("/{id}", status_code=202)
def link(
    studio: TheStudio, id: str, file: Annotated[UploadFile | None, File()] = None,
    mode: Annotated[str, Form()] = "filter",
) -> JSONResponse:  # fmt: skip
    """Link the regions of a series into tracks, and write its day page: a job.

    Parameters
    ----------
    file : upload
        A Solar Region Summary, raw text or the table of them: brings NOAA's numbers and classes.
    mode : str
        `filter` uses nothing later than each image, `smooth` all there is.
    """
    series = Series.find(studio.workspace, id)
    if mode not in ("filter", "smooth"):
        raise Problem(422, "Not understood", f"mode is {mode[:20]!r}; expected filter or smooth")
    subject = f"regions/{id}"
    if studio.queue.active(subject) is not None:
        raise Problem(409, "It is being made", f"a job for {id} is waiting or running")
    if file is not None:
        _keep_summary(series, file)
    job = studio.queue.submit(
        "track", commands(series, mode), f"Regions in time of {id}", subject=subject
    )
    links = {"self": f"/api/regions/{id}", "page": f"/regions/{id}"}
    return JSONResponse({"id": id, "job": studio.queue.described(job), "links": links}, 202)


@api.get("/{id}")
def read(studio: TheStudio, id: str) -> dict[str, Any]:
    """Return tracks, events and the day of a series; empty where they were not made."""
    series = Series.find(studio.workspace, id)
    found = series.tracks()
    empty: list[dict[str, Any]] = []
    return _with_job(
        studio,
        {
            "id": id,
            "linked": found is not None,
            "mode": found.mode if found is not None else "",
            "tracks": found.tracks.rows() if found is not None else empty,
            "events": found.events.rows() if found is not None else empty,
            "notes": list(found.notes) if found is not None else [],
            "day": series.day(),
            "summary": (series.folder / SUMMARY).is_file(),
            "command": " && ".join(f"halescope {shlex.join(c)}" for c in commands(series)),
        },
    )


@api.get("/{id}/tracks/{track}")
def one_track(studio: TheStudio, id: str, track: int) -> list[dict[str, Any]]:
    """Return a track's rows in order of time: class along the track, area, place."""
    return Series.find(studio.workspace, id).rows(track)


@api.get("/{id}/day.html", response_class=FileResponse)
def day_page(studio: TheStudio, id: str) -> FileResponse:
    """Return the day's page: one file, which also works from a disk."""
    path = _there(Series.find(studio.workspace, id).folder / DAY / "index.html")
    headers = {"Content-Security-Policy": SANDBOX, "Cache-Control": "no-cache"}
    return FileResponse(path, media_type="text/html; charset=utf-8", headers=headers)


@api.get("/{id}/{name}.csv", response_class=FileResponse)
def table(studio: TheStudio, id: str, name: str) -> FileResponse:
    """Return `tracks`, `events`, or the `catalog` with the class along each track."""
    if name not in ("tracks", "events", "catalog"):
        text = f"no table {name[:20]!r}; expected tracks, events or catalog"
        raise Problem(404, "Not there", text)
    path = _there(Series.find(studio.workspace, id).folder / TRACKS / f"{name}.csv")
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=f"{id}-{name}.csv")


def commands(series: Series, mode: str = "filter") -> list[list[str]]:
    """Return the arguments of ``halescope`` that link a series, and that write its day page."""
    base = f"analyses/{series.id}"
    srs = ["--srs", f"{base}/{SUMMARY}"] if (series.folder / SUMMARY).is_file() else []
    how = ["--mode", mode] if mode != "filter" else []
    catalog = f"{base}/catalog.csv"
    return [
        ["track", catalog, "-o", f"{base}/{TRACKS}", *srs, *how],
        ["day", catalog, "-o", f"{base}/{DAY}", *srs],
    ]


def _keep_summary(series: Series, file: UploadFile) -> None:
    """Write a summary beside the catalogue; 422 where it is no text or too long."""
    content = file.file.read(MOST_SUMMARY + 1)
    if b"\0" in content[:512] or content[:2] in (b"\x1f\x8b", b"BZ", b"PK", b"\xfd7"):
        text = "is no text; expected a Solar Region Summary, or the table of them as CSV"
        raise Problem(422, "Cannot be used", f"the summary {text}")
    if len(content) > MOST_SUMMARY:
        limit = f"{MOST_SUMMARY / 1e6:.0f} MB"
        raise Problem(413, "Too large", f"the summary is larger than {limit}")
    atomic_bytes(series.folder / SUMMARY, content)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise Problem(404, "Not there", f"{path.name} was not made")
    return path


def _with_job(studio: Studio, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with the newest job that did not end well, or runs."""
    found = next(iter(studio.queue.all(f"regions/{entry['id']}")), None)
    job = None if found is None or found.state == "done" else studio.queue.described(found)
    return entry | {"job": job}
