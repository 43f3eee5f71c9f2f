"""Magnetic flux of a region: by polarity, net, total, imbalance, and the strongest field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.measure.patch import Patch

CM2_PER_MM2 = 1e16

REGION_GAUSS = 40.0
"""Smoothed strength of the radial field that belongs to the region, above the noise's own."""

SMOOTHING_MM = 6.0
"""Standard deviation of that smoothing."""

SIGNIFICANT = 3.0
"""Pixels weaker than this many standard deviations carry no flux."""


@dataclass(frozen=True)
class Flux:
    """Flux of one region, with one standard deviation of noise.

    Parameters
    ----------
    positive, negative : float, Mx
        Negative is below zero.
    positive_err, negative_err : float, Mx
    strongest : float, gauss
        Radial field of largest strength, signed.
    strongest_err : float, gauss
    """

    positive: float
    negative: float
    positive_err: float
    negative_err: float
    strongest: float
    strongest_err: float

    @property
    def net(self) -> float:
        """Sum of both polarities, Mx."""
        return self.positive + self.negative

    @property
    def unsigned(self) -> float:
        """Sum of the strengths of both, Mx."""
        return self.positive - self.negative

    @property
    def total_err(self) -> float:
        """Standard deviation of `net` and of `unsigned`, Mx."""
        return float(np.hypot(self.positive_err, self.negative_err))

    @property
    def imbalance(self) -> float | None:
        """Net over unsigned flux, -1..1; None without flux."""
        return self.net / self.unsigned if self.unsigned > 0 else None

    @property
    def imbalance_err(self) -> float | None:
        """Standard deviation of `imbalance`."""
        if self.unsigned <= 0:
            return None
        pulls = self.negative * self.positive_err, self.positive * self.negative_err
        return 2 * float(np.hypot(*pulls)) / self.unsigned**2


def region_mask(patch: Patch) -> NDArray[np.bool_]:
    """Return the pixels that belong to the region rather than to the quiet Sun in its box.

    Returns (H, W) bool: inside the box, and strength smoothed over 6 Mm above 40 G plus what noise
    alone gives (0.8 standard deviations of one pixel).
    """
    from scipy.ndimage import gaussian_filter

    coarse = patch.binned(SMOOTHING_MM / 3)
    strength = gaussian_filter(
        np.abs(coarse.radial) * coarse.inside, SMOOTHING_MM / coarse.pixel, truncate=3.0
    )
    mask = strength > REGION_GAUSS + 0.8 * coarse.sigma
    if mask.shape != patch.radial.shape:
        mask = _enlarged(mask, patch.radial.shape, round(coarse.pixel / patch.pixel))
    out: NDArray[np.bool_] = mask & patch.inside
    return out


def significant(patch: Patch, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of a mask whose field stands above the noise, (H, W) bool."""
    out: NDArray[np.bool_] = mask & (np.abs(patch.radial) > SIGNIFICANT * patch.sigma)
    return out


def measure_flux(patch: Patch, mask: NDArray[np.bool_]) -> Flux:
    """Return the flux of the region.

    Radial field B / mu times surface, over significant pixels. Noise adds up over the image's
    pixels, of which there are mu for one pixel of the patch; it does not cover the error of taking
    the field for radial, which is a matter of the limb and not of noise.
    """
    used = significant(patch, mask)
    field = np.where(used, patch.radial, np.float32(0))
    unit = patch.cell * CM2_PER_MM2
    variance = sum_variance(patch)
    up, down = field > 0, field < 0
    plus, minus = (float(field[side].sum(dtype=float)) * unit for side in (up, down))
    plus_err, minus_err = (
        float(np.sqrt(variance[side].sum(dtype=float))) * unit for side in (up, down)
    )
    best = np.unravel_index(int(np.abs(field).argmax()), field.shape)
    strongest, sigma = float(field[best]), float(patch.sigma[best])
    return Flux(plus, minus, plus_err, minus_err, strongest, sigma)


def sum_variance(patch: Patch) -> NDArray[np.float32]:
    """Return what each pixel adds to the variance of a sum of `radial`, (H, W), gauss squared."""
    out: NDArray[np.float32] = np.float32(patch.noise**2) / patch.mu**3
    return out


def _enlarged(mask: NDArray[np.bool_], shape: tuple[int, ...], k: int) -> NDArray[np.bool_]:
    """Return a binned mask at full resolution; its cut-off rim is False."""
    fine = np.repeat(np.repeat(mask, k, 0), k, 1)
    out = np.zeros(shape, bool)
    top, left = ((n - m) // 2 for n, m in zip(shape, fine.shape, strict=True))
    out[top : top + fine.shape[0], left : left + fine.shape[1]] = fine
    return out
