"""Labelled pictures for the paper's networks: read from a manifest, split, and loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.manifest import STATUSES, Entry, Row, columns_of, entry_of, rows
from halescope.datasets.predicates import is_firm, is_listed
from halescope.datasets.splits.config import PARTS, Method, SplitConfig
from halescope.datasets.splits.strategies import Units, part_names, split_units
from halescope.datasets.splits.unnumbered import numbered
from halescope.errors import DatasetError, UnsafePathError
from halescope.guards.inside import listed
from halescope.normalize import DISK_SIDE
from halescope.tensors import PICTURE_RADIUS, PICTURE_SIDE, flip_rows
from halescope.tracks.mean_rotation import epoch_hours
from halescope.types import Array

SPLITS = PARTS
"""Names of the parts."""


@dataclass(frozen=True)
class DataConfig:
    """Which labelled pictures, and how they are divided.

    Parameters
    ----------
    manifest : Path
        From ``halescope dataset label``.
    root : Path
        Folder that the manifest's relative image paths start from.
    split : {"time", "random", "shared", "manifest"}
        Whole days held out; frames at random, as the paper did; only what ``time`` and
        ``random`` put into the same part, so that one network can be the start of a run under
        either; or the manifest's own column.
    validation_from, test_from : str
        First day of validation and of test, for ``time``.
    shares : tuple of float
        Train, validation and test, for ``random``.
    objects : {"listed", "firm"}
        Every region that NOAA lists and that shows field, or firm labels only.
    min_area : float
        Smaller boxes do not count, square pixels of the 512 px picture: 144 there is 36 at 256.
    plage : float
        Plage counts as a region where its box has this area or more, square pixels of the 512 px
        picture; 0: none does.
    limit : int
        Frames, spread evenly over the manifest; 0 takes all.
    resolution : int
        256: pictures are shrunk to it and enlarged again, as the authors' were.
    seed : int
        Of the random split.
    """

    manifest: Path = Path("manifest.csv")
    root: Path = Path()
    split: Literal["time", "random", "shared", "manifest"] = "time"
    validation_from: str = "2026-03-08"
    test_from: str = "2026-03-25"
    shares: tuple[float, ...] = (0.7, 0.2, 0.1)
    objects: Literal["listed", "firm"] = "listed"
    min_area: float = 144.0
    plage: float = 0.0
    limit: int = 0
    resolution: int = 512
    seed: int = 1


@dataclass(frozen=True)
class Frame:
    """One picture at an ISO time, UTC, and its regions.

    Boxes are (N, 4) float32, pixels of the 512 x 512 picture, rows downwards; each has its Mount
    Wilson class, whether the label is firm, and its NOAA number, a negative one
    of `halescope.datasets.splits.unnumbered` where that lacks.
    """

    image: Path
    time: str
    split: str
    boxes: Array
    classes: tuple[str, ...] = ()
    firm: tuple[bool, ...] = ()
    numbers: tuple[int, ...] = ()


@dataclass
class Problems:
    """What is wrong with a manifest and was left out or cut.

    Malformed lines as ``file:line: what``, images that are missing or have no region, boxes cut to
    the picture, and boxes below `min_area`.
    """

    malformed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    clipped: int = 0
    small: int = 0

    def tell(self, say: Callable[[str], None]) -> None:
        """Say what was wrong: counts, and the first few of each."""
        for text, lines in (
            ("malformed label lines, left out", self.malformed),
            ("labelled images are missing", self.missing),
            ("images have no region", self.unlabelled),
        ):
            if lines:
                more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
                say(f"{len(lines)} {text}: {', '.join(lines[:5])}{more}")
        if self.clipped:
            say(f"{self.clipped} boxes reached outside the picture and were cut to it")
        if self.small:
            say(f"{self.small} boxes are too small to count")


def read_frames(config: DataConfig) -> tuple[list[Frame], Problems]:
    """Return the labelled frames of a manifest in order of time, and what was wrong with it.

    Raises `DatasetError` where the manifest is missing, is no manifest, or holds no usable frame.
    """
    problems = Problems()
    frames = []
    known = _entries_by_image(config.manifest, problems)
    labels = dict(numbered((name, found) for name, (_, found) in known.items()))
    for name, (first, _) in known.items():
        try:
            path = listed(config.root, name)
        except UnsafePathError:
            problems.missing.append(name)
            continue
        if not path.is_file():
            problems.missing.append(name)
            continue
        frames.append(_frame(path, first, labels[name], config, problems))
    if not frames:
        raise DatasetError(
            str(config.manifest),
            f"no frame can be used ({len(problems.missing)} images are missing)",
            "images under the folder that data.root names",
        )
    frames.sort(key=lambda frame: (frame.time, str(frame.image)))
    frames = [frames[index] for index in evenly(len(frames), config.limit)]
    return divide(frames, config), problems


def evenly(count: int, limit: int) -> NDArray[np.int64]:
    """Return which of `count` things to take for `limit` of them, evenly; 0 takes all."""
    if not limit or limit >= count:
        return np.arange(count)
    return np.linspace(0, count - 1, limit).round().astype(np.int64)


def divide(frames: Sequence[Frame], config: DataConfig) -> list[Frame]:
    """Return the frames with their part of the split set."""
    if config.split == "manifest":
        return list(frames)
    parts = parts_of([frame.time for frame in frames], config)
    return [replace(f, split=part) for f, part in zip(frames, parts, strict=True)]


def parts_of(times: Sequence[str], config: DataConfig, method: Method | None = None) -> list[str]:
    """Return the part of each of many things, empty for none, by their times or at random.

    `times`: ISO, UTC. At random their order decides, so that it must be a fixed one. `method`: in
    place of `config.split`.
    """
    total = sum(config.shares)
    shares = config.shares if abs(total - 1) < 1e-6 else tuple(s / total for s in config.shares)
    rule = SplitConfig(
        method or config.split,  # type: ignore[arg-type]
        fractions=shares,  # type: ignore[arg-type]
        gap_days=0.0,
        boundaries=(config.validation_from, config.test_from),
        seed=config.seed,
    )
    return part_names(split_units(Units(np.array(epoch_hours(times))), rule))


def at_random(count: int, config: DataConfig) -> list[str]:
    """Return the part of each of `count` things, divided at random by `shares` and `seed`."""
    return parts_of([""] * count, config, "random")


def part_of(frames: Sequence[Frame], split: str) -> list[Frame]:
    """Return the frames of one part; raises `DatasetError` where there is none."""
    found = [frame for frame in frames if frame.split == split]
    if not found:
        raise DatasetError(f"split {split!r}", "is empty", "at least one frame")
    return found


def load_picture(path: Path, resolution: int = PICTURE_SIDE) -> NDArray[np.uint8]:
    """Return the picture of a file, (512, 512) uint8; for the resolution see `DataConfig`."""
    from halescope.io import read
    from halescope.normalize import normalize
    from halescope.tensors import picture, squash

    levels = picture(normalize(read(path), PICTURE_SIDE, PICTURE_RADIUS).grey)
    if resolution != PICTURE_SIDE:
        small = np.rint(squash(levels, resolution)).astype(np.uint8)
        levels = np.rint(squash(small, PICTURE_SIDE)).astype(np.uint8)
    return levels


def _entries_by_image(path: Path, problems: Problems) -> dict[str, tuple[Row, list[Entry]]]:
    """Return, for each image, its first usable row and its labels."""
    absent = sorted({"time", "split"} - set(columns_of(path)))
    if absent:
        raise DatasetError(str(path), f"lacks the columns {absent}", "a manifest")
    out: dict[str, tuple[Row, list[Entry]]] = {}
    for number, row in enumerate(rows(path, lenient=True), 2):
        fault, entry = _read(row, f"{path}:{number}")
        if fault:
            problems.malformed.append(f"{path}:{number}: {fault}")
            continue
        found = out.setdefault(row["image"], (row, []))[1]
        if entry is None:
            problems.unlabelled.append(row["image"])
        else:
            found.append(entry)
    return out


def _read(row: Row, subject: str) -> tuple[str, Entry | None]:
    """Return what is wrong with a manifest row, empty for nothing, and its label if it has one."""
    if not row["image"]:
        return "has the wrong number of fields", None
    if not row["status"]:
        return "", None
    if row["status"] not in STATUSES:
        return f"status is {row['status']!r}", None
    try:
        entry = entry_of(row, subject)
    except DatasetError:
        return "a corner is no number", None
    x1, y1, x2, y2 = entry.box
    return "" if x1 < x2 and y1 < y2 else "the box is inside out", entry


def _frame(path: Path, first: Row, found: list[Entry], config: DataConfig, out: Problems) -> Frame:
    labels = kept_labels(found, config, out)
    return Frame(path, first["time"] or "", first["split"] or "", **labels)


def kept_labels(
    found: Sequence[Entry], config: DataConfig, problems: Problems | None = None
) -> dict[str, Any]:
    """Return those labels of a disk that count, as the fields of a `Frame` from `boxes` on."""
    kept = [e for e in found if _counts(e, config)]
    boxes = np.array([e.box for e in kept], np.float32).reshape(-1, 4)
    boxes = flip_rows(boxes + np.float32((PICTURE_SIDE - DISK_SIDE) / 2), PICTURE_SIDE)
    cut = np.clip(boxes, 0, PICTURE_SIDE)
    large = np.prod(cut[:, 2:] - cut[:, :2], 1) > config.min_area
    if problems is not None:
        problems.clipped += int((cut != boxes).any(1).sum())
        problems.small += int((~large).sum())
    kept = [entry for entry, keep in zip(kept, large, strict=True) if keep]
    return {
        "boxes": cut[large],
        "classes": tuple(entry.mount_wilson for entry in kept),
        "firm": tuple(is_firm(entry) for entry in kept),
        "numbers": tuple(entry.noaa_number for entry in kept),
    }


def _counts(entry: Entry, config: DataConfig) -> bool:
    if entry.status == "plage":
        x1, y1, x2, y2 = entry.box
        return 0 < config.plage <= (x2 - x1) * (y2 - y1)
    return is_firm(entry) or (config.objects == "listed" and is_listed(entry))
