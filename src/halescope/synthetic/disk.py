"""Draws whole disks with regions of known class, and single bipoles of known numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from halescope.classes import MOUNT_WILSON
from halescope.errors import ConfigError
from halescope.geometry import ephemeris, heliographic_to_sphere, mu
from halescope.synthetic.background import quiet_sun
from halescope.synthetic.paint import Patch, add_elements, blank, facing, paint_group
from halescope.synthetic.recipe import PLAGE, Group, compose, travel
from halescope.synthetic.truth import truth_row, truth_table
from halescope.types import Catalog, DiskGeometry, Magnetogram

Floats = NDArray[np.float64]

DEFAULT_TIME = datetime(2026, 2, 4, 12, tzinfo=UTC)
HMI_SCALE = 0.504 * 4096
"""Arcseconds across HMI's image."""

LEAST_SIDE = 1024
"""Smaller disks are drawn at this size or more and averaged down, so that pores keep their flux."""

_MIX = (0.28, 0.44, 0.12, 0.04, 0.08, 0.02, 0.02)
"""How often each class is drawn by default, in the order of `MOUNT_WILSON`."""

_MINIMA = (1976.2, 1986.7, 1996.6, 2008.9, 2019.9, 2030.6)
"""Years in which cycles 21 to 26 began."""


@dataclass(frozen=True)
class Drawing:
    """A drawn disk and what is on it.

    Parameters
    ----------
    magnetogram : Magnetogram
        In gauss; instrument ``synthetic``.
    truth : Catalog
        One row per drawn region, brightest first; boxes in pixels of the magnetogram, row 0 at
        the bottom. Columns and units: `halescope.synthetic.truth.UNITS`.
    """

    magnetogram: Magnetogram
    truth: Catalog


