"""The region as a bipole: centroids of both polarities, separation, tilt, leading polarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import SOLAR_RADIUS_MM
from halescope.measure.flux import significant, sum_variance
from halescope.measure.patch import Patch

LEAST_SHARE = 0.02
"""Share of the unsigned flux that the weaker polarity needs to have a centroid."""


@dataclass(frozen=True)
class Bipole:
    """Where the polarities are, flux-weighted.

    Parameters
    ----------
    positive, negative : (float, float)
        Stonyhurst longitude and latitude of the centroid, degrees (B0 taken as 0 if unknown).
    positive_err, negative_err : (float, float)
        Their standard deviations, degrees.
    separation, separation_err : float, Mm
        Great-circle distance between the centroids.
    tilt, tilt_err : float, degrees
        Angle of the line between them with the parallel, -90..90; positive where the leading
        polarity is nearer the equator, as Joy's law has it.
    leading : {"positive", "negative"}
        Polarity of the western centroid.
    """

    positive: tuple[float, float]
    negative: tuple[float, float]
    positive_err: tuple[float, float]
    negative_err: tuple[float, float]
    separation: float
    separation_err: float
    tilt: float
    tilt_err: float
    leading: str


def measure_bipole(patch: Patch, mask: NDArray[np.bool_]) -> Bipole | None:
    """Return the bipole of the region, None where one polarity is missing.

    Centroids of flux, as Wang & Sheeley (1989, Solar Physics 124, 81) measured bipoles on
    magnetograms; tilt counted as in Joy's law (Hale, Ellerman, Nicholson & Joy 1919, ApJ 49, 153).
    Leading means west.
    """
    used = significant(patch, mask)
    weight = np.where(used, patch.radial, np.float32(0))
    sides = [np.where(weight > 0, weight, 0), np.where(weight < 0, -weight, 0)]
    totals = [float(side.sum(dtype=float)) for side in sides]
    if min(totals) <= LEAST_SHARE * sum(totals):
        return None
    variance = sum_variance(patch)
    (xp, yp), (xn, yn) = (_centroid(patch, side) for side in sides)
    errors = [_centroid_error(patch, side, variance) for side in sides]
    sx, sy = (float(np.hypot(errors[0][i], errors[1][i])) for i in (0, 1))
    angle = patch.to_sphere(xp, yp) @ patch.to_sphere(xn, yn)
    separation = SOLAR_RADIUS_MM * float(np.arccos(np.clip(angle, -1, 1)))
    positive, negative = patch.to_heliographic(xp, yp), patch.to_heliographic(xn, yn)
    leader, follower = (positive, negative) if xp >= xn else (negative, positive)
    tilt = _tilt(leader, follower)
    dx, dy = abs(xp - xn), abs(yp - yn)
    length = max(float(np.hypot(dx, dy)), 1e-9)
    return Bipole(
        positive,
        negative,
        _degrees(errors[0], positive[1]),
        _degrees(errors[1], negative[1]),
        separation,
        float(np.hypot(dx * sx, dy * sy)) / length,
        tilt,
        min(90.0, float(np.degrees(np.hypot(dy * sx, dx * sy) / length**2))),
        "positive" if xp >= xn else "negative",
    )


def _degrees(error: tuple[float, float], latitude: float) -> tuple[float, float]:
    """Return errors west and north, Mm, as errors of longitude and latitude."""
    west, north = (float(np.degrees(value / SOLAR_RADIUS_MM)) for value in error)
    return west / float(np.cos(np.radians(latitude))), north


def _tilt(leader: tuple[float, float], follower: tuple[float, float]) -> float:
    """Return Joy's tilt of two heliographic positions, degrees."""
    middle = (leader[1] + follower[1]) / 2
    west = (leader[0] - follower[0]) * np.cos(np.radians(middle))
    equatorward = (follower[1] - leader[1]) * (1 if middle >= 0 else -1)
    return float(np.degrees(np.arctan2(equatorward, max(west, 0.0))))


def _centroid(patch: Patch, weight: NDArray[np.float32]) -> tuple[float, float]:
    """Return the weighted mean position, Mm."""
    x, y = patch.axes()
    total = weight.sum(dtype=float)
    columns, rows = weight.sum(0, dtype=float), weight.sum(1, dtype=float)
    return float(columns @ x / total), float(rows @ y / total)


def _centroid_error(
    patch: Patch, weight: NDArray[np.float32], variance: NDArray[np.float32]
) -> tuple[float, float]:
    """Return the standard deviation of the centroid that noise causes, Mm, along x and y."""
    x, y = patch.axes()
    xc, yc = _centroid(patch, weight)
    mine = np.where(weight > 0, variance, 0)
    total = weight.sum(dtype=float)
    columns, rows = mine.sum(0, dtype=float), mine.sum(1, dtype=float)
    return (
        float(np.sqrt(columns @ (x - xc) ** 2)) / total,
        float(np.sqrt(rows @ (y - yc) ** 2)) / total,
    )
