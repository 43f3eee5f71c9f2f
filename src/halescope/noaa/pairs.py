"""Who matches whom on one image: regions of ours and of NOAA's, one to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE
from halescope.geometry import ephemeris, wrapped
from halescope.noaa.midnights import Listed
from halescope.normalize import Frame
from halescope.types import format_time

TOLERANCE = 6.0
"""Largest heliocentric angle between a region and its NOAA position, degrees. NOAA's are rounded
to a degree and mark the spots; ours mark the middle of the field."""

ROUNDING = 1.5
"""NOAA's positions lie in a box if they do within this many degrees: they are rounded to one and
rotated by a mean law."""

LEAST_REGIONS = 3
LARGEST_ERROR = 0.01
"""Root mean square error of a fit that is believed, solar radii."""

JUDGED_WITHIN = 75.0
"""NOAA regions further from the central meridian than this are not held against anyone, degrees:
no network learned from such or was scored on them."""

VERDICTS = ("matched", "missed", "extra", "merged", "split", "limb", "outside")


@dataclass(frozen=True)
class Verdict:
    """One line of the report: a region of ours, of NOAA's, or both.

    Parameters
    ----------
    verdict : str
        One of `VERDICTS`.
    row : mapping or None
        Catalogue row; for ``merged`` the box that holds the NOAA region besides its own.
    listed : Listed or None
        For ``split`` the NOAA region that has a box of its own besides this one.
    distance : float or None
        Degrees between both.
    """

    image: str
    time: str
    verdict: str
    row: Mapping[str, Any] | None
    listed: Listed | None
    distance: float | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether alpha / beta / complex is the same; None where one side gives no class."""
        if self.verdict != "matched" or self.row is None or self.listed is None:
            return None
        if not self.listed.name or not self.row.get("class"):
            return None
        return COARSE[self.row["class"]] == COARSE[self.listed.name]


def compare_image(
    image: str,
    time: datetime,
    rows: Sequence[Mapping[str, Any]],
    listed: Sequence[Listed],
    tolerance: float = TOLERANCE,
    frame: Frame | None = None,
) -> list[Verdict]:
    """Return the verdicts on one image, ours first.

    Parameters
    ----------
    time : datetime
        Aware.
    rows : sequence of mapping
        Catalogue rows of the image.
    tolerance : float
        Degrees.
    frame : Frame or None
        Where the Sun is in the image; guessed from the boxes if left out.

    A pair may match if it is within the tolerance, or if NOAA's position lies in the box. Of all
    ways to match one to one, that with most pairs is taken, and of those the one with the least
    sum of distances. A box of ours that is left and holds (or is near) a NOAA region with a box of
    its own is ``split``; a NOAA region that is left is ``merged`` if its position lies in a
    matched box, ``outside`` if the image does not show its place, ``limb`` beyond `JUDGED_WITHIN`,
    else ``missed``. Where neither `frame` nor the boxes tell where the Sun is (fewer than three),
    near counts as in.
    """
    placed = [row for row in rows if row.get("hgs_lon") is not None]
    plate = frame or fit_plate(placed, time)
    angle = _angles(placed, listed)
    near = angle <= tolerance
    inside = near if plate is None else _holds(plate, placed, listed)
    pairs = _assign(angle, near | inside)
    ours, theirs = dict(pairs), {j: i for i, j in pairs}
    stamp = next((str(row["time"]) for row in rows), format_time(time))
    out = []
    for i, row in enumerate(placed):
        others = [int(j) for j in np.argsort(angle[i]) if near[i, j] or inside[i, j]]
        if i not in ours and not others:
            out.append(Verdict(image, stamp, "extra", row, None))
            continue
        name, j = ("matched", ours[i]) if i in ours else ("split", others[0])
        out.append(Verdict(image, stamp, name, row, listed[j], float(angle[i, j])))
    for j, region in enumerate(listed):
        if j in theirs:
            continue
        holders = [i for i in np.argsort(angle[:, j]) if inside[i, j] and i in ours]
        if holders:
            i = int(holders[0])
            out.append(Verdict(image, stamp, "merged", placed[i], region, float(angle[i, j])))
        else:
            out.append(Verdict(image, stamp, _left(region, frame), None, region))
    return out


def _left(region: Listed, frame: Frame | None) -> str:
    """Return the verdict on a NOAA region that is in no box."""
    if frame is not None:
        x, y = frame.pixel(region.longitude, region.latitude)
        if x == x and not frame.shows(x, y):
            return "outside"
    return "limb" if abs(region.cmd) > JUDGED_WITHIN else "missed"


def meridian_of(row: Mapping[str, Any]) -> float:
    """Return a catalogue row's distance from the central meridian, degrees.

    In a catalogue of before this column, ``hgs_lon`` was that distance.
    """
    known = row.get("cmd")
    return float(row["hgs_lon"] if known is None else known)


