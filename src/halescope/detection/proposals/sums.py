"""Features of basins that carry over to unions: by adding them up, or by taking the largest.

Flux, area and flux-weighted positions of a union are the sums of its basins'; its peak fields and
largest cores are the largest of its basins'. So each disk is measured once, and the features of
hundreds of unions follow by arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.detection.proposals.basins import Basins
from halescope.tensors import GREY_CLIP
from halescope.types import Array, Disk

SMOOTHINGS = (0.8, 1.5, 4.0)
"""Standard deviations of the Gaussians under which peak field is taken, canonical pixels."""

WIDE = 6.0
"""Standard deviation of the widest Gaussian, canonical pixels."""

LEVELS = (60, 100)
"""Grey levels above which pixels of each polarity are counted; 127 is the end of the scale."""

CORE_LEVELS = (35, 90, 120)
"""Grey levels whose largest connected patch is measured: a spot is one patch, plage is many."""

SUMS: tuple[str, ...] = (
    "pixels", "surface",
    *(f"{what}_{sign}" for what in ("flux", "longitude", "latitude") for sign in "+-"),
    *(f"count_{level}_{sign}" for level in LEVELS for sign in "+-"),
)  # fmt: skip
"""Features that add up, ``+`` and ``-`` by polarity: pixels, the same corrected for foreshortening,
flux (grey levels times pixels), flux times longitude and latitude (radians), pixels above
`LEVELS`."""

HIGHEST: tuple[str, ...] = (
    *(f"peak_{s}_{sign}" for s in SMOOTHINGS for sign in "+-"),
    *(f"core_{level}_{sign}" for level in CORE_LEVELS for sign in "+-"),
    "strength", "wide",
)  # fmt: skip
"""Features whose largest counts: peaks of each polarity (grey levels) under `SMOOTHINGS`, pixels of
the largest patch above `CORE_LEVELS`, smoothed |field| by the box rule and under `WIDE`."""

_LEAST_MU2 = 0.002

_SUMS = frozenset(SUMS)
_COLUMN = {name: at for names in (SUMS, HIGHEST) for at, name in enumerate(names)}


@dataclass(frozen=True)
class BasinSums:
    """Features of K basins, or of K unions of basins.

    Parameters
    ----------
    sums : (K, len(SUMS)) float64
        Columns `SUMS`.
    highest : (K, len(HIGHEST)) float32
        Columns `HIGHEST`.
    """

    sums: NDArray[np.float64]
    highest: Array

    def __getitem__(self, name: str) -> NDArray[np.floating]:
        """Return one column by its name."""
        at = _COLUMN[name]
        return self.sums[:, at] if name in _SUMS else self.highest[:, at]

    def pair(self, name: str) -> NDArray[np.floating]:
        """Return a feature of both polarities, (K, 2), the positive one first."""
        at = _COLUMN[f"{name}_+"]  # the negative one stands beside it
        table = self.sums if f"{name}_+" in _SUMS else self.highest
        return table[:, at : at + 2]

    def take(self, items: NDArray[np.intp]) -> BasinSums:
        """Return some rows, by their indices."""
        return BasinSums(self.sums[items], self.highest[items])

    def join(self, member: NDArray[np.bool_]) -> BasinSums:
        """Return the features of unions of these M basins.

        `member`, (K, M) bool: which basins each union holds; zeros for a union of none.
        """
        highest = np.zeros((len(member), len(HIGHEST)), np.float32)
        # Basin by basin: a few passes over (K, 14) beat one over (K, M, 14).
        for has, values in zip(member.T, self.highest, strict=True):
            np.maximum(highest, values, out=highest, where=has[:, None])
        return BasinSums(member.astype(np.float64) @ self.sums, highest)

    @property
    def total(self) -> NDArray[np.float64]:
        """Unsigned flux, grey levels times canonical pixels, (K,)."""
        return self["flux_+"] + self["flux_-"]

    @property
    def balance(self) -> NDArray[np.float64]:
        """Share of the weaker polarity in the flux, 0..0.5, (K,)."""
        out: NDArray[np.float64] = self.pair("flux").min(1) / (self.total + 1)
        return out

    @property
    def net(self) -> NDArray[np.float64]:
        """Signed share of the flux, -1..1, (K,)."""
        return (self["flux_+"] - self["flux_-"]) / (self.total + 1)

    @property
    def place(self) -> NDArray[np.float64]:
        """Longitude and latitude of the flux, radians from disk centre, (K, 2)."""
        weighted = np.stack([self.pair(axis).sum(1) for axis in ("longitude", "latitude")], 1)
        out: NDArray[np.float64] = weighted / (self.total + 1e-6)[:, None]
        return out

    @property
    def dipole(self) -> NDArray[np.float64]:
        """Positive less negative polarity's longitude and latitude, degrees, (K, 2)."""
        flux = self.pair("flux") + 1e-6
        both = [self.pair(axis) / flux for axis in ("longitude", "latitude")]
        apart = np.stack([part[:, 0] - part[:, 1] for part in both], 1)
        out: NDArray[np.float64] = np.degrees(apart)
        return out


