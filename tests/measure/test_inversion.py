import numpy as np
import pytest

from halescope.measure.inversion import (
    _lengths,
    measure_inversion,
    potential_horizontal,
    schrijver_r,
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
