"""KITTI text labels, as DetectNet and DIGITS read them: one file with each image's name.

Columns: type truncated occluded alpha left top right bottom height width length x y z rotation_y,
and a score as the sixteenth in results. Spaces in a class are written as underscores.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from halescope.datasets.formats.labels import (
    Box,
    ImageLabels,
    LabelProblem,
    LabelSet,
    image_beside,
    image_size,
    number_text,
    parse_number,
)
from halescope.guards.inside import inside
from halescope.io.atomic import atomic_text

COLUMNS = (
    "type", "truncated", "occluded", "alpha", "left", "top", "right", "bottom",
    "height", "width", "length", "x", "y", "z", "rotation_y", "score",
)  # fmt: skip
"""Names of the columns, in order."""


def write_kitti(images: Sequence[ImageLabels], folder: Path) -> None:
    """Write one text file for each image; an image without boxes gets an empty one."""
    for image in images:
        atomic_text(
            inside(folder, f"{Path(image.image).stem}.txt", image.image), kitti_text(image.boxes)
        )


def kitti_text(boxes: Sequence[Box]) -> str:
    """Return the text of one label file."""
    return "".join(_line(box) + "\n" for box in boxes)


def _line(box: Box) -> str:
    numbers = (*box.edges, *box.dimensions, *box.location, box.rotation)
    values = [
        "_".join(box.name.split()) or "unknown",
        number_text(box.truncated),
        str(box.occluded),
        *(number_text(value) for value in (box.alpha, *numbers)),
    ]
    return " ".join(values if box.score is None else [*values, number_text(box.score)])


def read_kitti(folder: Path) -> LabelSet:
    """Read a folder of label files; sizes are those of the images beside them, 0 without one."""
    images, problems = [], []
    for file in sorted(folder.glob("*.txt")):
        boxes, wrong = parse_kitti(file.read_text("utf-8", errors="replace"), file.name)
        problems += wrong
        picture = image_beside(folder, file.stem)
        width, height = image_size(picture) if picture else (0, 0)
        name = picture.name if picture else f"{file.stem}.png"
        images.append(ImageLabels(name, width, height, tuple(boxes)))
    return images, problems


def parse_kitti(text: str, file: str) -> tuple[list[Box], list[LabelProblem]]:
    """Read the text of one label file, of 15 or 16 columns; `file` is its name, for problems."""
    boxes, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) not in (15, 16):
            reason = f"{len(fields)} columns, expected 15 or 16"
            problems.append(LabelProblem(file, number, 0, reason))
            continue
        values: list[float] = []
        for column, field in enumerate(fields[1:], 2):
            try:
                values.append(parse_number(field))
            except ValueError:
                reason = f"{COLUMNS[column - 1]} is {field!r}, expected a number"
                problems.append(LabelProblem(file, number, column, reason))
                break
        else:
            boxes.append(_box(fields[0], values))
    return boxes, problems


def _box(name: str, v: Sequence[float]) -> Box:
    truncated, occluded, alpha, left, top, right, bottom = v[:7]
    size, place = (v[7], v[8], v[9]), (v[10], v[11], v[12])
    score, before = v[14] if len(v) > 14 else None, (truncated, int(occluded), alpha)
    return Box(name, left, top, right, bottom, {}, *before, size, place, v[13], score)
