"""The labels of one picture: rows of the manifest and its KITTI file, as the browser has them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from halescope.boxes import iou
from halescope.datasets.disks import file_boxes
from halescope.datasets.formats.kitti import parse_kitti
from halescope.datasets.formats.labels import Box
from halescope.datasets.manifest import Entry, Row, entry_of
from halescope.types import Magnetogram

SAME = 0.9
"""A line of the KITTI file is about the row whose box it overlaps by more (IoU)."""


KEPT = (
    "area_msh", "x", "y", "mu", "hgs_lon", "hgs_lat", "source", "note", "flags", "box_source",
    "class_before", "class_after",
)  # fmt: skip
"""Columns that a box which was deleted takes back with it when that is undone."""


@dataclass(frozen=True)
class Label:
    """One box of a picture.

    Parameters
    ----------
    id : str
        Place among the picture's rows, from 0; holds for one version (`Sheet.etag`).
    row : dict
        Of the manifest, as it stands there.
    entry : Entry
        The same, read.
    edges : x_min, y_min, x_max, y_max
        Pixels of the file in its own row order, pixel edges, two decimals.
    truncated, occluded : float, int
        KITTI's second and third column: share beyond the limb, 0..1; 0 to 3.
    """

    id: str
    row: Row
    entry: Entry
    edges: tuple[float, float, float, float]
    truncated: float = 0.0
    occluded: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return what the API gives of a label; the box has the catalogue's column names."""
        entry, (x0, y0, x1, y1) = self.entry, self.edges
        return {
            "id": self.id, "x_min": x0, "y_min": y0, "x_max": x1, "y_max": y1,
            "class": entry.mount_wilson, "status": entry.status,
            "noaa_number": entry.noaa_number or None,
            "truncated": self.truncated, "occluded": self.occluded,
            "hgs_lon": _known(entry.hgs_lon), "hgs_lat": _known(entry.hgs_lat),
            "flags": entry.flags, "note": entry.note,
            "source": str(self.row.get("source") or ""),
            "box_source": str(self.row.get("box_source") or ""),
            "kept": {name: self.row[name] for name in KEPT if self.row.get(name) not in ("", None)},
        }  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """All labels of one picture, at one moment.

    `shared`: the row of the manifest's columns that the picture's rows have in common.
    """

    labels: tuple[Label, ...]
    shared: Row

    @property
    def etag(self) -> str:
        """Hash of what the labels say: the part that a picture is in may change beside it."""
        said = [(_said(label.row), label.truncated, label.occluded) for label in self.labels]
        text = json.dumps(said, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


SHARED = ("image", "sha256", "time", "split")
"""Columns of a manifest that are about the picture; the others are about one region."""


def read_sheet(
    rows: Sequence[Row], magnetogram: Magnetogram, kitti: Path, subject: str = "manifest"
) -> Sheet:
    """Return the labels that the rows of one picture hold.

    Parameters
    ----------
    rows : sequence of dict
        All rows of the picture; one without a status stands for a picture without regions.
    magnetogram : Magnetogram
        The picture; its geometry is used, its field is not.
    kitti : Path
        Its label file, which may be missing: truncated and occluded are read from it.
    subject : str
        What errors are about.

    Raises
    ------
    DatasetError
        A row has no readable box.
    """
    labelled = [row for row in rows if row["status"]]
    entries = [entry_of(row, subject) for row in labelled]
    corners = file_boxes(magnetogram, [entry.box for entry in entries])
    labels = []
    for number, (row, entry, edges) in enumerate(zip(labelled, entries, corners, strict=True)):
        x0, y0, x1, y1 = (round(float(value), 2) for value in edges)
        labels.append(Label(str(number), row, entry, (x0, y0, x1, y1)))
    shared = {name: rows[0].get(name) or "" for name in SHARED} if rows else {}
    return Sheet(tuple(_with_kitti(labels, read_boxes(kitti))), shared)


def read_boxes(kitti: Path) -> list[Box]:
    """Return the boxes of one KITTI file, none where it is missing or cannot be read."""
    try:
        text = kitti.read_text("utf-8", errors="replace")
    except OSError:
        return []
    return parse_kitti(text, kitti.name)[0]


def _with_kitti(labels: Sequence[Label], boxes: Sequence[Box]) -> list[Label]:
    """Return labels with what the lines of the KITTI file about them say of their visibility."""
    if not labels or not boxes:
        return list(labels)
    mine = np.array([label.edges for label in labels], np.float64)
    overlap = iou(mine, np.array([box.edges for box in boxes], np.float64))
    out = []
    for index, label in enumerate(labels):
        best = int(overlap[index].argmax())
        if overlap[index, best] > SAME:
            told = boxes[best]
            label = replace(label, truncated=told.truncated, occluded=told.occluded)
        out.append(label)
    return out


def _said(row: Mapping[str, Any]) -> dict[str, str]:
    return {k: str(v) for k, v in row.items() if k not in SHARED and v not in ("", None)}


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
