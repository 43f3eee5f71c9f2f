"""YOLO text labels: ``class cx cy width height``, as shares of the image, one file per image.

Class names stand in ``classes.txt``, one a line, and in ``data.yaml``, as trainers want them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from halescope.datasets.formats.labels import (
    Box,
    ImageLabels,
    LabelProblem,
    LabelSet,
    class_names,
    image_beside,
    image_size,
    parse_number,
    settled,
)
from halescope.errors import DatasetError
from halescope.guards.inside import inside
from halescope.io.atomic import atomic_text

_OTHER = ("classes.txt", "train.txt", "validation.txt", "test.txt", "left_out.txt")


def write_yolo(images: Sequence[ImageLabels], folder: Path) -> None:
    """Write one text file for each image, ``classes.txt`` and ``data.yaml``.

    Raises `DatasetError` where an image's size is unknown.
    """
    names = class_names(images)
    for image in images:
        if not image.width or not image.height:
            raise DatasetError(image.image, "has no known size", "width and height for YOLO")
        lines = [_line(box, names.index(box.name), image) for box in image.boxes]
        atomic_text(inside(folder, f"{Path(image.image).stem}.txt", image.image), "".join(lines))
    atomic_text(folder / "classes.txt", "".join(name + "\n" for name in names))
    listed = "".join(f"  {index}: {name!r}\n" for index, name in enumerate(names))
    head = "path: ../..\ntrain: train/images\nval: validation/images\nnames:\n"
    atomic_text(folder / "data.yaml", head + listed)


def _line(box: Box, index: int, image: ImageLabels) -> str:
    values = (
        (box.left + box.right) / 2 / image.width,
        (box.top + box.bottom) / 2 / image.height,
        (box.right - box.left) / image.width,
        (box.bottom - box.top) / image.height,
    )
    score = "" if box.score is None else f" {box.score!r}"
    return f"{index} " + " ".join(f"{value:.17g}" for value in values) + score + "\n"


def read_yolo(folder: Path) -> LabelSet:
    """Read a folder of label files; the images must be at hand, for their sizes.

    Without ``classes.txt`` classes keep their numbers.
    """
    listing = folder / "classes.txt"
    names = listing.read_text("utf-8").splitlines() if listing.is_file() else []
    images, problems = [], []
    for file in sorted(folder.glob("*.txt")):
        if file.name in _OTHER:
            continue
        picture = image_beside(folder, file.stem)
        if picture is None:
            problems.append(LabelProblem(file.name, 0, 0, "no image of this name; sizes unknown"))
            continue
        size = image_size(picture)
        boxes, wrong = parse_yolo(file.read_text("utf-8", errors="replace"), file.name, size, names)
        problems += wrong
        images.append(ImageLabels(picture.name, *size, tuple(boxes)))
    return images, problems


def parse_yolo(
    text: str, file: str, size: tuple[int, int], names: Sequence[str]
) -> tuple[list[Box], list[LabelProblem]]:
    """Read the text of one label file; `file` is its name, `size` width and height of the image."""
    boxes, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) not in (5, 6):
            reason = f"{len(fields)} columns, expected 5 or 6"
            problems.append(LabelProblem(file, number, 0, reason))
            continue
        try:
            cx, cy, w, h, *score = (parse_number(field) for field in fields[1:])
            index = int(fields[0])
            name = names[index] if names else str(index)
        except (ValueError, IndexError) as error:
            problems.append(LabelProblem(file, number, 0, f"unreadable ({error})"))
            continue
        x = settled((cx - w / 2) * size[0]), settled((cx + w / 2) * size[0])
        y = settled((cy - h / 2) * size[1]), settled((cy + h / 2) * size[1])
        boxes.append(Box(name, x[0], y[0], x[1], y[1], score=score[0] if score else None))
    return boxes, problems
