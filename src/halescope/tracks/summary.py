"""One row for each track: where it was, how it grew, which classes it had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.geometry import differential_rotation
from halescope.tracks.events import Ends
from halescope.tracks.mean_rotation import rough_carrington
from halescope.tracks.sightings import Sightings, numbers
from halescope.types import Catalog, format_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAR = 60.0
"""Areas and fluxes further from the central meridian are not compared, degrees."""

INDEPENDENT = 6.0
"""Measures nearer in time than this, hours, err together: they count as one."""

COLUMNS = (
    "track", "noaa", "first_seen", "last_seen", "came", "went", "images", "bridged", "gaps",
    "longest_gap_hours", "carrington_lon", "hgs_lat", "drift_lon", "drift_lat",
    "area_max_msh", "area_max_time", "flux_max", "flux_max_time",
    "growth_msh_day", "growth_msh_day_err", "growth_flux_day", "growth_flux_day_err",
    "hours_alpha", "hours_beta", "hours_complex", "class_last", "sureness", "score_max",
    "returned_from",
)  # fmt: skip
"""Of ``tracks.csv``. Drifts are what is left of the motion after differential rotation, degrees a
day; growth is of area and unsigned flux within 60 degrees; sureness is the mean of the largest
class probability along the track."""

UNITS = {
    "carrington_lon": "deg", "hgs_lat": "deg", "drift_lon": "deg / d", "drift_lat": "deg / d",
    "longest_gap_hours": "h", "flux_max": "Mx", "growth_flux_day": "Mx / d",
    "growth_flux_day_err": "Mx / d", "hours_alpha": "h", "hours_beta": "h", "hours_complex": "h",
}  # fmt: skip


def track_table(
    sightings: Sightings, tracks: Ints, own: NDArray[np.bool_], ends: Ends, shares: Floats,
    names: Sequence[str], noaa: Sequence[str | None], returned: Mapping[int, int],
) -> Catalog:  # fmt: skip
    """Return the table of tracks; tracks count from 1.

    Parameters
    ----------
    own : (N,) bool
        Rows that the detector gave.
    shares : (N, 3) float64
        Class probabilities along the track.
    names : sequence of str
        Class along the track.
    noaa : sequence of str or None
        Numbers of each track, joined by ``|``.
    returned : mapping of int to int
        Track to the older one that it is again.
    """
    order = np.argsort(tracks, kind="stable")
    bounds = np.searchsorted(tracks[order], np.arange(len(ends.first) + 1))
    area, flux = numbers(sightings.catalog, "area_msh"), numbers(sightings.catalog, "flux_unsigned")
    carrington = numbers(sightings.catalog, "carrington_lon")
    rows = []
    for track in range(len(ends.first)):
        index = order[bounds[track] : bounds[track + 1]]
        row: dict[str, Any] = {"track": track + 1, "noaa": noaa[track]}
        row |= _life(sightings, index, own[index])
        row |= {"came": ends.came[track], "went": ends.went[track]}
        row |= _place(sightings, index, carrington[index])
        near = index[own[index] & (np.abs(sightings.longitude[index]) <= NEAR)]
        for name, growth, values in (
            ("area_max", "growth_msh_day", area),
            ("flux_max", "growth_flux_day", flux),
        ):
            row |= _growth(sightings.hours[near], values[near], name, growth)
        row |= _classes(sightings.hours[index], shares[index])
        row["class_last"] = names[int(index[-1])]
        row["score_max"] = _rounded(np.nanmax(sightings.score[index]), 4)
        back = returned.get(track)
        row["returned_from"] = None if back is None else back + 1
        rows.append(row)
    return Catalog({name: [row.get(name) for row in rows] for name in COLUMNS}, dict(UNITS))


def slope(hours: Floats, values: Floats) -> tuple[float, float]:
    """Return change a day and its standard error, NaN where there is too little.

    Parameters
    ----------
    hours, values : (N,) float64
        Values that are NaN are left out.

    Notes
    -----
    Least squares; the error is that of as many independent measures as fit into the time at
    `INDEPENDENT` hours each.
    """
    kept = np.isfinite(values)
    days, values = hours[kept] / 24, values[kept]
    span = np.ptp(days) * 24 if len(days) else 0.0
    count = min(len(days), 1 + span / INDEPENDENT)
    if count < 3:
        return np.nan, np.nan
    days = days - days.mean()
    spread = float((days**2).mean())
    found = float((days * (values - values.mean())).mean() / spread)
    residual = float(((values - values.mean() - found * days) ** 2).mean())
    return found, float(np.sqrt(residual / spread / (count - 2)))


def _life(sightings: Sightings, index: Ints, own: NDArray[np.bool_]) -> dict[str, Any]:
    hours = sightings.hours[index[own]]
    frames = np.diff(sightings.frame[index[own]])
    missing = np.diff(hours)[frames > 1]
    return {
        "first_seen": _time(hours[0]),
        "last_seen": _time(hours[-1]),
        "images": int(own.sum()),
        "bridged": int((~own).sum()),
        "gaps": len(missing),
        "longest_gap_hours": round(float(missing.max(initial=0)), 2),
    }


def _place(sightings: Sightings, index: Ints, carrington: Floats) -> dict[str, Any]:
    hours, latitude = sightings.hours[index], sightings.latitude[index]
    angle = np.radians(rough_carrington(hours, sightings.longitude[index]))
    if np.isfinite(carrington).any():
        angle = np.radians(carrington[np.isfinite(carrington)])
    mean = np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())) % 360
    steady = sightings.longitude[index] - hours / 24 * differential_rotation(latitude.mean(), 1.0)
    return {
        "carrington_lon": _rounded(mean, 2),
        "hgs_lat": _rounded(latitude.mean(), 2),
        "drift_lon": _rounded(slope(hours, steady)[0], 3),
        "drift_lat": _rounded(slope(hours, latitude)[0], 3),
    }


def _growth(hours: Floats, values: Floats, name: str, growth: str) -> dict[str, Any]:
    label = "area_max_msh" if name == "area_max" else name
    if not np.isfinite(values).any():
        return {}
    top = int(np.nanargmax(values))
    change, error = slope(hours, values)
    digits = 1 if name == "area_max" else -16
    return {
        label: float(values[top]),
        f"{name}_time": _time(hours[top]),
        growth: _rounded(change, digits),
        f"{growth}_err": _rounded(error, digits),
    }


def _classes(hours: Floats, shares: Floats) -> dict[str, Any]:
    known = np.isfinite(shares).all(1)
    if not known.any():
        return {}
    hours, shares = hours[known], shares[known]
    edges = np.concatenate([hours[:1], (hours[1:] + hours[:-1]) / 2, hours[-1:]])
    spent = np.bincount(shares.argmax(1), np.diff(edges), minlength=len(HIERARCHY))
    found: dict[str, Any] = {
        f"hours_{name}": round(float(v), 1) for name, v in zip(HIERARCHY, spent, strict=True)
    }
    return found | {"sureness": _rounded(shares.max(1).mean(), 3)}


def _rounded(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def _time(hour: float) -> str:
    return format_time(datetime.fromtimestamp(round(float(hour) * 3600), UTC))
