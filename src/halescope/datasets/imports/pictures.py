"""The pictures of a data set: linked, copied, or treated with their boxes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from halescope.batch.processes import in_order, map_in_processes
from halescope.datasets.disks import Failure, canonical_boxes, file_boxes, nothing, read_at
from halescope.datasets.imports.labels import ManifestRow, corners_of
from halescope.datasets.manifest_table import CORNERS
from halescope.datasets.treatment import Treatment, fit
from halescope.errors import DatasetError, HalescopeError
from halescope.guards.inside import inside, real
from halescope.io.atomic import atomic_path
from halescope.io.crops import cut, picture_of, write_png
from halescope.io.filetime import time_from_name
from halescope.normalize import DISK_RADIUS, DISK_SIDE, normalize
from halescope.types import Magnetogram

ROLLED = 0.5
"""Degrees of roll from which a picture is turned north up before it is treated."""


@dataclass(frozen=True)
class Placed:
    """One image of a data set.

    `source`: where its file is. `target`: where it goes, relative to `folder`.
    """

    source: Path
    rows: list[ManifestRow]
    folder: Path
    target: str


def settled(
    rows: Iterable[ManifestRow],
    folder: Path,
    copy: bool,
    treatment: Treatment | None,
    failures: list[Failure],
    jobs: int = 1,
    progress: Callable[[], None] = nothing,
) -> Iterator[ManifestRow]:
    """Yield rows whose images lie in ``images/`` of a folder, relative to it.

    Rows of one image stand together.

    Parameters
    ----------
    copy : bool
        Copy images; else link to them.
    treatment : Treatment, optional
        Write treated pictures instead, and put boxes where they lie in them.
    failures : list of Failure
        Gets the images that cannot be read or are no disk any more.
    """
    tasks = _placed(rows, folder, treatment)
    workers = jobs if treatment else 1
    calls = map_in_processes(_settle, tasks, workers, shared=(copy, treatment), lost=_lost)
    for found in in_order(calls):
        progress()
        if isinstance(found, Failure):
            failures.append(found)
        else:
            yield from found


def _placed(
    rows: Iterable[ManifestRow], folder: Path, treatment: Treatment | None
) -> Iterator[Placed]:
    taken: set[str] = set()
    for image, found in groupby(rows, key=lambda row: str(row["image"])):
        source, mine = Path(image), list(found)
        yield Placed(
            source, mine, folder, f"images/{_free_name(source, mine[0], treatment, taken)}"
        )


def _free_name(source: Path, row: ManifestRow, treatment: Treatment | None, taken: set[str]) -> str:
    """Return a name that no other image of the data set has; it tells the time."""
    stem, ending = source.stem, ".png" if treatment else source.suffix
    time = "".join(c for c in str(row.get("time") or "")[:19] if c.isdigit())
    if time and time_from_name(source.name) is None:
        stem = f"{time[:8]}_{time[8:]}_{stem}"
    name, number = f"{stem}{ending}", 2
    while name.lower() in taken:
        name, number = f"{stem}_{number}{ending}", number + 1
    taken.add(name.lower())
    return name


def _settle(task: Placed, copy: bool, treatment: Treatment | None) -> list[ManifestRow] | Failure:
    try:
        if treatment:
            rows = _treated(task, treatment)
        else:
            rows = task.rows
            target = inside(task.folder, task.target, task.source)
            _put(task.source, target, None if copy else _link(task.source, target, task.folder))
    except HalescopeError as error:
        return Failure(str(task.source), str(error))
    return [row | {"image": task.target} for row in rows]


def _lost(task: Placed) -> Failure:
    return Failure(str(task.source), f"{task.source}: ended the process that read it")


def _link(source: Path, target: Path, folder: Path) -> Path:
    """Return what a link to a picture holds: relative where it lies in the data set's workspace.

    That is the folder two above the data set's, ``datasets/NAME``: it can be moved as a whole.
    Links to elsewhere are absolute.
    """
    found, workspace = real(source), real(folder).parent.parent
    if workspace == workspace.parent or not found.is_relative_to(workspace):
        return found
    return Path(os.path.relpath(found, real(target.parent)))


def _put(source: Path, target: Path, link: Path | None) -> None:
    """Put a picture into a data set: as a link, or a copy where that is None."""
    if not source.is_file():
        raise DatasetError(str(source), "is not there", "the image of a label")
    with atomic_path(target) as fresh:
        if link is None:
            shutil.copyfile(source, fresh)
        else:
            fresh.symlink_to(link)


def _treated(task: Placed, treatment: Treatment) -> list[ManifestRow]:
    """Write the treated picture; return the rows with boxes where they lie on its own disk."""
    magnetogram = read_at(Path(), str(task.source))
    listed = [row for row in task.rows if row.get("status")]
    boxes = np.array([[float(row[c]) for c in CORNERS] for row in listed]).reshape(-1, 4)
    picture, edges = upright(magnetogram, boxes)
    target = inside(task.folder, task.target, task.source)
    sky = float(np.median(picture[[0, 0, -1, -1], [0, -1, 0, -1]]))  # what fill adds is no edge
    write_png(treated_picture(picture, replace(treatment, padding=sky)), target)
    height, width = picture.shape
    placed = box_places(edges, (width, height), treatment)
    seen = (placed[:, 2] > placed[:, 0]) & (placed[:, 3] > placed[:, 1])
    again = canonical_boxes(read_at(Path(), str(target)), placed[seen])
    kept = [row for row, is_seen in zip(listed, seen.tolist(), strict=True) if is_seen]
    rows = [row | corners_of(box) | _unplaced() for row, box in zip(kept, again, strict=True)]
    return rows or [{**task.rows[0], **dict.fromkeys((*CORNERS, "status", "class"), "")}]


def _unplaced() -> dict[str, Any]:
    """NOAA's position on the disk is not carried through a treatment; its longitude stays."""
    return {"x": "", "y": ""}


