"""Magnetic area of each region, on the canonical disk: fast enough for every image.

The magnetic area of a region is the surface on the Sun, corrected for foreshortening, of the
pixels of its box whose radial field, B / mu, is above 100 G in strength and stands above the noise.
It holds spots and the plage around them, so it is several times NOAA's spot area. Because it is
always measured on the canonical disk (3.5 Mm pixels), areas from different instruments compare.
100 G is below the 250 G at which Helioviewer's pictures are clipped: clipping does not change it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import HEMISPHERE_MM2, SOLAR_RADIUS_MM, mu
from halescope.types import GAUSS_PER_GREY, Array, Disk, DiskGeometry, Magnetogram

AREA_GAUSS = 100.0
"""Radial field that counts as magnetic area, gauss."""

SIGNIFICANT = 3.0
"""Line-of-sight field must stand this many standard deviations above zero."""

LEAST_MU = 0.17
"""Nearer to the limb (80 degrees) foreshortening is no longer corrected for in full."""


def areas_msh(disk: Disk, boxes: Array) -> NDArray[np.float64]:
    """Return the magnetic area of each region.

    `boxes`, (N, 4) float32: canonical pixels. Returns (N,) float64, MSH: millionths of the solar
    hemisphere. Where boxes overlap, both count the shared field.
    """
    parts = _parts(disk, boxes)
    return np.array(
        [area[np.abs(grey) >= limit].sum(dtype=float) for grey, area, limit, _ in parts]
    )


def area_errors(disk: Disk, boxes: Array) -> NDArray[np.float64]:
    """Return one standard deviation of each region's magnetic area that noise causes, (N,) MSH.

    A pixel counts with the probability that its field stays above the threshold; pixels are
    independent, so the variances p (1 - p) of their surfaces add up. `boxes`, (N, 4) float32:
    canonical pixels.
    """
    out = []
    for grey, area, limit, noise in _parts(disk, boxes):
        variance = crossing_variance(np.abs(np.nan_to_num(grey, nan=0.0)) - limit, noise)
        out.append(np.sqrt(np.nansum(area.astype(float) ** 2 * variance)))
    return np.array(out, float)


def _parts(disk: Disk, boxes: Array) -> Iterator[tuple[Array, Array, Array, float]]:
    """Yield field, pixels' areas, the field that counts and noise of each box; grey levels, MSH.

    The field counts where it is radially `AREA_GAUSS` or more and stands above the noise.
    """
    if not len(boxes):
        return
    grey = disk.grey
    area, cosine = surface_of(disk.geometry)
    noise = noise_level(grey)
    for window in _windows(boxes, disk.field.shape):
        least = np.float32(AREA_GAUSS / GAUSS_PER_GREY) * cosine[window]
        yield grey[window], area[window], np.maximum(least, np.float32(SIGNIFICANT * noise)), noise


def crossing_variance(excess: Array, sigma: Array | float) -> NDArray[np.float64]:
    """Return the variance, p (1 - p), of whether noisy values lie above a threshold.

    `excess`: value less threshold. `sigma`: standard deviation of the value.
    """
    from scipy.special import ndtr

    p = ndtr(excess / np.maximum(sigma, 1e-9))
    return np.asarray(p * (1 - p), np.float64)


def _windows(boxes: Array, shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Return the rows and columns of each box."""
    edges = np.clip(
        np.stack([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], 1).reshape(-1, 4), 0, None
    ).astype(int)
    return [
        (slice(y0, min(y1, shape[0])), slice(x0, min(x1, shape[1]))) for x0, y0, x1, y1 in edges
    ]


def noise_level(field: Array) -> float:
    """Return the standard deviation of quiet Sun and noise, in a field's unit, NaN left out.

    1.4826 times the median of the strength: active regions, a few per cent of a disk, do not count.
    """
    step = max(1, min(field.shape) // 128)
    sample = np.abs(field[::step, ::step])
    sample = sample[np.isfinite(sample)]
    return 1.4826 * float(np.median(sample)) if sample.size else 0.0


def image_noise(magnetogram: Magnetogram) -> float:
    """Return the standard deviation of quiet Sun and noise of an image, in the field's unit.

    `noise_level` of what lies on the disk: in a picture the sky is black, which is strong negative
    field, and in some FITS files it is zero.
    """
    seen = magnetogram.geometry
    step = max(1, int(seen.radius) // 64)
    sample = magnetogram.field[::step, ::step]
    rows, columns = (np.arange(n) * step for n in sample.shape)
    off = np.hypot(columns[None, :] - seen.x_center, rows[:, None] - seen.y_center)
    return noise_level(np.where(off < 0.95 * seen.radius, sample, np.float32(np.nan)))


def surface_of(geometry: DiskGeometry) -> tuple[Array, Array]:
    """Return `surface` of a disk, but for what its date changes: kept from disk to disk."""
    return surface(
        replace(geometry, b0=None, l0=None, distance=_rounded(geometry), observer_lon=0.0)
    )


@lru_cache(maxsize=4)
def surface(geometry: DiskGeometry) -> tuple[Array, Array]:
    """Return, for each pixel of a square disk, its area on the Sun (MSH) and its mu.

    Parameters
    ----------
    geometry : DiskGeometry
        Canonical: centred in a square array.

    Returns
    -------
    area, cosine : (N, N) float32
        NaN off the limb.
    """
    side = round(2 * geometry.x_center + 1)
    x, y = np.meshgrid(np.arange(side, dtype=float), np.arange(side, dtype=float))
    cosine = np.maximum(mu(geometry, x, y), LEAST_MU).astype(np.float32)
    pixel = (SOLAR_RADIUS_MM / geometry.radius) ** 2 / HEMISPHERE_MM2 * 1e6
    return (np.float32(pixel) / cosine).astype(np.float32), cosine


def _rounded(geometry: DiskGeometry) -> float:
    """Return the distance without its yearly change, which moves no area by 0.1 %."""
    return float(round(geometry.distance, -1))
