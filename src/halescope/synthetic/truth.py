"""What a drawn disk holds, measured on the paint itself: noiseless, each region alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, label

from halescope.classes import COARSE
from halescope.geometry import HEMISPHERE_MM2, SOLAR_RADIUS_MM, heliographic_to_sphere
from halescope.synthetic.paint import Patch, facing, pixel_area, tangent
from halescope.synthetic.recipe import PLAGE, Group
from halescope.types import Catalog, DiskGeometry

UNITS = {
    "x_min": "pix", "y_min": "pix", "x_max": "pix", "y_max": "pix",
    "hgs_lon": "deg", "hgs_lat": "deg", "mu": "", "area_msh": "",
    "flux_positive": "Mx", "flux_negative": "Mx", "separation_mm": "Mm", "tilt": "deg",
}  # fmt: skip
"""Columns of numbers and their units. `tilt` is positive where the leading polarity is nearer the
equator; `area_msh` is that of the spots, millionths of the hemisphere."""

COLUMNS = ("region", "status", "class", "coarse", *UNITS, "leader", "hale", "spots")

_THRESHOLD = 28.0
_REACH = np.cos(np.radians(11.0))


def truth_row(
    group: Group, patch: Patch, geometry: DiskGeometry, odd: bool
) -> dict[str, Any] | None:
    """Return one row of the truth table, None for a group too weak to have a box.

    `patch`: the group's own field. `geometry`: of the image that the patch is part of. `odd`:
    whether the cycle's number is odd.
    """
    box = _extent(group, patch, geometry)
    if box is None:
        return None
    west, north, up = tangent(geometry, group.longitude, group.latitude)
    positive, negative = _moments(patch, geometry, west, north)
    gap = positive[1:] - negative[1:] if group.leader > 0 else negative[1:] - positive[1:]
    side = 1 if group.latitude >= 0 else -1
    return {
        "region": 0,
        "status": PLAGE if group.kind == PLAGE else "firm",
        "class": group.kind,
        "coarse": COARSE.get(group.kind, PLAGE),
        "x_min": box[0],
        "y_min": box[1],
        "x_max": box[2],
        "y_max": box[3],
        "hgs_lon": group.longitude,
        "hgs_lat": group.latitude,
        "mu": float(up[2]),
        "area_msh": sum(spot.area for spot in group.spots) / HEMISPHERE_MM2 * 1e6,
        "flux_positive": float(positive[0]),
        "flux_negative": float(negative[0]),
        "separation_mm": float(np.hypot(*gap)),
        "tilt": float(np.degrees(np.arctan2(-side * gap[1], gap[0]))),
        "leader": group.leader,
        "hale": bool(group.leader == side * (1 if odd else -1)),
        "spots": len(group.spots),
    }


def truth_table(rows: list[dict[str, Any]]) -> Catalog:
    """Return the rows as a catalogue, strongest flux first, numbered from 1."""
    rows = sorted(rows, key=lambda row: -(row["flux_positive"] + row["flux_negative"]))
    for number, row in enumerate(rows, 1):
        row["region"] = number
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return Catalog(columns, {name: unit for name, unit in UNITS.items() if unit})


def _moments(
    patch: Patch, geometry: DiskGeometry, west: NDArray[np.float64], north: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return flux (Mx) and centroid (Mm west, Mm north) of both polarities, (3,) each."""
    mu = np.clip(np.nan_to_num(facing(geometry, patch.sphere)), 0.02, None)
    flux = patch.radial * np.nan_to_num(pixel_area(geometry, patch.sphere)) / mu
    position = np.nan_to_num(patch.sphere)
    out = []
    for sign in (1, -1):
        part = np.clip(sign * flux, 0, None)
        total = part.sum()
        mean = np.tensordot(position, part, 2) / max(total, 1.0)
        out.append(
            np.array([total, SOLAR_RADIUS_MM * (west @ mean), SOLAR_RADIUS_MM * (north @ mean)])
        )
    return out[0], out[1]


def _extent(
    group: Group, patch: Patch, geometry: DiskGeometry
) -> tuple[float, float, float, float] | None:
    """Return the box of the group's strong field, by the numbers of the box rule.

    Smoothed |field| above 28 G (Gaussian of 2.5 px where the Sun's radius is 200 px), within 11
    degrees; the largest piece, and others of 30 px and more; a margin of 1 px.
    """
    scale = geometry.radius / 200.0
    strength = gaussian_filter(np.abs(patch.los), 2.5 * scale)
    center = heliographic_to_sphere(group.longitude, group.latitude, geometry.b0 or 0.0)
    near = np.tensordot(center, np.nan_to_num(patch.sphere), 1) > _REACH
    pieces, count = label((strength > _THRESHOLD) & near)
    if count == 0:
        return None
    sizes = np.bincount(pieces.ravel())[1:]
    kept = 1 + np.flatnonzero((sizes == sizes.max()) | (sizes >= 30 * scale**2))
    rows, columns = np.nonzero(np.isin(pieces, kept))
    return (
        float(patch.x + columns.min() - scale),
        float(patch.y + rows.min() - scale),
        float(patch.x + columns.max() + 1 + scale),
        float(patch.y + rows.max() + 1 + scale),
    )
