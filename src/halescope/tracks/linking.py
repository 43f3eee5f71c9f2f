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
    memory_hours : float
        A track also remembers the box that it had on the whole of late, over so many hours, and the
        better fit of both counts: a box that is joined with a neighbour's for a while, or torn, is
        found again.
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
    memory_hours: float = 12.0
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
    place = np.column_stack(
        [sightings.longitude, sightings.latitude, sightings.half_width, sightings.half_height]
    )
    none = np.zeros(len(sightings))
    times = (sightings.hours,) * 3
    rest = np.column_stack([rate, *times, none, none])
    table = np.concatenate([place, place, rest], 1)
    alive = np.empty((0, table.shape[1]))
    count = 0
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        rows = np.arange(first, last)[placed[first:last]]
        if not len(rows):
            continue
        found = table[rows]
        alive = _carried(alive, sightings.hours[rows[0]], rule)
        old, new = _pairs(alive, found, rule)
        fresh = np.ones(len(rows), bool)
        fresh[new] = False
        found[fresh, _NUMBER] = np.arange(count, count + fresh.sum())
        found[new, _FIRST], found[new, _NUMBER] = alive[old, _FIRST], alive[old, _NUMBER]
        found[new, _SLOW] = _remembered(alive[old], found[new], rule)
        count += int(fresh.sum())
        out[rows] = found[:, _NUMBER].astype(np.int64)
        alive[old] = found[new]
        alive = np.concatenate([alive, found[fresh]])
    return out


_LAST, _SLOW = slice(0, 4), slice(4, 8)
_LON, _LAT, _WIDTH, _HEIGHT = range(4)
_RATE, _UNTIL, _SEEN, _FIRST, _NUMBER, _GONE = range(8, 14)
"""Columns of the tracks that live: their last box and the one that they had on the whole of late
(longitude, latitude, half sizes, degrees), how fast they rotate, degrees an hour, the time that
both are carried to, when they were seen last and first, hours, their number, and for how many
hours they have not been seen."""


def _carried(alive: Floats, hour: float, rule: LinkRule) -> Floats:
    """Return the tracks that still live at a time, their boxes carried there."""
    gone = hour - alive[:, _SEEN]
    moved = alive.copy()
    turned = alive[:, _RATE] * (hour - alive[:, _UNTIL])
    moved[:, [_LON, 4 + _LON]] += turned[:, None]
    moved[:, _UNTIL], moved[:, _GONE] = hour, gone
    kept: Floats = moved[(gone <= rule.gap_hours) & (moved[:, _LON] < LIMB)]
    return kept


def _remembered(old: Floats, new: Floats, rule: LinkRule) -> Floats:
    """Return what tracks remember of their boxes after one more, (K, 4)."""
    share = -np.expm1(-old[:, [_GONE]] / rule.memory_hours)
    return np.asarray(old[:, _SLOW] + share * (new[:, _LAST] - old[:, _SLOW]))


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


def _pairs(alive: Floats, found: Floats, rule: LinkRule) -> tuple[Ints, Ints]:
    """Return the tracks and the boxes of the pairs that are made, (K,) int each."""
    from scipy.optimize import linear_sum_assignment

    if not len(alive):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    age = np.minimum(alive[:, _SEEN] - alive[:, _FIRST], 24.0) / 24
    parts = (_costs(alive[:, part], found, alive[:, _GONE], rule) for part in (_LAST, _SLOW))
    value = np.minimum(*parts) - (rule.unlinked + rule.seniority * age[:, None])
    old, new = linear_sum_assignment(np.minimum(value, 0.0))
    made = value[old, new] < 0
    return old[made], new[made]


def _costs(boxes: Floats, found: Floats, gone: Floats, rule: LinkRule) -> Floats:
    """Return what it costs to link each box, (T, 4), to each found one, (T, N); inf: not at all."""
    a = boxes[:, :, None]
    apart, rise = found[:, _LON] - a[:, _LON], found[:, _LAT] - a[:, _LAT]
    flat = apart * np.cos(np.radians(found[:, _LAT]))
    distance = np.sqrt(flat * flat + rise * rise)
    sizes = (a[:, _WIDTH], a[:, _HEIGHT]), (found[:, _WIDTH], found[:, _HEIGHT])
    union, smaller = overlap_of(apart, rise, *sizes)
    known = np.isfinite(union)
    within = np.where(known, (smaller >= rule.overlap) & (distance <= rule.far), False)
    reach = np.where(known, rule.near, rule.unsized) + gone[:, None] / 48  # rotation errs as well
    cost = distance / rule.far + np.where(known, 1 - union, 0.5)
    return np.where(within | (distance <= reach), cost, np.inf)
