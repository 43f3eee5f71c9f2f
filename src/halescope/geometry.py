"""Solar geometry in plain functions on arrays: ephemeris, pixel and heliographic positions.

Angles are in degrees everywhere. Stonyhurst longitude is west positive, counted from the meridian
that faces Earth, whoever observes; the distance from the observer's own, the central meridian, is
called so. The observer is on the line from Earth to the Sun unless a header says otherwise. Tested
against sunpy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halescope.types import DiskGeometry

Floats = NDArray[np.floating]

AU_SOLAR_RADII = 149_597_870.7 / 695_700.0
"""Astronomical unit in nominal solar radii (IAU 2015 Resolution B3)."""

SOLAR_RADIUS_MM = 695.7
"""Nominal solar radius, Mm (IAU 2015 Resolution B3)."""

CARRINGTON_RATE = 14.1844
"""Degrees a day that Carrington's meridians turn, sidereal (IAU)."""

POLE = (286.13, 63.87)
"""Right ascension and declination of the Sun's north pole, J2000.0, degrees (IAU)."""

PRIME_MERIDIAN = 84.176
"""Where Carrington's prime meridian is at J2000.0, from the node of the equator, degrees (IAU)."""

LIGHT_SECONDS = SOLAR_RADIUS_MM / 299.792458
"""Time that light takes for a solar radius, seconds."""

HEMISPHERE_MM2 = 2 * np.pi * SOLAR_RADIUS_MM**2
"""Area of the solar hemisphere, Mm2; one millionth of it is 1 MSH (3.04 Mm2)."""


@dataclass(frozen=True)
class Ephemeris:
    """The Sun as seen from Earth's centre at one time.

    Parameters
    ----------
    b0, l0, p : float
        Latitude and Carrington longitude of disk centre, and position angle of the north pole,
        degrees.
    distance : float
        Solar radii.
    """

    b0: float
    l0: float
    p: float
    distance: float

    @property
    def angular_radius(self) -> float:
        """Apparent radius, arcseconds."""
        return float(np.degrees(np.arcsin(1 / self.distance)) * 3600)


def earth_meridian(seen: Ephemeris, distance: float) -> float:
    """Return the Carrington longitude, degrees 0..360, of the meridian that faces Earth.

    Parameters
    ----------
    seen : Ephemeris
        Of the time of observation.
    distance : float
        Of the observer, solar radii: he sees the Sun as it was when the light left it.
    """
    days = (seen.distance - distance) * LIGHT_SECONDS / 86400.0
    return (seen.l0 - CARRINGTON_RATE * days) % 360.0


