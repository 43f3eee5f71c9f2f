"""Crops in class folders, as the paper's classifier was trained on: A, AG, B, BG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from halescope.datasets.formats.naming import check_scheme, name_of
from halescope.datasets.manifest import Entry, disks, write_manifest
from halescope.datasets.remap import cea_patch
from halescope.errors import ConfigError
from halescope.guards.inside import inside
from halescope.io.crops import Piece, cut, picture_of, write_png
from halescope.types import Magnetogram

if TYPE_CHECKING:
    from PIL import Image

CROP_COLUMNS = ("crop", "image", "split", "noaa_number", "class", "folder", "status")
"""Columns of ``crops.csv``."""


@dataclass(frozen=True)
class CropConfig:
    """How to cut.

    Parameters
    ----------
    scheme : str
        Names of the folders, see `halescope.datasets.formats.naming.SCHEMES`.
    margin : float
        Added on each side, as a share of the box's longer side.
    size : int
        Side of every crop, pixels, squashed as DIGITS does; 0 keeps each box's own.
    scale : float
        Enlargement before `size`.
    doubtful, plage : bool
        Cut these too (plage into a folder of its own).
    cea : bool
        Remap to a cylindrical equal-area grid about the region's centre.
    least : float
        Boxes with a shorter side than this, file pixels, are left out.
    """

    scheme: str = "paper"
    margin: float = 0.0
    size: int = 0
    scale: float = 1.0
    doubtful: bool = False
    plage: bool = False
    cea: bool = False
    least: float = 4.0

    def __post_init__(self) -> None:
        check_scheme(self.scheme)
        for name in ("margin", "size", "least"):
            if getattr(self, name) < 0:
                raise ConfigError(f"--{name}", f"is {getattr(self, name)}", "0 or more")
        if not 0 < self.scale <= 32:
            raise ConfigError("--scale", f"is {self.scale}", "above 0, up to 32")


@dataclass(frozen=True)
class CropReport:
    """What was cut: crops by folder, boxes left out as too small, images that failed."""

    counts: Counter[str] = field(default_factory=Counter)
    small: int = 0
    failures: list[Failure] = field(default_factory=list)


def cut_manifest(
    manifest: str | Path,
    folder: str | Path,
    config: CropConfig = CropConfig(),
    root: str | Path = "",
    jobs: int = 2,
    progress: Callable[[], None] = nothing,
) -> CropReport:
    """Cut every labelled region out into class folders, below its part where there are parts.

    `folder`: gets ``CLASS/<stem>_<NN>_<CLASS>.png`` or ``part/CLASS/...``, and ``crops.csv``.
    `root`: what the manifest's relative paths start from. `jobs`, `progress`: see
    `halescope.datasets.disks.each_image`.
    """
    folder = Path(folder)
    work = partial(_cut_image, folder=folder, config=config, root=Path(root))
    counts, rows, small = Counter[str](), [], 0
    failures: list[Failure] = []
    wanted = (task for task in disks(manifest, parts_only=True) if task[1])
    for found in each_image(wanted, work, failures, jobs, progress):
        for row in found:
            small += not row["crop"]
            counts.update([row["folder"]] if row["crop"] else [])
            rows += [row] if row["crop"] else []
    write_manifest(folder / "crops.csv", rows, CROP_COLUMNS)
    return CropReport(counts, small, failures)


def _cut_image(task: Task, folder: Path, config: CropConfig, root: Path) -> list[dict[str, Any]]:
    """Cut one image; a row without a crop stands for a box that is too small."""
    image, found, _ = task
    named = [(place, entry, _folder(entry, config)) for place, entry in enumerate(found, 1)]
    kept = [(place, entry, name) for place, entry, name in named if name]
    if not kept:
        return []
    magnetogram = read_at(root, image)
    boxes = file_boxes(magnetogram, [entry.box for _, entry, _ in kept])
    out = []
    for (place, entry, name), box in zip(kept, boxes, strict=True):
        row = {
            "crop": "",
            "image": image,
            "split": entry.split,
            "noaa_number": entry.noaa_number or "",
            "class": entry.mount_wilson,
            "folder": name,
            "status": entry.status,
        }
        if min(box[2] - box[0], box[3] - box[1]) >= config.least:
            path = in_part(entry.split, f"{name}/{Path(image).stem}_{place:02d}_{name}.png")
            target = inside(folder, path, image)
            write_png(cut_crop(magnetogram, box, config), target)
            row["crop"] = path
        out.append(row)
    return out


def _folder(entry: Entry, config: CropConfig) -> str:
    doubtful = "keep" if config.doubtful else "drop"
    return name_of(entry, config.scheme, doubtful, config.plage) or ""  # type: ignore[arg-type]


def cut_crop(magnetogram: Magnetogram, box: Iterable[float], config: CropConfig) -> Image.Image:
    """Return the crop of one box, x_min, y_min, x_max, y_max in file pixels, file row order."""
    x0, y0, x1, y1 = (float(value) for value in box)
    grown = config.margin * max(x1 - x0, y1 - y0)
    height, width = magnetogram.file_shape
    wide = (
        max(x0 - grown, 0.0),
        max(y0 - grown, 0.0),
        min(x1 + grown, width),
        min(y1 + grown, height),
    )
    if config.cea:
        picture = _cea_png(magnetogram, wide)
    else:
        piece = cut(magnetogram, np.array([wide], np.float32), full=True)[0]
        picture = picture_of(piece, magnetogram)
    if config.scale != 1:
        size = tuple(max(1, round(side * config.scale)) for side in picture.size)
        picture = picture.resize(size)  # type: ignore[arg-type]
    return picture.resize((config.size, config.size)) if config.size else picture


def _cea_png(magnetogram: Magnetogram, box: tuple[float, float, float, float]) -> Image.Image:
    """Return a crop on the equal-area grid, north up."""
    x0, y0, x1, y1 = box
    if magnetogram.rows_down:
        y0, y1 = magnetogram.file_shape[0] - y1, magnetogram.file_shape[0] - y0
    step = magnetogram.reduction
    inner = (x0 / step, y0 / step, x1 / step, y1 / step)
    patch = cea_patch(magnetogram.field, magnetogram.geometry, inner)
    upright = replace(magnetogram, geometry=replace(magnetogram.geometry, roll=0.0))
    return picture_of(Piece(patch, 0, 0), upright)
