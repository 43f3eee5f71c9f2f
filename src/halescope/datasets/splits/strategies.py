"""The one splitter: four ways of dividing units, each a function in `STRATEGIES`.

Every way is deterministic, and none looks at the order of rows in a manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.splits.config import PARTS, SplitConfig, short_hash
from halescope.errors import ConfigError, DatasetError
from halescope.tracks.mean_rotation import epoch_hours

Parts = NDArray[np.int8]
"""(N,) int8: index into `PARTS`, -1 for what no part holds."""


@dataclass(frozen=True)
class Units:
    """What goes into one part as a whole: images, crops or regions.

    Parameters
    ----------
    hours : (N,) float64
        Hours since 1970-01-01 UTC, NaN where unknown.
    hashes : (N,) uint64, optional
        Of seed and name, sorted: at random, units are drawn in this order. Without names they are
        drawn by their own order, which must then be a fixed one, such as that of time.
    ranks : (N,) int8, optional
        Stratum, see `stratum`: the shares hold within each.
    rows : (N,) int64, optional
        Rows of each, by region.
    families : (N,) int64, optional
        By region: lowest NOAA number of the region and its returns, 0 for what has no number.
    """

    hours: NDArray[np.float64]
    hashes: NDArray[np.uint64] | None = None
    ranks: NDArray[np.int8] | None = None
    rows: NDArray[np.int64] | None = None
    families: NDArray[np.int64] | None = None


def split_units(units: Units, config: SplitConfig) -> Parts:
    """Return the part of each unit, by the strategy that `config` names.

    Raises `DatasetError`: by time: the units do not last long enough for two gaps. Raises
    `ConfigError`: by time: the boundaries are no times in order.
    """
    return STRATEGIES[config.method](units, config)


def part_names(parts: Parts) -> list[str]:
    """Return names of parts, empty for what no part holds."""
    names = (*PARTS, "")  # -1 is the last
    return [names[part] for part in parts.tolist()]


def at_random(units: Units, config: SplitConfig) -> Parts:
    """Divide in exact shares, stratum by stratum, in the order of the hashes.

    Units without names are shuffled instead, as those of the cards that ship were.
    """
    count = len(units.hours)
    out = np.empty(count, np.int8)
    if units.hashes is None or units.ranks is None:
        order = np.random.default_rng(config.seed).permutation(count)
        ends = np.round(np.cumsum(config.fractions) / sum(config.fractions) * count)
        out[order] = np.searchsorted(ends, np.arange(count), side="right")
        return out
    for rank in np.unique(units.ranks):
        mine = np.flatnonzero(units.ranks == rank)
        edges = np.rint(np.cumsum(config.fractions) * len(mine))
        out[mine] = np.digitize(np.arange(len(mine)), edges)
    return out


def by_region(units: Units, config: SplitConfig) -> Parts:
    """Deal families of regions, largest first, to the part that lacks most.

    Units without a number (images without regions, cells of plage) go by their hash alone.
    """
    if units.hashes is None or units.ranks is None or units.rows is None or units.families is None:
        raise ValueError("by region, units need hashes, ranks, rows and families")
    shares = np.array(config.fractions)
    out = np.digitize(units.hashes / 2.0**64, np.cumsum(shares[:2])).astype(np.int8)
    groups: dict[int, list[tuple[float, int, int, NDArray[np.intp]]]] = {}
    for family in np.unique(units.families[units.families > 0]).tolist():
        mine = np.flatnonzero(units.families == family)
        rows = int(units.rows[mine].sum())
        # Large families first, in coarse steps; by hash within a step.
        step, drawn = -round(np.log2(rows)), short_hash(f"{config.seed}:{family}")
        rank = int(units.ranks[mine].max()) if config.stratify else 0
        groups.setdefault(rank, []).append((step, drawn, rows, mine))
    for group in groups.values():
        dealt, total = np.zeros(3), sum(rows for _, _, rows, _ in group)
        for _, _, rows, mine in sorted(group, key=lambda family: family[:2]):
            part = int(np.argmax(np.where(shares > 0, shares * total - dealt, -np.inf)))
            dealt[part] += rows
            out[mine] = part
    return out


def by_time(units: Units, config: SplitConfig) -> Parts:
    """Divide into three stretches of time; what lies in the gap before a later one is left out."""
    gap = config.gap_days * 24
    if config.boundaries:
        validation, test = _moments(config.boundaries)
    else:
        known = np.sort(units.hours[np.isfinite(units.hours)])
        validation, test = time_edges(known, config.fractions, gap)
    hours = units.hours
    out = np.full(len(hours), -1, np.int8)
    out[hours < validation - gap] = 0
    out[(hours >= validation) & (hours < test - gap)] = 1
    out[hours >= test] = 2
    return out


def shared(units: Units, config: SplitConfig) -> Parts:
    """Keep what `by_time` and `at_random` put into the same part."""
    days, chance = by_time(units, config), at_random(units, config)
    return np.where(days == chance, days, np.int8(-1))


STRATEGIES: dict[str, Callable[[Units, SplitConfig], Parts]] = {
    "random": at_random,
    "region": by_region,
    "time": by_time,
    "shared": shared,
}
"""Ways of dividing, by the name that `SplitConfig.method` has."""


def time_edges(
    hours: NDArray[np.float64], fractions: Sequence[float], gap: float
) -> tuple[float, float]:
    """Return the first hours of validation and of test, a gap before each; `hours` are sorted.

    Raises `DatasetError` where the images do not last long enough for two such gaps.
    """
    low, high = 0, len(hours)
    best: tuple[float, float] | None = None
    while low < high:  # the more trains, the less is left for the test
        train = (low + high + 1) // 2
        edges = _edges_for(hours, train, fractions, gap)
        left = len(hours) - np.searchsorted(hours, edges[1]) if edges else 0
        if edges and left > 0 and left * fractions[0] >= train * fractions[2] - 1e-9:
            best, low = edges, train
        else:
            high = train - 1
    if best is None:
        span = (hours[-1] - hours[0]) / 24 if len(hours) else 0.0
        raise DatasetError(
            "split by time",
            f"{len(hours)} images over {span:.1f} days leave no room for two gaps "
            f"of {gap / 24:.1f} days",
            "a longer stretch",
            "give --gap with fewer days, or --method region",
        )
    return best


def _edges_for(
    hours: NDArray[np.float64], train: int, fractions: Sequence[float], gap: float
) -> tuple[float, float] | None:
    """Return both moments where the first `train` images train, None if the time runs out."""
    start = int(np.searchsorted(hours, hours[train - 1] + gap, "right"))
    count = max(1, round(train * fractions[1] / fractions[0])) if fractions[1] else 0
    stop = start + count
    if stop >= len(hours):  # nothing would be left for the test
        return None
    last = hours[stop - 1] if count else hours[train - 1]
    begin = int(np.searchsorted(hours, last + gap, "right"))
    if begin >= len(hours):
        return None
    return float(hours[start]), float(hours[begin])


def _moments(boundaries: Sequence[str]) -> tuple[float, float]:
    """Return two times as hours; a plain day or time is UTC."""
    zoned = []
    for text in map(str.strip, boundaries):
        text += "T00:00:00" if len(text) == 10 else ""
        zoned.append(text if text.endswith("Z") or "+" in text else text + "Z")
    first, second = epoch_hours(zoned)
    if not (np.isfinite([first, second]).all() and first <= second):
        raise ConfigError(
            "--boundaries",
            f"is {', '.join(boundaries)}",
            "two times in order, as 2026-03-08,2026-03-25",
        )
    return first, second
