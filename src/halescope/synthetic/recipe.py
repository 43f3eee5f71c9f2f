"""What a drawn region is made of: spots and flux elements, arranged by Mount Wilson class.

Positions inside a group are in Mm along its axis (x, towards the leader) and across it (y,
towards solar north before tilting); `place` tilts them and puts them on the Sun.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from halescope.geometry import SOLAR_RADIUS_MM

Floats = NDArray[np.float64]

PLAGE = "plage"
"""Class of a drawn region without spots, which NOAA would not list."""


@dataclass(frozen=True)
class Spot:
    """A sunspot, or a small pore.

    Parameters
    ----------
    x, y : float
        Mm from the group's centre, along and across its axis.
    radius : float
        Outer edge of the penumbra, Mm.
    strength : float
        Radial field at its centre, gauss, signed.
    wobble : tuple of (int, float, float)
        Order, amplitude and phase of the waves on its outline.
    """

    x: float
    y: float
    radius: float
    strength: float
    wobble: tuple[tuple[int, float, float], ...] = ()

    @property
    def area(self) -> float:
        """Area within which a penumbra would be seen, Mm2."""
        bumps = 1 + sum(amplitude**2 for _, amplitude, _ in self.wobble) / 2
        return float(np.pi * (0.85 * self.radius) ** 2 * bumps)


@dataclass(frozen=True)
class Elements:
    """Unresolved concentrations of flux: the network and the plage are made of these.

    `x`, `y`, (N,) float: Mm along and across the axis of a group. `flux`, (N,) float: Mx, signed.
    """

    x: Floats
    y: Floats
    flux: Floats


@dataclass(frozen=True)
class Group:
    """One active region before it is painted.

    `kind`: a member of `MOUNT_WILSON`, or `PLAGE`. `tilt`: degrees; positive where the leader is
    nearer the equator, as Joy's law has it. `leader`: sign of the leading polarity.
    """

    kind: str
    longitude: float
    latitude: float
    tilt: float
    leader: int
    spots: list[Spot] = field(repr=False)
    elements: Elements = field(repr=False)


def compose(
    rng: Generator, kind: str, longitude: float, latitude: float, tilt: float, leader: int
) -> Group:
    """Return a group of one class, its size drawn at random as real ones are.

    `kind`: a member of `MOUNT_WILSON`, or `PLAGE`. `tilt`: degrees, positive for Joy's law.
    `leader`: +1 or -1.
    """
    low, high = _FLUX[kind]
    flux = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    separation = float(np.clip(62 * (flux / 1e22) ** 0.38 * rng.uniform(0.85, 1.2), 24, 115))
    spots = [] if kind == PLAGE else _spots_of(rng, kind, separation, leader)
    in_spots = sum(abs(_spot_flux(spot)) for spot in spots)
    plage = max(flux - in_spots, 0.7 * flux)
    elements = _plage(rng, plage, separation, leader, _CENTERS.get(kind, (0.5, -0.5)))
    return Group(kind, longitude, latitude, tilt, leader, spots, elements)


def place(group: Group, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return Stonyhurst longitude and latitude, degrees, of positions inside a group.

    `x`, `y`, (N,) float: Mm along and across the axis.
    """
    turn = np.radians(-group.tilt * (1 if group.latitude >= 0 else -1))
    west = np.cos(turn) * x - np.sin(turn) * y
    north = np.sin(turn) * x + np.cos(turn) * y
    return travel(group.longitude, group.latitude, west, north)


def travel(longitude: float, latitude: float, west: Floats, north: Floats) -> tuple[Floats, Floats]:
    """Return where one gets to along great circles, degrees.

    `longitude`, `latitude`: start, degrees. `west`, `north`, (N,) float: components of the way, Mm.
    """
    arc = np.hypot(west, north) / SOLAR_RADIUS_MM
    bearing = np.arctan2(west, north)
    start = np.radians(latitude)
    sine = np.sin(start) * np.cos(arc) + np.cos(start) * np.sin(arc) * np.cos(bearing)
    turn = np.arctan2(
        np.sin(bearing) * np.sin(arc) * np.cos(start), np.cos(arc) - np.sin(start) * sine
    )
    return longitude + np.degrees(turn), np.degrees(np.arcsin(np.clip(sine, -1, 1)))


def near_lanes(rng: Generator, points: Floats, centers: Floats, width: float) -> NDArray[np.bool_]:
    """Return which points lie near the borders between convection cells.

    Parameters
    ----------
    points, centers : (N, D) and (M, D) float
        Candidates and middles of cells, any one unit.
    width : float
        Half width of a border in that unit.
    """
    distance, _ = cKDTree(centers).query(points, k=2)
    gap = distance[:, 1] - distance[:, 0]
    return np.asarray(rng.random(len(points)) < np.exp(-((gap / width) ** 2)))


def _spot(rng: Generator, x: float, y: float, radius: float, sign: int) -> Spot:
    strength = sign * min(1500 + 75 * radius, 2900) * rng.uniform(0.9, 1.1)
    wobble = tuple(
        (order, float(rng.uniform(0.02, 0.22 / order)), float(rng.uniform(0, 2 * np.pi)))
        for order in (2, 3, 4)
    )
    return Spot(float(x), float(y), float(radius), float(strength), wobble)


def _spot_flux(spot: Spot) -> float:
    """Return the flux in Mx of the profile cos^2 that a spot is painted with."""
    shape = np.pi * spot.radius**2 * (0.5 - 2 / np.pi**2)
    return float(spot.strength * shape * 1e16)


