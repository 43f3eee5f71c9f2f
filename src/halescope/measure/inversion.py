"""Polarity inversion lines: length, strong-gradient length, Schrijver's R, Falconer's WLsg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.measure.area import crossing_variance
from halescope.measure.patch import Patch
from halescope.types import Array

GRID_MM = 1.45
"""Pixel on which lines are traced: 2 arcseconds, MDI's, for which R and WLsg were defined."""

COARSEST_MM = 2.2
"""On coarser data gradients, R and WLsg are not given."""

TRANSVERSE_GAUSS = 150.0
"""Potential horizontal field that a line needs to count (Falconer)."""

STEEP = 50.0
"""Gradient of a strong-gradient line, G/Mm (Falconer)."""

SIDES_GAUSS = 50.0
"""Field that must be there on both sides of a line, within about 2 Mm; else noise and network
beside a strong spot would count as lines."""

R_GAUSS = 150.0
R_FWHM_MM = 15.0


@dataclass(frozen=True)
class Inversion:
    """Lines between the polarities of one region.

    Parameters
    ----------
    length : float, Mm
        Where the potential horizontal field is 150 G or more.
    length_err : float, Mm
    steep_length : float or None, Mm
        The part of it with a gradient above 50 G/Mm.
    steep_err : float or None, Mm
    wlsg : float or None, gauss
        Gradient integrated along all of it.
    wlsg_err : float or None, gauss
    r_value : float or None
        log10 of Schrijver's R, in G times 2-arcsecond pixels, as HMI's R_VALUE; 0 without a line.
    """

    length: float
    length_err: float
    steep_length: float | None
    steep_err: float | None
    wlsg: float | None
    wlsg_err: float | None
    r_value: float | None
    r_err: float | None


def measure_inversion(patch: Patch) -> Inversion:
    """Return the inversion lines of a region.

    Lines: zero contour of the radial field on 1.45 Mm pixels where the horizontal potential field
    is above 150 G and 50 G of either sign are within about 2 Mm (the latter is this program's own
    condition); strong-gradient part: above 50 G/Mm (Falconer, Moore & Gary 2003, J. Geophys. Res.
    108, 1380). WLsg: the gradient of the radial field integrated along the line (Falconer, Moore &
    Gary 2008, ApJ 689, 1433). R: Schrijver (2007, ApJ 655, L117), on the line-of-sight field, as
    HMI's SHARP pipeline does: its R_VALUE is met to 0.001 where sampled alike.
    """
    lines = trace_lines(patch)
    coarse, lengths, gradient = lines.patch, lines.lengths, lines.gradient
    total = float(lengths.sum())
    # A gradient is a difference of pixels 1.45 Mm apart; those along a line are independent.
    sigma = float(np.median(coarse.sigma[coarse.inside])) if coarse.inside.any() else 0.0
    slope_err = sigma / coarse.pixel
    total_err = _length_error(lines, sigma)
    if coarse.pixel > COARSEST_MM:
        return Inversion(total, total_err, None, None, None, None, None, None)
    steep = float(lengths[gradient >= STEEP].sum())
    flips = crossing_variance(gradient - STEEP, slope_err)
    steep_err = float(np.hypot(total_err, np.sqrt((lengths**2 * flips).sum())))
    if not coarse.calibrated:
        return Inversion(total, total_err, steep, steep_err, None, None, None, None)
    wlsg = float((lengths * gradient).sum())
    wlsg_err = slope_err * float(np.sqrt((lengths**2).sum()))
    los = np.where(coarse.inside, coarse.radial * coarse.mu, np.float32(0))
    r_value, r_err = schrijver_r(los, coarse.pixel, coarse.noise)
    return Inversion(total, total_err, steep, steep_err, wlsg, wlsg_err, r_value, r_err)


@dataclass(frozen=True)
class Lines:
    """The inversion lines themselves.

    Parameters
    ----------
    patch : Patch
        That they are traced on: the region's, averaged to pixels of about 1.45 Mm.
    cells : (H - 1, W - 1) bool
        Cells of four pixels that a line crosses.
    lengths, gradient, margin : (K,) float32
        Of each of those cells, row by row: Mm, G/Mm, and the gauss by which it exceeds what a line
        needs, in horizontal field or in that of the weaker side.
    """

    patch: Patch
    cells: NDArray[np.bool_]
    lengths: Array
    gradient: Array
    margin: Array


def trace_lines(patch: Patch) -> Lines:
    """Return the lines that `measure_inversion` measures."""
    coarse = patch.binned(GRID_MM)
    field = np.where(coarse.inside, coarse.radial, np.float32(0))
    margin = _meeting(coarse, field)
    cells, lengths, gradient, horizontal = _segments(field, margin > 0, coarse.pixel)
    counts = horizontal >= TRANSVERSE_GAUSS
    cells[cells] = counts
    margin = np.minimum(margin[cells], horizontal[counts] - TRANSVERSE_GAUSS)
    return Lines(coarse, cells, lengths[counts], gradient[counts], margin)


def _length_error(lines: Lines, sigma: float) -> float:
    """Return the standard deviation of the length that noise causes, Mm.

    A piece counts by its margin, whose noise is that of the radial field (a potential field's
    transform has modulus 1); as many pieces may be gained as lost; and its ends move by noise over
    gradient.
    """
    lengths = lines.lengths
    flips = 2 * crossing_variance(lines.margin, sigma)
    ends = np.minimum(lengths, sigma / np.maximum(lines.gradient, 1e-6))
    return float(np.sqrt((lengths**2 * flips + ends**2).sum()))


