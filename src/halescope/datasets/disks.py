"""Go through the images of a manifest, each read once, in several processes, failures listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from halescope.batch.processes import in_order, map_in_processes
from halescope.datasets.manifest import Entry
from halescope.errors import HalescopeError
from halescope.guards.inside import listed
from halescope.normalize import canonical_geometry, from_origin_boxes, to_origin_boxes
from halescope.types import Array, Disk, Magnetogram

T = TypeVar("T")
Task = tuple[str, list[Entry], str]
"""An image, its regions and its part."""


@dataclass(frozen=True)
class Failure:
    """An image that could not be used, and why, in one line."""

    image: str
    reason: str


def nothing() -> None:
    """Do nothing: the progress of those who do not ask for it."""


def in_part(part: str, name: str) -> str:
    """Return a path below the folder of a part; the path alone where there are no parts."""
    return f"{part}/{name}" if part else name


def each_image(
    tasks: Iterable[Task],
    work: Callable[[Task], T],
    failures: list[Failure],
    jobs: int = 1,
    progress: Callable[[], None] = nothing,
) -> Iterator[T]:
    """Yield what `work` returns for each image, in order; a failure does not stop the others.

    Parameters
    ----------
    tasks : iterable of (image, entries, part)
    work : callable
        Picklable where `jobs` is more than 1.
    failures : list of Failure
        Gets those that `work` raised `HalescopeError` for.
    jobs : int
        Processes.
    progress : callable
        Called after each image.
    """
    for result in in_order(map_in_processes(_guarded, tasks, jobs, shared=(work,), lost=_lost)):
        progress()
        if isinstance(result, Failure):
            failures.append(result)
        else:
            yield result


def _lost(task: Task) -> Failure:
    return Failure(task[0], "ended the process that read it")


def _guarded(task: Task, work: Callable[[Task], T]) -> T | Failure:
    try:
        return work(task)
    except HalescopeError as error:
        return Failure(task[0], str(error))


def file_boxes(magnetogram: Magnetogram, boxes: Iterable[Iterable[float]]) -> Array:
    """Return boxes in file pixels, file row order, (N, 4), of canonical ones, rows upwards."""
    array = np.array([list(box) for box in boxes], np.float32).reshape(-1, 4)
    return to_origin_boxes(_frame_of(magnetogram), array)


def canonical_boxes(magnetogram: Magnetogram, boxes: Iterable[Iterable[float]]) -> Array:
    """Return canonical boxes of boxes in file pixels; the inverse of `file_boxes`."""
    array = np.array([list(box) for box in boxes], np.float32).reshape(-1, 4)
    return from_origin_boxes(_frame_of(magnetogram), array)


def _frame_of(magnetogram: Magnetogram) -> Disk:
    """Return a disk that has the geometry and no field: nothing is resampled."""
    geometry = canonical_geometry(magnetogram.geometry)
    return Disk(np.zeros((1, 1), np.float32), geometry, magnetogram)


def read_at(root: Path, image: str) -> Magnetogram:
    """Read an image of a manifest, whose relative paths start from `root` and stay below it.

    Raises
    ------
    UnsafePathError, ReadError, NotAMagnetogramError, TooLargeError
        See `halescope.guards.inside.listed` and `halescope.io.read`.
    """
    from halescope.io import read

    return read(listed(root, image))