def observer_of(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the Stonyhurst longitude of the observer of one image's rows, degrees; else 0."""
    placed = [row for row in rows if row.get("hgs_lon") is not None]
    away = [float(wrapped(row["hgs_lon"] - meridian_of(row))) for row in placed]
    return float(np.median(away)) if away else 0.0


def _angles(rows: Sequence[Mapping[str, Any]], listed: Sequence[Listed]) -> NDArray[np.float64]:
    """Return great-circle distances, (N, M), degrees."""
    lon = np.radians([[row["hgs_lon"]] for row in rows]).reshape(-1, 1)
    lat = np.radians([[row["hgs_lat"]] for row in rows]).reshape(-1, 1)
    lon2 = np.radians([region.longitude for region in listed]).reshape(1, -1)
    lat2 = np.radians([region.latitude for region in listed]).reshape(1, -1)
    chord = (
        np.sin((lat - lat2) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon - lon2) / 2) ** 2
    )
    return np.asarray(np.degrees(2 * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))))


def _holds(
    plate: Plate | Frame, rows: Sequence[Mapping[str, Any]], listed: Sequence[Listed]
) -> NDArray[np.bool_]:
    """Return whether each box holds each NOAA position, to within rounding, (N, M)."""
    out = np.zeros((len(rows), len(listed)), bool)
    radius = plate.radius if isinstance(plate, Plate) else plate.geometry.radius
    slack = radius * np.radians(ROUNDING)
    for j, region in enumerate(listed):
        at = region.cmd if isinstance(plate, Plate) else region.longitude
        x, y = plate.pixel(at, region.latitude)
        for i, row in enumerate(rows):
            across = row["x_min"] - slack <= x <= row["x_max"] + slack
            out[i, j] = bool(across and row["y_min"] - slack <= y <= row["y_max"] + slack)
    return out


def _assign(angle: NDArray[np.float64], near: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the pairs of least total distance among those that are near enough."""
    from scipy.optimize import linear_sum_assignment

    if not angle.size:
        return []
    # Far pairs cost more than all near ones together, so as many near ones as can be are made.
    cost = np.where(near, angle, 1e4)
    return [
        (int(i), int(j)) for i, j in zip(*linear_sum_assignment(cost), strict=True) if near[i, j]
    ]


@dataclass(frozen=True)
class Plate:
    """A similarity from the sky to file pixels.

    Parameters
    ----------
    matrix : (2, 2) float64
        Pixels for one solar radius west and north.
    center : (2,) float64
        Disk centre, pixel-edge coordinates.
    b0 : float
        Degrees.
    """

    matrix: NDArray[np.float64]
    center: NDArray[np.float64]
    b0: float

    @property
    def radius(self) -> float:
        """Solar radius, file pixels."""
        return float(np.hypot(*self.matrix[0]))

    def pixel(self, meridian: float, latitude: float) -> tuple[float, float]:
        """Return the file pixel of a position.

        `meridian`, `latitude`: distance from the central meridian and latitude, degrees.
        """
        x, y = self.matrix @ _sky(meridian, latitude, self.b0) + self.center
        return float(x), float(y)


def fit_plate(rows: Sequence[Mapping[str, Any]], time: datetime) -> Plate | None:
    """Return the plate that boxes of one image imply; None for under three, or if they disagree."""
    whole = [row for row in rows if "off_limb" not in str(row.get("flags") or "")]
    if len(whole) < LEAST_REGIONS:
        return None
    b0 = ephemeris(time).b0
    sky = np.array([_sky(meridian_of(row), row["hgs_lat"], b0) for row in whole])
    at = np.array(
        [((r["x_min"] + r["x_max"]) / 2, (r["y_min"] + r["y_max"]) / 2) for r in whole], float
    )
    fits = [_similarity(sky, at, flip) for flip in (1.0, -1.0)]
    matrix, center, error = min(fits, key=lambda fit: fit[2])
    plate = Plate(matrix, center, b0)
    return plate if error <= LARGEST_ERROR * plate.radius else None


def _similarity(
    sky: NDArray[np.float64], at: NDArray[np.float64], flip: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return matrix, offset and error of the best turn, scale and shift, rows up or down."""
    zero, one = np.zeros(len(sky)), np.ones(len(sky))
    west, north = sky.T
    system = np.concatenate(
        [
            np.stack([west, north, one, zero], 1),
            np.stack([flip * north, -flip * west, zero, one], 1),
        ]
    )
    target = np.concatenate([at[:, 0], at[:, 1]])
    a, b, cx, cy = np.linalg.lstsq(system, target, rcond=None)[0]
    error = float(np.sqrt(np.mean((system @ [a, b, cx, cy] - target) ** 2)))
    matrix = np.array([[a, b], [-flip * b, flip * a]])
    return matrix, np.array([cx, cy]), error


def _sky(meridian: float, latitude: float, b0: float) -> NDArray[np.float64]:
    """Return offsets west and north from disk centre, solar radii, seen from afar."""
    lon, lat, b = np.radians([meridian, latitude, b0])
    return np.array(
        [np.cos(lat) * np.sin(lon), np.sin(lat) * np.cos(b) - np.cos(lat) * np.cos(lon) * np.sin(b)]
    )
