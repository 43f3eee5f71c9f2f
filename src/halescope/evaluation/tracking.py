"""How well tracks keep the identity of known regions: CLEAR MOT, IDF1, tracks a region.

MOTA and switches are those of Bernardin & Stiefelhagen (2008, EURASIP J. Image Video Process.,
246309): a region stays with its track as long as both fit, and only then are the others paired.
IDF1 is that of Ristani et al. (2016, ECCV workshops): tracks and regions are paired once for the
whole time, one to one, so that as many images as can be agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Moment:
    """What is on one image.

    Parameters
    ----------
    regions : collection of int
        Known ones.
    tracks : collection of int
        Of the boxes that count: one that stands for nothing known is a false positive.
    fits : dict of (region, track) to float
        Pairs that may be one thing, with their distance.
    """

    regions: Collection[int]
    tracks: Collection[int]
    fits: dict[tuple[int, int], float] = field(default_factory=dict)


@dataclass(frozen=True)
class TrackScores:
    """Scores of tracks.

    Parameters
    ----------
    regions, matches, misses, false_positives : int
        Of all images together.
    switches : dict of int to int
        How often each region went from one track to another.
    tracks : dict of int to int
        How many tracks each region had.
    mota, idf1 : float
        NaN where there is no region.
    """

    regions: int
    matches: int
    misses: int
    false_positives: int
    switches: dict[int, int]
    tracks: dict[int, int]
    mota: float
    idf1: float


def track_scores(moments: Sequence[Moment]) -> TrackScores:
    """Return the scores of a series of images, in order of time."""
    held: dict[int, int] = {}
    switches: dict[int, int] = {}
    had: dict[int, set[int]] = {}
    regions = matches = false = 0
    for moment in moments:
        pairs = _correspond(moment, held)
        regions += len(moment.regions)
        matches += len(pairs)
        false += len(set(moment.tracks) - set(pairs.values()))
        for region, track in pairs.items():
            switches.setdefault(region, 0)
            switches[region] += held.get(region, track) != track
            had.setdefault(region, set()).add(track)
        held |= pairs
    misses = regions - matches
    wrong = misses + false + sum(switches.values())
    return TrackScores(
        regions, matches, misses, false, switches,
        {region: len(found) for region, found in had.items()},
        1 - wrong / regions if regions else float("nan"),
        _idf1(moments, regions),
    )  # fmt: skip


def _correspond(moment: Moment, held: dict[int, int]) -> dict[int, int]:
    """Return region to track: pairs that still fit stay, the others are made at least distance."""
    from scipy.optimize import linear_sum_assignment

    kept = {region: held[region] for region in moment.regions if region in held}
    kept = {r: t for r, t in kept.items() if (r, t) in moment.fits}
    taken: set[int] = set()
    pairs = {}
    for region, track in sorted(kept.items(), key=lambda pair: moment.fits[pair]):
        if track not in taken:
            pairs[region] = track
            taken.add(track)
    rows = [r for r in moment.regions if r not in pairs]
    columns = sorted({t for _, t in moment.fits} - taken)
    cost = np.array([[moment.fits.get((r, t), 1e6) for t in columns] for r in rows])
    if cost.size:
        for i, j in zip(*linear_sum_assignment(cost), strict=True):
            if cost[i, j] < 1e6:
                pairs[rows[i]] = columns[j]
    return pairs


def _idf1(moments: Sequence[Moment], regions: int) -> float:
    """Return twice the images on which the best pairing agrees, over regions and boxes."""
    from scipy.optimize import linear_sum_assignment

    boxes = sum(len(set(moment.tracks)) for moment in moments)
    known = sorted({r for moment in moments for r in moment.regions})
    tracks = sorted({t for moment in moments for _, t in moment.fits})
    if not known or not tracks:
        return 0.0 if regions + boxes else float("nan")
    agree = np.zeros((len(known), len(tracks)))
    row, column = ({name: i for i, name in enumerate(names)} for names in (known, tracks))
    for moment in moments:
        for region, track in moment.fits:
            agree[row[region], column[track]] += 1
    best = agree[linear_sum_assignment(-agree)].sum()
    return float(2 * best / (regions + boxes))