def schrijver_r(los: Array, pixel: float, noise: float = 0.0) -> tuple[float, float]:
    """Return log10 of Schrijver's R and its standard deviation.

    Parameters
    ----------
    los : (H, W) float32, gauss
        Line-of-sight field on pixels of about 1.45 Mm.
    pixel : float
        Mm.
    noise : float
        Standard deviation of `los`, gauss.

    Notes
    -----
    Bitmaps of the field above 150 G of either sign are spread by one pixel; where both meet is the
    line; it is smoothed with an area-normalised Gaussian of 15 Mm full width and weights the
    unsigned field, whose sum is R. The error holds noise in the field and in where it passes the
    threshold.
    """
    from scipy.ndimage import gaussian_filter, maximum_filter

    meets = maximum_filter(los > R_GAUSS, 3) & maximum_filter(los < -R_GAUSS, 3)
    if not meets.any():
        return 0.0, 0.0
    margin = int(np.ceil(R_FWHM_MM / pixel))
    padded = np.pad(meets.astype(np.float32), margin)
    weight = gaussian_filter(padded, R_FWHM_MM / 2.3548 / pixel, truncate=4.0)
    weight = weight[margin:-margin, margin:-margin]
    total = float((weight * np.abs(los)).sum(dtype=float))
    error = noise * float(np.sqrt((weight**2).sum(dtype=float))) / total
    # Pixels near the threshold beside the line: each that flips moves it by about two pixels.
    beside = maximum_filter(meets, 3)
    flips = float(crossing_variance(np.abs(los[beside]) - R_GAUSS, noise).sum())
    error = float(np.hypot(error, 2 * np.sqrt(flips) / float(meets.sum())))
    return float(np.log10(total)), error / float(np.log(10))


def potential_horizontal(radial: Array, pixel: float) -> Array:
    """Return the strength of the horizontal potential field at the surface.

    `radial` is (H, W) float32, gauss. `pixel`: Mm; cancels out.

    Half-space over a plane, by Fourier transform (Alissandrakis 1981, A&A 100, 197); the patch is
    padded to twice its size so that its periodic copies stay away.
    """
    from scipy.fft import irfft2, next_fast_len, rfft2

    shape = [next_fast_len(2 * n, real=True) for n in radial.shape]
    wave = rfft2(radial, shape)
    ky = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None]
    kx = np.fft.rfftfreq(shape[1]).astype(np.float32)[None, :]
    k = np.hypot(kx, ky)
    k[0, 0] = 1
    rows, columns = radial.shape
    parts = [irfft2(-1j * axis / k * wave, shape)[:rows, :columns] for axis in (kx, ky)]
    out: Array = np.hypot(*parts).astype(np.float32)
    return out


def _meeting(patch: Patch, field: Array) -> Array:
    """Return by how much the weaker polarity at hand exceeds what a line needs, gauss.

    Returns (H - 1, W - 1) float32: above zero where both polarities are there; far below it outside
    the region.
    """
    from scipy.ndimage import maximum_filter

    limit = np.maximum(np.float32(SIDES_GAUSS), 3 * patch.sigma)
    whole = patch.inside
    cells = whole[:-1, :-1] & whole[:-1, 1:] & whole[1:, 1:] & whole[1:, :-1]
    sides = [maximum_filter(side - limit, 3) for side in (field, -field)]
    excess = np.minimum(*(np.maximum(near[:-1, :-1], near[1:, 1:]) for near in sides))
    out: Array = np.where(cells, excess, np.float32(-1e6))
    return out


def _segments(
    field: Array, allowed: NDArray[np.bool_], pixel: float
) -> tuple[NDArray[np.bool_], Array, Array, Array]:
    """Trace the zero contour through every cell of four pixels that it crosses.

    Returns
    -------
    crossed : (H - 1, W - 1) bool
        The K cells that it crosses.
    length, gradient, horizontal : (K,) float32
        Mm, G/Mm and gauss of each cell's piece of line.
    """
    a, b, c, d = field[:-1, :-1], field[:-1, 1:], field[1:, 1:], field[1:, :-1]
    crossed = ((a > 0) != (b > 0)) | ((b > 0) != (c > 0)) | ((c > 0) != (d > 0))
    crossed &= allowed
    if not crossed.any():
        nothing = np.zeros(0, np.float32)
        return crossed, nothing, nothing, nothing
    corners = np.stack([v[crossed] for v in (a, b, c, d)])
    dx = (corners[1] + corners[2] - corners[0] - corners[3]) / 2
    dy = (corners[2] + corners[3] - corners[0] - corners[1]) / 2
    horizontal = potential_horizontal(field, pixel)
    parts = horizontal[:-1, :-1], horizontal[:-1, 1:], horizontal[1:, 1:], horizontal[1:, :-1]
    strength = sum(part[crossed] for part in parts) / np.float32(4)
    slope = np.hypot(dx, dy) / np.float32(pixel)
    return crossed, _lengths(corners) * np.float32(pixel), slope, strength


def _lengths(corners: Array) -> Array:
    """Return the length of the zero line in each cell, in pixels.

    `corners`, (4, K) float32: counter-clockwise from the lower left. A saddle counts as one line
    across.
    """
    nexts = np.roll(corners, -1, 0)
    crosses = (corners > 0) != (nexts > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(crosses, corners / (corners - nexts), np.float32(0))
    one, zero = np.ones_like(share[0]), np.zeros_like(share[0])
    x = np.stack([share[0], one, 1 - share[2], zero])
    y = np.stack([zero, share[1], one, 1 - share[3]])
    first = crosses.argmax(0)
    last = 3 - crosses[::-1].argmax(0)
    index = np.arange(corners.shape[1])
    out: Array = np.hypot(x[last, index] - x[first, index], y[last, index] - y[first, index])
    return out
