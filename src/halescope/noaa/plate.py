"""Where the Sun is in an image, found again from a catalogue's own boxes and positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import ephemeris

LEAST_REGIONS = 3
LARGEST_ERROR = 0.01
"""Root mean square error of a fit that is believed, solar radii."""


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

    def pixel(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return the file pixel of a Stonyhurst position, degrees."""
        x, y = self.matrix @ _sky(longitude, latitude, self.b0) + self.center
        return float(x), float(y)


def fit_plate(rows: Sequence[Mapping[str, Any]], time: datetime) -> Plate | None:
    """Return the plate that the boxes of one image imply.

    Parameters
    ----------
    rows : sequence of mapping
        Catalogue rows with positions.
    time : datetime
        Aware.

    Returns
    -------
    Plate or None
        None for fewer than three whole boxes, or where they do not fit one disk.
    """
    whole = [row for row in rows if "off_limb" not in str(row.get("flags") or "")]
    if len(whole) < LEAST_REGIONS:
        return None
    b0 = ephemeris(time).b0
    sky = np.array([_sky(row["hgs_lon"], row["hgs_lat"], b0) for row in whole])
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


def _sky(longitude: float, latitude: float, b0: float) -> NDArray[np.float64]:
    """Return offsets west and north from disk centre, solar radii, seen from afar."""
    lon, lat, b = np.radians([longitude, latitude, b0])
    return np.array(
        [
            np.cos(lat) * np.sin(lon),
            np.sin(lat) * np.cos(b) - np.cos(lat) * np.cos(lon) * np.sin(b),
        ]
    )
