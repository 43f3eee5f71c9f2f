"""The Sun between active regions: network, decayed regions and the poles."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from halescope.geometry import SOLAR_RADIUS_MM, sphere_to_heliographic
from halescope.synthetic.recipe import near_lanes
from halescope.types import DiskGeometry

Floats = NDArray[np.float64]

CELL_MM = 30.0
"""Diameter of a supergranule, Mm."""


def quiet_sun(
    rng: Generator, geometry: DiskGeometry, remnants: int, belt: tuple[float, float], odd: bool
) -> tuple[Floats, Floats, Floats]:
    """Return the flux elements of the near side: longitude, latitude (degrees) and flux (Mx).

    Parameters
    ----------
    remnants : int
        Number of decayed regions: wide, weak, of one sign.
    belt : (float, float)
        Lowest and highest latitude of activity, degrees.
    odd : bool
        Whether the cycle's number is odd: it sets the sign of the remnants' poleward side.
    """
    longitude, latitude = _lanes(rng, geometry)
    flux = rng.choice((-1.0, 1.0), len(longitude)) * rng.lognormal(
        np.log(1.7e18), 1.0, len(longitude)
    )
    flux += _remnants(rng, longitude, latitude, remnants, belt, odd)
    flux += _poles(rng, latitude, odd)
    return longitude, latitude, flux


def _lanes(rng: Generator, geometry: DiskGeometry) -> tuple[Floats, Floats]:
    """Return positions on the borders of supergranules over the near side."""
    radius = CELL_MM / 2 / SOLAR_RADIUS_MM
    cells = _uniform(rng, int(2.4 / radius**2))  # near side, with a rim to spare
    points = _uniform(rng, 90_000)
    kept = points[near_lanes(rng, points, cells, 0.14 * radius)]
    longitude, latitude = sphere_to_heliographic(kept.T, geometry.b0 or 0.0)
    return np.asarray(longitude, float), np.asarray(latitude, float)


def _uniform(rng: Generator, count: int) -> Floats:
    """Return points spread evenly over the near side, (count, 3)."""
    z = rng.uniform(-0.06, 1, count)
    angle = rng.uniform(0, 2 * np.pi, count)
    rim = np.sqrt(1 - z**2)
    return np.column_stack([rim * np.cos(angle), rim * np.sin(angle), z])


def _remnants(
    rng: Generator,
    longitude: Floats,
    latitude: Floats,
    count: int,
    belt: tuple[float, float],
    odd: bool,
) -> Floats:
    """Return the flux that decayed regions add to the elements, Mx.

    Each is a pair of clouds sheared by differential rotation, the following one poleward.
    """
    total = np.zeros(len(longitude))
    for _ in range(count):
        side = rng.choice((-1, 1))
        middle = side * rng.uniform(belt[0], belt[1] + 6)
        start = rng.uniform(-95, 95)
        leader = side * (1 if odd else -1)
        strength = rng.uniform(4e18, 1.6e19)
        for sign, east, poleward in ((leader, 0, -2.5), (-leader, 12, 2.5)):
            up = (latitude - middle - side * poleward) * side
            along = longitude - start + east + 1.6 * up
            reach = np.exp(-((along / 9) ** 2) - (up / 4) ** 2)
            on = rng.random(len(total)) < reach
            total += on * sign * strength * rng.lognormal(0, 0.6, len(total))
    return total


def _poles(rng: Generator, latitude: Floats, odd: bool) -> Floats:
    """Return the flux of the polar caps, of one sign each, Mx."""
    cap = np.clip((np.abs(latitude) - 58) / 12, 0, 1)
    sign = np.sign(latitude) * (-1 if odd else 1)
    on = rng.random(len(latitude)) < 0.4 * cap
    return np.asarray(on * sign * rng.lognormal(np.log(2.5e18), 0.6, len(latitude)))
