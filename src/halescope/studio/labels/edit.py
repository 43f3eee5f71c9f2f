"""What a person makes of a picture's labels, checked, and the rows of the manifest it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from halescope.classes import MOUNT_WILSON
from halescope.datasets.disks import canonical_boxes
from halescope.datasets.formats.labels import Box
from halescope.datasets.formats.naming import ANY_REGION, DONT_CARE
from halescope.datasets.labels.quality import DOUBTS, FLAGS, SEPARATOR
from halescope.datasets.labels.region import Edges
from halescope.datasets.lint import touches_disk
from halescope.datasets.manifest import Row
from halescope.datasets.manifest_table import CORNERS, STATUSES
from halescope.errors import DatasetError
from halescope.geometry import mu, pixel_to_stonyhurst, visible_point
from halescope.normalize import canonical_geometry
from halescope.studio.labels.sheet import Label, Sheet
from halescope.types import Magnetogram

MOST = 500
"""Boxes of one picture."""

LEAST = 1.0
"""Shortest side of a box, pixels of the file."""

MOVED = 0.02
"""Edges that differ by less, pixels of the file, are where they were."""

Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-1e5, le=1e5)]
BoxSource = Literal["hand", "field", "detector", "rotation"]


def _known(name: str) -> str:
    if name and name not in MOUNT_WILSON:
        raise ValueError(f"expected one of {', '.join(MOUNT_WILSON)}, or nothing")
    return name


def _flags(words: str) -> str:
    unknown = set(words.split(SEPARATOR)) - {"", *FLAGS}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is no flag of {', '.join(FLAGS)}")
    return words


Class = Annotated[str, AfterValidator(_known)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Kept(BaseModel):
    """What a row of the manifest says beside what is edited, for a box that was deleted before."""

    model_config = ConfigDict(extra="ignore")

    area_msh: Finite | None = None
    x: Finite | None = None
    y: Finite | None = None
    mu: Finite | None = None
    hgs_lon: Finite | None = None
    hgs_lat: Finite | None = None
    source: str = Field(default="hand", max_length=100)
    note: str = Field(default="", max_length=500)
    flags: Annotated[str, AfterValidator(_flags)] = ""
    box_source: str = Field(default="hand", max_length=100)
    class_before: Class = ""
    class_after: Class = ""


class LabelIn(BaseModel):
    """One box as a person leaves it; pixels of the file in its own row order, pixel edges."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: str | None = Field(default=None, description="That of a box that was there.")
    x_min: Coordinate
    y_min: Coordinate
    x_max: Coordinate
    y_max: Coordinate
    mount_wilson: Class = Field(default="", alias="class")
    status: Literal["firm", "doubtful", "plage"] = "firm"
    noaa_number: int | None = Field(default=None, ge=0, le=99_999)
    truncated: float = Field(default=0.0, ge=0, le=1, description="Share beyond the limb, 0 to 1.")
    occluded: int = Field(default=0, ge=0, le=3, description="KITTI's: 0 visible to 3 unknown.")
    note: str | None = Field(default=None, max_length=500)
    box_source: BoxSource | None = Field(default=None, description="What drew a new or moved box.")
    kept: Kept | None = Field(default=None, description="As GET gave it: a box that comes back.")

    @model_validator(mode="after")
    def _in_order(self) -> LabelIn:
        """Put edges in order: DIGITS refused such files without a word."""
        self.x_min, self.x_max = sorted((self.x_min, self.x_max))
        self.y_min, self.y_max = sorted((self.y_min, self.y_max))
        if min(self.x_max - self.x_min, self.y_max - self.y_min) < LEAST:
            raise ValueError(f"the box is narrower than {LEAST:g} pixel")
        if self.status == "plage":
            self.mount_wilson = ""
        return self

    @property
    def edges(self) -> Edges:
        """x_min, y_min, x_max, y_max."""
        return self.x_min, self.y_min, self.x_max, self.y_max


class SheetIn(BaseModel):
    """All boxes of a picture; one that is not there is deleted."""

    model_config = ConfigDict(extra="forbid")

    labels: list[LabelIn] = Field(max_length=MOST)
    reviewed: bool | None = Field(default=None, description="A person has seen the whole.")


