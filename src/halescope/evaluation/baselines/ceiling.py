"""The human ceiling: how often those who make the labels agree with themselves and one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY
from halescope.evaluation.metrics.classification import bootstrap_by_region, class_scores
from halescope.noaa.srs_row import SrsRow

WITHIN = 60
"""Degrees of longitude, on the first of both days."""

PUBLISHED: tuple[dict[str, Any], ...] = (
    {
        "short": "SWPC, Holloman AFB",
        "what": "two observatories, the full McIntosh class: SWPC and Holloman AFB, "
        "July 2012 to June 2013",
        "agreement": 0.3338,
        "source": "Fully Automated Sunspot Detection and Classification Using SDO HMI Imagery in "
        "MATLAB, DTIC ADA604336 (abstract; 0.575 and 0.877 under its two looser comparisons)",
    },
    {
        "short": "a rule, SWPC",
        "what": "an empirical rule for the Mount Wilson class against SWPC's",
        "agreement": 0.7978,
        "source": "Townsend 2016, Automated Sunspot Classification and Tracking Using SDO/HMI "
        "Imagery, DTIC AD1053930 (abstract)",
    },
)
"""Agreement in print. A McIntosh class has three letters and sixty values, so it is no ceiling of
three Mount Wilson levels; between observatories, nothing on those was found in print."""


@dataclass(frozen=True)
class Repeatability:
    """How often NOAA's class of one day equals that of the next.

    Parameters
    ----------
    agreement : float
        Of alpha, beta and complex.
    interval : (float, float)
        90 %, by region.
    balanced : float
        Mean over the levels: what a balanced accuracy can be held against.
    balanced_interval : (float, float)
    by_level : dict of str to (float, float, float)
        Of pairs that begin with each level, with its interval.
    exact : float
        Of all seven classes.
    exact_interval : (float, float)
    first, last : str
        Days.
    """

    pairs: int
    regions: int
    agreement: float
    interval: tuple[float, float]
    balanced: float
    balanced_interval: tuple[float, float]
    by_level: dict[str, tuple[float, float, float]]
    exact: float
    exact_interval: tuple[float, float]
    first: str
    last: str


def repeatability(rows: Iterable[SrsRow], rounds: int = 200) -> Repeatability | None:
    """Return how often NOAA's class of a region repeats from one day to the next.

    Parameters
    ----------
    rows : iterable of SrsRow
        Section I.
    rounds : int
        Of the bootstrap over regions.

    Returns
    -------
    Repeatability or None
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
    share = np.eye(len(HIERARCHY))[after]
    same, exact = before == after, np.array([a.mag_class == b.mag_class for a, b in pairs])

    def interval(values: NDArray[np.bool_], at: NDArray[np.bool_]) -> tuple[float, float]:
        def mean(weight: NDArray[np.floating]) -> float:
            total = float(weight[at].sum())
            return float(weight[at & values].sum() / total) if total else float("nan")

        return bootstrap_by_region(mean, region, rounds, 0.9)

    def balanced(weight: NDArray[np.floating]) -> float:
        return class_scores(before, share, weight).balanced_accuracy

    everything = np.ones(len(pairs), bool)
    levels = {name: before == index for index, name in enumerate(HIERARCHY)}
    days = [a.date.isoformat() for a, _ in pairs]
    return Repeatability(
        len(pairs),
        len(np.unique(region)),
        float(same.mean()),
        interval(same, everything),
        class_scores(before, share).balanced_accuracy,
        bootstrap_by_region(balanced, region, rounds, 0.9),
        {n: (float(same[at].mean()), *interval(same, at)) for n, at in levels.items() if at.any()},
        float(exact.mean()),
        interval(exact, everything),
        min(days),
        max(days),
    )


def _levels(rows: Iterable[SrsRow]) -> NDArray[np.intp]:
    return np.array([HIERARCHY.index(COARSE[r.mag_class]) for r in rows], np.intp)
