"""The class along a track: a hidden Markov model over alpha, beta and complex.

The hidden class changes at the rates that NOAA's summaries show (`halescope.tracks.rates`). What is
observed are the classifier's calibrated probabilities of each image, divided by how common each
class is, and tempered, since frames of one region err together; and, where there are summaries,
the class that each gives, with the observers' own error. What comes out are the probabilities of
the class that NOAA's observers would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from halescope.tracks.hmm import LATE, MARK, PAD, SEEN, filter_late, smooth
from halescope.tracks.rates import ClassRates, class_rates
from halescope.tracks.reports import Report

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mode = Literal["filter", "smooth"]

CHUNK = 2048
"""Tracks that are worked on together."""


@dataclass(frozen=True)
class Temper:
    """How much a frame counts.

    Parameters
    ----------
    weight : float
        Power of a frame's likelihood that stands for all it brings.
    hours : float
        A frame that follows another one sooner counts in proportion: a track is worth `weight`
        in so many hours, however often it is looked at.
    """

    weight: float = 0.2
    hours: float = 12.0


TEMPER = Temper()
"""Chosen on held-out regions of 2026-02-01..03-15, ``benchmarks/tracks_report.py --temper``: within
0.003 of the least log loss with and without summaries together, and of several as good the one
that makes most of images that are rare."""


def classes_along(
    tracks: Ints, hours: Floats, shares: Floats, reports: Sequence[Report] = (),
    mode: Mode = "filter", temper: Temper = TEMPER, rates: ClassRates | None = None,
) -> Floats:  # fmt: skip
    """Return class probabilities of every row from all that is known of its track, (N, 3).

    Parameters
    ----------
    tracks : (N,) int
        -1 for a row without a track; its own probabilities are returned.
    hours : (N,) float64
        Increasing along each track.
    shares : (N, 3) float64
        The classifier's, in the order of `HIERARCHY`; NaN where it gave none.
    reports : sequence of Report
        See `halescope.tracks.reports.assign_reports`.
    mode : {"filter", "smooth"}
        With nothing later than each row, or with everything.
    """
    rates = rates or class_rates()
    steps = _steps(tracks, hours, shares, reports, mode, temper, rates)
    out = np.array(shares, np.float64)
    order = np.lexsort((steps.rank, steps.hours, steps.track))
    steps = steps[order]
    names, starts, lengths = np.unique(steps.track, return_index=True, return_counts=True)
    by_length = np.argsort(lengths, kind="stable")
    for first in range(0, len(names), CHUNK):
        chosen = by_length[first : first + CHUNK]
        padded = starts[chosen, None] + np.arange(lengths[chosen].max())
        real = padded < (starts + lengths)[chosen, None]
        state = _run(steps, np.where(real, padded, 0), real, mode, rates)
        index = np.where(real, steps.row[np.where(real, padded, 0)], -1)
        out[index[index >= 0]] = state[index >= 0] @ rates.error
    return out


@dataclass(frozen=True)
class _Steps:
    """All observations of all tracks: K of them."""

    track: Ints
    hours: Floats
    rank: Ints
    kind: Ints
    like: Floats
    table: Ints
    row: Ints

    def __getitem__(self, order: NDArray[np.integer]) -> _Steps:
        picked = {name: values[order] for name, values in vars(self).items()}
        return _Steps(**picked)


def _run(
    steps: _Steps, index: Ints, real: NDArray[np.bool_], mode: Mode, rates: ClassRates
) -> Floats:
    """Return the hidden states, (B, T, 3), of tracks whose steps an index picks, (B, T)."""
    hours = steps.hours[index]
    days = np.diff(hours, axis=1, prepend=hours[:, :1]) / 24
    days = np.where(real, np.maximum(days, 0), 0)
    kind = np.where(real, steps.kind[index], PAD)
    like = np.where(real[:, :, None], steps.like[index], 1.0)
    table = steps.table[index]
    start = np.tile(rates.shares, (len(index), 1))

    def change(step: int) -> Floats:
        return rates.generator.between(days[:, step], table[:, step])

    if mode == "smooth":
        return smooth(start, like, change)
    return filter_late(start, like, change, kind)


def _steps(
    tracks: Ints, hours: Floats, shares: Floats, reports: Sequence[Report], mode: Mode,
    temper: Temper, rates: ClassRates,
) -> _Steps:  # fmt: skip
    rows = np.flatnonzero(tracks >= 0)
    like = emission(shares[rows], frame_weights(tracks[rows], hours[rows], temper), rates.shares)
    main = [r for r in reports if r.main and r.level >= 0]
    told = np.array([rates.error_limb if abs(r.row.lon or 0) > rates.limb else rates.error
                     for r in main]).reshape(-1, 3, 3)  # fmt: skip
    level = np.array([r.level for r in main], int)
    of_report = told[np.arange(len(main)), :, level]
    number = np.array([r.track for r in main], np.int64)
    issued, describes = (np.array([getattr(r, n) for r in main], float)
                         for n in ("issued", "describes"))  # fmt: skip
    none = np.full(len(main), -1)
    parts = [(tracks[rows], hours[rows], 2, SEEN, like, rows)]
    if mode == "smooth":
        parts.append((number, describes, 1, SEEN, of_report, none))
    else:
        parts.append((number, describes, 0, MARK, np.ones_like(of_report), none))
        parts.append((number, issued, 1, LATE, of_report, none))
    track, time, rank, kind, likes, row = zip(*parts, strict=True)
    sizes = [len(t) for t in track]
    made = _Steps(
        np.concatenate(track), np.concatenate(time), np.repeat(rank, sizes),
        np.repeat(kind, sizes), np.concatenate(likes), np.zeros(sum(sizes), np.int64),
        np.concatenate(row).astype(np.int64),
    )  # fmt: skip
    table = _tables(made, main, issued if mode == "filter" else describes, rates)
    return replace(made, table=table)


def _tables(steps: _Steps, main: Sequence[Report], since: Floats, rates: ClassRates) -> Ints:
    """Return the table of rates for the way into each step: by the last summary of its track."""
    if not main:
        return np.zeros(len(steps.track), np.int64)
    area, extent = (np.array([getattr(r.row, name) for r in main], float)
                    for name in ("area", "extent"))  # fmt: skip
    own = rates.table(area, extent)
    number = np.array([r.track for r in main], np.int64)
    order = np.lexsort((since, number))
    span = 1e7  # hours, longer than any series
    keys = number[order] * span + since[order]
    place = np.searchsorted(keys, steps.track * span + steps.hours, side="left") - 1
    found = order[np.maximum(place, 0)]
    valid = (place >= 0) & (number[found] == steps.track)
    return np.where(valid, own[found], 0).astype(np.int64)


def frame_weights(tracks: Ints, hours: Floats, temper: Temper) -> Floats:
    """Return the power of each frame's likelihood, (N,); rows in order of time."""
    order = np.lexsort((hours, tracks))
    since = np.diff(hours[order], prepend=-np.inf)
    since[np.diff(tracks[order], prepend=-1) != 0] = np.inf
    out = np.empty(len(hours))
    out[order] = temper.weight * np.clip(since / temper.hours, 0, 1)
    return out


def emission(shares: Floats, weight: Floats, common: Floats) -> Floats:
    """Return tempered likelihoods of frames, (N, 3), at most 1; ones where there are no classes."""
    ratio = np.clip(shares, 0.01, 1) / common
    like = (ratio / ratio.max(1, keepdims=True)) ** weight[:, None]
    return np.where(np.isfinite(like), like, 1.0)
