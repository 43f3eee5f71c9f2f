"""Which boxes of neighbouring images are one region: differential rotation, then assignment.

Every image is set against the tracks that live: their last boxes are carried to its time by
differential rotation, pairs are gated by distance and by overlap of the boxes, and of all ways to
pair one to one the cheapest is taken (`scipy.optimize.linear_sum_assignment`). A pair may also stay
unmade, at a cost of its own, so that nobody is pushed onto a neighbour. Tracks without a box live
on for a while. Nothing later than an image decides about it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.errors import ConfigError
from halescope.geometry import differential_rotation
from halescope.tracks.sightings import Sightings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LIMB = 95.0
"""A track that rotation has carried this far from the central meridian is over, degrees."""


@dataclass(frozen=True)
class LinkRule:
    """How boxes are linked.

    Parameters
    ----------
    gap_hours : float
        A track without a box lives on for so long.
    near : float
        Boxes whose centres are this near may be one region, whatever their sizes, degrees.
    unsized : float
        The same where the images do not tell the sizes of boxes.
    far : float
        Boxes that overlap may, up to here, degrees.
    overlap : float
        Least overlap for that: intersection of the derotated boxes as a share of the smaller one.
    unlinked : float
        Cost of leaving a pair unmade. The cost of a pair is its distance in units of `far`, and
        one less the intersection over union of its boxes.
    seniority : float
        What a track that has lived for a day is cheaper than a new one: of regions that merge the
        older keeps its number.
    """

    gap_hours: float = 48.0
    near: float = 3.5
    unsized: float = 6.0
    far: float = 10.0
    overlap: float = 0.3
    unlinked: float = 1.4
    seniority: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.gap_hours <= 24 * 13:
            found = f"is {self.gap_hours:g} hours"
            raise ConfigError("gap", found, "more than 0 and at most 312, the time across the disk")


def rule_for(sightings: Sightings) -> LinkRule:
    """Return the default rule: a gap of 48 hours, or two and a half times the cadence if longer."""
    hours = sightings.frame_hours
    usual = float(np.median(np.diff(hours))) if len(hours) > 1 else 0.0
    return LinkRule(gap_hours=min(max(LinkRule.gap_hours, 2.5 * usual), 24 * 13))


def link(sightings: Sightings, rule: LinkRule | None = None) -> Ints:
    """Return the track of every row, (N,) int from 0 on, in order of first sight; -1 for none.

    Parameters
    ----------
    rule : LinkRule, optional
        See `rule_for`.

    Notes
    -----
    A row without a position belongs to no track.
    """
    rule = rule or rule_for(sightings)
    out = np.full(len(sightings), -1, np.int64)
    starts = np.searchsorted(sightings.frame, np.arange(len(sightings.frame_hours) + 1))
    placed = np.isfinite(sightings.longitude) & np.isfinite(sightings.latitude)
    rate = np.asarray(differential_rotation(np.nan_to_num(sightings.latitude), 1 / 24), float)
    table = np.column_stack(
        [
            sightings.longitude, sightings.latitude, sightings.half_width, sightings.half_height,
            rate, sightings.hours, sightings.hours, np.zeros(len(sightings)),
        ]
    )  # fmt: skip
    alive = np.empty((0, table.shape[1]))
    count = 0
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        rows = np.arange(first, last)[placed[first:last]]
        if not len(rows):
            continue
        hour = sightings.hours[rows[0]]
        gone = hour - alive[:, _SEEN]
        alive = alive[(gone <= rule.gap_hours) & (alive[:, _LON] + alive[:, _RATE] * gone < LIMB)]
        found = table[rows]
        pairs = _pairs(alive, found, hour, rule)
        fresh = np.ones(len(rows), bool)
        if len(pairs):
            old, new = pairs.T
            fresh[new] = False
            found[new, _FIRST], found[new, _NUMBER] = alive[old, _FIRST], alive[old, _NUMBER]
            alive[old] = found[new]
        found[fresh, _NUMBER] = np.arange(count, count + fresh.sum())
        count += int(fresh.sum())
        out[rows] = found[:, _NUMBER].astype(np.int64)
        alive = np.concatenate([alive, found[fresh]])
    return out


_LON, _LAT, _WIDTH, _HEIGHT, _RATE, _SEEN, _FIRST, _NUMBER = range(8)
"""Columns of the tracks that live: their last box, degrees, how fast it rotates, degrees an hour,
when it was seen last and first, hours, and the track's number."""


def overlap_of(
    apart: Floats, rise: Floats, first: tuple[Floats, Floats], second: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return intersection over union, and over the smaller, of boxes on the sphere.

    Parameters
    ----------
    apart, rise : float64
        Distance of their centres in longitude and latitude, degrees.
    first, second : (half width, half height)
        Degrees; NaN gives NaN.
    """
    wide = np.clip(first[0] + second[0] - np.abs(apart), 0, 2 * np.minimum(first[0], second[0]))
    high = np.clip(first[1] + second[1] - np.abs(rise), 0, 2 * np.minimum(first[1], second[1]))
    common = wide * high
    areas = 4 * first[0] * first[1], 4 * second[0] * second[1]
    union = np.maximum(areas[0] + areas[1] - common, 1e-9)
    return common / union, common / np.maximum(np.minimum(*areas), 1e-9)


def _pairs(alive: Floats, found: Floats, hour: float, rule: LinkRule) -> Ints:
    """Return the pairs of tracks and boxes that are made, (K, 2) int."""
    from scipy.optimize import linear_sum_assignment

    if not len(alive):
        return np.zeros((0, 2), np.int64)
    a = alive[:, :, None]
    gone = hour - a[:, _SEEN]
    apart = found[:, _LON] - a[:, _LON] - a[:, _RATE] * gone  # (T, N)
    rise = found[:, _LAT] - a[:, _LAT]
    flat = apart * np.cos(np.radians(found[:, _LAT]))
    distance = np.sqrt(flat * flat + rise * rise)
    sizes = (a[:, _WIDTH], a[:, _HEIGHT]), (found[:, _WIDTH], found[:, _HEIGHT])
    union, smaller = overlap_of(apart, rise, *sizes)
    known = np.isfinite(union)
    within = np.where(known, (smaller >= rule.overlap) & (distance <= rule.far), False)
    reach = np.where(known, rule.near, rule.unsized) + gone / 48  # rotation errs by half a degree
    gate = within | (distance <= reach)
    age = np.minimum(a[:, _SEEN] - a[:, _FIRST], 24.0) / 24
    cost = distance / rule.far + np.where(known, 1 - union, 0.5) - rule.seniority * age
    value = np.where(gate, np.minimum(cost - rule.unlinked, 0.0), 0.0)
    old, new = linear_sum_assignment(value)
    made = value[old, new] < 0
    return np.stack([old[made], new[made]], 1).astype(np.int64)
