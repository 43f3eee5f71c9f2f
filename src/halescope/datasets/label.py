"""NOAA-anchored labels of a disk: boxes, classes and a status for each region.

The SRS file of day D is valid at 00:00 UTC of D and describes what was seen on D-1; an image of
day D is therefore set against both neighbouring midnights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.srs import SrsRow
from halescope.extent import DEFAULT_RULE, ExtentRule, assign_pixels, smooth_strength
from halescope.geometry import (
    differential_rotation,
    mu,
    pixel_to_stonyhurst,
    stonyhurst_to_pixel,
)
from halescope.types import Disk

Status = Literal["firm", "doubtful", "plage"]

FIRM_LONGITUDE = 75.0
"""Regions further from the central meridian than this, degrees, are doubtful."""

PLAGE_PIXELS = 20
"""A concentration that no SRS row lists is plage from this size on, canonical pixels."""


@dataclass(frozen=True)
class Label:
    """One region of one image.

    Parameters
    ----------
    number : int
        NOAA number, 0 for unlisted plage.
    mount_wilson : str
        Class at the nearest midnight, empty for plage.
    status : {"firm", "doubtful", "plage"}
        Firm: both midnights list it with the same class. Doubtful neither trains nor counts.
    box : tuple of float
        Canonical pixels, rows upwards.
    x, y : float
        Position, canonical pixels.
    longitude, latitude : float
        Stonyhurst, degrees, at the image's time.
    mu : float
        Cosine of the heliocentric angle.
    area : float
        NOAA's spot area, MSH; 0 for plage.
    note : str
        Why it is doubtful.
    """

    number: int
    mount_wilson: str
    status: Status
    box: tuple[float, float, float, float]
    x: float
    y: float
    longitude: float
    latitude: float
    mu: float
    area: float
    note: str = ""


def label_disk(
    disk: Disk,
    srs: Mapping[date, Sequence[SrsRow]],
    rule: ExtentRule = DEFAULT_RULE,
) -> list[Label] | None:
    """Return the labels of one disk.

    Parameters
    ----------
    disk : Disk
        Canonical, with a time.
    srs : mapping of date to SrsRow
        Every day that has an SRS file; a day that is absent is missing, not spotless.
    rule : ExtentRule

    Returns
    -------
    list of Label, or None
        None where the file of a neighbouring midnight is missing, or the time is unknown.
    """
    time = disk.origin.time
    if time is None:
        return None
    time = time.astimezone(UTC)
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
    before = srs.get(midnight.date())
    after = srs.get((midnight + timedelta(days=1)).date())
    if before is None or after is None:
        return None
    early, late = ([row for row in rows if row.lon is not None] for rows in (before, after))
    listed = _merge_midnights(early, late, (time - midnight).total_seconds() / 86400)
    strength = smooth_strength(disk.grey, rule)
    return _boxes_of(disk, listed, strength, rule)


@dataclass(frozen=True)
class _Candidate:
    row: SrsRow
    longitude: float
    note: str


def _merge_midnights(
    before: Sequence[SrsRow], after: Sequence[SrsRow], fraction: float
) -> list[_Candidate]:
    """Join both midnights' rows, each rotated to the image's time from its nearest midnight."""
    early = {row.number: row for row in before}
    late = {row.number: row for row in after}
    out = []
    for number in sorted(early | late):
        near, far = (early, late) if fraction < 0.5 else (late, early)
        row = near.get(number) or far[number]
        days = fraction if row is early.get(number) else fraction - 1
        shift = float(differential_rotation(np.array(row.lat), days))
        longitude = float(row.lon or 0) + shift
        note = ""
        if number not in early:
            note = "only in the following SRS"
        elif number not in late:
            note = "only in the preceding SRS"
        elif early[number].mag_class != late[number].mag_class:
            note = f"class {early[number].mag_class} then {late[number].mag_class}"
        if abs(longitude) > FIRM_LONGITUDE:
            note = "beyond 75 degrees" + ("; " + note if note else "")
        out.append(_Candidate(row, longitude, note))
    return out


def _boxes_of(
    disk: Disk, listed: list[_Candidate], strength: NDArray[np.float32], rule: ExtentRule
) -> list[Label]:
    """Box every listed region, then the plage that is left over."""
    geometry = disk.geometry
    x, y = stonyhurst_to_pixel(
        geometry,
        np.array([c.longitude for c in listed]),
        np.array([c.row.lat for c in listed]),
    )
    seen = np.isfinite(x)
    listed = [c for c, visible in zip(listed, seen, strict=True) if visible]
    xy = np.stack([x, y], 1)[seen]
    owner = assign_pixels(strength, geometry, xy, rule)
    labels = []
    for index, (candidate, (px, py)) in enumerate(zip(listed, xy, strict=True)):
        box = _enclosing(owner == index + 1, rule.margin)
        note = candidate.note
        if box is None:
            box = (px - 4.5, py - 4.5, px + 5.5, py + 5.5)
            note = "no strong field at the position" + ("; " + note if note else "")
        row = candidate.row
        labels.append(
            Label(
                row.number,
                row.mag_class,
                "doubtful" if note or not row.mag_class else "firm",
                box,
                float(px),
                float(py),
                candidate.longitude,
                float(row.lat),
                float(mu(geometry, np.array(px), np.array(py))),
                float(row.area or 0),
                note,
            )
        )
    return labels + _plage(disk, strength, owner > 0, rule)


def _plage(
    disk: Disk,
    strength: NDArray[np.float32],
    taken: NDArray[np.bool_],
    rule: ExtentRule,
) -> list[Label]:
    """Box strong concentrations that no row lists."""
    from scipy.ndimage import binary_dilation, find_objects, label

    free = (strength > rule.threshold) & ~taken
    beside = binary_dilation(taken, iterations=3)
    pieces, count = label(free, np.ones((3, 3)))
    if count == 0:
        return []
    size = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    out = []
    for index, window in enumerate(find_objects(pieces)):
        if size[index] < PLAGE_PIXELS:
            continue
        rows, columns = np.nonzero(pieces[window] == index + 1)
        # What touches a listed region may be its outskirts rather than plage of its own.
        fringe = bool((beside[window] & (pieces[window] == index + 1)).any())
        x = float(columns.mean() + window[1].start)
        y = float(rows.mean() + window[0].start)
        here = np.array([x]), np.array([y])
        longitude, latitude = pixel_to_stonyhurst(disk.geometry, *here)
        m = rule.margin
        box = (
            window[1].start - m,
            window[0].start - m,
            window[1].stop + m,
            window[0].stop + m,
        )
        out.append(
            Label(
                0,
                "",
                "doubtful" if fringe else "plage",
                box,
                x,
                y,
                float(longitude[0]),
                float(latitude[0]),
                float(mu(disk.geometry, *here)[0]),
                0.0,
                "beside a listed region" if fringe else "listed by no SRS row",
            )
        )
    return out


def _enclosing(mask: NDArray[np.bool_], margin: float) -> tuple[float, float, float, float] | None:
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    return (
        float(columns.min() - margin),
        float(rows.min() - margin),
        float(columns.max() + 1 + margin),
        float(rows.max() + 1 + margin),
    )
