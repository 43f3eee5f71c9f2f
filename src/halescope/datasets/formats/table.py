"""The table of formats, and conversion from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from halescope.datasets.formats.coco import read_coco, write_coco
from halescope.datasets.formats.kitti import read_kitti, write_kitti
from halescope.datasets.formats.labels import LabelSet, Reader, Writer
from halescope.datasets.formats.voc import read_cvat, read_voc, write_cvat, write_voc
from halescope.datasets.formats.yolo import read_yolo, write_yolo
from halescope.errors import ConfigError, DatasetError


@dataclass(frozen=True)
class Format:
    """How a format is read and written, and what of a box survives, in words.

    `files`: pattern of the files where each image has one of its own.
    """

    read: Reader
    write: Writer
    keeps: str
    files: str = ""


FORMATS: dict[str, Format] = {
    "kitti": Format(read_kitti, write_kitti, "class, box, KITTI's own columns, score", "*.txt"),
    "yolo": Format(read_yolo, write_yolo, "class, box to a millionth of a pixel, score", "*.txt"),
    "coco": Format(read_coco, write_coco, "class, box to a millionth of a pixel, attributes"),
    "voc": Format(read_voc, write_voc, "class, box, attributes", "*.xml"),
    "cvat": Format(read_cvat, write_cvat, "class, box, attributes"),
}
"""Formats by name."""


def format_of(name: str) -> Format:
    """Return a format by its name, or raise `ConfigError`."""
    try:
        return FORMATS[name.lower()]
    except KeyError as error:
        raise ConfigError("format", f"is {name!r}", ", ".join(FORMATS)) from error


def read_labels(path: Path, name: str) -> LabelSet:
    """Read labels in a named format.

    Raises `ConfigError`, `DatasetError`: the format is unknown; nothing is there to be read.
    """
    form = format_of(name)
    if not path.exists():
        raise DatasetError(str(path), "does not exist", f"labels in {name} format")
    images, problems = form.read(path)
    if form.files and not images and not problems:
        deeper = next((file.parent for file in sorted(path.rglob(form.files))), None)
        hint = f"labels are in {deeper}" if deeper else f"is it another format than {name}?"
        raise DatasetError(str(path), "holds no label files", f"{form.files} of {name}", hint)
    return images, problems
