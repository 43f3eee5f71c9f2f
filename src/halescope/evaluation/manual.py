"""The paper's "manual analysis" (section 4): label files and class folders against output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON, PAPER, PAPER_CLASSES
from halescope.datasets.formats.kitti import read_kitti
from halescope.errors import DatasetError, ModelError
from halescope.evaluation.metrics.digits import Report, Scored, report
from halescope.guards.cells import dict_reader

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
"""What counts as a picture in a class folder."""

IGNORED = ("dontcare",)
"""Label names that are no object, lower case."""


@dataclass(frozen=True)
class LabelComparison:
    """Label files against a catalogue, of the images that have a label file.

    Also images of the catalogue without a label file, label files whose image is not in the
    catalogue, which count as missed regions, and malformed lines that were left out.
    """

    report: Report
    unlabelled: tuple[str, ...]
    unseen: tuple[str, ...]
    malformed: tuple[str, ...]


@dataclass(frozen=True)
class FolderComparison:
    """Class folders against a classifier, and pictures that were taken for another class.

    `confusion` is (C, C) int64, rows are folders, columns what the classifier said; accuracy 0..1.
    """

    confusion: NDArray[np.int64]
    accuracy: float
    wrong: tuple[str, ...]


def compare_labels(labels: Path, catalog: Path) -> LabelComparison:
    """Compare a folder of KITTI label files with a catalogue of the same images.

    Label files are named like their images and in the images' own pixels; the catalogue is
    ``catalog.csv`` of ``halescope analyze``. Raises `DatasetError` where there is no label file, or
    the catalogue cannot be read.
    """
    found = _catalog(catalog)
    images, problems = read_kitti(labels)
    if not images:
        raise DatasetError(str(labels), "holds no label file", "one .txt for each image")
    scored, unseen = [], []
    for image in sorted(images, key=lambda one: one.image):
        stem = Path(image.image).stem
        boxes = [box.edges for box in image.boxes if box.name.lower() not in IGNORED]
        truth = np.array(boxes, np.float32).reshape(-1, 4)
        rows = found.pop(stem, None)
        if rows is None:
            unseen.append(stem)
        table = np.array(rows or [], np.float32).reshape(-1, 5)
        scored.append(Scored(truth, table[:, :4], table[:, 4]))
    lines = tuple(f"{p.file}:{p.line}: {p.reason}" for p in problems)
    return LabelComparison(report(scored), tuple(sorted(found)), tuple(unseen), lines)


def compare_folders(
    folder: Path, classify: Callable[[NDArray[np.uint8]], int], classes: Sequence[str]
) -> FolderComparison:
    """Compare pictures in class folders with what a classifier says of them.

    `classify`: (h, w) uint8 picture to an index into `classes`, which the folders may be called.
    Raises `DatasetError` where a folder has another name, or there is no picture at all.
    """
    from PIL import Image

    confusion = np.zeros((len(classes), len(classes)), np.int64)
    wrong = []
    for place in sorted(p for p in folder.iterdir() if p.is_dir()):
        if place.name not in classes:
            raise DatasetError(str(place), "is no class", "one of " + ", ".join(classes))
        for path in sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES):
            with Image.open(path) as image:
                said = classify(np.asarray(image.convert("L"), np.uint8))
            confusion[classes.index(place.name), said] += 1
            if classes[said] != place.name:
                wrong.append(f"{place.name}/{path.name}: {classes[said]}")
    if not confusion.sum():
        raise DatasetError(str(folder), "holds no picture", "pictures in class folders")
    accuracy = float(np.trace(confusion) / confusion.sum())
    return FolderComparison(confusion, accuracy, tuple(wrong))


def folder_classes(folder: Path) -> tuple[str, ...]:
    """Return the vocabulary that a folder's class folders are named from.

    Raises `DatasetError` where there is no folder in it, or the names are of no one vocabulary.
    """
    found = {p.name for p in folder.iterdir() if p.is_dir()} if folder.is_dir() else set()
    if not found:
        raise DatasetError(str(folder), "holds no class folder", "one folder for each class")
    for names in (PAPER_CLASSES, HIERARCHY, MOUNT_WILSON):
        if found <= set(names):
            return names
    raise DatasetError(
        str(folder),
        f"holds {', '.join(sorted(found))}",
        f"names among {', '.join(PAPER_CLASSES)}, or {', '.join((*HIERARCHY, *MOUNT_WILSON))}",
    )


def picture_classifier(name: str, classes: Sequence[str]) -> Callable[[NDArray[np.uint8]], int]:
    """Return a function from a region's picture to an index into `classes`.

    `classes` are `PAPER_CLASSES`, `HIERARCHY` or `MOUNT_WILSON`. Raises `ModelError` where there is
    no such network, or it needs the whole disk.
    """
    from halescope.classification.googlenet import of_pictures, to_seven
    from halescope.runtime.session import load

    model = load(name, "classifier")
    if model.card.architecture != "googlenet":
        raise ModelError(name, "needs the whole disk", "a googlenet", "compare labels instead")
    falls = [[float(word in {n, COARSE[n], PAPER[n]}) for word in classes] for n in MOUNT_WILSON]
    carry = to_seven(model.card.classes) @ np.array(falls)

    def classify(levels: NDArray[np.uint8]) -> int:
        return int((of_pictures(model, [levels]) @ carry).argmax())

    return classify


def _catalog(path: Path) -> dict[str, list[list[float]]]:
    """Return boxes and scores of each image of a catalogue, by the image's name."""
    out: dict[str, list[list[float]]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            for row in dict_reader(handle, path):
                values = [float(row[n]) for n in ("x_min", "y_min", "x_max", "y_max", "score")]
                out.setdefault(Path(row["image"]).stem, []).append(values)
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(str(path), f"is no catalogue: {error}", "catalog.csv") from error
    return out