def draw(
    seed: int = 0,
    *,
    size: int = 1024,
    regions: int | Sequence[str] | None = None,
    plage: int | None = None,
    time: datetime = DEFAULT_TIME,
    roll: float = 0.0,
    noise: float = 4.0,
) -> Drawing:
    """Return a full-disk magnetogram with regions of known class.

    Raises `ConfigError` where an option is out of range, or a class is no Mount Wilson class.

    Parameters
    ----------
    seed : int
        The same seed and options give the same disk, value for value.
    size : int
        Side of the square image, pixels, 128 to 4096.
    regions : int or sequence of str, optional
        How many regions, or the class of each; four to nine of mixed class if left out.
    plage : int, optional
        How many plage regions without spots; one to three if left out.
    time : datetime
        Aware; sets B0, L0, the Sun's size and, through the cycle, Hale's law.
    roll : float
        CROTA2 of the image, degrees.
    noise : float
        Standard deviation at disk centre, gauss; a fifth more at the limb.
    """
    if not 128 <= size <= 4096:
        raise ConfigError("size", f"is {size}", "128 to 4096 pixels", "choose another --size")
    rng = np.random.default_rng(seed)
    kinds = _kinds(rng, regions, plage)
    factor = max(1, -(-LEAST_SIDE // size))
    fine = _geometry(rng, size, factor, time, roll)
    groups = _populate(rng, kinds, time)
    return _drawn(rng, fine, (size, factor), groups, time, noise, f"synthetic_{seed}")


def draw_groups(
    groups: Sequence[Group], seed: int = 0, *, size: int = 512, time: datetime = DEFAULT_TIME,
    noise: float = 4.0,
) -> Drawing:  # fmt: skip
    """Return a disk with regions that are there already; see `draw`.

    The quiet Sun is that of the seed, the noise that of seed and time.
    """
    factor = max(1, -(-LEAST_SIDE // size))
    rng = np.random.default_rng(seed)
    fine = _geometry(rng, size, factor, time, 0.0)
    name = f"synthetic_{seed}_{time:%Y%m%d_%H%M}"
    return _drawn(rng, fine, (size, factor), list(groups), time, noise, name)


def _drawn(
    rng: Generator, fine: DiskGeometry, sizes: tuple[int, int], groups: list[Group],
    time: datetime, noise: float, name: str,
) -> Drawing:  # fmt: skip
    """Return groups painted on a fine grid, averaged down by a factor, with noise."""
    size, factor = sizes
    field, rows = _paint(rng, fine, size * factor, groups, time)
    geometry = _coarser(fine, factor)
    field = _average(field, factor)
    field += _noise(rng, geometry, field.shape, noise)
    rows = [_scaled(row, factor) for row in rows]
    magnetogram = Magnetogram(
        field.astype(np.float32),
        "gauss",
        geometry,
        name=name,
        time=time,
        instrument="synthetic",
    )
    return Drawing(magnetogram, truth_table(rows))


def draw_bipole(
    longitude: float,
    latitude: float = 0.0,
    *,
    flux: float = 1e22,
    separation: float = 60.0,
    tilt: float = 0.0,
    sigma: float = 8.0,
    size: int = 1024,
    b0: float = 0.0,
    time: datetime = DEFAULT_TIME,
) -> Magnetogram:
    """Return a noiseless disk with one bipole whose numbers are known exactly.

    Each polarity is a Gaussian radial field on the sphere; the line-of-sight field is its
    projection. It stands for nothing seen on the Sun: measurements are tested against it.

    Parameters
    ----------
    longitude, latitude : float
        Stonyhurst, of the middle between the polarities, degrees.
    flux : float
        Flux of each polarity, Mx; the western one is positive.
    separation : float
        Great-circle distance between the centres, Mm.
    tilt : float
        Degrees by which the positive, western pole stands nearer the equator (in the northern
        hemisphere and on the equator: south of the eastern one).
    sigma : float
        Standard deviation of each Gaussian, Mm.
    size : int
        Side of the image, pixels.
    b0 : float
        Latitude of disk centre, degrees.
    """
    seen = ephemeris(time)
    radius = np.degrees(np.arcsin(1 / seen.distance)) * 3600 / (HMI_SCALE / size)
    middle = (size - 1) / 2
    geometry = DiskGeometry(middle, middle, radius, 0.0, b0, seen.l0, seen.distance)
    turn = np.radians(-tilt * (1 if latitude >= 0 else -1))
    patch = blank(geometry, (0, 0, size, size))
    # A Gaussian on the sphere holds a little less than on the plane; 1 - (sigma/R)^2 / 3.
    peak = flux / (2 * np.pi * (sigma * 1e8) ** 2 * (1 - (sigma / 695.7) ** 2 / 3))
    radial = np.zeros((size, size))
    for sign in (1, -1):
        half = sign * separation / 2
        lon, lat = travel(
            longitude, latitude, np.array(half * np.cos(turn)), np.array(half * np.sin(turn))
        )
        cosine = np.tensordot(heliographic_to_sphere(lon, lat, b0), patch.sphere, 1)
        distance = 695.7 * np.arccos(np.clip(cosine, -1, 1))
        radial += sign * peak * np.exp(-0.5 * (distance / sigma) ** 2)
    los = (radial * facing(geometry, patch.sphere)).astype(np.float32)
    return Magnetogram(los, "gauss", geometry, name="bipole", time=time, instrument="synthetic")


def cycle_of(time: datetime) -> int:
    """Return the number of the solar cycle that a time belongs to.

    `time`: aware, from 1976 on.
    """
    year = time.year + time.timetuple().tm_yday / 365.25
    return 20 + sum(year >= start for start in _MINIMA)


def _kinds(rng: Generator, regions: int | Sequence[str] | None, plage: int | None) -> list[str]:
    """Return the class of every region to draw, plage last."""
    if regions is None:
        regions = int(rng.integers(4, 10))
    if isinstance(regions, int):
        if not 0 <= regions <= 30:
            raise ConfigError("regions", f"is {regions}", "0 to 30", "draw several disks instead")
        regions = [str(kind) for kind in rng.choice(MOUNT_WILSON, regions, p=_MIX)]
    for kind in regions:
        if kind not in MOUNT_WILSON:
            raise ConfigError("regions", f"holds {kind!r}", "one of " + ", ".join(MOUNT_WILSON))
    count = int(rng.integers(1, 4)) if plage is None else plage
    return [*regions, *[PLAGE] * count]


def _geometry(rng: Generator, size: int, factor: int, time: datetime, roll: float) -> DiskGeometry:
    """Return an HMI-like geometry: the scale fixed, the disk a little off centre."""
    seen = ephemeris(time)
    side = size * factor
    radius = np.degrees(np.arcsin(1 / seen.distance)) * 3600 / (HMI_SCALE / side)
    x, y = (side - 1) / 2 + rng.uniform(-0.002, 0.002, 2) * side
    return DiskGeometry(float(x), float(y), radius, roll, seen.b0, seen.l0, seen.distance)


def _belt(time: datetime) -> tuple[float, float]:
    """Return the latitudes of activity, degrees: they wander equatorward through a cycle."""
    year = time.year + time.timetuple().tm_yday / 365.25
    phase = year - max((start for start in _MINIMA if start <= year), default=_MINIMA[0])
    middle = float(np.clip(27 - 2.0 * phase, 8, 27))
    return max(middle - 7, 3), middle + 7


def _populate(rng: Generator, kinds: Sequence[str], time: datetime) -> list[Group]:
    """Return the groups, none on top of another."""
    odd = cycle_of(time) % 2 == 1
    low, high = _belt(time)
    taken: list[tuple[float, float]] = []
    groups = []
    for kind in kinds:
        for _ in range(200):
            side = int(rng.choice((-1, 1)))
            latitude, longitude = side * rng.uniform(low, high), rng.uniform(-72, 72)
            if all(np.hypot(longitude - a, 1.5 * (latitude - b)) > 16 for a, b in taken):
                break
        else:
            continue  # no room left on this disk
        taken.append((longitude, latitude))
        hale = rng.random() > 0.05
        leader = side * (1 if odd == hale else -1)
        tilt = np.degrees(np.arcsin(0.5 * np.sin(np.radians(abs(latitude))))) + rng.normal(0, 9)
        groups.append(compose(rng, kind, longitude, latitude, float(tilt), leader))
    return groups


def _paint(
    rng: Generator, geometry: DiskGeometry, side: int, groups: list[Group], time: datetime
) -> tuple[Floats, list[dict[str, object]]]:
    """Return the noiseless field, NaN off the limb, and the truth of every group in view."""
    whole = blank(geometry, (0, 0, side, side))
    odd = cycle_of(time) % 2 == 1
    quiet = quiet_sun(rng, geometry, int(rng.integers(8, 15)), _belt(time), odd)
    add_elements(whole, geometry, *quiet)
    rows = []
    for group in groups:
        patch: Patch | None = paint_group(group, geometry, (side, side))
        if patch is None:
            continue
        whole.los[patch.where] += patch.los
        row = truth_row(group, patch, geometry, odd)
        if row is not None:
            rows.append(row)
    field = whole.los
    field[np.isnan(whole.sphere[2])] = np.nan
    return field, rows


def _coarser(geometry: DiskGeometry, factor: int) -> DiskGeometry:
    """Return the geometry after averaging `factor` by `factor` pixels."""
    shift = (factor - 1) / 2
    return replace(
        geometry,
        x_center=(geometry.x_center - shift) / factor,
        y_center=(geometry.y_center - shift) / factor,
        radius=geometry.radius / factor,
    )


def _average(field: Floats, factor: int) -> Floats:
    """Return means over blocks; NaN where any pixel of the block is."""
    if factor == 1:
        return field
    h, w = field.shape
    blocks = field.reshape(h // factor, factor, w // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _scaled(row: dict[str, object], factor: int) -> dict[str, object]:
    """Return the row with its box in averaged pixels."""
    names = ("x_min", "y_min", "x_max", "y_max")
    return row | {name: float(row[name]) / factor for name in names}  # type: ignore[arg-type]


def _noise(rng: Generator, geometry: DiskGeometry, shape: tuple[int, ...], sigma: float) -> Floats:
    """Return noise, gauss, a fifth stronger at the limb."""
    y, x = np.arange(shape[0], dtype=float)[:, None], np.arange(shape[1], dtype=float)
    cosine = np.nan_to_num(mu(geometry, x, y))
    return np.asarray(sigma * (1.2 - 0.2 * cosine) * rng.standard_normal(shape))
