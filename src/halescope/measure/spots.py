"""What Hale's classes ask of a region: opposite cores, how near and how like, and what parts them.

Where the field is in gauss, cores are those of `halescope.measure.cores` at the file's own
resolution. Pictures end at too weak a field for that: cores are patches of saturation there,
measured on the canonical disk, so that a picture of any size gives the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import HEMISPHERE_MM2, SOLAR_RADIUS_MM
from halescope.measure.area import surface_of
from halescope.measure.cores import (
    CLIPPED_GAUSS,
    LEAST_CLIPPED_MM2,
    CoreMasks,
    core_masks,
    edge_distance,
)
from halescope.measure.patch import cut_patch
from halescope.types import Array, Disk, Regions

Points = NDArray[np.float64]

SATURATED = 0.92
"""Share of the end of a picture's scale that counts as saturated, as 230 G of 250 G do."""


@dataclass(frozen=True)
class Spots:
    """Umbra candidates of one region.

    Parameters
    ----------
    positive, negative : int
        Cores of each polarity.
    area : float, Mm2
        Of all together.
    likeness : float
        Core area of the lesser polarity over that of the greater, 0..1.
    distance : float or None, Mm
        Least distance between the edges of opposite cores.
    calibrated : bool
        Whether they are umbra-like; else patches of saturation, which plage shows as well.
    places : tuple of (K, 2) and (L, 2) float64, Mm
        Pixels of the positive and of the negative cores, westwards and northwards.
    """

    positive: int
    negative: int
    area: float
    likeness: float
    distance: float | None
    calibrated: bool
    places: tuple[Points, Points]


def find_spots(disk: Disk, regions: Regions) -> list[Spots | None]:
    """Return the umbra candidates of each region; None where nothing can be measured."""
    origin = disk.origin
    if origin.scale == "gauss":
        patches = (cut_patch(origin, box, disk.geometry, 0.0) for box in regions.boxes)
        return [None if patch is None else spots_of(core_masks(patch)) for patch in patches]
    return _saturated(disk, regions.boxes)


def spots_of(found: CoreMasks) -> Spots:
    """Return the umbra candidates of a patch whose cores are known."""
    x, y = found.patch.axes()
    up, down = np.nonzero(found.positive), np.nonzero(found.negative)
    positive, negative = (np.stack([x[at[1]], y[at[0]]], 1).astype(float) for at in (up, down))
    pixel, cell = found.patch.pixel, found.patch.cell
    plus, minus = len(positive) * cell, len(negative) * cell
    return Spots(
        *found.counts,
        plus + minus,
        _like(plus, minus),
        edge_distance(positive, negative, pixel),
        found.patch.calibrated,
        (positive, negative),
    )


def layout(spots: Spots) -> dict[str, Any]:
    """Return how the cores lie: shares and extents, None where there are none.

    Returns
    -------
    dict
        ``core_likeness``; ``core_astray``, the least share of core area that a straight line
        between the polarities leaves on wrong sides; ``core_along_mm`` and ``core_across_mm``,
        the extents along the line between both polarities' middles (of one alone: along the
        longest extent) and across it.
    """
    positive, negative = spots.places
    if not len(positive) + len(negative):
        return {}
    points = np.concatenate([positive, negative])
    out: dict[str, Any] = {"core_likeness": spots.likeness}
    if len(positive) and len(negative):
        axis = positive.mean(0) - negative.mean(0)
        out["core_astray"] = _astray(positive, negative)
    else:
        centred = points - points.mean(0)
        axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    axis = axis / max(float(np.hypot(*axis)), 1e-9)
    out["core_along_mm"] = float(np.ptp(points @ axis))
    out["core_across_mm"] = float(np.ptp(points @ np.array([-axis[1], axis[0]])))
    return out


def _saturated(disk: Disk, boxes: Array) -> list[Spots | None]:
    """Return the patches of saturation in each box."""
    geometry = disk.geometry
    area = surface_of(geometry)[0] * np.float32(HEMISPHERE_MM2 / 1e6)
    limit = min(CLIPPED_GAUSS / disk.origin.gauss_per_unit, SATURATED * disk.origin.saturation)
    middle = np.array([geometry.x_center, geometry.y_center])
    pixel = SOLAR_RADIUS_MM / geometry.radius
    out: list[Spots | None] = []
    for x0, y0, x1, y1 in np.round(boxes).astype(int):
        left, low = max(int(x0), 0), max(int(y0), 0)
        part, cell = disk.field[low:y1, left:x1], area[low:y1, left:x1]
        plus, minus = _large(part >= limit, cell), _large(part <= -limit, cell)
        positive, negative = (
            _sphere((side[2] + (left, low) - middle) / geometry.radius) for side in (plus, minus)
        )
        out.append(
            Spots(
                plus[0],
                minus[0],
                plus[1] + minus[1],
                _like(plus[1], minus[1]),
                edge_distance(positive, negative, pixel),
                False,
                (positive[:, :2], negative[:, :2]),
            )
        )
    return out


def _large(mask: NDArray[np.bool_], cell: Array) -> tuple[int, float, Points]:
    """Return how many pieces of a mask are large enough, their surface, and pixels x and y."""
    from scipy.ndimage import label

    if not mask.any():
        return 0, 0.0, np.zeros((0, 2))
    pieces, count = label(mask)
    size = np.bincount(pieces.ravel(), cell.ravel(), count + 1)
    size[0] = 0
    kept = size >= LEAST_CLIPPED_MM2
    rows, columns = np.nonzero(kept[pieces])
    return int(kept.sum()), float(size[kept].sum()), np.stack([columns, rows], 1).astype(float)


def _sphere(plane: Points) -> Points:
    """Return places on the Sun, (K, 3) Mm, of offsets from disk centre, (K, 2) radii."""
    depth = np.sqrt(np.maximum(1 - (plane**2).sum(1), 0))
    return SOLAR_RADIUS_MM * np.column_stack([plane, depth])


def _like(a: float, b: float) -> float:
    return min(a, b) / max(a, b, 1e-9)


def _astray(positive: Points, negative: Points) -> float:
    """Return the least share of pixels on the wrong side of a line across Fisher's direction."""
    means = positive.mean(0), negative.mean(0)
    centred = np.concatenate([positive - means[0], negative - means[1]])
    scatter = centred.T @ centred / len(centred) + np.eye(2)
    direction = np.linalg.solve(scatter, means[1] - means[0])
    points = np.concatenate([positive, negative])
    sign = np.repeat([True, False], [len(positive), len(negative)])[np.argsort(points @ direction)]
    wrong = np.cumsum(~sign) + sign.sum() - np.cumsum(sign)
    return float(min(wrong.min(), sign.sum(), (~sign).sum()) / len(sign))
