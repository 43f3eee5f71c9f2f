"""A page of a data set's images, with what is drawn on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from halescope.errors import HalescopeError
from halescope.io import read
from halescope.io.atomic import atomic_path
from halescope.normalize import normalize
from halescope.studio.datasets.index import DatasetIndex, Record, thumbnail_box

NO_PART = "none"
"""What the images that no part holds are asked for by."""


@dataclass(frozen=True)
class Filter:
    """Which images; empty: all. `text` is looked for in names, times and NOAA numbers."""

    part: str = ""
    name: str = ""
    status: str = ""
    text: str = ""


def chosen(index: DatasetIndex, wanted: Filter) -> NDArray[np.int64]:
    """Return the positions of the images that fit."""
    every = np.arange(len(index.images))
    kept = []
    if wanted.name:
        kept.append(index.with_class.get(wanted.name, np.zeros(0, np.int64)))
    if wanted.part:
        part = "" if wanted.part == NO_PART else wanted.part
        kept.append(np.array([i for i, r in enumerate(index.images) if r.part == part], np.int64))
    if wanted.status:
        kept.append(_with_status(index, wanted.status))
    if wanted.text:
        kept.append(_with_text(index, wanted.text.lower()))
    return reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), kept, every)


def _with_status(index: DatasetIndex, status: str) -> NDArray[np.int64]:
    held = index.columns.statuses
    found = (
        i
        for i, record in enumerate(index.images)
        if status in held[record.first : record.first + record.count]
    )
    return np.fromiter(found, np.int64)


def _with_text(index: DatasetIndex, text: str) -> NDArray[np.int64]:
    numbers = index.columns.numbers
    found = (
        i
        for i, record in enumerate(index.images)
        if text in record.image.lower()
        or text in record.time.lower()
        or text in numbers[record.first : record.first + record.count]
    )
    return np.fromiter(found, np.int64)


def page(index: DatasetIndex, name: str, wanted: Filter, number: int, size: int) -> dict[str, Any]:
    """Return a page of images, counted from 1, and how many fit; `name` is the data set's."""
    places = chosen(index, wanted)
    pages = max(1, -(-len(places) // size))
    number = min(max(1, number), pages)
    shown = places[(number - 1) * size : number * size]
    return {
        "kind": index.kind,
        "page": number,
        "pages": pages,
        "size": size,
        "total": len(places),
        "images": [image(index, name, index.images[place]) for place in shown.tolist()],
    }


def image(index: DatasetIndex, name: str, record: Record) -> dict[str, Any]:
    """Return an image with its labels; boxes are shares of the canonical disk's picture."""
    address = f"/api/datasets/{quote(name, safe='')}/images/{quote(record.key, safe='')}"
    label = f"/label/{quote(name, safe='')}/{quote(record.key, safe='')}"
    rows = index.labels_of(record)
    return {
        "key": record.key,
        "image": record.image,
        "time": record.time,
        "part": record.part,
        "labels": [_label(index, row) for row in rows],
        "links": {
            "thumbnail": f"{address}/thumbnail.jpg",
            "label": label if index.kind == "disks" else None,
        },
    }


def _label(index: DatasetIndex, row: int) -> dict[str, Any]:
    box, held = index.boxes[row], index.columns
    return {
        "class": index.called(row),
        "status": held.statuses[row],
        "noaa_number": held.numbers[row],
        "box": thumbnail_box(box) if np.isfinite(box).all() else None,
    }


def draw_thumbnail(path: str, target: str, side: int, is_disk: bool) -> None:
    """Write a small picture as JPEG: of a canonical disk, or of a crop as it is.

    Raises `HalescopeError` where the picture cannot be read; called in a process of its own.
    """
    from PIL import Image

    if is_disk:
        disk = normalize(read(path))
        levels = np.clip(np.nan_to_num(disk.grey[::-1], nan=-127) + 127, 0, 255)
        picture = Image.fromarray(levels.astype(np.uint8))
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    else:
        try:
            with Image.open(path) as found:
                picture = found.convert("RGB" if found.mode in ("RGB", "P", "RGBA") else "L")
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise HalescopeError(Path(path).name, f"is no readable picture ({error})") from error
        scale = side / max(picture.size)
        if scale < 1:
            sides = tuple(max(1, round(value * scale)) for value in picture.size)
            picture = picture.resize(sides)  # type: ignore[arg-type]
    with atomic_path(target) as fresh:
        picture.save(fresh, "JPEG", quality=86)