def sum_basins(disk: Disk, basins: Basins) -> BasinSums:
    """Return the features of each basin of a canonical disk, a row each."""
    grey = np.clip(disk.grey, -GREY_CLIP, GREY_CLIP).astype(np.float32)
    grey[np.isnan(grey)] = 0  # several times faster than nan_to_num
    rows, columns = np.divmod(basins.pixels, basins.shape[1])
    x = (columns - disk.geometry.x_center) / disk.geometry.radius
    y = (rows - disk.geometry.y_center) / disk.geometry.radius
    mu = np.sqrt(np.maximum(1 - x**2 - y**2, _LEAST_MU2))
    value = grey.ravel()[basins.pixels]
    signed = [np.maximum(value, 0), np.maximum(-value, 0)]
    longitude = np.arctan2(x, mu)
    parts = [np.ones(len(x)), 1 / mu, *signed]
    parts += [part * axis for axis in (longitude, y) for part in signed]
    parts += [sign * value >= level for level in LEVELS for sign in (1, -1)]
    count = len(basins)
    sums = [np.bincount(basins.owner, part, count) for part in parts]
    return BasinSums(np.stack(sums, 1), _highest(grey, basins))


def _highest(grey: Array, basins: Basins) -> Array:
    """Return the columns `HIGHEST` of each basin."""
    from scipy.ndimage import gaussian_filter

    if not len(basins):
        return np.zeros((0, len(HIGHEST)), np.float32)
    order = np.argsort(basins.owner, kind="stable")
    start = np.searchsorted(basins.owner[order], np.arange(len(basins)))
    rows, columns = np.divmod(basins.pixels[order], basins.shape[1])
    margin = int(4 * WIDE)
    first = max(0, int(rows.min()) - margin) // 4 * 4
    band = grey[first : int(rows.max()) + margin]
    rows = rows - first
    out = []
    for smoothing in SMOOTHINGS:
        if smoothing > 3:  # a wide Gaussian loses nothing on blocks
            smooth = gaussian_filter(_blocks(band, 2), smoothing / 2, truncate=3.0)
            value = smooth[_within(rows, 2, smooth, 0), _within(columns, 2, smooth, 1)]
        else:
            value = _smooth_at(band, rows, columns, smoothing)
        out += [np.maximum(value, 0), np.maximum(-value, 0)]
    out += patch_sizes(band, rows * band.shape[1] + columns)
    out.append(basins.strength[order])
    wide = gaussian_filter(_blocks(np.abs(band), 4), WIDE / 4, truncate=3.0)
    out.append(wide[_within(rows, 4, wide, 0), _within(columns, 4, wide, 1)])
    highest: Array = np.maximum.reduceat(np.stack(out, 1).astype(np.float32), start, axis=0)
    return highest


