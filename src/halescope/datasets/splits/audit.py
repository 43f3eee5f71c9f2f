"""Whether the parts of a data set leak into one another, and whether they are alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.manifest import blocks
from halescope.datasets.splits.config import PARTS, Unit
from halescope.datasets.splits.leakage import CENSUS_COLUMNS, LONGITUDE_EDGES, Census, Part
from halescope.errors import DatasetError
from halescope.tracks.returns import returning

NEAR_HOURS = 24.0
"""Frames of different parts closer than this are near duplicates: regions change over days."""

SKEW = 0.15
"""Total variation distance between two parts' shares from which they count as unlike."""


@dataclass(frozen=True)
class Pair:
    """What two parts share.

    Parameters
    ----------
    first, second : str
        Names of the parts; `first` comes first in `PARTS`.
    regions : list of int
        NOAA numbers in both.
    rows_of_shared : int
        Rows of `second` whose region is in `first` too.
    rows_listed : int
        Rows of `second` that have a NOAA number.
    returns : list of (int, int)
        Older and newer number of what is probably one region, in different parts.
    rotations : list of int
        Carrington rotations that both hold.
    images : int
        Images in both, by name.
    identical : int
        Images of `second` whose checksum is in `first` under another name.
    near : int
        Images of `second` with an image of `first` within `NEAR_HOURS`.
    images_second : int
        Images of `second`.
    gap_days : float
        Shortest time between two images, one of each; NaN without times.
    """

    first: str
    second: str
    regions: list[int]
    rows_of_shared: int
    rows_listed: int
    returns: list[tuple[int, int]]
    rotations: list[int]
    images: int
    identical: int
    near: int
    images_second: int
    gap_days: float


@dataclass(frozen=True)
class Audit:
    """The audit's findings.

    Parameters
    ----------
    parts : dict of str to dict
        For each part: images, rows, classes, statuses, longitudes, rotations.
    leaks : list of str
        One line for each kind of leakage; empty if the split is clean.
    warnings : list of str
        What is no leakage but should be known.
    """

    parts: dict[str, dict[str, Any]]
    pairs: list[Pair]
    leaks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing leaks."""
        return not self.leaks

    def to_json(self) -> str:
        """Return everything as JSON; a gap that is unknown is null."""
        pairs = [
            asdict(pair) | ({"gap_days": None} if np.isnan(pair.gap_days) else {})
            for pair in self.pairs
        ]
        return json.dumps(asdict(self) | {"pairs": pairs, "clean": self.is_clean}, indent=1)


def audit_manifest(
    manifest: str | Path, unit: Unit = "image", near_hours: float = NEAR_HOURS
) -> Audit:
    """Audit the `split` column of a manifest.

    Raises `DatasetError` where fewer than two parts are there.

    Parameters
    ----------
    unit : {"image", "region"}
        "region" where networks see crops: then one image may lend crops to several parts.
    near_hours : float
        Frames closer than this are near duplicates.
    """
    census = Census()
    for block in blocks(manifest, CENSUS_COLUMNS):
        census.update(block, [part or "" for part in block["split"]])
    if len(census.parts) < 2:
        raise DatasetError(
            str(manifest),
            f"has {len(census.parts)} part(s) in its split column",
            "two or more",
            "run `halescope dataset split` first and audit the manifest that it writes",
        )
    return audit(census, unit, near_hours)


def audit(census: Census, unit: Unit = "image", near_hours: float = NEAR_HOURS) -> Audit:
    """Audit what a census counted; see `audit_manifest`."""
    names = sorted(census.parts, key=lambda n: (PARTS.index(n) if n in PARTS else len(PARTS), n))
    frames = {name: census.parts[name].frame_table() for name in names}
    links = returning({n: r.place for n, r in census.regions.items() if r.placed})
    pairs = [_pair(a, b, census, frames, links, near_hours) for a, b in combinations(names, 2)]
    parts = {name: _described(census.parts[name], len(frames[name][0])) for name in names}
    leaks = [line for pair in pairs for line in _leaks(pair, unit, near_hours)]
    warnings = [line for pair in pairs for line in _warnings(pair)] + _balance(parts)
    return Audit(parts, pairs, leaks, warnings)


Frames = tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.uint64]]


def _pair(
    first: str,
    second: str,
    census: Census,
    frames: Mapping[str, Frames],
    links: list[tuple[int, int]],
    near_hours: float,
) -> Pair:
    records = census.regions
    shared = sorted(n for n, r in records.items() if r.rows[first] and r.rows[second])
    held = {n: [bool(r.rows[part]) for part in (first, second)] for n, r in records.items()}
    returns = [
        (a, b) for a, b in links if (held[a][0] and held[b][1]) or (held[a][1] and held[b][0])
    ]
    (names_a, hours_a, sums_a), (names_b, hours_b, sums_b) = frames[first], frames[second]
    alone = ~np.isin(names_b, names_a)
    apart = _nearest(hours_a, hours_b)
    both = census.parts[first].rotations & census.parts[second].rotations
    return Pair(
        first,
        second,
        shared,
        sum(records[n].rows[second] for n in shared),
        sum(r.rows[second] for r in records.values()),
        returns,
        sorted(both),
        int((~alone).sum()),
        int(np.isin(sums_b[alone], sums_a).sum()),
        int((apart < near_hours).sum()),
        len(names_b),
        float(np.nanmin(apart) / 24) if np.isfinite(apart).any() else float("nan"),
    )


def _nearest(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours from each of `b` to the nearest of `a`; NaN where unknown."""
    known = np.sort(a[np.isfinite(a)])
    if not len(known):
        return np.full(len(b), np.nan)
    place = np.searchsorted(known, b)
    below, above = known[np.maximum(place, 1) - 1], known[np.minimum(place, len(known) - 1)]
    return np.asarray(np.minimum(np.abs(b - below), np.abs(above - b)))


