"""Who matches whom on one image: regions of ours and of NOAA's, one to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE
from halescope.noaa.listed import Listed
from halescope.noaa.plate import Plate, fit_plate

TOLERANCE = 6.0
"""Largest heliocentric angle between a region and its NOAA position, degrees. NOAA's are rounded
to a degree and mark the spots; ours mark the middle of the field."""

ROUNDING = 1.5
"""NOAA's positions lie in a box if they do within this many degrees: they are rounded to one and
rotated by a mean law."""

VERDICTS = ("matched", "missed", "extra", "merged", "split")


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

    Notes
    -----
    A pair may match if it is within the tolerance, or if NOAA's position lies in the box. Of all
    ways to match one to one, that with most pairs is taken, and of those the one with the least
    sum of distances. A box of ours that is left and holds (or is near) a NOAA region with a box of
    its own is ``split``; a NOAA region that is left is ``merged`` if its position lies in a
    matched box, else ``missed``. Where the boxes do not tell where the Sun is (fewer than three),
    near counts as in.
    """
    placed = [row for row in rows if row.get("hgs_lon") is not None]
    plate = fit_plate(placed, time)
    angle = _angles(placed, listed)
    near = angle <= tolerance
    inside = near if plate is None else _holds(plate, placed, listed)
    pairs = _assign(angle, near | inside)
    ours, theirs = dict(pairs), {j: i for i, j in pairs}
    stamp = next((str(row["time"]) for row in rows), _stamp(time))
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
            out.append(Verdict(image, stamp, "missed", None, region))
    return out


def _stamp(time: datetime) -> str:
    from halescope.types import format_time

    return format_time(time)


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
    plate: Plate, rows: Sequence[Mapping[str, Any]], listed: Sequence[Listed]
) -> NDArray[np.bool_]:
    """Return whether each box holds each NOAA position, to within rounding, (N, M)."""
    out = np.zeros((len(rows), len(listed)), bool)
    slack = plate.radius * np.radians(ROUNDING)
    for j, region in enumerate(listed):
        x, y = plate.pixel(region.longitude, region.latitude)
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
