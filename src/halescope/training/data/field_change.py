"""Changed copies of labelled disks: gain, noise, blur, cut-off scales, a second disk's regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halescope.box_rule.extent import magnetic_extents
from halescope.datasets.manifest import Entry
from halescope.normalize import DISK_RADIUS
from halescope.training.data.crowding import Labelled, crowd, listed_of
from halescope.training.data.disks import LabelledDisks
from halescope.types import Array, Disk, DiskGeometry, Magnetogram


@dataclass(frozen=True)
class FieldChange:
    """How copies of a disk differ from it; the boxes are drawn anew from each copy's own field.

    Parameters
    ----------
    copies : int
        Changed copies of each disk, beside the disk itself.
    crowded : float
        Chance that a copy takes the regions of a second disk of the same block as well.
    changed : float
        Chance that a copy's field is changed as follows.
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

    copies: int = 4
    crowded: float = 0.8
    changed: float = 0.5
    gain: float = 0.2
    noise: float = 8.0
    blur: float = 1.2
    cut: float = 0.5
    cut_from: float = 30.0


def changed_copy(
    disks: LabelledDisks,
    index: int,
    block: NDArray[np.integer],
    change: FieldChange,
    random: np.random.Generator,
) -> tuple[Array, list[Entry]]:
    """Return a changed copy of one disk, whole grey levels, with its labels' boxes drawn anew.

    Regions are taken from disks of the same block only, (N,) int of each disk.
    """

    def disk(number: int) -> Labelled:
        return np.asarray(disks.fields[number], np.float32), disks.labels[number]

    field, labels = disk(index)
    if random.random() < change.crowded:
        other = int(random.choice(np.flatnonzero(block == block[index])))
        field, labels = crowd((field, labels), disk(other), random) or (field, labels)
    if random.random() < change.changed:
        field = change_field(field, change, random)
    return field, _boxed_anew(field, labels)


def change_field(field: Array, change: FieldChange, random: np.random.Generator) -> Array:
    """Return a copy of a disk, whole grey levels, as another instrument might have seen it.

    Both are 0 off the limb, the copy but for the blur.
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


def canonical_disk(grey: Array) -> Disk:
    """Return grey levels, (N, N) int8 or float32, as a canonical disk of the display scale."""
    middle = (grey.shape[0] - 1) / 2
    field = np.asarray(grey, np.float32)
    geometry = DiskGeometry(middle, middle, DISK_RADIUS)
    return Disk(field, geometry, Magnetogram(field, "display", geometry))


def _boxed_anew(field: Array, labels: Sequence[Entry]) -> list[Entry]:
    """Draw the listed regions' boxes from a changed field; plage and fringes keep their own."""
    listed = listed_of(labels)
    xy = np.array([(entry.x, entry.y) for entry in listed]).reshape(-1, 2)
    boxes, _ = magnetic_extents(field, canonical_disk(field).geometry, xy)
    others = [entry for entry in labels if not any(entry is one for one in listed)]
    drawn = zip(listed, boxes.tolist(), strict=True)
    return [replace(entry, box=tuple(box)) for entry, box in drawn] + others
