"""Proposals of labelled disks with their features: what the default detector learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halescope.boxes import iou
from halescope.datasets.manifest import Entry
from halescope.extent import magnetic_extents
from halescope.normalize import RADIUS
from halescope.proposals import propose
from halescope.proposals_features import FEATURES, proposal_features
from halescope.training.crowding import Labelled, crowd, listed_of
from halescope.training.disks import LabelledDisks, present
from halescope.types import Array, Disk, DiskGeometry, Magnetogram

TOUCHING = 0.1
"""A proposal with this IoU on a doubtful label, and no half of a listed one, is left out."""


@dataclass(frozen=True)
class FieldChange:
    """How copies of a disk differ from it; the boxes are drawn anew from each copy's own field.

    Parameters
    ----------
    copies : int
        Changed copies of each disk, beside the disk itself.
    crowded : float
        Chance that a copy takes the regions of a second disk of the same block as well.
    gain : float
        Standard deviation of the field strength's logarithm.
    noise : float
        Largest added noise, grey levels.
    blur : float
        Largest smoothing, pixels.
    cut : float
        Chance, for each polarity, that its scale ends early, as in GONG's pictures.
    cut_from : float
        Lowest such end, grey levels.
    """

    copies: int = 2
    crowded: float = 0.6
    gain: float = 0.2
    noise: float = 8.0
    blur: float = 1.2
    cut: float = 0.5
    cut_from: float = 30.0


@dataclass(frozen=True)
class ProposalTable:
    """Proposals of many disks, a row each.

    Parameters
    ----------
    features : (N, F) float32
    boxes : (N, 4) float32
        Canonical pixels.
    disk : (N,) int
        Index of the disk.
    copy : (N,) bool
        Whether the disk was changed.
    overlap : (N,) float32
        Largest IoU with a listed region, 0..1.
    region : (N,) int
        NOAA number of that region, 0 where none touches.
    used : (N,) bool
        Whether the row may train: False on doubtful labels.
    """

    features: Array
    boxes: Array
    disk: NDArray[np.intp]
    copy: NDArray[np.bool_]
    overlap: Array
    region: NDArray[np.int64]
    used: NDArray[np.bool_]

    def __getitem__(self, rows: NDArray[np.generic]) -> ProposalTable:
        """Return some of the rows.

        Parameters
        ----------
        rows : (N,) bool or (K,) int
        """
        return ProposalTable(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @classmethod
    def join(cls, tables: Sequence[ProposalTable]) -> ProposalTable:
        """Return all rows of several tables.

        Parameters
        ----------
        tables : sequence of ProposalTable
        """
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(t, name) for t in tables]) for name in names))


def make_table(
    disks: LabelledDisks,
    block: NDArray[np.integer],
    change: FieldChange,
    seed: int = 0,
    progress: Callable[[], None] | None = None,
) -> ProposalTable:
    """Return the proposals of labelled disks and of their changed copies.

    Parameters
    ----------
    disks : LabelledDisks
    block : (N,) int
        Of each disk. A copy takes regions of disks of its own block only, so that blocks can
        be held out.
    change : FieldChange
    seed : int
    progress : callable, optional
        Called after each disk.

    Returns
    -------
    ProposalTable
        A disk's own rows, then those of its copies; disks in order.
    """
    random = np.random.default_rng(seed)
    tables = []
    for index, (grey, labels) in enumerate(zip(disks.fields, disks.labels, strict=True)):
        field = np.asarray(grey, np.float32)
        tables.append(_rows(index, field, labels, False))
        for _ in range(change.copies):
            tables.append(_rows(index, *changed_copy(disks, index, block, change, random), True))
        if progress:
            progress()
    return ProposalTable.join(tables)


def canonical_disk(grey: Array) -> Disk:
    """Return stored grey levels as a canonical disk.

    Parameters
    ----------
    grey : (N, N) int8 or float32, grey levels

    Returns
    -------
    Disk
        Of the display scale.
    """
    middle = (grey.shape[0] - 1) / 2
    field = np.asarray(grey, np.float32)
    geometry = DiskGeometry(middle, middle, RADIUS)
    return Disk(field, geometry, Magnetogram(field, "display", geometry))


def changed_copy(
    disks: LabelledDisks,
    index: int,
    block: NDArray[np.integer],
    change: FieldChange,
    random: np.random.Generator,
) -> tuple[Array, list[Entry]]:
    """Return a changed copy of one disk with its labels' boxes drawn anew.

    Parameters
    ----------
    disks : LabelledDisks
    index : int
    block : (N,) int
        Of each disk; regions are taken from disks of the same block only.
    change : FieldChange
    random : numpy.random.Generator

    Returns
    -------
    field : (N, N) float32, whole grey levels
    labels : list of Entry
    """

    def disk(number: int) -> Labelled:
        return np.asarray(disks.fields[number], np.float32), disks.labels[number]

    field, labels = disk(index)
    if random.random() < change.crowded:
        other = int(random.choice(np.flatnonzero(block == block[index])))
        field, labels = crowd((field, labels), disk(other), random) or (field, labels)
    changed = change_field(field, change, random)
    return changed, _boxed_anew(changed, labels)


def change_field(field: Array, change: FieldChange, random: np.random.Generator) -> Array:
    """Return a copy of a disk as another instrument might have seen it.

    Parameters
    ----------
    field : (N, N) float32, grey levels
        0 off the limb.
    change : FieldChange
    random : numpy.random.Generator

    Returns
    -------
    (N, N) float32, whole grey levels
        Within -127..127; 0 off the limb but for the blur.
    """
    out = field * np.float32(np.exp(change.gain * random.standard_normal()))
    out = gaussian_filter(out, change.blur * random.random())
    noise = random.standard_normal(field.shape, np.float32)
    out = out + np.float32(change.noise * random.random() ** 2) * noise * (field != 0)
    low, high = (
        random.uniform(change.cut_from, 127) if random.random() < change.cut else 127
        for _ in range(2)
    )
    whole: Array = np.rint(np.clip(out, -low, high)).astype(np.float32)
    return whole


def _boxed_anew(field: Array, labels: Sequence[Entry]) -> list[Entry]:
    """Draw the listed regions' boxes from a changed field; plage and fringes keep their own."""
    listed = listed_of(labels)
    xy = np.array([(entry.x, entry.y) for entry in listed]).reshape(-1, 2)
    boxes, _ = magnetic_extents(field, canonical_disk(field).geometry, xy)
    others = [entry for entry in labels if not any(entry is one for one in listed)]
    drawn = zip(listed, boxes.tolist(), strict=True)
    return [replace(entry, box=tuple(box)) for entry, box in drawn] + others


def _rows(index: int, field: Array, labels: Sequence[Entry], copy: bool) -> ProposalTable:
    disk = canonical_disk(field)
    proposals = propose(disk)
    count = len(proposals)
    sure = [entry for entry in labels if present(entry)]
    doubtful = [e for e in labels if e.status == "doubtful" and not present(e)]
    # A column of zeros stands for no label, so that there is always a largest overlap.
    over = np.pad(iou(proposals.boxes, _boxes(sure)), ((0, 0), (0, 1)))
    unsure = np.pad(iou(proposals.boxes, _boxes(doubtful)), ((0, 0), (0, 1))).max(1)
    best = over.max(1)
    numbers = np.array([entry.noaa_number for entry in sure] + [0], np.int64)
    return ProposalTable(
        proposal_features(disk, proposals).reshape(count, len(FEATURES)),
        proposals.boxes,
        np.full(count, index, np.intp),
        np.full(count, copy),
        best.astype(np.float32),
        np.where(best > TOUCHING, numbers[over.argmax(1)], 0),
        ~((unsure > TOUCHING) & (best < 0.5)),
    )


def _boxes(labels: Sequence[Entry]) -> Array:
    return np.array([entry.box for entry in labels], np.float32).reshape(-1, 4)
