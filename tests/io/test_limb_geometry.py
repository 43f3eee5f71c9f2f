"""Pieces of the limb fit against circles and outlines that are known exactly."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from halescope.io.limb import _circle, _edge_points, _robust_circle, _through, fit_limb


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
