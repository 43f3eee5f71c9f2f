"""Pieces of the limb fit against circles and outlines that are known exactly."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from halescope.io.limb import (
    Limb,
    _by_area,
    _by_edges,
    _circle,
    _cross,
    _edge_points,
    _nearest,
    _robust_circle,
    _sample,
    _through,
    commonest,
    corner_grey,
    fit_limb,
)


@given(
    st.floats(-50, 50),
    st.floats(-50, 50),
    st.floats(5, 80),
    st.tuples(st.floats(0, 1.5), st.floats(2, 3.5), st.floats(4, 5.9)),
)
def test_circle_through_three_of_its_points(x, y, radius, angles):
    points = np.array([[x + radius * np.cos(a), y + radius * np.sin(a)] for a in angles])
    for triple in (points, points[::-1], points[[1, 2, 0]]):
        assert _through(triple[None])[0] == pytest.approx((x, y, radius), abs=1e-6)
    np.testing.assert_allclose(_circle(points[:, 0], points[:, 1]), (x, y, radius), atol=1e-6)


def test_no_circle_goes_through_three_points_of_a_line():
    assert not np.isfinite(_through(np.array([[[0.0, 0], [1, 1], [2, 2]]]))).all()


@given(hnp.arrays(bool, st.tuples(st.integers(3, 9), st.integers(3, 9))))
def test_outline_is_the_first_and_last_pixel_of_each_row_and_column(mask):
    height, width = mask.shape
    expected = []
    for row in range(height):
        set_ = [column for column in range(width) if mask[row, column]]
        expected += [(column, row) for column in (set_[:1] + set_[-1:])]
    for column in range(width):
        set_ = [row for row in range(height) if mask[row, column]]
        expected += [(column, row) for row in (set_[:1] + set_[-1:])]
    inner = [(x, y) for x, y in expected if 0 < x < width - 1 and 0 < y < height - 1]
    assert sorted(map(tuple, _edge_points(mask).tolist())) == sorted(inner)


def test_points_away_from_a_circle_are_left_out():
    angle = np.arange(120) * np.pi / 60
    x, y = 30 + 20 * np.cos(angle), 40 + 20 * np.sin(angle)
    away = slice(5, None, 12)
    x[away], y[away] = 30 + 1.075 * (x[away] - 30), 40 + 1.075 * (y[away] - 40)
    circle, kept = _robust_circle(x, y)
    assert circle == pytest.approx((30, 40, 20), abs=1e-6)
    assert kept == 110


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("depth", [-30, -10, 10, 30])
def test_points_that_all_lie_on_one_side_do_not_take_the_circle_with_them(share, depth):
    """As captions or strong field do. Least squares alone are off by share times depth."""
    rng = np.random.default_rng(4)
    angle = np.arange(180) * np.pi / 90
    radius = 200 + rng.normal(0, 0.1, 180)
    away = rng.choice(180, int(share * 180), replace=False)
    radius[away] += depth * rng.uniform(0.5, 1, away.size)
    circle, kept = _robust_circle(300 + radius * np.cos(angle), 310 + radius * np.sin(angle))
    assert circle == pytest.approx((300, 310, 200), abs=0.1)
    assert kept == 180 - away.size


@pytest.mark.parametrize("zero", [100, 127, 171])
@pytest.mark.parametrize("background", [0, 255])
@pytest.mark.parametrize("place", [(255.5, 255.5, 200.0), (249.83, 262.31, 203.46)])
def test_limb_is_found_to_a_tenth_of_a_pixel(
    place: tuple[float, float, float], zero: float, background: float, grey_disk: Callable
) -> None:
    limb = fit_limb(grey_disk((512, 512), *place, zero, background))
    assert limb is not None
    assert (limb.x, limb.y, limb.radius) == pytest.approx(place, abs=0.1)
    assert limb.background == background
    assert limb.tone == pytest.approx(zero, abs=4)
    assert limb.support > 0.97
    assert limb.visible == 1


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_disk_that_is_cut_off_is_found_on_every_side(side: str, grey_disk: Callable) -> None:
    x, y = {"left": (150, 256), "right": (361, 256), "top": (256, 150), "bottom": (256, 361)}[side]
    limb = fit_limb(grey_disk((512, 512), x + 0.3, y - 0.2, 230.0))
    assert limb is not None
    assert limb.is_found
    assert (limb.x, limb.y, limb.radius) == pytest.approx((x + 0.3, y - 0.2, 230.0), abs=0.2)
    # The chord is 150 pixels from the centre, of 230: the arc beyond it is off.
    assert limb.visible == pytest.approx(1 - np.arccos(150.5 / 230) / np.pi, abs=0.03)


@pytest.mark.parametrize(
    ("support", "visible", "found", "whole"),
    [
        (0.61, 1.0, True, True),
        (0.6, 1.0, False, True),
        (0.13, 0.21, True, False),
        (0.13, 0.2, False, False),
        (0.5, 0.56, True, True),
        (0.5, 0.55, True, False),
    ],
)
def test_a_disk_is_found_and_whole_by_its_shares(support, visible, found, whole):
    """More than six tenths of what is visible, which is more than a fifth; and 55 hundredths."""
    limb = Limb(0.0, 0.0, 10.0, support, visible, 0.0, 127.0)
    assert (limb.is_found, limb.is_whole) == (found, whole)


def test_the_background_is_the_median_of_four_corners():
    """A sixteenth of the lesser side, two pixels at least."""
    grey = np.full((40, 90), 100, np.uint8)
    corners = [(slice(0, 2), slice(0, 2)), (slice(0, 2), slice(-2, None)),
               (slice(-2, None), slice(0, 2)), (slice(-2, None), slice(-2, None))]  # fmt: skip
    for number, corner in enumerate(corners):
        grey[corner] = 10 * number
    assert corner_grey(grey) == 15
    large = np.full((64, 64), 100, np.uint8)
    large[:4, :4] = large[:4, -4:] = large[-4:, :4] = 7
    assert corner_grey(large) == 7
    large[3, :] = 200  # a quarter of two corners
    assert corner_grey(large) == 7


def test_the_commonest_grey_stands_off_the_background():
    """Thirteen greys off it at least, and a hundredth of the picture; nine greys count together."""
    grey = np.zeros(1000, np.uint8)
    grey[:10] = 13
    assert commonest(grey, 0.0) is not None
    grey[:10] = 12
    assert commonest(grey, 0.0) is None
    grey[:9] = 40
    assert commonest(grey, 0.0) is None
    spread = np.repeat(np.arange(100, 109), 12)  # 108 in nine greys, against 20 of one
    assert commonest(np.r_[np.zeros(500), spread, np.full(20, 50)].astype(np.uint8), 0.0) == 104
    assert commonest(np.full(9, 200, np.uint8), 0.0, gap=200) is None
    assert commonest(np.full(9, 201, np.uint8), 0.0, gap=200) is not None


def test_samples_are_those_of_scipy():
    from scipy.ndimage import map_coordinates

    random = np.random.default_rng(2)
    grey = random.integers(0, 256, (23, 31)).astype(np.uint8)
    x, y = random.uniform(0, 29.9, 300), random.uniform(0, 21.9, 300)
    linear = map_coordinates(grey.astype(float), [y, x], order=1)
    np.testing.assert_allclose(_sample(grey, x, y), linear, atol=1e-3)
    nearest = map_coordinates(grey, [np.rint(y), np.rint(x)], order=0)
    np.testing.assert_array_equal(_nearest(grey, x, y), nearest)
    # Outside, the picture goes on as it ends.
    ends = _nearest(grey, np.array([-9.0, 99]), np.array([-9.0, 99]))
    assert ends.tolist() == [grey[0, 0], grey[-1, -1]]
    soft = _sample(grey, np.array([-9.0, 99]), np.array([-9.0, 99]))
    assert soft == pytest.approx([grey[0, 0], grey[-1, -1]], abs=6)


@pytest.mark.parametrize("guess", [_by_area, _by_edges])
@pytest.mark.parametrize("place", [(64.0, 60.0, 50.0), (70.5, 66.2, 40.3)])
def test_first_guesses_are_within_a_pixel_and_a_half(guess, place):
    x, y, radius = place
    rows, columns = np.mgrid[:128, :136]
    grey = np.where(np.hypot(columns - x, rows - y) < radius, 127, 0).astype(np.uint8)
    assert guess(grey, 0.0, 127.0) == pytest.approx(place, abs=1.5)
    assert guess(np.zeros((128, 128), np.uint8), 0.0, 127.0) is None


def test_rays_find_the_edge_where_the_grey_is_half():
    """A disk whose grey falls over a pixel at its limb, in and out of the picture."""
    rows, columns = np.mgrid[:200, :260]
    away = np.hypot(columns - 120.0, rows - 90.0)
    grey = np.clip(127 * (70.0 - away + 0.5), 0, 127).astype(np.uint8)
    offsets = np.linspace(-5, 5, 25)
    edge, clear, inside = _cross(grey, np.array([120.0, 90.0, 71.0]), offsets, 0.0, 127.0)
    assert clear.all()
    assert inside.all()
    np.testing.assert_allclose(edge, 70, atol=0.12)
    # Rays that leave the picture are neither inside nor clear.
    edge, clear, inside = _cross(grey[:, :150], np.array([120.0, 90.0, 70.0]), offsets, 0.0, 127.0)
    angle = np.arange(180) * np.pi / 90
    expected = 120 + 75 * np.cos(angle) < 149
    assert (inside == expected).mean() > 0.98
    assert not (clear & ~inside).any()
    # Where there is no edge within reach, or the disk goes on beyond it, none is clear.
    for radius in (50.0, 90.0):
        assert not _cross(grey, np.array([120.0, 90.0, radius]), offsets, 0.0, 127.0)[1].any()
