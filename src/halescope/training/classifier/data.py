"""Labelled crops: what the classifier learns from and is cross-validated on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.classification.crops import crop_tensor
from halescope.datasets.labels.images import load_disk
from halescope.datasets.labels.label import Sources
from halescope.datasets.labels.quality import joined
from halescope.datasets.labels.region import Label
from halescope.datasets.manifest import Entry, entries
from halescope.datasets.predicates import (
    class_changes,
    has_field,
    is_firm,
    is_listed_once,
    soft_label,
)
from halescope.datasets.splits.returned import returned
from halescope.datasets.splits.unnumbered import numbered
from halescope.errors import DatasetError, HalescopeError
from halescope.guards.inside import listed
from halescope.noaa.srs import read_srs
from halescope.training.data.patches import label_patch
from halescope.training.data.tables import Table, kept_arrays
from halescope.types import Array, Disk

COPIES = 2
"""Kept of each region: its own box, and one with edges moved about as a detector's are."""


@dataclass(frozen=True)
class ClassifierData:
    """Where the labelled regions come from.

    Parameters
    ----------
    manifest : Path
        From ``halescope dataset label``.
    root : Path
        Folder that relative image paths start from.
    patches : Path or None
        Folder of HMI SHARP patches (CEA, gauss): further regions, for training only.
    srs : Path or None
        Table of Solar Region Summaries, which gives the patches their classes.
    every : int
        Train on one hour of this many: neighbours are near duplicates. All of them are scored.
    jitter : float
        Standard deviation of the moved edges, as a share of the box's sides.
    longitude : float
        Regions further from the central meridian do not train, degrees.
    scored_longitude : float
        Nor, further than this, are they scored, degrees.
    changed_weight, single_weight : float
        Weight of a label whose class changed between midnights, or that one midnight lacks.
    cache : Path
        Crops are kept here, so that a second run starts at once.
    """

    manifest: Path = Path("manifest.csv")
    root: Path = Path()
    patches: Path | None = None
    srs: Path | None = None
    every: int = 3
    jitter: float = 0.06
    longitude: float = 75.0
    scored_longitude: float = 60.0
    changed_weight: float = 0.7
    single_weight: float = 0.4
    cache: Path = Path("runs/crops")


@dataclass(frozen=True)
class LabelledCrops(Table):
    """Regions with their labels.

    Parameters
    ----------
    crops : (N, 2, C, S, S) int8
        Two copies, see `COPIES`; channels of `crop_tensor` times 127.
    features : (N, 2, F) float32
    soft : (N, 3) float32
        How much each level of `HIERARCHY` is meant, from both neighbouring midnights.
    weight : (N,) float32
    mount_wilson : (N,) int
        Index into `MOUNT_WILSON`, at the nearest midnight.
    region : (N,) int
        Group that is never split: a NOAA number, or the first one of a region that returned;
        negative where a region has none, see `halescope.datasets.splits.unnumbered`.
    firm : (N,) bool
        Scored: both midnights agree and it is near enough to the central meridian.
    hour : (N,) int
        Hours since the year 2000.
    """

    crops: NDArray[np.int8]
    features: Array
    soft: Array
    weight: Array
    mount_wilson: NDArray[np.int64]
    region: NDArray[np.int64]
    firm: NDArray[np.bool_]
    hour: NDArray[np.int64]

    @property
    def level(self) -> NDArray[np.int64]:
        """(N,) int: index into `HIERARCHY`."""
        return np.array([HIERARCHY.index(COARSE[n]) for n in MOUNT_WILSON])[self.mount_wilson]


def load_crops(
    data: ClassifierData, only: Collection[tuple[str, int]] | None = None
) -> LabelledCrops:
    """Return the regions of a manifest: all, or those of the image names and NOAA numbers given.

    Raises `DatasetError` where the manifest is none, or has no region with a class.
    """

    def _asked(image: str, entry: Entry) -> bool:
        return only is None or (Path(image).name, max(entry.noaa_number, 0)) in only

    found = [
        (image, kept)
        for image, every in numbered(entries(data.manifest))
        if (kept := _usable((e for e in every if _asked(image, e)), data))
    ]
    if not found:
        raise DatasetError(str(data.manifest), "has no region with a class")
    wanted = "" if only is None else repr(sorted(only))
    key = data.manifest.read_bytes() + (repr(data) + wanted).encode()
    return LabelledCrops(**kept_arrays(data.cache, key, lambda: vars(_read(found, data))))