def _smooth_at(
    field: Array, rows: NDArray[np.intp], columns: NDArray[np.intp], smoothing: float
) -> Array:
    """Return the field under a Gaussian, cut at three standard deviations, at some pixels.

    Rows and columns beyond the filter's reach of all of them are left out first, which changes
    nothing.
    """
    from scipy.ndimage import gaussian_filter

    reach = int(3 * smoothing + 0.5)
    row, column = (
        _kept(place, reach, side) for place, side in zip((rows, columns), field.shape, strict=True)
    )
    near = field[row].take(column, 1)
    smooth = gaussian_filter(near, smoothing, truncate=3.0)
    out: Array = smooth[np.searchsorted(row, rows), np.searchsorted(column, columns)]
    return out


def _kept(place: NDArray[np.intp], reach: int, side: int) -> NDArray[np.intp]:
    """Return the rows, or columns, within reach of some place, in order."""
    near = np.zeros(side + 2 * reach, bool)
    for step in range(2 * reach + 1):
        near[place + step] = True
    return np.flatnonzero(near[reach : reach + side])


def _blocks(field: Array, step: int) -> Array:
    """Return the means of blocks of step by step pixels; an incomplete rest is left out."""
    if step == 1:
        return field
    height, width = (side // step for side in field.shape)
    cut = field[: height * step, : width * step].reshape(height, step, width, step)
    # What cut.mean((1, 3)) adds in its own order, to the bit, in a tenth of the time.
    rows = [cut[:, i, :, 0].copy() for i in range(step)]
    for i, row in enumerate(rows):
        for j in range(1, step):
            row += cut[:, i, :, j]
    out: Array = rows[0]
    for row in rows[1:]:
        out += row
    out /= np.float32(step**2)
    return out


def _within(place: NDArray[np.intp], step: int, field: Array, axis: int) -> NDArray[np.intp]:
    out: NDArray[np.intp] = np.minimum(place // step, field.shape[axis] - 1)
    return out


def patch_sizes(field: Array, pixels: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return the sizes of the connected patches that some pixels lie in.

    Strong field is sparse, so that patches are grown from pixel to pixel and not over the array.

    Parameters
    ----------
    field : (H, W) float32, grey levels
    pixels : (N,) int
        Flat indices into `field`.

    Returns
    -------
    list of (N,) int
        For each of `CORE_LEVELS`, of the positive and then of the negative polarity: the size of
        the patch of four-connected pixels above that level, 0 outside any.
    """
    width, flat = field.shape[1], field.ravel()
    strong = np.flatnonzero(np.abs(flat) >= min(CORE_LEVELS))
    value = flat[strong]
    held = [np.flatnonzero(sign * value >= level) for level in CORE_LEVELS for sign in (1, -1)]
    counts = [len(item) for item in held]
    begin = np.concatenate([[0], np.cumsum(counts)])
    pairs = [_touching(strong[item], width) + at for item, at in zip(held, begin, strict=False)]
    patch = _connected(begin[-1], *np.concatenate(pairs, axis=1))
    size = np.bincount(patch, minlength=begin[-1])[patch]
    place = np.zeros(flat.size, np.int32)  # 0: not strong
    place[strong] = np.arange(1, len(strong) + 1)
    at = place[pixels]
    out = []
    for item, low, high in zip(held, begin[:-1], begin[1:], strict=True):
        sizes = np.zeros(len(strong) + 1, np.intp)
        sizes[item + 1] = size[low:high]
        out.append(sizes[at])
    return out


def _touching(pixels: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """Return the pairs, (2, P), of places in a sorted list of pixels that share a side."""
    found = []
    for step, along_row in ((1, True), (width, False)):
        at = np.searchsorted(pixels, pixels + step)
        at[at == len(pixels)] = 0
        meets = pixels[at] == pixels + step if len(pixels) else np.zeros(0, bool)
        if along_row:
            meets &= (pixels + 1) % width != 0
        here = np.flatnonzero(meets)
        found.append(np.stack([here, at[here]]))
    return np.concatenate(found, axis=1)


def _connected(count: int, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the lowest item that each of `count` items hangs together with, through pairs."""
    root = np.arange(count)
    while True:
        a, b = root[first], root[second]
        if np.array_equal(a, b):
            return root
        low = np.minimum(a, b)
        np.minimum.at(root, a, low)
        np.minimum.at(root, b, low)
        while not np.array_equal(up := root[root], root):
            root = up
