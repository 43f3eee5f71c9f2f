"""The box rule on fields whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.box_rule.extent import DEFAULT_RULE, assign_pixels, magnetic_extents, smooth_strength
from halescope.types import DiskGeometry

GEOMETRY = DiskGeometry(207.5, 207.5, 200.0)


def blank() -> np.ndarray:
    return np.zeros((416, 416), np.float32)


def patch(grey: np.ndarray, x: float, y: float, width: float, strength: float = 120) -> None:
    rows, columns = np.mgrid[:416, :416]
    grey += strength * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2))


def test_box_encloses_what_is_above_the_threshold() -> None:
    grey = blank()
    patch(grey, 210, 200, 6)
    box, found = magnetic_extents(grey, GEOMETRY, np.array([[210.0, 200.0]]))
    # A Gaussian smoothed by 2.5 px is one again: width sqrt(36 + 6.25), peak 120 * 36 / 42.25.
    reach = np.sqrt(2 * 42.25 * np.log(120 * 36 / 42.25 / 14))
    assert found.all()
    np.testing.assert_allclose(
        box[0],
        [210 - reach - 0.5, 200 - reach - 0.5, 210 + reach + 1.5, 200 + reach + 1.5],
        atol=1.1,
    )


def test_both_polarities_of_a_bipole_are_one_region() -> None:
    grey = blank()
    patch(grey, 195, 210, 5)
    patch(grey, 215, 210, 5, -120)
    box, _ = magnetic_extents(grey, GEOMETRY, np.array([[205.0, 210.0]]))
    assert box[0, 0] < 190
    assert box[0, 2] > 220


def test_touching_regions_are_split_at_the_saddle() -> None:
    grey = blank()
    patch(grey, 190, 200, 8)
    patch(grey, 222, 200, 8)
    owner = assign_pixels(smooth_strength(grey), GEOMETRY, np.array([[190.0, 200], [222.0, 200]]))
    seam = np.nonzero(np.diff(owner[200, 180:232]))[0] + 180
    assert len(seam) == 1
    assert seam[0] == pytest.approx(206, abs=1.5)


def test_steep_flank_stays_with_its_own_peak() -> None:
    """A weak neighbour must not take the flank of a strong region."""
    grey = blank()
    patch(grey, 190, 200, 7, 127)
    patch(grey, 214, 200, 5, 45)
    owner = assign_pixels(smooth_strength(grey), GEOMETRY, np.array([[190.0, 200], [214.0, 200]]))
    assert (owner[185:216, 180:200] != 2).all()
    assert owner[200, 214] == 2


def test_reach_ends_a_region() -> None:
    grey = blank()
    grey[190:220, 100:320] = 60
    box, _ = magnetic_extents(grey, GEOMETRY, np.array([[207.0, 205.0]]))
    reach = 200 * np.sin(np.radians(DEFAULT_RULE.reach))
    assert box[0, 2] - box[0, 0] == pytest.approx(2 * reach + 2, abs=3)


def test_reach_is_foreshortened_towards_the_limb() -> None:
    grey = blank()
    grey[150:270, 10:406] = 60
    widths = []
    for x in (207.0, 360.0):
        box, _ = magnetic_extents(grey, GEOMETRY, np.array([[x, 207.0]]))
        widths.append(box[0, 2] - box[0, 0])
    assert widths[1] < 0.85 * widths[0]


def test_sizeable_companion_is_kept_and_a_speck_is_not() -> None:
    grey = blank()
    patch(grey, 200, 200, 5)
    patch(grey, 224, 200, 5)
    patch(grey, 200, 217, 0.9, 127)
    box, _ = magnetic_extents(grey, GEOMETRY, np.array([[203.0, 200.0]]))
    assert box[0, 2] > 230
    assert box[0, 3] < 214


def test_companion_further_away_is_left() -> None:
    grey = blank()
    patch(grey, 200, 200, 5)
    patch(grey, 232, 200, 5)
    box, _ = magnetic_extents(grey, GEOMETRY, np.array([[200.0, 200.0]]))
    assert box[0, 2] < 216


def test_no_field_gives_a_small_box_and_says_so() -> None:
    box, found = magnetic_extents(blank(), GEOMETRY, np.array([[150.0, 250.0]]))
    assert not found.any()
    np.testing.assert_allclose((box[0, :2] + box[0, 2:]) / 2, [150.5, 250.5])


def test_no_positions_is_a_normal_answer() -> None:
    box, found = magnetic_extents(blank(), GEOMETRY, np.zeros((0, 2)))
    assert box.shape == (0, 4)
    assert found.shape == (0,)


def test_noise_floor_of_older_instruments_is_taken_off() -> None:
    grey = np.random.default_rng(3).normal(0, 12, (416, 416)).astype(np.float32)
    assert np.median(smooth_strength(grey)) < 3
    quiet = np.random.default_rng(3).normal(0, 2, (416, 416)).astype(np.float32)
    raw = smooth_strength(quiet, replace(DEFAULT_RULE))
    assert np.median(raw) == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.1)


def test_strong_field_counts_no_more_than_a_picture_can_show() -> None:
    grey = blank()
    patch(grey, 200, 200, 5, 1500)
    assert smooth_strength(grey).max() <= 127
