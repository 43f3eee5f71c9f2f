"""Physical features of one region: what Hale's classes ask about, measured.

All are unchanged when the picture is mirrored or its polarities are swapped, as the classes are:
"major" is the polarity with more flux, "minor" the other.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from halescope.tensors import GREY_CLIP
from halescope.types import Array

LEVELS = (14.0, 40.0, 80.0, 115.0)
"""Field levels, grey levels of 1.96 G, at which areas are counted."""

CORE = 80.0
"""Field, smoothed by one pixel, of a spot's core, grey levels."""

_ONE_SIDE = (
    "flux", *(f"area_{level:.0f}" for level in LEVELS), "peak_1", "peak_2", "peak_3", "solid",
    "solid_area", "cores", "core_area", "largest_core", "second_core", "spread",
)  # fmt: skip
_WHOLE = (
    "mu", "width", "tall", "box_area", "imbalance", "peak_ratio_1", "peak_ratio_3", "core_ratio",
    "separation", "separation_ratio", "tilt", "wrong_side", "wrong_side_minor", "mixing_2",
    "mixing_4", "contact_20", "contact_50", "contact_pieces", "gradient", "core_distance",
    "strong_share", "end",
)  # fmt: skip
FEATURES: tuple[str, ...] = (
    *(f"major_{name}" for name in _ONE_SIDE),
    *(f"minor_{name}" for name in _ONE_SIDE),
    *_WHOLE,
)
"""Names, in the order of the vector. Counts and fluxes are logarithms, ``log(1 + value)``. The last
is where the field was cut off, in units of `GREY_CLIP`."""

_ALL_FOUR = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
_ALL_EIGHT = np.ones((3, 3), bool)


NEAR_END = 0.92
"""Share of the level at which the field was cut off, at which areas of higher levels are counted:
they are what has reached the end of the scale, or nearly."""


def describe(field: Array, inside: NDArray[np.bool_], mu: float, end: float = GREY_CLIP) -> Array:
    """Return the features of one region.

    Returns (F,) float32: in the order of `FEATURES`, all finite.

    Parameters
    ----------
    field : (S, S) float32, grey levels
        On the plane that touches the Sun at the region's centre; 0 outside the box.
    inside : (S, S) bool
        The box.
    mu : float
        Cosine of the heliocentric angle at the centre.
    end : float
        Where both polarities are cut off, grey levels.
    """
    highest = NEAR_END * end
    field, inside = _cut(field, inside)
    if field.sum() < 0:
        field = -field
    smooth = [_smooth(field, sigma) for sigma in (1.0, 2.0, 3.0)]
    major = _one_side(field, smooth, highest)
    minor = _one_side(-field, [-s for s in smooth], highest)
    whole = _whole(field, inside, mu, smooth, major, minor, highest)
    return np.array([*major.values(), *minor.values(), *whole, end / GREY_CLIP], np.float32)


