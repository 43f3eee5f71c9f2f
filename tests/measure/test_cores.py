"""Cores of drawn spots, and their errors by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from halescope.measure.cores import (
    CLIPPED_GAUSS,
    CORE_GAUSS,
    LEAST_CLIPPED_MM2,
    LEAST_MM2,
    CoreMasks,
    _large,
    core_masks,
    edge_distance,
    find_cores,
    ring_of,
)
from halescope.measure.patch import Patch, frame_at


def patch_of(radial, pixel=0.5, calibrated=True):
    radial = radial.astype(np.float32)
    frame = frame_at(np.array([0.0, 0.0, 1.0]), 0.0)
    whole = np.ones(radial.shape, bool)
    return Patch(radial, np.ones_like(radial), whole, pixel, 5.0, frame, 0.0, calibrated)


def masks_of(*arguments, **options):
    return core_masks(patch_of(*arguments, **options))


def spot(x0, y0, sign, radius=5.0, size=160, pixel=0.5):
    y, x = np.mgrid[:size, :size] * pixel
    return sign * 2000.0 * (np.hypot(x - x0, y - y0) < radius)


def test_counts_and_smallest_distance():
    radial = spot(20, 40, 1) + spot(45, 40, -1) + spot(65, 20, -1)
    cores = find_cores(masks_of(radial))
    assert (cores.positive, cores.negative) == (1, 2)
    assert cores.distance == pytest.approx(25 - 2 * 5.0, abs=1.5)
    assert cores.area == pytest.approx(3 * np.pi * 25, rel=0.1)


def test_one_polarity_has_no_distance():
    cores = find_cores(masks_of(spot(40, 40, 1)))
    assert (cores.positive, cores.negative, cores.distance) == (1, 0, None)


def test_specks_and_plage_are_no_cores():
    rng = np.random.default_rng(0)
    speckle = rng.choice([-1200.0, 1200.0], (160, 160)) * (rng.random((160, 160)) < 0.2)
    assert find_cores(masks_of(speckle)).area == 0
    assert find_cores(masks_of(np.full((160, 160), 500.0))).area == 0


def test_clipped_pictures_show_saturated_patches():
    radial = np.clip(spot(20, 40, 1, 7) + spot(60, 40, -1, 7), -250, 250)
    cores = find_cores(masks_of(radial, calibrated=False))
    assert (cores.positive, cores.negative) == (1, 1)


def ramp_of(noise=0.0, pixel=0.6, mu=1.0, calibrated=True):
    """Return masks of a field that falls by 150 G/Mm from both ends of a row to its middle."""
    x = (np.arange(120) - 59.5) * pixel
    smooth = np.tile(150 * x, (100, 1)).astype(np.float32)
    patch = patch_of(smooth, pixel, calibrated)
    patch = replace(patch, noise=noise, mu=np.full_like(patch.mu, mu))
    return CoreMasks(patch, smooth > 800, smooth < -800, (1, 1), smooth, 800.0)


def test_distance_and_its_error_are_those_of_edges():
    """800 G are passed 5.33 Mm from the middle, after 9 of the pixels of 0.6 Mm.

    Each edge is known to a pixel: the difference of two uniform errors has the variance p^2 / 6.
    """
    found = find_cores(ramp_of())
    assert found.distance == pytest.approx(18 * 0.6)
    assert found.distance_err == pytest.approx(0.6 / np.sqrt(6))
    assert found.area == pytest.approx(2 * 51 * 100 * 0.36)
    assert find_cores(masks_of(np.zeros((9, 9)))).area_err == 0


@pytest.mark.parametrize(("mu", "calibrated"), [(1.0, True), (0.5, True), (0.5, False)])
def test_noise_moves_an_edge_by_noise_over_gradient(mu, calibrated):
    """Smoothed over 1.2 Mm, 60 G of a pixel of 0.6 Mm fall by the root of 4 pi 1.2^2 / 0.6^2."""
    found = find_cores(ramp_of(60.0, mu=mu, calibrated=calibrated))
    averaged = 60 / (mu if calibrated else 1) / np.sqrt(4 * np.pi * 4)
    edge = averaged / 150
    assert found.distance_err == pytest.approx(np.hypot(np.sqrt(2) * edge, 0.6 / np.sqrt(6)))
    # Two edges of 60 Mm that move alike over 2 sqrt(pi) 1.2 Mm, and pixels 40 and 50 G from 800.
    moved = edge * np.sqrt(2 * 60 * 2 * np.sqrt(np.pi) * 1.2)
    away = 150 * (0.6 * (np.array([8, 9, 7, 10]) + 0.5)) - 800
    share = ndtr(away / averaged)
    flips = 0.36 * np.sqrt(2 * 100 * (share * (1 - share)).sum())
    assert found.area_err == pytest.approx(np.hypot(moved, flips), rel=1e-3)


def test_coarse_pixels_are_not_averaged_over():
    """A pixel of 10 Mm holds the whole of the smoothing: its noise stays, each edge moves alone.

    The nearest middles, on either side of zero, have 750 G, 50 below the threshold.
    """
    both, edge = ramp_of(60.0, 10.0), 60 / 150
    expected = np.hypot(np.sqrt(2) * edge, 10 / np.sqrt(6))
    assert find_cores(both).distance_err == pytest.approx(expected)
    found = find_cores(replace(both, negative=np.zeros_like(both.negative), counts=(1, 0)))
    assert (found.distance, found.distance_err) == (None, None)
    flips = 100 * np.sqrt(2 * 100 * ndtr(-50 / 60) * ndtr(50 / 60))
    assert found.area_err == pytest.approx(np.hypot(edge * np.sqrt(1000 * 10), flips), rel=1e-3)


@pytest.mark.parametrize(("pixels", "kept"), [(22, False), (23, True)])
def test_the_smallest_core_is_eight_square_megametres(pixels, kept):
    """Of 0.36 Mm2 each: 22 are 7.92, 23 are 8.28; pieces are joined at sides alone."""
    fine = np.zeros((40, 40), bool)
    fine[10, 5 : 5 + pixels] = True
    assert _large(fine, LEAST_MM2 / 0.36)[1] == kept
    assert _large(fine, LEAST_MM2 / 0.36)[0].sum() == pixels * kept
    fine[11, 5 + pixels] = True
    assert _large(fine, LEAST_MM2 / 0.36)[0].sum() == pixels * kept
    assert (LEAST_CLIPPED_MM2, CORE_GAUSS, CLIPPED_GAUSS) == (60.0, 800.0, 230.0)


def test_a_piece_of_exactly_the_least_size_is_kept_and_one_pixel_is_the_least():
    mask = np.zeros((9, 9), bool)
    mask[2, 2:6], mask[6, 6] = True, True
    for least, count in ((4, 1), (4.1, 0), (1, 2), (0.2, 2)):
        assert _large(mask, least)[1] == count
    assert _large(~mask, 1)[0].sum() == 76
    assert _large(np.zeros((3, 3), bool), 1)[1] == 0


def test_the_field_is_smoothed_over_its_width_and_clipped_field_along_the_line_of_sight():
    """A pixel of 0.6 Mm: a Gaussian two pixels wide that ends after six."""
    radial = np.zeros((41, 41))
    radial[20, 20] = 1000
    kernel = np.exp(-(np.arange(-6.0, 7) ** 2) / 8)
    kernel /= kernel.sum()
    expected = np.zeros((41, 41))
    expected[14:27, 14:27] = 1000 * np.outer(kernel, kernel)
    found = masks_of(radial, 0.6)
    assert found.smooth == pytest.approx(expected, abs=1e-3)
    assert found.limit == 800
    clipped = replace(
        patch_of(radial, 0.6, calibrated=False), mu=np.full((41, 41), 0.5, np.float32)
    )
    assert core_masks(clipped).smooth == pytest.approx(expected / 2, abs=1e-3)
    assert core_masks(clipped).limit == 230
    part = patch_of(np.full((41, 41), 1000.0), 0.6)
    part.inside[:, 20:] = False
    assert core_masks(part).smooth[20, 19:21] == pytest.approx(
        [1000 * kernel[:7].sum(), 1000 * kernel[:6].sum()], rel=1e-4
    )


def test_edges_apart_are_middles_apart_less_a_pixel():
    one, other = np.array([[0.0, 0.0], [0.0, 2.0]]), np.array([[6.0, 10.0], [30.0, 0.0]])
    assert edge_distance(one, other, 2.0) == pytest.approx(np.hypot(6, 8) - 2)
    assert edge_distance(one, one + 1, 2.0) == 0
    assert edge_distance(one[:0], other, 2.0) is None
    assert edge_distance(one, other[:0], 2.0) is None


def test_the_ring_is_two_pixels_on_each_side_of_an_edge():
    mask = np.zeros((40, 40), bool)
    mask[10:30, 10:30] = True
    ring = ring_of(mask)
    assert ring[20].nonzero()[0].tolist() == [8, 9, 10, 11, 28, 29, 30, 31]
    assert not ring_of(np.zeros((5, 5), bool)).any()
