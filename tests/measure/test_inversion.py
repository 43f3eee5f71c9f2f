"""Inversion lines of fields whose lines, gradients and errors are known by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from halescope.measure.inversion import (
    Lines,
    _length_error,
    _lengths,
    _segments,
    measure_inversion,
    potential_horizontal,
    schrijver_r,
    trace_lines,
)
from halescope.measure.patch import Patch, frame_at


def patch_of(radial, pixel=1.45, calibrated=True):
    radial = radial.astype(np.float32)
    return Patch(
        radial,
        np.ones_like(radial),
        np.ones(radial.shape, bool),
        pixel,
        0.0,
        frame_at(np.array([0.0, 0.0, 1.0]), 0.0),
        0.0,
        calibrated,
    )


def test_straight_line_of_known_gradient():
    x = (np.arange(80) - 39.5) * 1.45
    slope = 60.0  # G/Mm, then flat
    radial = np.tile(np.clip(x * slope, -600, 600), (50, 1))
    line = measure_inversion(patch_of(radial))
    assert line.length == pytest.approx(49 * 1.45, rel=0.01)
    assert line.steep_length == pytest.approx(line.length)
    assert line.wlsg == pytest.approx(49 * 1.45 * slope, rel=0.01)


def test_gentle_line_is_not_steep():
    x = (np.arange(80) - 39.5) * 1.45
    radial = np.tile(np.clip(x * 30.0, -600, 600), (50, 1))
    line = measure_inversion(patch_of(radial))
    assert line.length > 0
    assert line.steep_length == 0


@pytest.mark.parametrize("radius", [8.0, 20.3])
def test_circle_has_its_circumference(radius):
    y, x = np.mgrid[-40:41, -40:41].astype(float)
    corners = np.float32(radius) - np.hypot(x, y).astype(np.float32)
    cells = np.stack([corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]])
    crossed = (cells > 0).any(0) & (cells <= 0).any(0)
    assert _lengths(cells[:, crossed]).sum() == pytest.approx(2 * np.pi * radius, rel=0.01)


def test_potential_field_of_a_submerged_charge():
    y, x = np.mgrid[-80:81, -80:81].astype(float)
    depth, charge = 8.0, 1e5
    distance = np.sqrt(x**2 + y**2 + depth**2)
    vertical = charge * depth / distance**3
    horizontal = charge * np.hypot(x, y) / distance**3
    found = potential_horizontal(vertical.astype(np.float32), 1.0)
    inner = np.hypot(x, y) < 30
    assert np.abs(found - horizontal)[inner].max() < 0.03 * horizontal.max()


def test_r_of_two_touching_strips_by_hand():
    los = np.zeros((201, 201), np.float32)
    los[:, 80:100], los[:, 100:120] = 500, -500
    value, error = schrijver_r(los, 1.45, 10.0)
    # Two columns of line, weights that add up to one each, all inside the strips in x.
    assert 10**value == pytest.approx(201 * 2 * 500, rel=0.05)
    assert 0 < error < 0.01


def test_no_line_without_both_polarities():
    line = measure_inversion(patch_of(np.full((40, 40), 800.0)))
    assert (line.length, line.wlsg, line.r_value) == (0, 0, 0)


def test_zero_is_no_sign():
    """Data that are missing are zero: beside negative field that is no line."""
    whole = np.ones((5, 5), bool)
    assert not _segments(np.zeros((6, 6), np.float32), whole, 1.45)[0].any()
    for row, column in np.ndindex(6, 6):
        field = np.full((6, 6), -500, np.float32)
        field[row, column] = 0
        assert not _segments(field, whole, 1.45)[0].any()
        # Beside positive field it is one: in the cells that have the pixel as a corner.
        cells = _segments(-field, whole, 1.45)[0]
        assert cells.sum() == (1 if row in (0, 5) else 2) * (1 if column in (0, 5) else 2)


def test_edge_of_the_box_is_no_line():
    patch = patch_of(np.full((40, 40), 800.0))
    patch.inside[:, :10] = False
    assert measure_inversion(patch).length == 0


def test_coarse_pixels_give_no_gradients():
    line = measure_inversion(patch_of(np.tile(np.linspace(-900, 900, 40), (30, 1)), pixel=3.5))
    assert line.length > 0
    assert line.steep_length is None
    assert line.r_value is None
    assert line.wlsg is None


def test_noise_beside_a_spot_makes_no_lines():
    rng = np.random.default_rng(1)
    y, x = np.mgrid[-40:40, -40:40] * 1.45
    spot = 2000.0 * np.exp(-0.5 * (np.hypot(x, y) / 10) ** 2)
    noisy = patch_of(spot + rng.normal(0, 20, spot.shape))
    noisy = Patch(noisy.radial, noisy.mu, noisy.inside, 1.45, 20.0, noisy.frame, 0.0)
    assert measure_inversion(noisy).length < 30


def test_field_of_exactly_the_threshold_is_not_above_it():
    los = np.zeros((60, 60), np.float32)
    for west, east, is_line in ((150, -200, False), (200, -150, False), (151, -151, True)):
        los[:, 20:30], los[:, 30:40] = west, east
        assert (schrijver_r(los, 1.45)[0] > 3) == is_line


def test_what_noise_does_to_a_straight_line():
    """49 pieces of 1.45 Mm, gradient 60 G/Mm, noise 5 G: nothing is near a threshold but 50 G/Mm.

    A gradient over one pixel is off by noise over 1.45 Mm; pieces are independent, and each end of
    one moves by noise over gradient.
    """
    x = (np.arange(80) - 39.5) * 1.45
    radial = np.tile(np.clip(x * 60.0, -600, 600), (50, 1))
    line = measure_inversion(replace(patch_of(radial), noise=5.0))
    slope_err, ends = 5 / 1.45, np.sqrt(49) * 5 / 60
    assert line.wlsg_err == pytest.approx(slope_err * 1.45 * np.sqrt(49), rel=1e-3)
    assert line.length_err == pytest.approx(ends, rel=1e-3)
    share = ndtr(10 / slope_err)
    flips = 1.45 * np.sqrt(49 * share * (1 - share))
    assert line.steep_err == pytest.approx(np.hypot(ends, flips), rel=1e-2)
    # Within two pixels are 130 G of either sign: three deviations of 40 G, of 44 G no more.
    loud = measure_inversion(replace(patch_of(radial), noise=40.0))
    assert loud.length == pytest.approx(line.length)
    assert loud.length_err > 8 * line.length_err
    assert measure_inversion(replace(patch_of(radial), noise=44.0)).length == 0
    gentle = np.tile(np.clip(x * 49.0, -600, 600), (50, 1))
    assert measure_inversion(patch_of(gentle)).steep_length == 0
    assert measure_inversion(patch_of(gentle / 49 * 50.1)).steep_length == pytest.approx(49 * 1.45)


def test_pieces_near_their_threshold_may_be_gained_or_lost():
    """Each side of the line holds 60 G, 10 above what a line needs."""
    margin = np.full(40, 10, np.float32)
    lengths, gradient = np.full(40, 1.5, np.float32), np.full(40, 1e9, np.float32)
    lines = Lines(patch_of(np.ones((4, 4))), np.ones((3, 3), bool), lengths, gradient, margin)
    share = ndtr(10 / 8)
    expected = 1.5 * np.sqrt(40 * 2 * share * (1 - share))
    assert _length_error(lines, 8.0) == pytest.approx(expected, rel=1e-3)
    # An end never moves by more than its piece.
    flat = replace(lines, gradient=np.zeros(40, np.float32), margin=np.full(40, 1e9, np.float32))
    assert _length_error(flat, 8.0) == pytest.approx(1.5 * np.sqrt(40), rel=1e-3)


def test_r_of_one_pixel_of_line_is_a_gaussian_of_fifteen_megametres():
    """Full width at half maximum is 2 sqrt(2 ln 2) deviations; weights add up to one a pixel."""
    los = np.zeros((101, 101), np.float32)
    los[50, 50], los[50, 53] = 200, -200
    assert schrijver_r(los, 1.45) == (0, 0)  # three pixels apart, nothing meets
    los[50, 53], los[50, 52] = 0, -200
    sigma = 15 / (2 * np.sqrt(2 * np.log(2))) / 1.45
    # Spread by one pixel, both hold the column between them, three rows of it.
    rows = np.exp(-(np.arange(-1, 2) ** 2) / (2 * sigma**2)).sum()
    peak = rows * np.exp(-1 / (2 * sigma**2)) / (2 * np.pi * sigma**2)
    assert 10 ** schrijver_r(los, 1.45)[0] == pytest.approx(2 * 200 * peak, rel=2e-3)
    assert schrijver_r(los, 2.9)[0] > schrijver_r(los, 1.45)[0]


def test_error_of_r_is_that_of_the_weighted_sum_and_of_pixels_near_the_threshold():
    """Strips of 5000 G: no pixel is near 150 G, and noise adds up by its weights."""
    los = np.zeros((81, 81), np.float32)
    los[:, 20:40], los[:, 40:60] = 5000, -5000
    sigma = 15 / 2.3548 / 1.45
    middle = np.exp(-0.5 * ((np.arange(81)[:, None] - np.arange(81)) / sigma) ** 2)
    along = middle.sum(1) / (sigma * np.sqrt(2 * np.pi))
    across = np.exp(-0.5 * ((np.arange(81)[:, None] - [39, 40]) / sigma) ** 2).sum(1)
    weight = np.outer(along, across / (sigma * np.sqrt(2 * np.pi)))
    expected = 20 * np.sqrt((weight**2).sum()) / (weight * np.abs(los)).sum() / np.log(10)
    value, error = schrijver_r(los, 1.45, 20.0)
    assert 10**value == pytest.approx((weight * np.abs(los)).sum(), rel=2e-3)
    assert error == pytest.approx(expected, rel=5e-3)
    # Strips of 160 G, half a deviation above: each pixel beside the line may flip.
    near = schrijver_r(np.sign(los) * np.float32(160), 1.45, 20.0)[1]
    share = ndtr(0.5)
    flips = 2 * np.sqrt(4 * 81 * share * (1 - share)) / (2 * 81) / np.log(10)
    own = expected * 5000 / 160
    assert near == pytest.approx(np.hypot(own, flips), rel=5e-3)


@pytest.mark.parametrize(("pixel", "given"), [(2.2, True), (2.25, False)])
def test_gradients_are_given_up_to_pixels_of_two_megametres_and_a_fifth(pixel, given):
    radial = np.tile(np.linspace(-900, 900, 40), (30, 1))
    line = measure_inversion(patch_of(radial, pixel))
    assert line.length > 0
    assert line.length_err is not None
    assert [v is not None for v in (line.steep_length, line.steep_err, line.wlsg, line.wlsg_err,
                                    line.r_value, line.r_err)] == [given] * 6  # fmt: skip
    clipped = measure_inversion(patch_of(radial, 1.45, calibrated=False))
    assert clipped.steep_length is not None
    assert (clipped.wlsg, clipped.wlsg_err, clipped.r_value, clipped.r_err) == (None,) * 4


def test_lines_are_of_the_field_along_the_sight_in_r_and_of_the_radial_one_else():
    """At mu = 0.5 a radial field of 280 G is seen as 140 G, below what R asks for."""
    x = np.where(np.arange(60) < 30, 280.0, -280.0)
    patch = patch_of(np.tile(x, (40, 1)))
    inclined = replace(patch, mu=np.full_like(patch.mu, 0.5))
    assert measure_inversion(patch).r_value > 3
    assert measure_inversion(inclined).r_value == 0
    assert measure_inversion(inclined).length == pytest.approx(measure_inversion(patch).length)


def test_a_line_needs_a_horizontal_field_of_150_gauss():
    """It grows with the field of both sides alone: here to 2.5 times what they have."""
    x = np.where(np.arange(32) < 16, 1.0, -1.0)
    radial = np.tile(x, (64, 1)).astype(np.float32)
    ratio = potential_horizontal(radial, 1.45)[32, 15:17].mean()
    for gauss, lines in ((151, True), (149, False)):
        cells = trace_lines(patch_of(radial * gauss / ratio)).cells
        assert bool(cells[31:33, 15].all()) == lines
