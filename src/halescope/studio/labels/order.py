"""In which order a person looks at the pictures: as they stand, unreviewed, least sure first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from halescope.guards.cells import dict_reader

CATALOG = "catalog.csv"
PROPOSALS = "proposals"
"""Folder in a data set, as `halescope analyze --table-only -o` makes it."""

FLOOR = 0.1
"""Least score of a proposal: lower ones are hardly ever regions, and many."""

By = Literal["time", "least-sure"]


def doubt_of(scores: Sequence[float]) -> float:
    """Return how unsure a detector is of a picture, 0..1.

    The mean over its boxes of one minus twice the distance of the score from a half: 1 where it
    would toss a coin over each, 0 where it is certain of all or finds nothing.
    """
    return sum(1 - abs(2 * score - 1) for score in scores) / len(scores) if scores else 0.0


def scores_of(folder: Path) -> dict[str, list[float]]:
    """Return the scores of a data set's proposals by the image's name; none before there are any.

    `folder`: of the data set.
    """
    catalog = folder / PROPOSALS / CATALOG
    try:
        stamp = catalog.stat().st_mtime_ns
    except OSError:
        return {}
    return dict(_scores(catalog, stamp))


@lru_cache(maxsize=4)
def _scores(catalog: Path, stamp: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    with catalog.open(encoding="utf-8", newline="") as stream:
        for row in dict_reader(stream, catalog):
            try:
                found.setdefault(Path(row["image"]).name, []).append(float(row["score"]))
            except (KeyError, TypeError, ValueError):  # another table of this name
                continue
    return found


def ordered(keys: Sequence[str], doubt: Mapping[str, float], by: By) -> list[str]:
    """Return the pictures in an order; equal ones stay as they stand.

    `doubt`: see `doubt_of`; a picture that is not there comes last.
    """
    if by == "time":
        return list(keys)
    return sorted(keys, key=lambda key: -doubt.get(key, -1.0))


def next_unreviewed(keys: Sequence[str], reviewed: Collection[str], after: str) -> str | None:
    """Return the first unreviewed picture behind one, from the front where there is none; or None.

    `keys`: in the order that is gone through.
    """
    start = keys.index(after) + 1 if after in keys else 0
    around = [*keys[start:], *keys[: max(start - 1, 0)]]
    return next((key for key in around if key not in reviewed), None)
