"""Answers about a data set's images: one of them, its small picture; what is remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from halescope.studio.datasets import gallery
from halescope.studio.datasets.index import DatasetIndex, Record, stamp_of
from halescope.studio.datasets.store import ROOM, index_of
from halescope.studio.pictures.cache import Pictures
from halescope.studio.problems import Problem
from halescope.studio.state import Studio

LARGE, SMALL = 416, 208
"""Sides of small pictures: that of the canonical disk, and half of it."""

MOST = 40
"""Answers that are remembered."""

Make = Callable[[DatasetIndex], dict[str, Any]]

_answers: dict[tuple[Path, Make], tuple[object, dict[str, Any]]] = {}
_lock = threading.Lock()


def image(studio: Studio, name: str, key: str) -> dict[str, Any]:
    """Return an image with its labels and rows, and the keys of those before and after it."""
    index = index_of(studio, name)
    record = _record(index, name, key)
    place = index.place(record)
    near = {
        "before": index.images[place - 1].key if place else None,
        "after": index.images[place + 1].key if place + 1 < len(index.images) else None,
    }
    return gallery.image(index, name, record) | near | {"rows": index.rows_of(record)}


def thumbnail(studio: Studio, pictures: Pictures, name: str, key: str, large: bool) -> Path:
    """Return the file of a small picture of an image, drawn now if it was not."""
    index = index_of(studio, name)
    path = picture_of(studio, index, name, key)
    side, is_disk = LARGE if large else SMALL, index.kind == "disks"
    what = f"data set {side} {is_disk}"
    return pictures.small(path, what, gallery.draw_thumbnail, side, is_disk)


def picture_of(studio: Studio, index: DatasetIndex, name: str, key: str) -> Path:
    """Return the file of an image; 404 where it is not there, or lies where nobody may read."""
    record = _record(index, name, key)
    path = index.path(record)
    if path is None or not studio.workspace.may_read(path):
        text = f"{record.image[:200]!r} of {name} is not there, or lies outside workspace and roots"
        raise Problem(404, "The picture is missing", text)
    return path


def _record(index: DatasetIndex, name: str, key: str) -> Record:
    record = index.find(key)
    if record is None:
        raise Problem(404, "No such image", f"{key[:120]!r} is no image of {name}")
    return record


def remembered(studio: Studio, name: str, make: Make) -> dict[str, Any]:
    """Return what a function makes of a data set, once while its table does not change."""
    folder = studio.workspace.folder(ROOM, name)
    stamp, key = stamp_of(folder), (folder, make)
    with _lock:
        known = _answers.get(key)
    if known and known[0] == stamp:
        return known[1]
    found = make(index_of(studio, name))
    with _lock:
        _answers[key] = (stamp, found)
        while len(_answers) > MOST:
            del _answers[next(iter(_answers))]
    return found
