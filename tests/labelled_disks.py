"""Labelled disks with drawn patches, which several tests of training need."""

import numpy as np

from halescope.box_rule.extent import magnetic_extents
from halescope.datasets.manifest import Entry
from halescope.training.data.disks import LabelledDisks
from halescope.training.data.field_change import FieldChange, canonical_disk

LEFT, RIGHT = (150.0, 240.0), (260.0, 180.0)
STILL = FieldChange(copies=1, crowded=0, gain=0, noise=0, blur=0, cut=0)


def field_with(*places: tuple[float, float], strength: float = 110) -> np.ndarray:
    rows, columns = np.mgrid[:416, :416]
    grey = np.zeros((416, 416))
    for x, y in places:
        grey += strength * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 72)
    return np.rint(grey).astype(np.int8)


def entry(
    field: np.ndarray,
    place: tuple[float, float],
    number: int,
    status: str = "firm",
    flags: str = "",
) -> Entry:
    grey = field.astype(np.float32)
    boxes, _ = magnetic_extents(grey, canonical_disk(grey).geometry, np.array([place]))
    box = tuple(boxes[0].tolist())
    return Entry(
        "a", "2026-02-01T00:00:00Z", "", number, "beta", status, box, 0.0, 0.0, "", *place,
        flags=flags,
    )  # fmt: skip


def disks_of(*disks: tuple[np.ndarray, list[Entry]]) -> LabelledDisks:
    return LabelledDisks(
        np.stack([field for field, _ in disks]),
        tuple(labels for _, labels in disks),
        tuple(str(index) for index in range(len(disks))),
    )


def blocks(*numbers: int) -> np.ndarray:
    return np.array(numbers)


def two_disks() -> LabelledDisks:
    """Return a disk with regions 7 and 8, and a second with region 9 alone."""
    both, single = field_with(LEFT, RIGHT), field_with(RIGHT)
    return disks_of(
        (both, [entry(both, LEFT, 7), entry(both, RIGHT, 8)]), (single, [entry(single, RIGHT, 9)])
    )
