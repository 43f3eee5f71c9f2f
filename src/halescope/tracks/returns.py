"""The one rule for regions that return a rotation later, under a new number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halescope.tracks.mean_rotation import ROTATION_DAYS


@dataclass(frozen=True)
class Place:
    """When and where a region was seen: days since 1970-01-01 UTC, Carrington place in degrees."""

    day: float
    longitude: float
    latitude: float


@dataclass(frozen=True)
class ReturnRule:
    """How near a later region must be to count as the return of an older one.

    Degrees apart, days from a whole number of rotations, and rotations, at most.
    """

    longitude: float = 8.0
    latitude: float = 5.0
    days: float = 8.0
    rotations: int = 3


ANY_RETURN = ReturnRule()
"""For splits and audits, with places averaged over all sightings of a region. This is the better
founded: NOAA gives whole degrees, worst near the limb where a region is seen first, an average has
neither fault, and a region that is missed for a rotation can still come back on the next."""

FOLD_RETURN = ReturnRule(8.0, 3.0, 7.5, 1)
"""For the folds of the classifier and the report on it, with the places of the first sightings:
the networks that ship were cross-validated, and their cards written, with these groups."""


def returning(places: Mapping[int, Place], rule: ReturnRule = ANY_RETURN) -> list[tuple[int, int]]:
    """Return pairs of NOAA numbers, older first, that are probably one region, rotations apart."""
    numbers = list(places)
    day = np.array([place.day for place in places.values()])
    order = np.argsort(day)
    day = day[order]
    longitude = np.array([place.longitude for place in places.values()])[order]
    latitude = np.array([place.latitude for place in places.values()])[order]
    pairs = []
    for later in range(len(order)):
        span = slice(
            np.searchsorted(day, day[later] - rule.rotations * ROTATION_DAYS - rule.days),
            np.searchsorted(day, day[later] - ROTATION_DAYS + rule.days, "right"),
        )
        turns = (day[later] - day[span]) / ROTATION_DAYS
        whole = np.abs(turns - np.rint(turns)) * ROTATION_DAYS <= rule.days
        apart = np.abs((longitude[span] - longitude[later] + 180) % 360 - 180) <= rule.longitude
        near = np.abs(latitude[span] - latitude[later]) <= rule.latitude
        for index in np.flatnonzero(whole & near & apart):
            pairs.append((numbers[order[span.start + index]], numbers[order[later]]))
    return pairs


def families(numbers: Iterable[int], pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return, for each number, the lowest one that pairs join it with, itself where none does."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ordered = sorted(numbers)
    place = {number: index for index, number in enumerate(ordered)}
    ends = np.array([[place[a], place[b]] for a, b in pairs], np.int32).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (len(place), len(place)))
    _, labels = connected_components(graph, directed=False)
    lowest: dict[int, int] = {}
    return {
        n: lowest.setdefault(label, n) for n, label in zip(ordered, labels.tolist(), strict=True)
    }
