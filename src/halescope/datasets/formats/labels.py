"""What every label format says: boxes with a class, image by image."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from halescope.errors import DatasetError

DIGITS = 6
"""Decimals of a pixel that survive every format: normalised ones are rounded to this on reading."""

LONGEST_SIDE = 1_000_000
"""Pixels of an image's side, at most."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".jp2", ".fits")
"""Endings under which an image's file is looked for."""


@dataclass(frozen=True)
class Box:
    """One box on one image.

    Parameters
    ----------
    name : str
        Class.
    left, top, right, bottom : float
        Pixels of the image, rows downwards, 0 at the first pixel's edge, maxima exclusive.
    attributes : dict of str to str
        ``noaa_number``, ``status`` and what else a format can carry.
    truncated, occluded, alpha : float, int, float
        KITTI's columns 2 to 4.
    dimensions, location : tuple of float
        KITTI's height width length and x y z; halescope writes zeros.
    rotation : float
        KITTI's rotation_y.
    score : float or None
        KITTI's column 16.
    """

    name: str
    left: float
    top: float
    right: float
    bottom: float
    attributes: dict[str, str] = field(default_factory=dict)
    truncated: float = 0.0
    occluded: int = 0
    alpha: float = 0.0
    dimensions: tuple[float, float, float] = (0.0, 0.0, 0.0)
    location: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation: float = 0.0
    score: float | None = None

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return self.left, self.top, self.right, self.bottom


@dataclass(frozen=True)
class ImageLabels:
    """All boxes of one image; its size in pixels, 0 where neither format nor image tells it."""

    image: str
    width: int
    height: int
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class LabelProblem:
    """A line or element of a label file that could not be read.

    `line`, `column`: counted from 1; 0 where the whole file, or the whole line, is meant. `column`
    counts the fields of a line.
    """

    file: str
    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        """Return ``file:line:column: reason``."""
        where = ":".join(str(n) for n in (self.line, self.column) if n)
        return f"{self.file}:{where}: {self.reason}" if where else f"{self.file}: {self.reason}"


LabelSet = tuple[list[ImageLabels], list[LabelProblem]]
Reader = Callable[[Path], LabelSet]
Writer = Callable[[Sequence[ImageLabels], Path], None]


def number_text(value: float) -> str:
    """Return a number so that reading gives the same one back: two decimals, more if needed."""
    short = f"{value:.2f}"
    return short if float(short) == value else repr(float(value))


def parse_number(text: str) -> float:
    """Return a finite number, or raise `ValueError`."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not finite")
    return value


def parse_side(value: object) -> int:
    """Return the side of an image, 0 where it is not told, or raise `ValueError`."""
    side = float(str(value if value is not None else 0))
    if not 0 <= side <= LONGEST_SIDE or side != int(side):
        raise ValueError(f"a side of {str(value)[:40]} pixels")
    return int(side)


def settled(value: float) -> float:
    """Round away what arithmetic left beyond `DIGITS` decimals."""
    return round(value, DIGITS) + 0.0


def image_beside(labels: Path, stem: str) -> Path | None:
    """Return the image of a label file: in the folder of labels, or in ``images`` beside it."""
    for folder in (labels, labels.parent / "images", labels / "images", labels.parent):
        for ending in PICTURES:
            path = folder / f"{stem}{ending}"
            if os.path.isfile(path):  # False for names that no file can have
                return path
    return None


def image_size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture, undecoded, or raise `DatasetError`."""
    from PIL import Image

    if path.suffix.lower() == ".fits":
        from halescope.io import read

        height, width = read(path).file_shape
        return width, height
    try:
        with Image.open(path) as picture:
            width, height = picture.size
    except OSError as error:
        raise DatasetError(str(path), f"is no readable picture ({error})") from error
    return width, height


def class_names(images: Sequence[ImageLabels]) -> list[str]:
    """Return the classes that occur, those of `MOUNT_WILSON` in its order, others after them."""
    from halescope.classes import MOUNT_WILSON, PAPER_CLASSES

    known = [*MOUNT_WILSON, *PAPER_CLASSES]
    names = {box.name for image in images for box in image.boxes}
    return sorted(names, key=lambda n: (known.index(n) if n in known else len(known), n))
