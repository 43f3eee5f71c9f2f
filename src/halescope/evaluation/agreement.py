"""Two labellers of the same pictures: boxes matched, how well they overlap, whether classes agree.

Cohen's kappa (1960, Educational and Psychological Measurement 20, 37): the share of matched boxes
that both call the same, less what chance alone would give, over what chance leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.boxes import iou
from halescope.datasets.formats.kitti import read_kitti
from halescope.datasets.formats.naming import name_of
from halescope.datasets.labels.region import Edges
from halescope.datasets.manifest import entries
from halescope.errors import DatasetError

LEAST_IOU = 0.5
"""Overlap from which two boxes are of the same region."""

Marked = tuple[str, Edges]
"""What a box is called, and its edges."""


@dataclass(frozen=True)
class Pair:
    """Two boxes of one region: their places in both lists, and their overlap, 0..1."""

    first: int
    second: int
    iou: float


@dataclass(frozen=True)
class Compared:
    """One picture: what each labeller boxed, the pairs, and the boxes that only one has."""

    image: str
    first: tuple[Marked, ...]
    second: tuple[Marked, ...]
    pairs: tuple[Pair, ...]
    only_first: tuple[int, ...]
    only_second: tuple[int, ...]

    @property
    def unlike(self) -> int:
        """How many differences there are: boxes of one alone, and pairs of two names."""
        named = sum(self.first[p.first][0] != self.second[p.second][0] for p in self.pairs)
        return len(self.only_first) + len(self.only_second) + named


@dataclass(frozen=True)
class Agreement:
    """How two labellers agree over many pictures.

    Parameters
    ----------
    images : tuple of Compared
        By name; of the pictures that both have labels for.
    missing : tuple of str
        Pictures that only one of them has; they do not count.
    matched, first, second : int
        Pairs, and boxes of each.
    f1 : float
        Twice the pairs over all boxes, 0..1; NaN without a box.
    mean_iou : float
        Of the pairs; NaN without one.
    agreement, kappa : float
        Share of the pairs with one name, and Cohen's kappa of it; NaN where it is not defined:
        without a pair, or where both call everything the same.
    names : tuple of str
        That occur in pairs.
    confusion : (C, C) int64
        Rows are the first labeller's names, columns the second's.
    """

    images: tuple[Compared, ...]
    missing: tuple[str, ...]
    matched: int
    first: int
    second: int
    f1: float
    mean_iou: float
    agreement: float
    kappa: float
    names: tuple[str, ...]
    confusion: NDArray[np.int64]


def compare_labellers(first: Path, second: Path, least: float = LEAST_IOU) -> Agreement:
    """Compare two folders of KITTI label files, or two manifests, of the same pictures.

    `least`: IoU of a pair. Raises `DatasetError` where one cannot be read, one is a folder and the
    other a manifest (their pixels differ), or they have no picture in common.
    """
    if first.is_dir() != second.is_dir():
        raise DatasetError(
            str(second), "is of another kind than " + str(first), "two folders or two manifests",
            "`halescope dataset convert` writes KITTI folders",
        )  # fmt: skip
    read = _of_folder if first.is_dir() else _of_manifest
    one, two = read(first), read(second)
    shared = sorted(one.keys() & two.keys())
    if not shared:
        found = f"has none of the {len(one)} pictures of {first}"
        raise DatasetError(str(second), found, "labels of the same pictures")
    images = tuple(matched(name, one[name], two[name], least) for name in shared)
    return summed(images, tuple(sorted(one.keys() ^ two.keys())))


def matched(
    image: str, first: Sequence[Marked], second: Sequence[Marked], least: float = LEAST_IOU
) -> Compared:
    """Match the boxes of two labellers on one picture, so that the overlaps sum to the most."""
    from scipy.optimize import linear_sum_assignment

    boxes = [
        np.array([edges for _, edges in marks], float).reshape(-1, 4) for marks in (first, second)
    ]
    overlap = iou(*boxes)
    rows, columns = linear_sum_assignment(np.where(overlap >= least, overlap, 0.0), maximize=True)
    pairs = tuple(
        Pair(int(i), int(j), round(float(overlap[i, j]), 4))
        for i, j in zip(rows, columns, strict=True)
        if overlap[i, j] >= least
    )
    left = set(range(len(first))) - {pair.first for pair in pairs}
    right = set(range(len(second))) - {pair.second for pair in pairs}
    return Compared(
        image, tuple(first), tuple(second), pairs, tuple(sorted(left)), tuple(sorted(right))
    )


def summed(images: Sequence[Compared], missing: Sequence[str] = ()) -> Agreement:
    """Return the agreement over pictures that were matched."""
    called = [
        (image.first[pair.first][0], image.second[pair.second][0])
        for image in images
        for pair in image.pairs
    ]
    names = tuple(sorted({name for pair in called for name in pair}))
    confusion = np.zeros((len(names), len(names)), np.int64)
    for (a, b), count in Counter(called).items():
        confusion[names.index(a), names.index(b)] = count
    first, second = (
        sum(len(getattr(image, side)) for image in images) for side in ("first", "second")
    )
    overlaps = [pair.iou for image in images for pair in image.pairs]
    nan = float("nan")
    return Agreement(
        tuple(images),
        tuple(missing),
        len(called),
        first,
        second,
        2 * len(called) / (first + second) if first + second else nan,
        float(np.mean(overlaps)) if overlaps else nan,
        float(np.trace(confusion) / len(called)) if called else nan,
        cohens_kappa(confusion),
        names,
        confusion,
    )


def cohens_kappa(confusion: NDArray[np.int64]) -> float:
    """Return Cohen's kappa of a table of two raters, (C, C); NaN where chance explains all."""
    total = confusion.sum()
    if not total:
        return float("nan")
    seen = np.trace(confusion) / total
    chance = float((confusion.sum(0) / total) @ (confusion.sum(1) / total))
    return float((seen - chance) / (1 - chance)) if chance < 1 else float("nan")


def _of_folder(folder: Path) -> Mapping[str, list[Marked]]:
    images, _ = read_kitti(folder)
    if not images:
        raise DatasetError(str(folder), "holds no label file", "one .txt for each picture")
    return {
        Path(image.image).stem: [(box.name, box.edges) for box in image.boxes] for image in images
    }


def _of_manifest(manifest: Path) -> Mapping[str, list[Marked]]:
    """Return what a manifest holds by the picture's name; every box counts, whatever its status."""
    found: dict[str, list[Marked]] = {}
    for image, labels in entries(manifest):
        names = (name_of(e, "mount-wilson", "dontcare", plage=True) or "ar" for e in labels)
        found[Path(image).stem] = [(n, e.box) for n, e in zip(names, labels, strict=True)]
    return found
