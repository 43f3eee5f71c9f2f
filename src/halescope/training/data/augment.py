"""Augmentation of whole disks that keeps the physics.

A mirror image of the Sun has the wrong leading polarity for its hemisphere; reversing the field
as well makes it agree with Hale's law again. So do both north-south and east-west mirrors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter

from halescope.training.data.tables import Table
from halescope.types import Array


@dataclass(frozen=True)
class Objects(Table):
    """Labels of one disk as arrays.

    Parameters
    ----------
    boxes : (N, 4) float32
        Canonical pixels, rows upwards.
    points : (N, 2) float32
        Positions, pixels.
    kind : (N,) int8
        1 is a spotted region, 0 plage, -1 uncertain.
    weight : (N,) float32
        Of the positives, 0..1.
    """

    boxes: Array
    points: Array
    kind: NDArray[np.int8]
    weight: Array


@dataclass(frozen=True)
class AugmentConfig:
    """How far each change goes.

    Parameters
    ----------
    mirror : float
        Chance of each mirror with reversed polarity.
    reverse : float
        Chance of a plain reversal of polarity, as from one cycle to the next.
    halves : float
        Chance that north and south come from different disks.
    rotation : float
        Degrees, standard deviation.
    scale : float
        Standard deviation of the disk size's logarithm.
    gain : float
        Standard deviation of the field strength's logarithm.
    noise : float
        Largest added noise, grey levels.
    blur : float
        Largest smoothing, pixels.
    """

    mirror: float = 0.5
    reverse: float = 0.5
    halves: float = 0.7
    rotation: float = 7.0
    scale: float = 0.03
    gain: float = 0.2
    noise: float = 8.0
    blur: float = 1.8


def mirror(field: Array, objects: Objects, axis: int) -> tuple[Array, Objects]:
    """Return the mirror image with reversed polarity: east-west along axis 1, north-south 0."""
    side, low, high = field.shape[axis], 1 - axis, 3 - axis
    boxes, points = objects.boxes.copy(), objects.points.copy()
    boxes[:, [low, high]] = side - objects.boxes[:, [high, low]]
    points[:, low] = side - 1 - objects.points[:, low]
    return -np.flip(field, axis), replace(objects, boxes=boxes, points=points)


def join_halves(
    north: tuple[Array, Objects], south: tuple[Array, Objects]
) -> tuple[Array, Objects]:
    """Return a disk whose north is of one disk and whose south is of another.

    The seam runs along the row of the middle; a region that it would cut is kept in whole by
    moving the seam, or where that fails marked uncertain.
    """
    side = north[0].shape[0]
    row = _quiet_row(north[1].boxes, south[1].boxes, side)
    field = np.concatenate([south[0][:row], north[0][row:]])
    upper, lower = north[1], south[1]
    joined = Objects.join([upper[upper.boxes[:, 3] > row], lower[lower.boxes[:, 1] < row]])
    cut = (joined.boxes[:, 1] < row) & (joined.boxes[:, 3] > row)
    return field, replace(joined, kind=np.where(cut, -1, joined.kind).astype(np.int8))


def augment(
    field: Array, objects: Objects, config: AugmentConfig, random: np.random.Generator
) -> tuple[Array, Objects]:
    """Return a changed copy of a disk, grey levels, 0 off the limb, and its labels."""
    for axis in (1, 0):
        if random.random() < config.mirror:
            field, objects = mirror(field, objects, axis)
    if random.random() < config.reverse:
        field = -field
    field, objects = _turn(field, objects, config, random)
    field = field * np.float32(np.exp(config.gain * random.standard_normal()))
    if random.random() < 0.3:
        field = gaussian_filter(field, config.blur * random.random())
    if random.random() < 0.5:
        on = field != 0
        noise = random.standard_normal(field.shape, np.float32) * np.float32(
            config.noise * random.random() ** 2
        )
        field = field + noise * on
    return np.rint(np.clip(field, -127, 127)), objects


def _turn(
    field: Array, objects: Objects, config: AugmentConfig, random: np.random.Generator
) -> tuple[Array, Objects]:
    """Rotate and scale about disk centre, by a little."""
    middle = (field.shape[0] - 1) / 2
    angle = np.radians(config.rotation * random.standard_normal())
    scale = np.exp(config.scale * random.standard_normal())
    c, s = np.cos(angle), np.sin(angle)
    forward = scale * np.array([[c, -s], [s, c]])  # acts on (x, y)
    back = np.linalg.inv(forward)[::-1, ::-1]  # acts on (row, column)
    offset = middle - back @ np.array([middle, middle])
    field = affine_transform(field, back, offset, order=1)
    points = ((objects.points - middle) @ forward.T + middle).astype(np.float32)
    # The box of a turned region: turn the centre, keep the size; the angle is small.
    center = (objects.boxes[:, :2] + objects.boxes[:, 2:]) / 2 - 0.5
    half = (objects.boxes[:, 2:] - objects.boxes[:, :2]) / 2 * scale
    center = (center - middle) @ forward.T + middle + 0.5
    boxes = np.concatenate([center - half, center + half], 1).astype(np.float32)
    return field, replace(objects, boxes=boxes, points=points)


def _quiet_row(upper: Array, lower: Array, side: int) -> int:
    """Return a row near the middle that cuts as few boxes as it can."""
    rows = np.arange(side // 2 - 36, side // 2 + 37)
    cuts = np.zeros(len(rows))
    for boxes in (upper, lower):
        for box in boxes:
            cuts += (rows > box[1]) & (rows < box[3])
    best = np.nonzero(cuts == cuts.min())[0]
    return int(rows[best[np.abs(rows[best] - side // 2).argmin()]])
