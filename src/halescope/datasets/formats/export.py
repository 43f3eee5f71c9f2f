"""From a manifest to label files with their pictures."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from halescope.datasets.disks import (
    Failure,
    Task,
    each_image,
    file_boxes,
    in_part,
    nothing,
    read_at,
)
from halescope.datasets.formats.labels import Box, ImageLabels, settled
from halescope.datasets.formats.naming import Doubtful, check_scheme, name_of
from halescope.datasets.formats.table import format_of
from halescope.datasets.manifest import disks
from halescope.errors import ConfigError, DatasetError
from halescope.guards.inside import existing_inside, inside, listed, real
from halescope.io.atomic import atomic_path
from halescope.types import Magnetogram


@dataclass(frozen=True)
class ExportConfig:
    """What label files shall hold.

    Parameters
    ----------
    to : str
        Format.
    scheme : str
        Names of the classes.
    doubtful : {"dontcare", "keep", "drop"}
    plage : bool
        Keep boxes on plage, under this name.
    pictures : {"none", "copy", "link", "png"}
        Put the images beside: as they are, as links, or as 8-bit grey PNG.
    size : int
        Side of the PNG pictures, labels scaled along; 0 keeps the file's own.
    shrink_to : int
        Largest side of the PNG pictures: larger ones are shrunk, smaller ones left; 0 shrinks none.
    columns : {15, 16}
        Of KITTI's lines: 16 adds a score of 0, as the paper's files have it.
    """

    to: str = "kitti"
    scheme: str = "mount-wilson"
    doubtful: Doubtful = "drop"
    plage: bool = False
    pictures: str = "none"
    size: int = 0
    columns: int = 15
    shrink_to: int = 0

    def __post_init__(self) -> None:
        check_scheme(self.scheme)
        format_of(self.to)
        if self.pictures not in ("none", "copy", "link", "png"):
            raise ConfigError("--pictures", f"is {self.pictures!r}", "none, copy, link or png")
        if self.columns not in (15, 16):
            raise ConfigError("--columns", f"is {self.columns}", "15 or 16")
        if (self.size or self.shrink_to) and self.pictures != "png":
            raise ConfigError(
                "--size" if self.size else "--shrink-to",
                "changes pictures",
                "",
                "add --pictures png",
            )


@dataclass(frozen=True)
class ExportReport:
    """Images and boxes written by part (empty where the manifest has none), and what failed."""

    images: Counter[str] = field(default_factory=Counter)
    boxes: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


def export_manifest(
    manifest: str | Path,
    folder: str | Path,
    config: ExportConfig = ExportConfig(),
    root: str | Path = "",
    jobs: int = 2,
    progress: Callable[[], None] = nothing,
) -> ExportReport:
    """Write a manifest's labels in another format: ``part/labels`` and ``part/images``.

    `root`: what the manifest's relative paths start from. `jobs`, `progress`: see
    `halescope.datasets.disks.each_image`. Raises `DatasetError` where two images have the same file
    name.
    """
    folder, report = Path(folder), ExportReport()
    parts: dict[str, list[ImageLabels]] = {}
    work = partial(_export_image, folder=folder, config=config, root=Path(root))
    tasks = disks(manifest, parts_only=True)
    for part, labels in each_image(tasks, work, report.failures, jobs, progress):
        parts.setdefault(part, []).append(labels)
        report.images[part] += 1
        report.boxes[part] += len(labels.boxes)
    for part, images in parts.items():
        refuse_twins(images)
        format_of(config.to).write(
            images, existing_inside(folder, in_part(part, "labels"), manifest)
        )
    return report


def refuse_twins(images: Sequence[ImageLabels]) -> None:
    """Raise `DatasetError` where two images would share a label file."""
    for stem, count in Counter(Path(image.image).stem for image in images).items():
        if count > 1:
            raise DatasetError(stem, f"is the name of {count} images", "names that differ")


def _export_image(
    task: Task, folder: Path, config: ExportConfig, root: Path
) -> tuple[str, ImageLabels]:
    image, found, part = task
    magnetogram = read_at(root, image)
    height, width = magnetogram.file_shape
    target = inside(folder, in_part(part, f"images/{Path(image).name}"), image)
    name, (sx, sy) = _picture(magnetogram, listed(root, image), target, config)
    corners = file_boxes(magnetogram, [entry.box for entry in found])
    if config.pictures == "png" and not magnetogram.rows_down:  # FITS rows go up, PNG's go down
        corners[:, [1, 3]] = height - corners[:, [3, 1]]
    boxes = []
    for entry, edges in zip(found, corners, strict=True):
        called = name_of(entry, config.scheme, config.doubtful, config.plage)
        if called is None or edges[2] <= edges[0] or edges[3] <= edges[1]:
            continue
        scaled = [settled(float(v) * s) for v, s in zip(edges, (sx, sy, sx, sy), strict=True)]
        attributes = {"noaa_number": str(entry.noaa_number or ""), "status": entry.status}
        x0, y0, x1, y1 = (round(value, 2) for value in scaled)
        score = 0.0 if config.columns == 16 else None
        boxes.append(Box(called, x0, y0, x1, y1, attributes, score=score))
    return part, ImageLabels(name, round(width * sx), round(height * sy), tuple(boxes))


def _picture(
    magnetogram: Magnetogram, source: Path, target: Path, config: ExportConfig
) -> tuple[str, tuple[float, float]]:
    """Put the picture beside its labels; return its name and the scale of its labels."""
    if config.pictures == "none":
        return source.name, (1.0, 1.0)
    if config.pictures == "png":
        from halescope.io.crops import cut, picture_of, write_png

        height, width = magnetogram.file_shape
        whole = np.array([[0, 0, width, height]], np.float32)
        upright = replace(magnetogram, geometry=replace(magnetogram.geometry, roll=0.0))
        picture = picture_of(cut(magnetogram, whole, full=True)[0], upright)
        side = config.size
        if config.shrink_to and max(picture.size) > config.shrink_to:
            side = config.shrink_to
        if side:
            picture = picture.resize((side, side))
        target = target.with_suffix(".png")
        write_png(picture, target)
        return target.name, (picture.width / width, picture.height / height)
    with atomic_path(target) as fresh:
        if config.pictures == "link":
            fresh.symlink_to(real(source))
        else:
            shutil.copyfile(source, fresh)
    return target.name, (1.0, 1.0)