def _swarm(
    rng: Generator, count: int, x: float, spread: float, sign: int, sizes: tuple[float, float]
) -> list[Spot]:
    """Return `count` lesser spots scattered about a point of the axis."""
    return [
        _spot(rng, rng.normal(x, spread), rng.normal(0, 0.5 * spread), rng.uniform(*sizes), sign)
        for _ in range(count)
    ]


def _spots_of(rng: Generator, kind: str, separation: float, leader: int) -> list[Spot]:
    plain, mixed, delta = _SPOTS[kind]
    spots = plain(rng, separation, leader)
    if mixed:
        spots = _add_gamma(rng, spots, separation, leader)
    return _add_delta(rng, spots) if delta else spots


def _alpha(rng: Generator, separation: float, leader: int) -> list[Spot]:
    return [_spot(rng, 0.2 * separation, 0, rng.uniform(7, 17), leader)]


def _beta(rng: Generator, separation: float, leader: int) -> list[Spot]:
    half = separation / 2
    head = np.clip(rng.uniform(0.18, 0.28) * separation, 5, 19)
    spots = [_spot(rng, half, 0, head, leader)]
    spots += _swarm(rng, int(rng.integers(0, 3)), 0.8 * half, 0.12 * separation, leader, (2, 4.5))
    spots += [_spot(rng, -half, rng.normal(0, 3), head * rng.uniform(0.45, 0.85), -leader)]
    followers = int(rng.integers(1, 5))
    spots += _swarm(rng, followers, -0.9 * half, 0.14 * separation, -leader, (2, 5.5))
    return spots


def _add_gamma(rng: Generator, spots: list[Spot], separation: float, leader: int) -> list[Spot]:
    """Return the spots with intruders of the wrong sign, so that no one line divides the group."""
    half = separation / 2
    intruders = []
    for sign, x in ((-leader, half), (leader, -half)):
        for _ in range(int(rng.integers(1, 4))):
            side = rng.choice((-1, 1)) * rng.uniform(0.3, 0.5) * separation
            along = x + rng.normal(0, 0.15 * separation)
            intruders.append(_spot(rng, along, side, rng.uniform(4, 8.5), sign))
    return spots + intruders


def _add_delta(rng: Generator, spots: list[Spot]) -> list[Spot]:
    """Return the spots with an umbra of the other sign inside the largest one's penumbra."""
    host = max(spots, key=lambda spot: spot.radius)
    angle = rng.uniform(0, 2 * np.pi)
    far = 0.72 * host.radius
    guest = _spot(
        rng,
        host.x + far * np.cos(angle),
        host.y + far * np.sin(angle),
        max(0.55 * host.radius, 5),
        -int(np.sign(host.strength)),
    )
    return [*spots, guest]


def _gamma(rng: Generator, separation: float, leader: int) -> list[Spot]:
    """Return spots of both signs in no order."""
    count = int(rng.integers(8, 14))
    signs = rng.permutation(np.resize([leader, -leader], count))
    spread = 0.4 * separation
    return [
        _spot(rng, rng.normal(0, spread), rng.normal(0, 0.6 * spread), rng.uniform(3.5, 9), int(s))
        for s in signs
    ]


_SPOTS: dict[str, tuple[Callable[[Generator, float, int], list[Spot]], bool, bool]] = {
    "alpha": (_alpha, False, False),
    "beta": (_beta, False, False),
    "beta-gamma": (_beta, True, False),
    "beta-delta": (_beta, False, True),
    "beta-gamma-delta": (_beta, True, True),
    "gamma": (_gamma, False, False),
    "gamma-delta": (_gamma, False, True),
}
"""What draws a class's spots, and whether a gamma and a delta are added."""

_FLUX: dict[str, tuple[float, float]] = {
    "alpha": (4e21, 1.1e22),
    "beta": (5e21, 2.5e22),
    "beta-gamma": (9e21, 3e22),
    "beta-delta": (9e21, 3e22),
    "beta-gamma-delta": (1.5e22, 5e22),
    "gamma": (8e21, 2e22),
    "gamma-delta": (1e22, 2.5e22),
    PLAGE: (2e21, 7e21),
}
"""Total unsigned flux of each class, Mx: from, to."""

_CENTERS = {"gamma": (0.15, -0.15), "gamma-delta": (0.15, -0.15), "alpha": (0.25, -0.45)}
"""Middles of the leading and following plage, in units of the separation."""


def _plage(
    rng: Generator, flux: float, separation: float, leader: int, centers: tuple[float, float]
) -> Elements:
    """Return the flux elements of a group: two clouds on the borders of small convection cells."""
    count = max(int(flux / 9e18), 20)
    parts = []
    for sign, center, looseness in ((leader, centers[0], 1.0), (-leader, centers[1], 1.35)):
        cloud = rng.standard_t(5, (6 * count, 2)) * separation * looseness * (0.30, 0.21)
        cloud[:, 0] += center * separation
        extent = np.abs(cloud).max(0)
        cells = rng.uniform(-extent, extent, (int(4 * extent.prod() / 150) + 3, 2))
        kept = cloud[near_lanes(rng, cloud, cells, 2.0)][: count // 2]
        parts.append(np.column_stack([kept, np.full(len(kept), sign)]))
    x, y, sign = np.concatenate(parts).T
    sign = np.where(rng.random(len(sign)) < 0.06, -sign, sign)
    strength = rng.lognormal(0, 0.9, len(sign))
    return Elements(x, y, sign * strength * flux / max(strength.sum(), 1))
