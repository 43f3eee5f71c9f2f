"""From label files of any format to rows of a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from halescope.batch.processes import in_order, map_in_processes
from halescope.classes import parse_class
from halescope.datasets.disks import Failure, canonical_boxes, nothing, read_at
from halescope.datasets.formats.labels import PICTURES, Box, ImageLabels
from halescope.datasets.formats.naming import ANY_REGION, DONT_CARE
from halescope.datasets.manifest_table import CORNERS, write_manifest
from halescope.errors import DatasetError, HalescopeError
from halescope.guards.checksum import checksum
from halescope.types import format_time

ManifestRow = dict[str, Any]


def import_labels(
    images: Sequence[ImageLabels],
    manifest: str | Path,
    root: str | Path,
    jobs: int = 1,
    progress: Callable[[], None] = nothing,
) -> list[Failure]:
    """Write a manifest from label files in file pixels; return the images that failed.

    Raises `DatasetError` where none of the images is there. `root`, `jobs`, `progress`: see
    `rows_of_labels`.
    """
    failures: list[Failure] = []
    write_manifest(manifest, rows_of_labels(images, Path(root), failures, jobs, progress))
    return failures


def rows_of_labels(
    images: Sequence[ImageLabels],
    root: Path,
    failures: list[Failure],
    jobs: int = 1,
    progress: Callable[[], None] = nothing,
    parts: Mapping[str, str] | None = None,
) -> Iterator[ManifestRow]:
    """Yield the rows of labelled images, one for an image without boxes, image by image.

    A class that is none of NOAA's makes its label doubtful, with a note; no image is lost for it.

    Parameters
    ----------
    root : Path
        Images are looked for by their names in it and below, whatever their endings: labels of most
        formats name none.
    failures : list of Failure
        Gets the images that are not there or cannot be read.
    jobs, progress : int, callable
        As in `halescope.datasets.disks.each_image`.
    parts : mapping of str to str, optional
        Image to its part.

    Raises
    ------
    DatasetError
        None of the images is there.
    """
    places = places_of(root)
    tasks = [(labels, place(labels, places)) for labels in images]
    if images and not any(path for _, path in tasks):
        raise DatasetError(
            str(root.absolute()),
            f"holds none of the {len(images)} images of these labels",
            "the pictures that were labelled",
            "give their folder with --root",
        )
    workers = jobs if len(tasks) >= 8 else 1
    results = in_order(map_in_processes(_guarded, tasks, workers, lost=_lost))
    for (labels, _), found in zip(tasks, results, strict=True):
        progress()
        if isinstance(found, Failure):
            failures.append(found)
            continue
        part = (parts or {}).get(labels.image, "")
        yield from (row | {"split": part} for row in found)


def places_of(root: Path) -> dict[str, Path]:
    """Return where the pictures in and below a folder are, by name and by name without ending."""
    places: dict[str, Path] = {}
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in PICTURES and path.is_file():
            places.setdefault(path.stem, path)
            places.setdefault(path.name, path)
    return places


def place(labels: ImageLabels, places: Mapping[str, Path]) -> Path | None:
    """Return where the picture of some labels is, None if it is not there."""
    name = Path(labels.image)
    return places.get(name.name) or places.get(name.stem)


Task = tuple[ImageLabels, Path | None]


def _guarded(task: Task) -> list[ManifestRow] | Failure:
    try:
        return _rows(*task)
    except HalescopeError as error:
        return Failure(task[0].image, str(error))


def _lost(task: Task) -> Failure:
    return Failure(task[0].image, f"{task[1]}: ended the process that read it")


def _rows(labels: ImageLabels, path: Path | None) -> list[ManifestRow]:
    if path is None:
        raise DatasetError(labels.image, "is not there", "an image for each label file")
    magnetogram = read_at(Path(), str(path))
    common = {
        "image": str(path),
        "sha256": checksum(path),
        "time": format_time(magnetogram.time),
        "source": "labels",
    }
    boxes = canonical_boxes(magnetogram, [box.edges for box in labels.boxes])
    rows = [
        common
        | {"noaa_number": box.attributes.get("noaa_number", "")}
        | class_and_status(box)
        | corners_of(edges)
        for box, edges in zip(labels.boxes, boxes, strict=True)
    ]
    return rows or [common]


def corners_of(edges: Iterable[float]) -> dict[str, float]:
    """Return canonical edges as columns of a manifest."""
    return dict(zip(CORNERS, (round(float(value), 2) for value in edges), strict=True))


def class_and_status(box: Box) -> dict[str, str]:
    """Return class, status and note of a box, by its name and the status that its format tells."""
    status, name = box.attributes.get("status", ""), box.name.lower()
    if name in ("plage", "quiet"):
        return {"class": "", "status": "plage"}
    if name == DONT_CARE.lower():
        return {"class": "", "status": "doubtful", "note": DONT_CARE}
    if name in ANY_REGION:
        return {"class": "", "status": status or "firm"}
    try:
        return {"class": parse_class(box.name), "status": status or "firm"}
    except DatasetError:
        note = f"class {box.name!r} of the label file is none of NOAA's"
        return {"class": "", "status": "doubtful", "note": note}
