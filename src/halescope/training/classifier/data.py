"""Labelled crops: what the classifier learns from and is cross-validated on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.classification.crops import CUT_END, end_of, region_features
from halescope.classification.features import FEATURES
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
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.prior import NoaaSizes, noaa_sizes
from halescope.training.data.field_change import FieldChange, change_field
from halescope.training.data.patches import label_patch
from halescope.training.data.tables import kept_arrays
from halescope.types import Array, Disk

COPIES = 4
"""Kept of each region: its own box, one with edges moved about as a detector's are, and two of
fields that were changed as another instrument or another rendering would have shown them."""

CUT_COPIES = 2
"""Of these also with the field cut off early."""

CHANGE = FieldChange(changed=1.0, noise=5.0, blur=1.0, cut=0.0)
"""How the field of the last two copies is changed."""

PATCH = "SHARP"
"""Instrument of regions that come from patches."""


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
        Folder of HMI SHARP patches (CEA, gauss): further regions.
    srs : Path or None
        Table of Solar Region Summaries: classes of the patches, sizes of all regions.
    every : int
        Take one hour of this many: neighbours are near duplicates.
    jitter : float
        Standard deviation of the moved edges, as a share of the box's sides.
    longitude : float
        Regions further from the central meridian do not train, degrees.
    scored_longitude : float
        Nor, further than this, are they scored, degrees.
    changed_weight, single_weight : float
        Weight of a label whose class changed between midnights, or that one midnight lacks.
    cache : Path
        Features are kept here, so that a second run starts at once.
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


def load_regions(data: ClassifierData) -> LabelledCrops:
    """Return all labelled regions there are: those of the manifest, and those of patches.

    Raises `DatasetError` where there is none.
    """
    crops, patches = load_crops(data), load_patches(data)
    return crops if patches is None else LabelledCrops.join([crops, patches])


def load_crops(
    data: ClassifierData, only: Collection[tuple[str, int]] | None = None
) -> LabelledCrops:
    """Return the regions of a manifest: all, or those of the image names and NOAA numbers given.

    Raises `DatasetError` where the manifest is none, or has no region with a class.
    """

    def _asked(image: str, entry: Entry) -> bool:
        if only is not None:
            return (Path(image).name, entry.noaa_number) in only
        return _hour(entry) % data.every == 0 or _is_rare(image, hours)

    every_image = list(numbered(entries(data.manifest)))
    hours = Counter(str(Path(image).parent) for image, _ in every_image)
    found = [
        (image, kept)
        for image, every in every_image
        if (kept := _usable((e for e in every if _asked(image, e)), data))
    ]
    if not found:
        raise DatasetError(str(data.manifest), "has no region with a class")
    wanted = "" if only is None else repr(sorted(only))
    key = data.manifest.read_bytes() + (repr(data) + wanted + repr(FEATURES)).encode()
    return LabelledCrops(**kept_arrays(data.cache, key, lambda: vars(_read(found, data))))


def _is_rare(image: str, hours: Mapping[str, int]) -> bool:
    """Say whether a folder holds so few images that none are left out."""
    return hours[str(Path(image).parent)] < 20


def _hour(entry: Entry) -> int:
    time = datetime.fromisoformat(entry.time.replace("Z", "+00:00"))
    return int(time.timestamp() - 946684800) // 3600


def _read(found: Sequence[tuple[str, list[Entry]]], data: ClassifierData) -> LabelledCrops:
    """Return the features of labelled images; rotations of one region are one group."""
    random, sizes = np.random.default_rng(0), noaa_sizes(data.srs)
    parts = []
    for image, regions in found:
        try:
            disk = load_disk(listed(data.root, image))
        except HalescopeError:
            continue  # the manifest's own report has named it
        parts.append(_crops_of(disk, regions, data, sizes, random))
    if not parts:
        found_none = "no picture of a region with a class can be read"
        raise DatasetError(str(data.manifest), found_none, f"pictures below {data.root}")
    crops = LabelledCrops.join(parts)
    group = returned(sorted((e for _, regions in found for e in regions), key=lambda e: e.time))
    return replace(crops, region=np.array([group.get(int(n), int(n)) for n in crops.region]))


def load_patches(data: ClassifierData) -> LabelledCrops | None:
    """Return the regions of SHARP patches, None where the configuration names no folder.

    Raises `DatasetError` where the folder has no patch with a class.
    """
    if data.patches is None or data.srs is None:
        return None
    sources = Sources(read_srs(data.srs).by_day())
    random, sizes = np.random.default_rng(1), noaa_sizes(data.srs)
    parts = []
    for path in sorted(data.patches.glob("*.fits")):
        disk, labels = label_patch(path, sources)
        kept = _usable((_entry_of(disk, label) for label in labels), data)
        if kept:
            crops = _crops_of(disk, kept, data, sizes, random)
            parts.append(replace(crops, instrument=np.full(len(crops), PATCH)))
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
    disk: Disk,
    regions: list[Entry],
    data: ClassifierData,
    sizes: NoaaSizes,
    random: np.random.Generator,
) -> LabelledCrops:
    boxes = np.array([e.box for e in regions], np.float32)
    plain = np.nan_to_num(disk.grey, nan=0.0).astype(np.float32)
    fields = [plain, plain, *(change_field(plain, CHANGE, random) for _ in range(COPIES - 2))]
    end = end_of(disk.origin)
    features, cut = [], []
    for copy, field in enumerate(fields):
        where = moved(boxes, data.jitter * (copy > 0), random)
        features.append(region_features(field, disk.geometry, where, end))
        if copy < CUT_COPIES:
            cut.append(region_features(field, disk.geometry, where, min(end, CUT_END)))
    near = [abs(e.hgs_lon) <= data.scored_longitude for e in regions]
    return LabelledCrops(
        np.stack(features, 1),
        np.stack(cut, 1),
        np.stack([soft_label(e) for e in regions]),
        np.array([weight_of(e, data) for e in regions], np.float32),
        np.array([MOUNT_WILSON.index(e.mount_wilson) for e in regions]),
        np.array([e.noaa_number for e in regions]),
        np.array([is_firm(e) for e in regions]) & np.array(near),
        np.array([_hour(e) for e in regions]),
        np.stack([sizes.of(e) for e in regions]),
        np.array([e.hgs_lon for e in regions], np.float32),
        np.full(len(regions), disk.origin.instrument, "U9"),
    )


def moved(boxes: Array, jitter: float, random: np.random.Generator) -> Array:
    """Return boxes, (N, 4), with edges moved by a share of their sides, and by half a pixel."""
    if not jitter:
        return boxes
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return (boxes + random.normal(0, 1, boxes.shape) * (jitter * sides + 0.5)).astype(np.float32)


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