def ephemeris(time: datetime) -> Ephemeris:
    """Return B0, L0, P and distance of the Sun for an observer at Earth's centre.

    Earth's place and P are those of Meeus, Astronomical Algorithms, 2nd ed., chapters 25 (simple
    Sun) and 29; B0 and L0 follow from the Sun's pole and prime meridian (IAU, Archinal et al. 2018)
    as it was when the light left it. From 1996 to 2030 within 0.01 degrees of sunpy, P within 0.03.
    """
    epoch = datetime(2000, 1, 1, 12, tzinfo=UTC)
    julian_day = 2451545.0 + (time - epoch).total_seconds() / 86400.0
    jd = julian_day + 69.2 / 86400.0  # terrestrial time
    t = (jd - 2451545.0) / 36525.0
    mean_longitude = 280.46646 + 36000.76983 * t + 0.0003032 * t**2
    anomaly = np.radians(357.52911 + 35999.05029 * t - 0.0001537 * t**2)
    center = (
        (1.914602 - 0.004817 * t) * np.sin(anomaly)
        + (0.019993 - 0.000101 * t) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    true_anomaly = anomaly + np.radians(center)
    eccentricity = 0.016708634 - 0.000042037 * t
    radius_au = 1.000001018 * (1 - eccentricity**2) / (1 + eccentricity * np.cos(true_anomaly))
    node = np.radians(125.04 - 1934.136 * t)
    geometric = mean_longitude + center
    longitude = np.radians(geometric - 20.4898 / 3600 / radius_au)  # aberration, no nutation
    apparent = longitude - np.radians(0.00478) * np.sin(node)
    obliquity = np.radians(23.439291 - 0.0130042 * t + 0.00256 * np.cos(node))
    inclination = np.radians(7.25)
    ascending = np.radians(73.6667 + 1.3958333 * (jd - 2396758.0) / 36525.0)
    x = np.arctan(-np.cos(apparent) * np.tan(obliquity))
    y = np.arctan(-np.cos(longitude - ascending) * np.tan(inclination))
    b0, meridian = _facing_earth(np.radians(geometric + 180.0 - 1.396971 * t))
    emitted = jd - 2451545.0 - radius_au * AU_SOLAR_RADII * LIGHT_SECONDS / 86400.0
    l0 = (meridian - PRIME_MERIDIAN - CARRINGTON_RATE * emitted) % 360.0
    return Ephemeris(b0, l0, float(np.degrees(x + y)), radius_au * AU_SOLAR_RADII)


def _facing_earth(longitude: float) -> tuple[float, float]:
    """Return latitude of disk centre, and its longitude from the equator's node, degrees.

    `longitude`: of Earth, heliocentric, ecliptic of J2000.0, radians.
    """
    obliquity, (ascension, declination) = np.radians(23.4392911), np.radians(POLE)
    earth = np.array(
        [
            np.cos(longitude),
            np.sin(longitude) * np.cos(obliquity),
            np.sin(longitude) * np.sin(obliquity),
        ]
    )
    node = np.array([-np.sin(ascension), np.cos(ascension), 0.0])
    pole = np.array([*(np.cos(declination) * np.array([node[1], -node[0]])), np.sin(declination)])
    across = np.cross(pole, node)
    return (
        float(np.degrees(np.arcsin(earth @ pole))),
        float(np.degrees(np.arctan2(earth @ across, earth @ node))),
    )


def pixel_to_offset(geometry: DiskGeometry, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Return offsets from disk centre, west and north, in units of the limb's radius.

    `x`, `y`: pixel centres count as whole numbers; y upwards.
    """
    roll = np.radians(geometry.roll)
    dx = (np.asarray(x, float) - geometry.x_center) / geometry.radius
    dy = (np.asarray(y, float) - geometry.y_center) / geometry.radius
    return np.cos(roll) * dx - np.sin(roll) * dy, np.sin(roll) * dx + np.cos(roll) * dy


def offset_to_pixel(
    geometry: DiskGeometry, west: ArrayLike, north: ArrayLike
) -> tuple[Floats, Floats]:
    """Return pixel positions of offsets from disk centre; the inverse of `pixel_to_offset`."""
    roll = np.radians(geometry.roll)
    west, north = np.asarray(west, float), np.asarray(north, float)
    dx = np.cos(roll) * west + np.sin(roll) * north
    dy = -np.sin(roll) * west + np.cos(roll) * north
    return geometry.x_center + geometry.radius * dx, geometry.y_center + geometry.radius * dy


def offset_to_sphere(
    west: ArrayLike, north: ArrayLike, distance: float
) -> tuple[Floats, Floats, Floats]:
    """Return heliocentric x (west), y (north), z (observer), solar radii; NaN off the limb.

    Parameters
    ----------
    west, north : array_like
        Offsets in units of the limb's radius.
    distance : float
        Observer's distance, solar radii: the perspective is exact.
    """
    west, north = np.asarray(west, float), np.asarray(north, float)
    rho = np.hypot(west, north)
    limb = np.arcsin(1 / distance)
    sine = np.sin(np.minimum(rho, 1.0) * limb)
    root = np.sqrt(np.clip(1 - (distance * sine) ** 2, 0, None))
    along = distance * np.sqrt(1 - sine**2) - root  # from the observer to the surface
    scale = np.divide(along * sine, rho, out=np.full_like(rho, along.flat[0] * limb), where=rho > 0)
    z = distance - along * np.sqrt(1 - sine**2)
    off = rho > 1
    return tuple(np.where(off, np.nan, v) for v in (west * scale, north * scale, z))  # type: ignore[return-value]


def pixel_to_stonyhurst(
    geometry: DiskGeometry, x: ArrayLike, y: ArrayLike
) -> tuple[Floats, Floats]:
    """Return Stonyhurst longitude and latitude, degrees; NaN off the limb."""
    sphere = offset_to_sphere(*pixel_to_offset(geometry, x, y), geometry.distance)
    meridian, latitude = sphere_to_heliographic(sphere, _needed(geometry.b0))
    return wrapped(meridian + geometry.observer_lon), latitude


def sphere_to_heliographic(
    sphere: tuple[ArrayLike, ArrayLike, ArrayLike] | Floats, b0: float
) -> tuple[Floats, Floats]:
    """Return the distance from the central meridian and latitude, degrees, of unit vectors.

    `sphere`, (3, ...): x west, y north, z along the Sun-observer line. `b0`: latitude of disk
    centre, degrees.
    """
    x, y, z = (np.asarray(part) for part in sphere)
    tilt = np.radians(b0)
    latitude = np.arcsin(np.clip(y * np.cos(tilt) + z * np.sin(tilt), -1, 1))
    longitude = np.arctan2(x, z * np.cos(tilt) - y * np.sin(tilt))
    return np.degrees(longitude), np.degrees(latitude)


def heliographic_to_sphere(
    meridian: ArrayLike, latitude: ArrayLike, b0: float
) -> NDArray[np.float64]:
    """Return unit vectors, (3, ...), of positions; the inverse of `sphere_to_heliographic`.

    `meridian`, `latitude`: distance from the observer's central meridian, west positive, and
    latitude, degrees. `b0`: latitude of disk centre, degrees.
    """
    lon, lat, tilt = np.radians(meridian), np.radians(latitude), np.radians(b0)
    depth = np.cos(lat) * np.cos(lon)
    return np.array(
        [
            np.cos(lat) * np.sin(lon),
            np.sin(lat) * np.cos(tilt) - depth * np.sin(tilt),
            np.sin(lat) * np.sin(tilt) + depth * np.cos(tilt),
        ],
        np.float64,
    )


def sphere_to_offset(sphere: Floats, distance: float) -> tuple[Floats, Floats]:
    """Return offsets from disk centre, west and north, in units of the limb's radius.

    Parameters
    ----------
    sphere : (3, ...)
        Unit vectors: x west, y north, z along the Sun-observer line; the far side is not left out.
    distance : float
        Observer's, solar radii: the perspective is exact.
    """
    x, y, z = sphere
    rho = np.hypot(x, y)
    ratio = np.arctan2(rho, distance - z) / np.arcsin(1 / distance)
    scale = np.divide(ratio, rho, out=np.ones_like(rho), where=rho > 0)
    return x * scale, y * scale


def stonyhurst_to_pixel(
    geometry: DiskGeometry, longitude: ArrayLike, latitude: ArrayLike
) -> tuple[Floats, Floats]:
    """Return pixel x and y of Stonyhurst positions; NaN for the far side."""
    meridian = np.asarray(longitude, float) - geometry.observer_lon
    sphere = heliographic_to_sphere(meridian, latitude, _needed(geometry.b0))
    visible = sphere[2] >= 1 / geometry.distance
    x, y = offset_to_pixel(geometry, *sphere_to_offset(sphere, geometry.distance))
    return np.where(visible, x, np.nan), np.where(visible, y, np.nan)


def mu(geometry: DiskGeometry, x: ArrayLike, y: ArrayLike) -> Floats:
    """Return the cosine of the angle between line of sight and local vertical; NaN off the limb."""
    west, north = pixel_to_offset(geometry, x, y)
    rho = np.hypot(west, north)
    sine = np.sin(np.minimum(rho, 1) * np.arcsin(1 / geometry.distance)) * geometry.distance
    return np.where(rho > 1, np.nan, np.sqrt(np.clip(1 - sine**2, 0, None)))


def carrington(geometry: DiskGeometry, longitude: ArrayLike) -> Floats:
    """Return Carrington longitude, degrees 0..360, of a Stonyhurst longitude."""
    return (central_distance(geometry, longitude) + _needed(geometry.l0)) % 360.0


def central_distance(geometry: DiskGeometry, longitude: ArrayLike) -> Floats:
    """Return how far Stonyhurst longitudes are from the observer's central meridian.

    Returns array: degrees -180..180, west positive. For an observer on the line from Earth to the
    Sun it is the Stonyhurst longitude itself.
    """
    return wrapped(np.asarray(longitude, float) - geometry.observer_lon)


def wrapped(angle: ArrayLike) -> Floats:
    """Return angles between -180 (included) and 180 degrees; those that are so stay untouched."""
    plain = np.asarray(angle, float)
    inside = (plain >= -180) & (plain < 180)
    return np.where(inside | np.isnan(plain), plain, (plain + 180.0) % 360.0 - 180.0)


def differential_rotation(latitude: ArrayLike, days: float) -> Floats:
    """Return how far a region moves in Stonyhurst longitude (west positive), degrees.

    `days`: time passed.

    Magnetic features of Snodgrass & Ulrich (1990, ApJ 351, 309) as in SolarSoft's diff_rot:
    sidereal A = 14.252, B = -1.678, C = -2.401 degrees/day, less Earth's mean 0.9856.
    """
    s2 = np.sin(np.radians(latitude)) ** 2
    return days * (14.252 - 1.678 * s2 - 2.401 * s2**2 - 0.9856)


def with_ephemeris(geometry: DiskGeometry, time: datetime) -> DiskGeometry:
    """Return the geometry with B0, L0 and distance as seen from Earth at a time."""
    seen = ephemeris(time)
    return replace(geometry, b0=seen.b0, l0=seen.l0, distance=seen.distance, observer_lon=0.0)


def placed(geometry: DiskGeometry, time: datetime | None) -> DiskGeometry:
    """Return the geometry with B0, L0 and distance as seen from Earth where it has none."""
    return geometry if time is None or geometry.is_located else with_ephemeris(geometry, time)


def wcs_keywords(geometry: DiskGeometry) -> dict[str, str | float]:
    """Return the FITS keywords of a helioprojective image with the Sun there, its roll left out."""
    angular = float(np.degrees(np.arcsin(1 / geometry.distance)) * 3600)
    scale = angular / geometry.radius
    return {
        "CTYPE1": "HPLN-TAN",
        "CTYPE2": "HPLT-TAN",
        "CUNIT1": "arcsec",
        "CUNIT2": "arcsec",
        "CRPIX1": geometry.x_center + 1,
        "CRPIX2": geometry.y_center + 1,
        "CRVAL1": 0.0,
        "CRVAL2": 0.0,
        "CDELT1": scale,
        "CDELT2": scale,
        "RSUN_REF": SOLAR_RADIUS_MM * 1e6,
        "DSUN_OBS": geometry.distance * SOLAR_RADIUS_MM * 1e6,
    }


def visible_point(
    geometry: DiskGeometry, box: tuple[float, float, float, float]
) -> tuple[float, float, bool]:
    """Return the centre of the part of a box that lies on the disk, and whether some lies off.

    `box` is x_min, y_min, x_max, y_max: pixel-edge coordinates, rows upwards.

    Returns
    -------
    x, y : float
        Pixels; for a box wholly off the limb, the limb's nearest point (just inside it).
    """
    far = max(
        np.hypot(x - 0.5 - geometry.x_center, y - 0.5 - geometry.y_center)
        for x in (box[0], box[2])
        for y in (box[1], box[3])
    )
    if far < 0.999 * geometry.radius:  # a disk is convex: all of the box is on it
        return (box[0] + box[2]) / 2 - 0.5, (box[1] + box[3]) / 2 - 0.5, False
    xs = np.linspace(box[0], box[2], 17) - 0.5
    ys = np.linspace(box[1], box[3], 17) - 0.5
    gx, gy = np.meshgrid(xs, ys)
    rho = np.hypot(gx - geometry.x_center, gy - geometry.y_center) / geometry.radius
    inside = rho < 0.999
    if inside.any():
        return float(gx[inside].mean()), float(gy[inside].mean()), True
    dx = (box[0] + box[2]) / 2 - 0.5 - geometry.x_center
    dy = (box[1] + box[3]) / 2 - 0.5 - geometry.y_center
    shrink = 0.998 * geometry.radius / float(np.hypot(dx, dy))
    return geometry.x_center + dx * shrink, geometry.y_center + dy * shrink, True


def _needed(value: float | None) -> float:
    if value is None:
        raise ValueError("this geometry has no B0 and L0: the image's time is unknown")
    return value
