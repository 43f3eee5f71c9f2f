"""What `dataset build` makes: the paper's way, or a full modern one."""

from __future__ import annotations

from dataclasses import dataclass

from halescope.datasets.crops import CropConfig
from halescope.datasets.formats.export import ExportConfig
from halescope.datasets.splits.config import SplitConfig
from halescope.errors import ConfigError


@dataclass(frozen=True)
class Recipe:
    """What to build.

    `split`: of the disks. `crop_split`: of the crops, where they are divided on their own, as the
    paper's were. `limit`: images, spread evenly over all; 0 for all.
    """

    split: SplitConfig
    crops: CropConfig
    exports: tuple[ExportConfig, ...]
    crop_split: SplitConfig | None = None
    limit: int = 0


RECIPES: dict[str, Recipe] = {
    "full": Recipe(
        SplitConfig("time"),
        CropConfig(scheme="mount-wilson", margin=0.1),
        (
            ExportConfig("kitti", "mount-wilson", "dontcare", pictures="png", shrink_to=1024),
            ExportConfig("coco", "mount-wilson", pictures="png", shrink_to=1024),
        ),
    ),
    "paper": Recipe(
        SplitConfig("random", stratify=False),
        CropConfig(scheme="paper"),
        (ExportConfig("kitti", "detector", "keep", pictures="png", size=512, columns=16),),
        SplitConfig("random", unit="region", stratify=False),
        limit=1000,
    ),
}
"""``paper``: 1,000 disks enlarged to 512 x 512, KITTI files with one class, crops in A, AG, B, BG,
both 70/20/10 at random. ``full``: all disks, by time with a gap, all of NOAA's classes."""


def recipe_of(name: str) -> Recipe:
    """Return a recipe by its name, or raise `ConfigError`."""
    if name not in RECIPES:
        raise ConfigError("--preset", f"is {name!r}", ", ".join(RECIPES))
    return RECIPES[name]
