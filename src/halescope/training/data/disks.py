"""Labelled disks in memory: what detectors learn from and are validated on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.labels.images import load_disk
from halescope.datasets.manifest import Entry, entries
from halescope.datasets.predicates import is_firm, is_listed, is_present
from halescope.datasets.splits.unnumbered import numbered
from halescope.errors import ConfigError, DatasetError, HalescopeError
from halescope.guards.inside import listed
from halescope.training.data.augment import Objects
from halescope.training.data.frames import DataConfig, part_of, read_frames
from halescope.training.data.tables import kept_arrays


@dataclass(frozen=True)
class DiskData:
    """Which disks of a manifest train and validate.

    Parameters
    ----------
    manifest : Path
        From ``halescope dataset label``.
    root : Path
        Folder that relative image paths start from.
    train : tuple of str
        First and last day, inclusive, ``YYYY-MM-DD``.
    validation : tuple of str
        Likewise; regions that also appear on training days are ignored there.
    every : int
        Take one training disk of this many: hourly neighbours are near duplicates.
    split : {"days", "all", "random", "manifest"}
        What `train` and `validation` say; or every disk trains and none validates, which serves
        the default detector, since it holds out days itself; or the paper's division of frames at
        random, the same as ``split = "random"`` of the paper's networks, in which no region is
        new anywhere; or the manifest's own column.
    limit : int
        Frames before a random division, spread evenly; 0 takes all.
    seed : int
        Of the random division.
    objects : {"firm", "listed"}
        What is to be found for certain: firm labels, the others being ignored; or every region
        that NOAA lists and that shows field, as for the paper's networks.
    cache : Path
        Canonical disks are kept here, so that a second run starts at once.
    """

    manifest: Path = Path("manifest.csv")
    root: Path = Path()
    train: tuple[str, ...] = ("2026-02-01", "2026-03-07")
    validation: tuple[str, ...] = ("2026-03-08", "2026-03-15")
    every: int = 3
    split: Literal["days", "all", "random", "manifest"] = "days"
    limit: int = 0
    seed: int = 1
    objects: Literal["firm", "listed"] = "firm"
    cache: Path = Path("runs/disks")


@dataclass(frozen=True)
class LabelledDisks:
    """Disks as grey levels, (N, S, S) int8, 0 off the limb, with labels and image names."""

    fields: NDArray[np.int8]
    labels: tuple[list[Entry], ...]
    names: tuple[str, ...]

    def numbers(self) -> set[int]:
        """Return the NOAA numbers that appear."""
        return {entry.noaa_number for found in self.labels for entry in found} - {0}


def load_disks(data: DiskData, days: Sequence[str], every: int = 1) -> LabelledDisks:
    """Return the labelled disks of some days, (first, last), one of `every`.

    Raises `DatasetError` where the manifest has no image on those days.
    """
    first, last = days
    chosen = [
        (image, found)
        for image, found in numbered(entries(data.manifest))
        if found and first <= found[0].time[:10] <= last
    ][::every]
    if not chosen:
        raise DatasetError(
            str(data.manifest), f"has no labelled image from {first} to {last}", "some images"
        )
    return _loaded(chosen, data)


def _loaded(chosen: Sequence[tuple[str, list[Entry]]], data: DiskData) -> LabelledDisks:
    images = [image for image, _ in chosen]
    key = "\n".join(str(data.root / image) for image in images).encode(errors="surrogatepass")
    kept = kept_arrays(data.cache, key, lambda: _read(data.root, images))
    chosen = [pair for pair, good in zip(chosen, kept["good"], strict=True) if good]
    labels = tuple([_certain(entry, data) for entry in found] for _, found in chosen)
    return LabelledDisks(kept["fields"], labels, tuple(image for image, _ in chosen))


def _read(root: Path, images: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return canonical disks as grey levels, and which of the files could be read.

    Raises `DatasetError` where none could.
    """
    found, good, problem = [], [], ""
    for image in images:
        try:
            grey = load_disk(listed(root, image)).grey
        except HalescopeError as error:
            good.append(False)
            problem = problem or str(error)
            continue
        good.append(True)
        found.append(np.clip(np.rint(np.nan_to_num(grey)), -127, 127).astype(np.int8))
    if not found:
        raise DatasetError(
            "the training images", f"cannot be read, none of {len(images)} ({problem})",
            "images below the data's root", "set data.root to the folder that paths start from",
        )  # fmt: skip
    return {"fields": np.stack(found), "good": np.array(good)}


def _certain(entry: Entry, data: DiskData) -> Entry:
    """Return a label, as a firm one where listed regions count as certain."""
    certain = data.objects == "listed" and is_listed(entry)
    return replace(entry, status="firm") if certain else entry


def load_training(data: DiskData) -> LabelledDisks:
    """Return the training disks alone."""
    if data.split == "days":
        return load_disks(data, data.train, data.every)
    if data.split == "all":
        found = _labelled(list(numbered(entries(data.manifest))), data.split)
        return _loaded(found[:: data.every], data)
    return load_parts(data)[0]


def load_parts(data: DiskData, thin: int = 1) -> tuple[LabelledDisks, LabelledDisks]:
    """Return the training disks, and one validation disk of `thin`.

    Raises `DatasetError` where a part is empty, `ConfigError` where the disks are not divided.
    """
    if data.split == "all":
        raise ConfigError("data.split", "is 'all'", "a division with a part to validate on")
    if data.split == "days":
        return load_disks(data, data.train, data.every), load_disks(data, data.validation, thin)
    rule = DataConfig(data.manifest, data.root, data.split, limit=data.limit, seed=data.seed)
    frames = read_frames(rule)[0]
    every = numbered(entries(data.manifest))
    labels = {data.root / image: (image, found) for image, found in every}
    train, valid = (
        _labelled([labels[frame.image] for frame in part_of(frames, part)], part)
        for part in ("train", "validation")
    )
    return _loaded(train[:: data.every], data), _loaded(valid[::thin], data)


def _labelled(found: list[tuple[str, list[Entry]]], part: str) -> list[tuple[str, list[Entry]]]:
    kept = [pair for pair in found if pair[1]]
    if not kept:
        raise DatasetError(f"split {part!r}", "has no labels", "at least one labelled image")
    return kept


def to_objects(found: Iterable[Entry], changed_weight: float = 1.0) -> Objects:
    """Return the labels of one disk as arrays.

    Regions whose class differs between the midnights have a weight of their own: it is uncertain
    which class they are of, and certain that they are there.
    """
    kinds, weights, boxes, points = [], [], [], []
    for entry in found:
        present = is_present(entry)
        kinds.append(1 if present else 0 if entry.status == "plage" else -1)
        weights.append(changed_weight if present and not is_firm(entry) else 1.0)
        boxes.append(entry.box)
        middle = (entry.box[0] + entry.box[2]) / 2 - 0.5, (entry.box[1] + entry.box[3]) / 2 - 0.5
        points.append((entry.x, entry.y) if np.isfinite(entry.x) else middle)
    return Objects(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(points, np.float32).reshape(-1, 2),
        np.array(kinds, np.int8),
        np.array(weights, np.float32),
    )
