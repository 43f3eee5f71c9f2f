"""The human ceiling: how often those who make the labels agree with themselves and one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY
from halescope.evaluation.metrics.bootstrap import Estimate, drawn_means, interval, mean_interval
from halescope.noaa.srs_row import SrsRow

WITHIN = 60
"""Degrees of longitude, on the first of both days."""


@dataclass(frozen=True)
class Published:
    """Agreement in print: between whom, in words and short, 0..1, and where it stands."""

    short: str
    what: str
    agreement: float
    source: str


PUBLISHED = (
    Published(
        "SWPC, Holloman AFB",
        "two observatories, the full McIntosh class: SWPC and Holloman AFB, July 2012 to June 2013",
        0.3338,
        "Fully Automated Sunspot Detection and Classification Using SDO HMI Imagery in "
        "MATLAB, DTIC ADA604336 (abstract; 0.575 and 0.877 under its two looser comparisons)",
    ),
    Published(
        "a rule, SWPC",
        "an empirical rule for the Mount Wilson class against SWPC's",
        0.7978,
        "Townsend 2016, Automated Sunspot Classification and Tracking Using SDO/HMI "
        "Imagery, DTIC AD1053930 (abstract)",
    ),
)
"""A McIntosh class has three letters and sixty values, so it is no ceiling of three Mount Wilson
levels; between observatories, nothing on those was found in print."""


@dataclass(frozen=True)
class Repeatability:
    """How often NOAA's class of one day equals that of the next, for pairs of a region's days.

    Agreement is of alpha, beta and complex, `exact` of all seven classes, `by_level` of pairs that
    begin with each level; `balanced`, its mean, is what a balanced accuracy can be held against.
    """

    pairs: int
    regions: int
    agreement: Estimate
    balanced: Estimate
    by_level: dict[str, Estimate]
    exact: Estimate
    first: str
    last: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values; each interval stands beside its value."""
        out: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, Estimate):
                beside = "interval" if name == "agreement" else f"{name}_interval"
                out |= {name: value.value, beside: [value.low, value.high]}
            else:
                out[name] = value
        return out | {"by_level": {n: [v.value, v.low, v.high] for n, v in self.by_level.items()}}


def repeatability(rows: Iterable[SrsRow]) -> Repeatability | None:
    """Return how often NOAA's class of a region of section I repeats from one day to the next.

    None where no region is listed on two days that follow one another.
    """
    known = {
        (r.number, r.date): r
        for r in rows
        if r.mag_class and r.section == "I" and r.lon is not None
    }
    pairs = [
        (a, known[key])
        for a in known.values()
        if abs(a.lon or 0) <= WITHIN and (key := (a.number, a.date + timedelta(days=1))) in known
    ]
    if not pairs:
        return None
    before, after = (_levels(r[side] for r in pairs) for side in (0, 1))
    region = np.array([a.number for a, _ in pairs])
    same, exact = before == after, np.array([a.mag_class == b.mag_class for a, b in pairs])
    levels = {name: at for index, name in enumerate(HIERARCHY) if (at := before == index).any()}
    shares = {name: float(same[at].mean()) for name, at in levels.items()}
    drawn = {name: drawn_means(same, region, at) for name, at in levels.items()}
    balanced = np.nanmean(list(drawn.values()), axis=0)
    days = [a.date.isoformat() for a, _ in pairs]
    return Repeatability(
        len(pairs),
        len(np.unique(region)),
        Estimate.of(same.mean(), mean_interval(same, region)),
        Estimate.of(sum(shares.values()) / len(shares), interval(balanced)),
        {name: Estimate.of(share, interval(drawn[name])) for name, share in shares.items()},
        Estimate.of(exact.mean(), mean_interval(exact, region)),
        min(days),
        max(days),
    )


def _levels(rows: Iterable[SrsRow]) -> NDArray[np.intp]:
    return np.array([HIERARCHY.index(COARSE[r.mag_class]) for r in rows], np.intp)
