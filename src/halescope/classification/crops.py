"""The one function that turns a canonical disk and boxes into the classifier's input.

Each region is laid out on a plane that touches the Sun at the region's centre, at the scale of
the disk's centre: a region keeps its size and shape wherever it stands, as far as the picture
shows them. Training and serving both call `region_features`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.classification.features import FEATURES, describe
from halescope.geometry import visible_point
from halescope.tensors import GREY_CLIP, LEAST_SATURATION
from halescope.types import Array, DiskGeometry, Magnetogram

SIZE = 80
"""Side of a crop, pixels; 23 degrees, the largest extent of a box."""

PLANE_RADIUS = 200.0
"""Pixels of a crop in one solar radius."""

CUT_END = 38.0
"""Grey levels at which both polarities are cut where a picture ends before HMI's do: GONG's
positive field ends at 39. A difference between polarities would else tell of the picture alone."""


def end_of(origin: Magnetogram) -> float:
    """Return where both polarities of a disk are to be cut, grey levels."""
    if origin.scale == "gauss" or origin.saturation >= LEAST_SATURATION:
        return GREY_CLIP
    return min(CUT_END, origin.saturation)


def region_features(
    grey: Array, geometry: DiskGeometry, boxes: Array, end: float = GREY_CLIP
) -> Array:
    """Return the physical features of the regions of one disk.

    The field is clipped to the range of Helioviewer's pictures first, or to a narrower one, so that
    the classifier sees one kind of image, or two. Returns (N, F) float32: in the order of
    `halescope.classification.features.FEATURES`.

    Parameters
    ----------
    grey : (H, W) float32, grey levels of 1.96 G
        Field, north up; NaN off the limb.
    geometry : DiskGeometry
        Of `grey`; roll 0.
    boxes : (N, 4) float32
        Pixels of `grey`, rows upwards.
    end : float
        Where both polarities are cut, grey levels, see `end_of`.
    """
    features = np.zeros((len(boxes), len(FEATURES)), np.float32)
    clipped = np.clip(grey, -end, end).astype(np.float32, copy=False)
    clipped[np.isnan(clipped)] = 0
    for index, box in enumerate(np.asarray(boxes, float).reshape(-1, 4)):
        features[index] = describe(*lay_out(clipped, geometry, box), end)
    return features


def lay_out(
    grey: Array, geometry: DiskGeometry, box: NDArray[np.floating]
) -> tuple[Array, NDArray[np.bool_], float]:
    """Return field and box on the tangent plane, both (SIZE, SIZE), and mu at the centre.

    `grey`: without NaN. `box`, (4,): in its pixels.
    """
    from scipy.ndimage import map_coordinates

    x, y = (box[0] + box[2]) / 2 - 0.5, (box[1] + box[3]) / 2 - 0.5
    half = np.hypot(box[2] - box[0], box[3] - box[1]) / 2
    reach = np.hypot(x - geometry.x_center, y - geometry.y_center) + half
    if reach >= geometry.radius:
        x, y, _ = visible_point(geometry, (box[0], box[1], box[2], box[3]))
    px, py = _plane_pixels(geometry, x, y)
    inside = (px >= box[0] - 0.5) & (px < box[2] - 0.5)
    inside &= (py >= box[1] - 0.5) & (py < box[3] - 0.5)
    field = np.zeros((SIZE, SIZE), np.float32)
    field[inside] = map_coordinates(grey, [py[inside], px[inside]], order=1, mode="constant")
    west, north = (x - geometry.x_center), (y - geometry.y_center)
    rho = min(float(np.hypot(west, north)) / geometry.radius, 0.999)
    return field, inside, float(np.sqrt(1 - rho**2))


def _plane_pixels(
    geometry: DiskGeometry, x: float, y: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return pixel x and y, both (SIZE, SIZE), of the plane that touches the Sun at (x, y)."""
    west = (x - geometry.x_center) / geometry.radius
    north = (y - geometry.y_center) / geometry.radius
    depth = np.sqrt(max(1 - west**2 - north**2, 2e-3))
    flat = np.hypot(west, depth)
    axis = (np.arange(SIZE) - (SIZE - 1) / 2) / PLANE_RADIUS
    u, v = axis[None, :], axis[:, None]
    # Along the parallel of the disk, (depth, 0, -west); along its meridian, the cross product.
    qx = (west + u * (depth / flat)) - v * (north * west / flat)
    qy = north + v * flat
    qz = (depth - u * (west / flat)) - v * (north * depth / flat)
    length = np.sqrt(1 + u**2 + v**2)
    behind = qz <= 0.02 * length
    px = geometry.x_center + np.where(behind, np.nan, qx / length) * geometry.radius
    py = geometry.y_center + qy / length * geometry.radius
    return px, py + 0 * px