def _read(found: Sequence[tuple[str, list[Entry]]], data: ClassifierData) -> LabelledCrops:
    """Return the crops of labelled images; rotations of one region are one group."""
    random = np.random.default_rng(0)
    parts = []
    for image, regions in found:
        try:
            disk = load_disk(listed(data.root, image))
        except HalescopeError:
            continue  # the manifest's own report has named it
        parts.append(_crops_of(disk, regions, data, random))
    crops = LabelledCrops.join(parts)
    group = returned([e for _, regions in found for e in regions])
    return replace(crops, region=np.array([group.get(int(n), int(n)) for n in crops.region]))


def load_patches(data: ClassifierData) -> LabelledCrops | None:
    """Return the regions of SHARP patches, None where the configuration names no folder.

    Raises `DatasetError` where the folder has no patch with a class.
    """
    if data.patches is None or data.srs is None:
        return None
    sources = Sources(read_srs(data.srs).by_day())
    random = np.random.default_rng(1)
    parts = []
    for path in sorted(data.patches.glob("*.fits")):
        disk, labels = label_patch(path, sources)
        kept = _usable((_entry_of(disk, label) for label in labels), data)
        if kept:
            parts.append(_crops_of(disk, kept, data, random))
    if not parts:
        raise DatasetError(str(data.patches), "has no patch of a region with a class")
    return LabelledCrops.join(parts)


def weight_of(entry: Entry, data: ClassifierData) -> float:
    """Return how much a label counts in training."""
    if class_changes(entry):
        return data.changed_weight
    return data.single_weight if is_listed_once(entry) else 1.0


def _usable(found: Iterable[Entry], data: ClassifierData) -> list[Entry]:
    return [
        e
        for e in found
        if e.noaa_number
        and e.mount_wilson in MOUNT_WILSON
        and has_field(e)
        and abs(e.hgs_lon) < data.longitude
    ]


def _crops_of(
    disk: Disk, regions: list[Entry], data: ClassifierData, random: np.random.Generator
) -> LabelledCrops:
    boxes = np.array([e.box for e in regions], np.float32)
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    moved = boxes + random.normal(0, 1, boxes.shape) * (data.jitter * sides + 0.5)
    copies = [crop_tensor(disk.grey, disk.geometry, b) for b in (boxes, moved.astype(np.float32))]
    times = [datetime.fromisoformat(e.time.replace("Z", "+00:00")) for e in regions]
    near = [abs(e.hgs_lon) <= data.scored_longitude for e in regions]
    return LabelledCrops(
        np.stack([np.rint(c.crops * 127).astype(np.int8) for c in copies], 1),
        np.stack([c.features for c in copies], 1),
        np.stack([soft_label(e) for e in regions]),
        np.array([weight_of(e, data) for e in regions], np.float32),
        np.array([MOUNT_WILSON.index(e.mount_wilson) for e in regions]),
        np.array([e.noaa_number for e in regions]),
        np.array([is_firm(e) for e in regions]) & np.array(near),
        np.array([int(t.timestamp() - 946684800) // 3600 for t in times]),
    )


def _entry_of(disk: Disk, label: Label) -> Entry:
    """Return a patch's label as the manifest would have it."""
    return Entry(
        image=disk.origin.name,
        time=disk.origin.time_string,
        split="",
        noaa_number=label.number,
        mount_wilson=label.mount_wilson,
        status=label.status,
        box=label.box,
        hgs_lon=label.longitude,
        hgs_lat=label.latitude,
        flags=joined(label.flags),
        class_before=label.class_before,
        class_after=label.class_after,
    )