def _described(part: Part, images: int) -> dict[str, Any]:
    edges = LONGITUDE_EDGES
    bins = [f"{low:.0f}-{high:.0f}" for low, high in pairwise(edges)]
    return {
        "images": images,
        "rows": part.rows,
        "classes": dict(sorted(part.classes.items())),
        "statuses": dict(sorted(part.statuses.items())),
        "longitudes": {name: part.longitudes[index] for index, name in enumerate(bins)},
        "rotations": sorted(part.rotations),
    }


def _leaks(pair: Pair, unit: Unit, near_hours: float) -> list[str]:
    between = f"{pair.second} and {pair.first}"
    out = []
    if pair.regions:
        share = pair.rows_of_shared / max(pair.rows_listed, 1)
        out.append(
            f"{between} share {len(pair.regions)} regions: {pair.rows_of_shared} of "
            f"{pair.rows_listed} labels of {pair.second} ({share:.0%}) show a region that "
            f"{pair.first} has seen"
        )
    if pair.identical:
        out.append(f"{between} share {pair.identical} identical images under different names")
    if unit == "image" and pair.images:
        out.append(f"{between} share {pair.images} images")
    if unit == "image" and pair.near:
        out.append(
            f"{pair.near} of {pair.images_second} images of {pair.second} "
            f"({pair.near / pair.images_second:.0%}) have one of {pair.first} within "
            f"{near_hours:g} hours: near duplicates"
        )
    return out


def _warnings(pair: Pair) -> list[str]:
    between = f"{pair.second} and {pair.first}"
    out = []
    if pair.returns:
        some = ", ".join(f"{a}/{b}" for a, b in pair.returns[:3])
        out.append(
            f"{between} share {len(pair.returns)} places one to three rotations apart, "
            f"perhaps returning regions ({some}{', ...' if len(pair.returns) > 3 else ''})"
        )
    if pair.rotations:
        some = ", ".join(map(str, pair.rotations[:4]))
        more = ", ..." if len(pair.rotations) > 4 else ""
        out.append(f"{between} share {len(pair.rotations)} Carrington rotation(s): {some}{more}")
    return out


def _balance(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Compare class and longitude shares of each part with those of the first."""
    first, *others = parts
    out = []
    for name in others:
        for what in ("classes", "longitudes"):
            distance = _distance(parts[first][what], parts[name][what])
            if distance >= SKEW:
                out.append(
                    f"{what} of {name} differ from {first}: "
                    f"{distance:.0%} of the firm labels would have to change"
                )
    for name, part in parts.items():
        missing = set(parts[first]["classes"]) - set(part["classes"])
        if missing:
            out.append(f"{name} has no firm label of class {', '.join(sorted(missing))}")
    return out


def _distance(a: Mapping[Any, int], b: Mapping[Any, int]) -> float:
    """Total variation distance between two tables of counts."""
    total_a, total_b = sum(a.values()), sum(b.values())
    if not total_a or not total_b:
        return 0.0
    keys = set(a) | set(b)
    return sum(abs(a.get(k, 0) / total_a - b.get(k, 0) / total_b) for k in keys) / 2


def report_lines(result: Audit) -> list[str]:
    """Return an audit as lines of text."""
    lines = []
    for name, part in result.parts.items():
        classes = ", ".join(f"{k} {v}" for k, v in part["classes"].items())
        longitudes = ", ".join(f"{k} deg {v}" for k, v in part["longitudes"].items())
        lines.append(f"{name}: {part['images']} images, {part['rows']} labels; firm: {classes}")
        lines.append(f"  |longitude|: {longitudes}")
    for pair in result.pairs:
        gap = "unknown" if np.isnan(pair.gap_days) else f"{pair.gap_days:.2f} days"
        lines.append(f"gap between {pair.first} and {pair.second}: {gap}")
    lines += [f"WARNING {line}" for line in result.warnings]
    lines += [f"LEAK {line}" for line in result.leaks]
    return [*lines, "clean: nothing leaks" if result.is_clean else "this split leaks"]
