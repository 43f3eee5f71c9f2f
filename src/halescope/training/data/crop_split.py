"""Which labelled regions of which frames are crops, and in which part of a division each is.

GoogLeNet, our own classifier and the table of `halescope reproduce` all ask here, so that the
parts are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from halescope.training.data.frames import SPLITS, DataConfig, Frame, evenly, parts_of, read_frames


@dataclass(frozen=True)
class Placed:
    """A crop: index of its frame and of its box there, image name, NOAA number, class, and part."""

    frame: int
    region: int
    image: str
    number: int
    kind: str
    part: str


@dataclass(frozen=True)
class HeldOutParts:
    """A division of crops for a classifier that learns from one part alone.

    Parameters
    ----------
    split : {"none", "time", "random", "manifest"}
        See `DataConfig`.
    limit, crop_limit : int
        Frames, and crops of those, spread evenly; 0 takes all.
    split_seed : int
        Of the random division.
    """

    split: Literal["none", "time", "random", "manifest"] = "none"
    limit: int = 0
    crop_limit: int = 0
    split_seed: int = 1


def part_keys(manifest: Path, root: Path, held: HeldOutParts) -> dict[str, set[tuple[str, int]]]:
    """Return image name and NOAA number of the crops of each part."""
    split = "time" if held.split == "none" else held.split
    config = DataConfig(
        manifest, root, split, objects="firm", min_area=0.0, limit=held.limit, seed=held.split_seed
    )
    placed = place_crops(read_frames(config)[0], config, held.crop_limit)
    return {part: {(c.image, c.number) for c in placed if c.part == part} for part in SPLITS}


def place_crops(frames: Sequence[Frame], config: DataConfig, limit: int = 0) -> list[Placed]:
    """Return the firm regions of frames that have a class, with their part; of all, or of `limit`.

    Under ``random`` crops are divided, not frames, as the paper's were. Under ``time`` a region
    that shows a class in the training part stays out of validation and test. Under ``shared`` a
    crop is in a part only if both divisions put it there.
    """
    found = [
        Placed(index, place, frame.image.name, number, kind, frame.split)
        for index, frame in enumerate(frames)
        for place, (kind, firm, number) in enumerate(
            zip(frame.classes, frame.firm, frame.numbers, strict=True)
        )
        if firm and kind
    ]
    found = [found[index] for index in evenly(len(found), limit)]
    if config.split == "manifest":
        parts = days = [crop.part for crop in found]
    else:
        times = [frames[crop.frame].time for crop in found]
        parts, days = parts_of(times, config), parts_of(times, config, "time")
    placed = [replace(crop, part=part) for crop, part in zip(found, parts, strict=True)]
    if config.split == "random":
        return placed
    trained = {crop.number for crop, day in zip(found, days, strict=True) if day == "train"}
    return [c for c in placed if c.part and (c.part == "train" or c.number not in trained)]
