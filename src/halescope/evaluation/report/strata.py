"""Where regions are found or missed: by size, longitude, field, class and file type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.evaluation.figures import result_of, stray_groups, with_interval
from halescope.evaluation.metrics.classification import bootstrap_by_region
from halescope.evaluation.metrics.detection import match
from halescope.evaluation.run import Seen

DRAWS = 300
"""Of the bootstrap over regions."""


@dataclass(frozen=True)
class Truths:
    """Every firm label of all images, and whether it was found at IoU 0.5.

    Parameters
    ----------
    region : (M,) int
        NOAA number.
    score : (M,) float
        Of the box that found it; NaN where none did.
    area, longitude, strength : (M,) float
        NOAA's spot area, MSH; Stonyhurst, degrees; strongest smoothed |field|, grey levels.
    kind, mount_wilson : (M,) str
        Instrument and file type; NOAA's class.
    """

    region: NDArray[np.intp]
    score: NDArray[np.float64]
    area: NDArray[np.float64]
    longitude: NDArray[np.float64]
    strength: NDArray[np.float64]
    kind: NDArray[np.str_]
    mount_wilson: NDArray[np.str_]


@dataclass(frozen=True)
class Alarms:
    """Every shown and counted box of all images, and whether it found a region at IoU 0.5.

    Parameters
    ----------
    group : (N,) int
        Region or place, see `halescope.evaluation.figures.stray_groups`.
    hit : (N,) bool
    longitude, strength : (N,) float
    kind : (N,) str
    """

    group: NDArray[np.intp]
    hit: NDArray[np.bool_]
    longitude: NDArray[np.float64]
    strength: NDArray[np.float64]
    kind: NDArray[np.str_]


def strata(seen: Sequence[Seen], threshold: float, name: str = "") -> dict[str, Any]:
    """Return recall by size, longitude, field, class and file type, and precision where known.

    Parameters
    ----------
    name : str
        Of a baseline; the detector that is evaluated if left out.
    """
    truths, alarms = truths_of(seen, name), alarms_of(seen, threshold, name)
    far, beyond = np.abs(truths.longitude), np.abs(alarms.longitude)
    areas = (0, 20, 50, 100, 200, np.inf)
    degrees, levels = (0, 15, 30, 45, 60, 75), (0, 30, 45, 60, 80, np.inf)
    none = np.full(len(alarms.hit), np.nan)
    parts = {
        "size": [(_span(a, b), _in(truths.area, a, b), none > 0) for a, b in _pairs(areas)],
        "longitude": [(_span(a, b), _in(far, a, b), _in(beyond, a, b)) for a, b in _pairs(degrees)],
        "field": [
            (_span(a, b), _in(truths.strength, a, b), _in(alarms.strength, a, b))
            for a, b in _pairs(levels)
        ],
        "class": [(n, truths.mount_wilson == n, none > 0) for n in np.unique(truths.mount_wilson)],
        "file": [
            (n, truths.kind == n, alarms.kind == n)
            for n in np.unique(np.append(truths.kind, alarms.kind))
        ],
    }
    return {
        key: [
            _stratum(str(label), truths, alarms, threshold, at, of)
            for label, at, of in rows
            if at.any() or of.any()
        ]
        for key, rows in parts.items()
    }


def _stratum(
    label: str,
    truths: Truths,
    alarms: Alarms,
    threshold: float,
    at: NDArray[np.bool_],
    of: NDArray[np.bool_],
) -> dict[str, Any]:
    found = (truths.score >= threshold)[at].astype(float)  # NaN is not found
    return {
        "label": label,
        "labels": int(at.sum()),
        "regions": len(np.unique(truths.region[at])),
        "recall": _mean(found, truths.region[at]),
        "boxes": int(of.sum()),
        "precision": _mean(alarms.hit[of].astype(float), alarms.group[of]),
    }


def truths_of(seen: Sequence[Seen], name: str = "") -> Truths:
    """Return every firm label, and the score of the box that found it at IoU 0.5.

    Parameters
    ----------
    name : str
        Of a baseline; the detector that is evaluated if left out.
    """
    rows: list[tuple[Any, ...]] = []
    for s in seen:
        scores = match(result_of(s, strict=False, name=name), 0.5).found
        firm = [index for index, e in enumerate(s.labels) if e.status == "firm"]
        for score, index in zip(scores.tolist(), firm, strict=True):
            e = s.labels[index]
            strength = s.label_strength[index] if len(s.label_strength) else np.nan
            words = (s.kind or "unknown", e.mount_wilson or "none")
            rows.append((e.noaa_number, score, e.area, e.hgs_lon, strength, *words))
    columns = list(zip(*rows, strict=True)) or [()] * 7
    return Truths(
        np.array(columns[0], np.intp),
        np.array(columns[1], np.float64),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
        np.array(columns[5], np.str_),
        np.array(columns[6], np.str_),
    )


def alarms_of(seen: Sequence[Seen], threshold: float, name: str = "") -> Alarms:
    """Return every shown box that counts, plage ignored.

    Parameters
    ----------
    name : str
        Of a baseline; the detector that is evaluated if left out.
    """
    parts = [_alarms(s, threshold, name) for s in seen]
    return Alarms(
        np.concatenate([np.zeros(0, np.intp), *(p.group for p in parts)]),
        np.concatenate([np.zeros(0, bool), *(p.hit for p in parts)]),
        np.concatenate([np.zeros(0), *(p.longitude for p in parts)]),
        np.concatenate([np.zeros(0), *(p.strength for p in parts)]),
        np.concatenate([np.zeros(0, "U1"), *(p.kind for p in parts)]),
    )


def _alarms(seen: Seen, threshold: float, name: str) -> Alarms:
    found = seen.by(name)
    matching = match(result_of(seen, strict=False, name=name), 0.5)
    shown = matching.score >= threshold
    index, hit = matching.index[shown], matching.hit[shown]
    firm = [e.noaa_number for e in seen.labels if e.status == "firm"]
    region = np.array([*firm, -1], np.intp)[matching.truth[shown]]
    return Alarms(
        np.where(hit, region, stray_groups(seen, name)[index]),
        hit,
        found.longitude[index],
        found.strength[index].astype(np.float64),
        np.full(len(index), seen.kind or "unknown"),
    )


def _mean(values: NDArray[np.float64], group: NDArray[np.intp]) -> dict[str, float | None]:
    if not len(values):
        return with_interval(float("nan"), None)
    if len(np.unique(group)) < 2:  # drawn again, one region is always the same
        return with_interval(float(values.mean()), None)

    def mean(weight: NDArray[np.floating]) -> float:
        return float((weight * values).sum() / weight.sum())

    return with_interval(float(values.mean()), bootstrap_by_region(mean, group, DRAWS, 0.9))


def _pairs(edges: Sequence[float]) -> list[tuple[float, float]]:
    return list(pairwise(edges))


def _in(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return (values >= low) & (values < high)


def _span(low: float, high: float) -> str:
    return f"{low:g} and more" if np.isinf(high) else f"{low:g} to {high:g}"