def _cut(field: Array, inside: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """Cut to the box and four pixels about it, which makes all that follows fast."""
    rows, columns = np.nonzero(inside.any(1))[0], np.nonzero(inside.any(0))[0]
    if not len(rows):
        return field[:8, :8], inside[:8, :8]
    window = (
        slice(max(rows[0] - 4, 0), rows[-1] + 5),
        slice(max(columns[0] - 4, 0), columns[-1] + 5),
    )
    return field[window], inside[window]


def _smooth(field: Array, sigma: float) -> Array:
    """Return the field under a Gaussian cut at three standard deviations; zero outside.

    Two products with a small matrix are several times faster here than a filter over the array.
    """
    rows, columns = field.shape
    kernel = _kernel(max(rows, columns), sigma)
    out = kernel[:rows, :rows] @ field @ kernel[:columns, :columns]
    return out.astype(np.float32, copy=False)


@lru_cache(maxsize=512)
def _kernel(size: int, sigma: float) -> Array:
    offset = np.arange(size)[:, None] - np.arange(size)[None, :]
    reach = int(3 * sigma + 0.5)
    steps = np.arange(-reach, reach + 1)
    whole = np.exp(-0.5 * (steps / sigma) ** 2).sum()
    near = np.where(np.abs(offset) <= reach, np.exp(-0.5 * (offset / sigma) ** 2) / whole, 0)
    return near.astype(np.float32)


def _least(field: Array) -> Array:
    """Return the smallest of each pixel's 3 x 3 neighbours, without the array's rim."""
    rows = np.minimum(np.minimum(field[:-2], field[1:-1]), field[2:])
    return np.minimum(np.minimum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask with one pixel added on each side."""
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    wide = out.copy()
    wide[:, 1:] |= out[:, :-1]
    wide[:, :-1] |= out[:, 1:]
    return wide


def _one_side(field: Array, smooth: list[Array], highest: float) -> dict[str, float]:
    """Return the features of the positive polarity; levels above `highest` are taken there."""
    from scipy.ndimage import label

    least = _least(field)
    core = smooth[0] > min(CORE, highest)
    pieces, _ = label(core, _ALL_FOUR)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])[::-1]
    sizes = sizes[sizes >= 3]
    strong = np.where(field > LEVELS[0], field, np.float32(0))
    values = [
        np.log1p(np.maximum(field, 0).sum() / 100),
        *(np.log1p(np.count_nonzero(field > min(level, highest))) for level in LEVELS),
        *(max(float(s.max()), 0.0) / 127 for s in smooth),
        max(float(least.max()), 0.0) / 127,
        np.log1p(np.count_nonzero(least > min(100, highest))),
        np.log1p(len(sizes)),
        np.log1p(sizes.sum()),
        np.log1p(sizes[0] if len(sizes) else 0),
        np.log1p(sizes[1] if len(sizes) > 1 else 0),
        _moments(strong)[2] / 20,
    ]
    return dict(zip(_ONE_SIDE, map(float, values), strict=True))


def _moments(weight: Array) -> tuple[float, float, float]:
    """Return centroid x, y and root-mean-square distance from it, pixels; zeros where empty."""
    total = float(weight.sum())
    if total <= 0:
        return 0.0, 0.0, 0.0
    across, along = weight.sum(0), weight.sum(1)
    columns, rows = np.arange(len(across)), np.arange(len(along))
    x, y = float(across @ columns) / total, float(along @ rows) / total
    spread = (across @ (columns - x) ** 2 + along @ (rows - y) ** 2) / total
    return x, y, float(np.sqrt(spread))


def _whole(
    field: Array,
    inside: NDArray[np.bool_],
    mu: float,
    smooth: list[Array],
    major: dict[str, float],
    minor: dict[str, float],
    highest: float,
) -> list[float]:
    """Return the features that need both polarities, in the order of `_WHOLE` but for its last."""
    flux = np.abs(field)
    total = float(flux.sum()) + 1.0
    separation, spread, tilt = _dipole(field)
    wrong = _wrong_side(field)
    cores = np.expm1([major["core_area"], minor["core_area"]])
    height, width = np.array([inside.any(1).sum(), inside.any(0).sum()]) / 40
    values = [
        mu,
        float(width),
        float(height),
        np.log1p(np.count_nonzero(inside)),
        abs(float(field.sum())) / total,
        _ratio(major["peak_1"], minor["peak_1"]),
        _ratio(major["peak_3"], minor["peak_3"]),
        _ratio(cores[0] + 1, cores[1] + 1),
        separation / 20,
        separation / (spread + 1),
        tilt,
        *wrong,
        _mixing(field, 2.0),
        _mixing(field, 4.0),
        *_contact(smooth[0]),
        _core_distance(smooth[0], min(CORE, highest)),
        float(flux[flux > min(80, highest)].sum()) / total,
    ]
    return [float(v) for v in values]


def _ratio(a: float, b: float) -> float:
    """Return the smaller over the larger."""
    return min(a, b) / max(a, b, 1e-6)


def _dipole(field: Array) -> tuple[float, float, float]:
    """Return separation and summed spread of the polarities, pixels, and |sin(tilt)|."""
    ax, ay, a = _moments(np.where(field > 14, field, 0))
    bx, by, b = _moments(np.where(field < -14, -field, 0))
    if a == 0 or b == 0:
        return 0.0, a + b, 0.0
    apart = float(np.hypot(ax - bx, ay - by))
    return apart, a + b, abs(ay - by) / max(apart, 1e-6)


def _wrong_side(field: Array) -> tuple[float, float]:
    """Return how much flux, and how much of the minor, a straight line leaves on wrong sides.

    The line is the best across Fisher's direction; a plain bipole has little on wrong sides.
    """
    rows, columns = np.nonzero(np.abs(field) > 30)
    values = field[rows, columns].astype(float)
    weight = np.abs(values)
    up, down = weight * (values > 0), weight * (values < 0)
    if up.sum() == 0 or down.sum() == 0:
        return 0.0, 0.0
    points = np.stack([columns, rows], 1).astype(float)
    means = [(points * w[:, None]).sum(0) / w.sum() for w in (up, down)]
    centred = points - np.where(values[:, None] > 0, means[0], means[1])
    scatter = (centred * weight[:, None]).T @ centred / weight.sum() + 4 * np.eye(2)
    order = np.argsort(points @ np.linalg.solve(scatter, means[1] - means[0]))
    up_left, down_left = np.cumsum(up[order]), np.cumsum(down[order])
    wrong = (up.sum() - up_left) + down_left
    best = int(wrong.argmin())
    share = float(wrong[best] / weight.sum())
    return share, float(down_left[best] / down.sum())


def _mixing(field: Array, sigma: float) -> float:
    """Return the share of flux whose neighbourhood holds as much of the other sign, 0..1."""
    up, down = _smooth(np.maximum(field, 0), sigma), _smooth(np.maximum(-field, 0), sigma)
    return float(2 * np.minimum(up, down).sum() / ((up + down).sum() + 1e-3))


def _contact(smooth: Array) -> tuple[float, float, float, float]:
    """Return lengths of the lines where strong polarities touch, pieces, and the gradient there."""
    from scipy.ndimage import label

    lines = [_grown(smooth > level) & _grown(smooth < -level) for level in (20.0, 50.0)]
    if not lines[0].any():
        return 0.0, 0.0, 0.0, 0.0
    slope = np.hypot(*np.gradient(smooth))
    return (
        float(np.log1p(lines[0].sum())),
        float(np.log1p(lines[1].sum())),
        float(np.log1p(label(lines[0], _ALL_EIGHT)[1])),
        float(np.log1p(slope[lines[0]].sum() / 20)),
    )


def _core_distance(smooth: Array, core: float) -> float:
    """Return the least distance between cores of both polarities, in 20 pixels, at most 2."""
    from scipy.ndimage import distance_transform_edt

    up, down = smooth > core, smooth < -core
    if not up.any() or not down.any():
        return 2.0
    return min(float(distance_transform_edt(~up)[down].min()) / 20, 2.0)
