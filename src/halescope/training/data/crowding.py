"""Crowded disks: the strong field of one disk turned onto another, with the labels of both.

Near solar maximum regions stand side by side, and which patches belong together is the hard part.
Few training days show that; a second disk turned about the Sun's axis makes more of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from halescope.box_rule.extent import sphere_of
from halescope.datasets.manifest import Entry
from halescope.normalize import DISK_RADIUS
from halescope.types import Array

APART = 14.0
"""Positions of two regions keep at least this far apart, canonical pixels (4 degrees)."""

TURNS = (4.0, 50.0)
"""Least and largest angle by which the second disk is turned, degrees."""

LIMB = 0.26
"""Least mu of a region that counts: the cosine of 75 degrees."""

STRONG = 10.0
"""What is carried over: smoothed |field| above this, grey levels."""

TRIES = 8
"""Turns that are tried before two disks are found not to fit together."""

DISTANCE = 215.0
"""Of the observer, solar radii."""

Labelled = tuple[Array, Sequence[Entry]]


def crowd(one: Labelled, other: Labelled, random: np.random.Generator) -> Labelled | None:
    """Return a disk with the regions of two, or None where they would lie on each other.

    Each is a field, (N, N) float32 grey levels, 0 off the limb, and labels with positions. The
    labels that come back are the listed regions of both, whose boxes are to be drawn anew, and what
    is unlisted on the first.
    """
    here, there = listed_of(one[1]), listed_of(other[1])
    middle = (one[0].shape[0] - 1) / 2
    source = np.asarray(other[0], np.float32)
    if random.random() < 0.5:  # Hale's law: the other hemisphere has the other leading polarity
        source = -source[::-1]
        there = [replace(entry, y=2 * middle - entry.y) for entry in there]
    for _ in range(TRIES):
        angle = random.uniform(*TURNS) * random.choice((-1, 1))
        moved = [_turn_entry(entry, angle, middle) for entry in there]
        seen = [entry for entry in moved if entry is not None]
        if seen and _fit(here, seen):
            fringes = [entry for entry in one[1] if not entry.noaa_number]
            return add_strong(one[0], turn(source, angle)), here + seen + fringes
    return None


def listed_of(labels: Sequence[Entry]) -> list[Entry]:
    """Return the labels with a NOAA number and a position, which part the field between them."""
    return [e for e in labels if e.noaa_number and e.status != "plage" and np.isfinite(e.x)]


def turn(field: Array, angle: float) -> Array:
    """Return a disk, 0 off the limb, turned westward about the Sun's axis by some degrees.

    The field is that of the line of sight; it is 0 where the turned disk was not seen.
    """
    middle = (field.shape[0] - 1) / 2
    west, north, near = sphere_of(middle, DISK_RADIUS, field.shape[0], DISTANCE)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    source_west, source_near = c * west - s * near, s * west + c * near
    seen = source_near > LIMB / 2  # the sphere is zero off the limb
    x = np.where(seen, middle + DISK_RADIUS * source_west, 0)
    y = np.where(seen, middle + DISK_RADIUS * north, 0)
    values = map_coordinates(field, [y, x], order=1, mode="constant")
    # A radial field shows its cosine.
    share = np.clip(near / np.maximum(source_near, LIMB / 2), 0.5, 2)
    out: Array = np.where(seen, values * share, 0).astype(np.float32)
    return out


def add_strong(field: Array, other: Array) -> Array:
    """Return the sum of two fields where the second is strong, the first alone elsewhere.

    All are (N, N) float32, grey levels; the sum is cut to -127..127.
    """
    strong = gaussian_filter(np.abs(other), 2.5) > STRONG
    out: Array = np.clip(np.where(strong, field + other, field), -127, 127)
    return out


def _turn_entry(entry: Entry, angle: float, middle: float) -> Entry | None:
    """Return a label at its turned position, None where it is behind the limb."""
    west, north = (entry.x - middle) / DISK_RADIUS, (entry.y - middle) / DISK_RADIUS
    near = np.sqrt(max(0.0, 1 - west**2 - north**2))
    longitude = np.arctan2(west, near) + np.radians(angle)
    radius = np.hypot(west, near)
    west, near = radius * np.sin(longitude), radius * np.cos(longitude)
    if near < LIMB / 2:
        return None
    if near < LIMB:
        entry = replace(entry, status="doubtful", note="beyond 75 degrees")
    return replace(entry, x=middle + DISK_RADIUS * float(west))


def _fit(here: Sequence[Entry], there: Sequence[Entry]) -> bool:
    a = np.array([(e.x, e.y) for e in here]).reshape(-1, 1, 2)
    b = np.array([(e.x, e.y) for e in there]).reshape(1, -1, 2)
    return bool((np.hypot(*np.moveaxis(a - b, 2, 0)) >= APART).all())
