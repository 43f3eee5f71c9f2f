"""REST of labels: read and write them, and what helps to draw them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from halescope.datasets.disks import file_boxes
from halescope.normalize import canonical_geometry
from halescope.studio.datasets.index import Record
from halescope.studio.labels import work
from halescope.studio.labels.desk import Desk, TheDesk
from halescope.studio.labels.edit import Coordinate, SheetIn
from halescope.studio.labels.ghosts import ghosts_of
from halescope.studio.labels.order import FLOOR, By
from halescope.studio.labels.reviewed import mark_reviewed, read_reviewed
from halescope.studio.labels.rotation import turned
from halescope.studio.labels.sheet import Sheet
from halescope.studio.labels.store import found_in, load, save, writing
from halescope.studio.labels.walk import walk_of
from halescope.studio.problems import Problem
from halescope.types import Magnetogram

api = APIRouter(prefix="/api/datasets/{name}/labels", tags=["labels"])

Place = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]


@api.get("/{image}")
def read_labels(desk: TheDesk, response: Response) -> dict[str, Any]:
    """Return the boxes of a picture, pixels of the file in its own row order, and their ETag.

    A box has the catalogue's column names; `id` holds for this state alone.
    """
    seen = desk.seen()
    return _answer(desk, load(desk.folder, desk.record.key, seen), seen, response)


@api.put("/{image}")
def write_labels(
    desk: TheDesk, given: SheetIn, response: Response,
    if_match: Annotated[str | None, Header(description="ETag of what was read, or *.")] = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the boxes of a picture: into the manifest, and as KITTI into `labels/`.

    428 without If-Match; 412 where the labels were changed since they were read: nothing is written
    then. Boxes that are not given are deleted.
    """
    if if_match is None:
        text = "send the ETag of what you read as If-Match, or * to write whatever stands there"
        raise Problem(428, "If-Match is missing", text)
    seen = desk.seen()
    tag = if_match.strip().removeprefix("W/").strip('"')
    sheet = save(desk.folder, desk.record.key, given, tag, seen)
    return _answer(desk, sheet, seen, response)


def _answer(desk: Desk, sheet: Sheet, seen: Magnetogram, response: Response) -> dict[str, Any]:
    response.headers["ETag"] = f'"{sheet.etag}"'
    height, width = seen.file_shape
    return {
        "dataset": desk.name, "key": desk.record.key, "image": desk.record.image,
        "path": desk.studio.workspace.relative(desk.path), "time": seen.time_string,
        "part": desk.record.part, "width": width, "height": height, "rows_down": seen.rows_down,
        "reviewed": read_reviewed(desk.folder).get(desk.record.key, ""),
        "labels": [label.to_json() for label in sheet.labels],
        "etag": f'"{sheet.etag}"',
    }  # fmt: skip


class Reviewed(BaseModel):
    """Whether a person has seen a picture whole."""

    model_config = ConfigDict(extra="forbid")

    reviewed: bool


@api.post("/{image}/reviewed")
def review(desk: TheDesk, given: Reviewed) -> dict[str, str]:
    """Note that a person has seen a picture whole, or that it is to be seen again."""
    with writing(desk.folder):
        return {"reviewed": mark_reviewed(desk.folder, desk.record.key, given.reviewed)}


class ProposalsIn(BaseModel):
    """Which networks propose; the shipped ones if left out."""

    model_config = ConfigDict(extra="forbid")

    detector: str | None = None
    classifier: str | None = None
    floor: float = Field(default=FLOOR, ge=0, le=1, description="Least score.")


@api.post("/{image}/proposals")
def propose(desk: TheDesk, given: ProposalsIn | None = None) -> dict[str, Any]:
    """Return what a detector sees on a picture: boxes with scores and classes; nothing is written.

    `threshold` is the score from which the detector itself calls a box a region.
    """
    asked = given or ProposalsIn()
    networks = [desk.network(name) for name in (asked.detector, asked.classifier)]
    found: dict[str, Any] = desk.call(work.propose, *networks, asked.floor)
    return found


class SnapIn(BaseModel):
    """A place, and the middles of the boxes beside it; pixels of the file."""

    model_config = ConfigDict(extra="forbid")

    x: Coordinate
    y: Coordinate
    others: list[Place] = Field(default_factory=list, max_length=500)


@api.post("/{image}/snap")
def snap(desk: TheDesk, given: SnapIn) -> dict[str, Any]:
    """Return the field's own extent about a place, by the box rule; `box` is null on quiet Sun."""
    others = [(x, y) for x, y in given.others]
    box = desk.call(work.snap, (given.x, given.y), others)
    if box is None:
        return {"box": None}
    return {"box": dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))}


class CarryIn(BaseModel):
    """From which picture; the last one before this in time if left out."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = Field(default=None, description="Key of a picture of the same data set.")


@api.post("/{image}/carry")
def carry(desk: TheDesk, given: CarryIn | None = None) -> dict[str, Any]:
    """Return another picture's boxes, turned by the Sun's differential rotation to this one's time.

    `gone` counts those that are behind the limb by now. Nothing is written.
    """
    asked = given.source if given else None
    record = walk_of(desk).before(desk.record) if asked is None else found_in(desk.index, asked)
    if record is None:
        text = "no picture of the data set is earlier than this one"
        raise Problem(404, "No earlier picture", text)
    here, there = desk.seen(), desk.seen(record)
    days = _between(desk.record, there, here)
    labels = load(desk.folder, record.key, there).labels
    geometries = canonical_geometry(there.geometry), canonical_geometry(here.geometry)
    boxes = np.array([label.entry.box for label in labels], np.float32).reshape(-1, 4)
    moved, visible = turned(boxes, *geometries, days)
    corners = file_boxes(here, moved).astype(np.float64).round(2).tolist()
    carried = [
        label.to_json()
        | dict(zip(("x_min", "y_min", "x_max", "y_max"), edges, strict=True))
        | {"id": None, "box_source": "rotation", "hgs_lon": None, "hgs_lat": None, "kept": None}
        for label, edges, is_seen in zip(labels, corners, visible, strict=True)
        if is_seen
    ]
    return {
        "source": record.key,
        "hours": round(days * 24, 4),
        "labels": carried,
        "gone": int(np.sum(~visible)),
    }


def _between(record: Record, there: Magnetogram, here: Magnetogram) -> float:
    """Return days between two pictures; 422 where a time, and with it the rotation, is unknown."""
    if there.time is None or here.time is None or not here.geometry.is_located:
        text = f"{record.key}: the time of a picture is unknown, so its rotation is too"
        raise Problem(422, "No time", text)
    return (here.time - there.time) / timedelta(days=1)


@api.get("/{image}/ghosts")
def ghosts(desk: TheDesk) -> dict[str, Any]:
    """Return NOAA's regions at a picture's time: from a summary, else from the manifest."""
    seen = desk.seen()
    sheet = load(desk.folder, desk.record.key, seen)
    found = ghosts_of([desk.folder, desk.studio.workspace.root], sheet, seen)
    return {"ghosts": [ghost.to_json() for ghost in found]}


@api.get("/{image}/neighbours")
def neighbours(
    desk: TheDesk, by: Annotated[By, Query(description="The order that is gone through.")] = "time"
) -> dict[str, Any]:
    """Return what is before and behind a picture, the next unreviewed one, and how far one is."""
    return walk_of(desk).around(desk.record, by)
