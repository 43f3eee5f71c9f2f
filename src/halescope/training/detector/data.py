"""Proposals and links of labelled disks with their features: what the default detector learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.extent import assign_pixels, smooth_strength
from halescope.boxes import iou
from halescope.datasets.manifest import Entry
from halescope.datasets.predicates import is_present
from halescope.detection.proposals.links import inside_and_cut, likelihood
from halescope.detection.proposals.scorer import ReadProposals, read_proposals
from halescope.training.data.crowding import listed_of
from halescope.training.data.disks import LabelledDisks
from halescope.training.data.field_change import FieldChange, canonical_disk, changed_copy
from halescope.training.data.tables import Table
from halescope.types import Array, Disk

TOUCHING = 0.1
"""A proposal with this IoU on an uncertain label, and no half of a listed one, is left out."""

WHOLE = 0.7
"""A basin is a region's if this share of its pixels is; else it is torn between two."""


@dataclass(frozen=True)
class ProposalTable(Table):
    """Proposals of many pictures, a row each.

    Parameters
    ----------
    picture : (N,) int
        Index of the picture: a disk or a changed copy of one.
    features : (N, F) float32
    boxes : (N, 4) float32
        Canonical pixels.
    overlap : (N,) float32
        Largest IoU with a listed region, 0..1.
    region : (N,) int
        NOAA number of that region, 0 where none touches.
    used : (N,) bool
        Whether the row may train: False on uncertain labels.
    """

    picture: NDArray[np.intp]
    features: Array
    boxes: Array
    overlap: Array
    region: NDArray[np.int64]
    used: NDArray[np.bool_]


@dataclass(frozen=True)
class LinkTable(Table):
    """Links between the basins of many pictures, a row each.

    Parameters
    ----------
    picture : (T,) int
    features : (T, F) float32
    same : (T,) bool
        Whether both ends are of one listed region.
    regions : (T, 2) int
        NOAA number of the region at each end, 0 for none.
    used : (T,) bool
        Whether the row may train: at least one end is a listed region's, and neither is torn
        between two.
    """

    picture: NDArray[np.intp]
    features: Array
    same: NDArray[np.bool_]
    regions: NDArray[np.int64]
    used: NDArray[np.bool_]


@dataclass(frozen=True)
class TrainingTables:
    """What the detector learns from.

    Parameters
    ----------
    disk, day : (P,) int
        Of each picture, the disk that it is or is a copy of, and the number of its day.
    copy : (P,) bool
        Whether it was changed.
    inside, cut : tuple of (K, T) bool
        Of each picture: which of its links lie within each proposal, and which it cuts.
    """

    disk: NDArray[np.intp]
    day: NDArray[np.intp]
    copy: NDArray[np.bool_]
    proposals: ProposalTable
    links: LinkTable
    inside: tuple[NDArray[np.bool_], ...]
    cut: tuple[NDArray[np.bool_], ...]

    def likelihood(self, same: Array) -> NDArray[np.float64]:
        """Return each proposal's likelihood, (N,), see `halescope.detection.proposals.links`.

        `same`, (T,), is the chance of each link to lie within one region.
        """
        start = np.searchsorted(self.links.picture, np.arange(len(self.disk) + 1))
        parts = [
            likelihood(same[start[i] : start[i + 1]], self.inside[i], self.cut[i])
            for i in range(len(self.disk))
        ]
        return np.concatenate(parts)


Picture = tuple[ProposalTable, LinkTable, NDArray[np.bool_], NDArray[np.bool_]]
"""Its proposals and links; which links lie within each proposal, and which it cuts."""


def make_tables(
    disks: LabelledDisks,
    block: NDArray[np.integer],
    change: FieldChange,
    seed: int = 0,
    progress: Callable[[], None] | None = None,
) -> TrainingTables:
    """Return the proposals and links of labelled disks and of their changed copies.

    A disk's own picture comes first, then its copies, disks in order. A copy takes regions of disks
    of its own block only, (N,) int, so that blocks can be held out. `progress` is called after each
    disk.
    """
    random = np.random.default_rng(seed)
    found: list[Picture] = []
    for index, (grey, labels) in enumerate(zip(disks.fields, disks.labels, strict=True)):
        found.append(_read(len(found), np.asarray(grey, np.float32), labels))
        for _ in range(change.copies):
            found.append(_read(len(found), *changed_copy(disks, index, block, change, random)))
        if progress:
            progress()
    proposals, links, inside, cut = zip(*found, strict=True)
    each = 1 + change.copies
    disk, number = np.divmod(np.arange(len(found)), each)
    _, day = np.unique([labels[0].time[:10] for labels in disks.labels], return_inverse=True)
    return TrainingTables(
        disk,
        day[disk],
        number > 0,
        ProposalTable.join(proposals),
        LinkTable.join(links),
        inside,
        cut,
    )


def _read(number: int, field: Array, labels: Sequence[Entry]) -> Picture:
    """Return the rows of one picture, and which links lie within and across each proposal."""
    disk = canonical_disk(field)
    found = read_proposals(disk)
    links = found.proposals.basins.links
    inside, cut = inside_and_cut(links, found.proposals.member)
    table = _proposal_rows(number, found, labels)
    return table, _link_rows(number, disk, found, labels), inside, cut


def _proposal_rows(number: int, found: ReadProposals, labels: Sequence[Entry]) -> ProposalTable:
    boxes = found.proposals.boxes
    sure = [entry for entry in labels if is_present(entry)]
    uncertain = [e for e in labels if e.status == "doubtful" and not is_present(e)]
    # A column of zeros stands for no label, so that there is always a largest overlap.
    over = np.pad(iou(boxes, _boxes(sure)), ((0, 0), (0, 1)))
    unsure = np.pad(iou(boxes, _boxes(uncertain)), ((0, 0), (0, 1))).max(1)
    best = over.max(1)
    numbers = np.array([entry.noaa_number for entry in sure] + [0], np.int64)
    return ProposalTable(
        np.full(len(boxes), number, np.intp),
        found.features,
        boxes,
        best.astype(np.float32),
        np.where(best > TOUCHING, numbers[over.argmax(1)], 0),
        ~((unsure > TOUCHING) & (best < 0.5)),
    )


def _link_rows(number: int, disk: Disk, found: ReadProposals, labels: Sequence[Entry]) -> LinkTable:
    """Return the links, each with what the box rule about NOAA's positions makes of its ends."""
    basins = found.proposals.basins
    listed = listed_of(labels)
    xy = np.array([(entry.x, entry.y) for entry in listed]).reshape(-1, 2)
    owner = assign_pixels(smooth_strength(disk.grey), disk.geometry, xy).ravel()[basins.pixels]
    share = np.zeros((len(basins), len(listed) + 1))
    np.add.at(share, (basins.owner, owner), 1)
    share /= np.maximum(share.sum(1, keepdims=True), 1)
    whose, whole = share.argmax(1), share.max(1, initial=0) > WHOLE
    ends = np.stack([basins.links.first, basins.links.second], 1)[basins.links.tree]
    numbers = np.array([0] + [entry.noaa_number for entry in listed], np.int64)
    return LinkTable(
        np.full(len(ends), number, np.intp),
        found.link_features,
        (whose[ends[:, 0]] == whose[ends[:, 1]]) & (whose[ends[:, 0]] > 0),
        numbers[whose[ends]],
        (whose[ends] > 0).any(1) & whole[ends].all(1),
    )


def _boxes(labels: Sequence[Entry]) -> Array:
    return np.array([entry.box for entry in labels], np.float32).reshape(-1, 4)