def upright(
    magnetogram: Magnetogram, boxes: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return a magnetogram as a picture, north up, and canonical boxes on it.

    `boxes`: (N, 4), canonical pixels. Returns (H, W) float32 grey levels 0 to 255, rows downwards,
    and (N, 4) left, top, right, bottom in its pixels.
    """
    height, width = magnetogram.file_shape
    if abs(magnetogram.geometry.roll) < ROLLED:
        whole = np.array([[0, 0, width, height]], np.float32)
        picture = picture_of(cut(magnetogram, whole, full=True)[0], magnetogram)
        edges = file_boxes(magnetogram, boxes).astype(np.float64)
        if not magnetogram.rows_down:
            edges[:, [1, 3]] = height - edges[:, [3, 1]]
        return np.asarray(picture, np.float32), edges
    scale = magnetogram.geometry_in_file.radius / DISK_RADIUS
    side = round(DISK_SIDE * scale)
    disk = normalize(magnetogram, side, DISK_RADIUS * scale)
    grey = np.clip(np.nan_to_num(disk.grey[::-1], nan=-127) + 127, 0, 255)
    edges = np.asarray(boxes, np.float64).reshape(-1, 4) * side / DISK_SIDE
    edges[:, [1, 3]] = side - edges[:, [3, 1]]
    return grey.astype(np.float32), edges


def treated_picture(picture: NDArray[Any], treatment: Treatment, seed: int = 0) -> Image.Image:
    """Return a picture, (H, W) or (H, W, 3), as a treatment makes it: grey, or in colour."""
    sized = np.rint(np.clip(fit(picture.astype(np.float32), treatment, seed), 0, 255))
    image = Image.fromarray(sized.astype(np.uint8))
    return image.convert("RGB" if treatment.channels == 3 else "L")


def box_places(
    edges: NDArray[Any], size: tuple[int, int], treatment: Treatment
) -> NDArray[np.float64]:
    """Return boxes, (N, 4), of a picture of a size, width and height, on the treated one.

    Cut to it: what a crop cuts away has no extent.
    """
    left, top, width, height = treatment.placed(*size)
    scale = np.array([width / size[0], height / size[1]] * 2)
    moved = np.asarray(edges, np.float64).reshape(-1, 4) * scale + [left, top, left, top]
    limits = np.array([treatment.width, treatment.height] * 2)
    return np.asarray(np.clip(moved, 0, limits))
