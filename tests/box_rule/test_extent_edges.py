"""The box rule at its edges: of frame, limb, threshold and reach, and between two positions."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from halescope.box_rule.extent import (
    DEFAULT_RULE,
    assign_pixels,
    magnetic_extents,
    smooth_strength,
    sphere_of,
)
from halescope.types import DiskGeometry

GEOMETRY = DiskGeometry(207.5, 207.5, 200.0)


def strong(*squares: tuple[int, int, int, int], level: float = 60) -> np.ndarray:
    """Return strength of one level in squares of columns and rows, ends not included."""
    field = np.zeros((416, 416), np.float32)
    for left, right, low, high in squares:
        field[low:high, left:right] = level
    return field


def test_one_pixel_is_smoothed_by_a_gaussian_that_ends_after_three_widths() -> None:
    """The kernel by its formula: 2.5 pixels wide, 8 pixels to each side, of sum one."""
    grey = np.zeros((416, 416), np.float32)
    grey[200, 120] = -100
    kernel = np.exp(-(np.arange(-8.0, 9) ** 2) / (2 * 2.5**2))
    kernel /= kernel.sum()
    expected = np.zeros((416, 416))
    expected[192:209, 112:129] = 100 * np.outer(kernel, kernel)
    np.testing.assert_allclose(smooth_strength(grey), expected, atol=1e-5)


def test_a_noisy_sun_keeps_what_exceeds_its_noise_and_nothing_is_negative() -> None:
    """Half of the frame at 10 levels, the lesser part at 30: 7.5 are taken off everywhere."""
    grey = np.full((416, 416), 10, np.float32)
    grey[:, 300:], grey[:, :40] = 30, np.nan
    found = smooth_strength(grey)
    assert found[200, 150] == pytest.approx(2.5, abs=1e-3)
    assert found[200, 380] == pytest.approx(22.5, abs=1e-3)
    assert (found[:, :30] == 0).all()
    assert smooth_strength(np.full((416, 416), 2.5, np.float32))[200, 200] == pytest.approx(2.5)


def test_the_margin_is_added_on_each_side() -> None:
    rule = replace(DEFAULT_RULE, margin=3.0)
    strength = strong((201, 210, 205, 216))
    xy = np.array([[205.0, 210.0]])
    boxes, _ = magnetic_extents(strength, GEOMETRY, xy, rule, strength=strength)
    assert boxes[0].tolist() == [198, 202, 213, 219]


def test_the_threshold_itself_is_not_strong() -> None:
    xy = np.array([[205.0, 210.0]])
    for level, found in ((14.0, False), (14.01, True)):
        strength = strong((201, 210, 205, 216), level=level)
        assert assign_pixels(strength, GEOMETRY, xy).any() == found


@pytest.mark.parametrize("step", [(30, 45), (-30, 45), (45, -30), (0, 50), (50, 0)])
def test_neighbours_that_do_not_touch_are_as_if_alone(step: tuple[int, int]) -> None:
    places = [np.array([200, 190]), np.array([200, 190]) + step]
    squares = [(x - 5, x + 6, y - 5, y + 6) for x, y in places]
    owner = assign_pixels(strong(*squares), GEOMETRY, np.array(places, float))
    for number, square in enumerate(squares, 1):
        np.testing.assert_array_equal(owner == number, strong(square) > 0)


def test_a_disk_larger_than_its_frame_is_used_to_the_last_pixel() -> None:
    large = DiskGeometry(50.0, 50.0, 90.0)
    strength = np.full((101, 101), 60, np.float32)
    xy = np.array([[2.0, 3.0], [98.0, 97.0], [98.0, 3.0]])
    boxes, found = magnetic_extents(strength, large, xy, strength=strength)
    assert found.all()
    assert boxes[0, :2].tolist() == [-1, -1]
    assert boxes[1, 2:].tolist() == [102, 102]
    assert boxes[2, 1:3].tolist() == [-1, 102]


@pytest.mark.parametrize("angle", [20.0, 90.0, 135.0, 250.0])
def test_positions_beyond_the_limb_look_from_where_they_left_it(angle: float) -> None:
    """What is found does not depend on how far beyond the limb a position is."""
    away = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    middle = np.rint(207.5 + 197 * away).astype(int)
    strength = strong((middle[0] - 4, middle[0] + 5, middle[1] - 4, middle[1] + 5))
    owners = [
        assign_pixels(strength, GEOMETRY, (207.5 + 200 * share * away)[None])
        for share in (0.999, 1.02, 1.05)
    ]
    assert (owners[0] == 1).sum() > 20
    for one, other in pairwise(owners):
        np.testing.assert_array_equal(one, other)


def test_an_island_close_to_both_goes_to_the_nearer() -> None:
    """It is within 4.5 degrees of both, 15.7 pixels, and large enough for either."""
    xy = np.array([[194.0, 207.0], [220.0, 207.0]])
    strength = strong((192, 197, 205, 210), (218, 223, 205, 210), (199, 207, 212, 222))
    for places, number in ((xy, 1), (xy[::-1], 2)):
        owner = assign_pixels(strength, GEOMETRY, places)
        assert (owner[212:222, 199:207] == number).all()
        assert (owner == 3 - number).sum() == 25


def test_small_changes_of_distance_share_a_sphere() -> None:
    """The distance is rounded to ten radii, which moves no pixel; a spacecraft's is its own."""
    strength = strong((201, 210, 205, 216))
    sphere_of.cache_clear()
    for distance, spheres in ((211.0, 1), (214.9, 1), (206.0, 1), (216.0, 2), (80.0, 3)):
        assign_pixels(strength, replace(GEOMETRY, distance=distance), np.array([[205.0, 210.0]]))
        assert sphere_of.cache_info().misses == spheres
    from_near = sphere_of(207.5, 200.0, 416, 80.0)
    from_far = sphere_of(207.5, 200.0, 416, 210.0)
    assert 0.001 < np.abs(from_near - from_far).max() < 0.1


def test_touching_regions_of_three_share_all_pixels_within_reach() -> None:
    xy = np.array([[190.0, 200.0], [215.0, 200.0], [202.0, 222.0]])
    strength = strong((185, 221, 195, 227))
    owner = assign_pixels(strength, GEOMETRY, xy)
    assert ((owner > 0) == (strength > 0)).all()
    for number, (x, y) in enumerate(xy.astype(int), 1):
        assert (owner[y - 3 : y + 4, x - 3 : x + 4] == number).all()


def test_a_reach_of_nothing_holds_the_position_itself():
    """What lies exactly at the end of a reach, of a core and of what is close counts."""
    here = DiskGeometry(100.0, 100.0, 90.0)
    strength = np.full((201, 201), 60, np.float32)
    rule = replace(DEFAULT_RULE, reach=0.0, core=0.0, close=0.0)
    owner = assign_pixels(strength, here, np.array([[100.0, 100.0]]), rule)
    assert np.argwhere(owner).tolist() == [[100, 100]]