def rows_after(sheet: Sheet, given: Sequence[LabelIn], magnetogram: Magnetogram) -> list[Row]:
    """Return the rows of the manifest that hold the given boxes.

    A box that stayed keeps its row, cell by cell; one that was moved or drawn gets its canonical
    edges, position and mu anew.

    Raises
    ------
    DatasetError
        A box lies off the Sun or the picture, or has the id of no box.
    """
    before = {label.id: label for label in sheet.labels}
    unknown = [g.id for g in given if g.id is not None and g.id not in before]
    ids = [g.id for g in given if g.id is not None]
    if unknown or len(set(ids)) < len(ids):
        text = f"boxes {', '.join(unknown or ids)} are not each one of {len(before)}"
        raise DatasetError(_name(sheet), text, "ids of GET, each once", "read the labels again")
    corners = canonical_boxes(magnetogram, [g.edges for g in given]).tolist()
    height, width = magnetogram.file_shape
    rows = []
    for one, (x0, y0, x1, y1) in zip(given, corners, strict=True):
        _check(one, (x0, y0, x1, y1), (width, height), _name(sheet))
        old = before.get(one.id) if one.id is not None else None
        box = (x0, y0, x1, y1)
        if old is None:
            row = dict(sheet.shared) | _fresh(box, magnetogram, one)
        else:
            row = dict(old.row)
            if _is_moved(old.edges, one.edges):
                at = (old.entry.x, old.entry.y) if old.entry.noaa_number else None
                row |= _placed(box, magnetogram, one.box_source, at)
        rows.append(row | _told(one, old))
    return rows or [dict(sheet.shared)]


def kitti_boxes(given: Sequence[LabelIn]) -> list[Box]:
    """Return the boxes of the KITTI file beside the picture.

    Firm boxes have their class, or ``ar`` without one; doubtful ones are ``DontCare``, which
    neither trains nor counts; plage is ``plage``. What else there is to a label is in the manifest.
    """
    boxes = []
    for one in given:
        firm = one.mount_wilson or ANY_REGION[0]
        name = {"firm": firm, "doubtful": DONT_CARE, "plage": "plage"}[one.status]
        x0, y0, x1, y1 = (round(value, 2) for value in one.edges)
        boxes.append(Box(name, x0, y0, x1, y1, truncated=one.truncated, occluded=one.occluded))
    return boxes


def _check(one: LabelIn, box: Edges, size: tuple[int, int], name: str) -> None:
    x0, y0, x1, y1 = one.edges
    width, height = size
    shown = f"the box ({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if x0 < -0.01 or y0 < -0.01 or x1 > width + 0.01 or y1 > height + 0.01:
        text = f"{shown} reaches out of {width} x {height} pixels"
        raise DatasetError(name, text, "a box within the picture", "move it back")
    if not touches_disk(box):
        raise DatasetError(name, f"{shown} shows no piece of the Sun", "a box on the disk")


def _is_moved(before: Edges, now: Edges) -> bool:
    return max(abs(a - b) for a, b in zip(before, now, strict=True)) > MOVED


def _fresh(box: Edges, seen: Magnetogram, one: LabelIn) -> Row:
    """Return the cells of a box that was drawn, or of one that comes back as it was."""
    kept = one.kept or Kept()
    row = {name: "" if value is None else value for name, value in kept.model_dump().items()}
    at = (kept.x, kept.y) if one.noaa_number and kept.x is not None and kept.y is not None else None
    source = one.box_source or (None if one.kept is None else kept.box_source)
    return row | _placed(box, seen, source, at)


def _placed(
    box: Edges, seen: Magnetogram, source: str | None, at: tuple[float, float] | None
) -> Row:
    """Return the cells that follow from where a box is.

    `at`, NOAA's own position of a numbered region, canonical pixels, stays while it lies in the
    box.
    """
    found: Row = dict(zip(CORNERS, (round(value, 2) for value in box), strict=True))
    found["box_source"] = source or "hand"
    if at is not None and _holds(box, *at):
        return found
    geometry = canonical_geometry(seen.geometry)
    x, y, _ = visible_point(geometry, box)
    found |= {"x": round(x, 2), "y": round(y, 2)}
    found["mu"] = round(float(mu(geometry, np.array(x), np.array(y))), 4)
    found |= {"hgs_lon": "", "hgs_lat": ""}
    if geometry.is_located:
        longitude, latitude = pixel_to_stonyhurst(geometry, np.array([x]), np.array([y]))
        found |= {"hgs_lon": round(float(longitude[0]), 2), "hgs_lat": round(float(latitude[0]), 2)}
    return found


def _holds(box: Edges, x: float, y: float) -> bool:
    return bool(box[0] <= x + 0.5 <= box[2] and box[1] <= y + 0.5 <= box[3])


def _told(one: LabelIn, old: Label | None) -> Row:
    """Return the cells that a person decides, and the flags that then no longer hold."""
    number = one.noaa_number or ""
    found: Row = {"class": one.mount_wilson, "status": one.status, "noaa_number": number}
    if one.note is not None:
        found["note"] = " ".join(one.note.split())
    if old is None:
        return found
    entry = old.entry
    if (entry.noaa_number or "") == number:
        del found["noaa_number"]  # the cell stays as it is spelled
    words = [word for word in entry.flags.split(SEPARATOR) if word]
    gone: set[str] = set()
    if one.status == STATUSES[0] and entry.status != STATUSES[0]:
        gone |= DOUBTS  # a person has decided
    if one.mount_wilson != entry.mount_wilson:
        gone |= {"class_changes", "no_class"}
    if gone & set(words):
        found["flags"] = SEPARATOR.join(word for word in words if word not in gone)
    return found


def _name(sheet: Sheet) -> str:
    return str(sheet.shared.get("image") or "picture")
