"""The box rule on fields whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.box_rule.extent import (
    DEFAULT_RULE,
    assign_pixels,
    edges_of,
    magnetic_extents,
    smooth_strength,
    sphere_of,
)
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


def field_about(x: float, y: float, half: int, level: float = 60) -> np.ndarray:
    """Return strength: a square of one level about a position, nothing else."""
    strength = blank()
    strength[int(y) - half : int(y) + half + 1, int(x) - half : int(x) + half + 1] = level
    return strength


def test_edges_are_those_of_the_pixels() -> None:
    owner = np.zeros((9, 12), np.int32)
    owner[2:5, 7:11], owner[6, 1] = 1, 3
    assert edges_of(owner, 3) == [(7, 2, 11, 5), None, (1, 6, 2, 7)]


def test_a_box_is_its_pixels_and_a_margin_and_where_there_are_none_nine_pixels() -> None:
    xy = np.array([[205.0, 210.0], [100.0, 120.0]])
    boxes, found = magnetic_extents(blank(), GEOMETRY, xy, strength=field_about(205, 210, 4))
    assert found.tolist() == [True, False]
    assert boxes.tolist() == [[200, 205, 211, 216], [95.5, 115.5, 105.5, 125.5]]


def test_quiet_sun_of_an_old_instrument_is_taken_off_to_the_level_of_hmi() -> None:
    """A field of one strength, 40 levels, all over the disk: 37.5 of them are noise."""
    grey = np.full((416, 416), -40.0, np.float32)
    grey[:, :20] = np.nan
    found = smooth_strength(grey)
    assert found[200, 200] == pytest.approx(2.5, abs=1e-4)
    assert (found >= 0).all()
    assert smooth_strength(grey / 20)[200, 200] == pytest.approx(2)
    assert not smooth_strength(np.full((416, 416), np.nan, np.float32)).any()


def test_the_sphere_is_of_unit_vectors_on_the_disk_alone() -> None:
    sphere = sphere_of(207.5, 200.0, 416, 215.0)
    size = np.sqrt((sphere.astype(float) ** 2).sum(0))
    away = np.hypot(*(np.mgrid[:416, :416] - 207.5))
    np.testing.assert_allclose(size[away < 200], 1, atol=1e-5)
    assert not size[away > 200].any()
    assert sphere[0, 207, 300] > 0  # west is right
    assert sphere[1, 300, 207] > 0  # north is up


@pytest.mark.parametrize("longitude", [0.0, 40.0, -60.0])
def test_reach_is_an_angle_on_the_sun(longitude: float) -> None:
    """Strong field everywhere: pixels of a position are those within the reach, none else."""
    from halescope.geometry import offset_to_sphere, pixel_to_offset

    seen = replace(GEOMETRY, distance=220.0)
    x = 207.5 + 200 * np.sin(np.radians(longitude))
    owner = assign_pixels(np.full((416, 416), 60, np.float32), seen, np.array([[x, 230.0]]))
    columns, rows = np.meshgrid(np.arange(416.0), np.arange(416.0))
    sphere = np.array(offset_to_sphere(*pixel_to_offset(seen, columns, rows), 220.0))
    here = np.array(offset_to_sphere(*pixel_to_offset(seen, [x], [230.0]), 220.0))
    angle = np.degrees(np.arccos(np.clip((sphere * here[:, :, None]).sum(0), -1, 1)))
    clear = np.isfinite(angle) & (np.abs(angle - DEFAULT_RULE.reach) > 0.05)
    assert ((owner == 1) == (angle < DEFAULT_RULE.reach))[clear].all()


def test_a_position_beyond_the_limb_looks_from_the_limb() -> None:
    """NOAA's places of the day before may lie behind the limb: what is near it is theirs.

    The limb is taken at 87.4 degrees from disk centre: the first column within 11 of that is 402.
    """
    strength = field_about(404, 207, 3)
    for x in (408.5, 415.0):
        boxes, found = magnetic_extents(
            blank(), GEOMETRY, np.array([[x, 207.0]]), strength=strength
        )
        assert found.all()
        assert boxes[0].tolist() == [401, 203, 409, 212]
    boxes, found = magnetic_extents(
        blank(), GEOMETRY, np.array([[3.0, 207.0]]), strength=field_about(9, 207, 3)
    )
    assert found.all()


def test_the_nearest_strong_pixel_is_the_seed_where_none_is_in_the_core() -> None:
    """Two pieces eight and ten degrees away: the nearer one alone is the region's."""
    strength = field_about(207 + 28, 207, 2) + field_about(207 - 34, 207, 2)
    boxes, found = magnetic_extents(
        blank(), GEOMETRY, np.array([[207.0, 207.0]]), strength=strength
    )
    assert found.all()
    assert boxes[0].tolist() == [232, 204, 239, 211]
    far = field_about(207 + 45, 207, 2)
    assert not magnetic_extents(blank(), GEOMETRY, np.array([[207.0, 207.0]]), strength=far)[1]


@pytest.mark.parametrize(("pixels", "kept"), [(59, False), (60, True)])
def test_a_companion_is_kept_from_its_size_on(pixels: int, kept: bool) -> None:
    """It comes within 4.5 degrees, 15.7 pixels, and does not touch the seed."""
    strength = field_about(207, 207, 2)
    for number in range(pixels):
        strength[200 + number % 12, 215 + number // 12] = 60
    (box,), _ = magnetic_extents(blank(), GEOMETRY, np.array([[207.0, 207.0]]), strength=strength)
    assert (box[2] > 212) == kept


def test_islands_between_two_positions_go_to_the_nearer() -> None:
    xy = np.array([[190.0, 207.0], [226.0, 207.0]])
    strength = field_about(190, 207, 2) + field_about(226, 207, 2)
    strength[195:205, 198:206] = 60  # 80 pixels, nearer to the first
    owner = assign_pixels(strength, GEOMETRY, xy)
    assert (owner[195:205, 198:206] == 1).all()
    assert owner[207, 226] == 2
    turned = assign_pixels(strength, GEOMETRY, xy[::-1])
    assert (turned[195:205, 198:206] == 2).all()


def test_distant_positions_do_not_disturb_each_other() -> None:
    xy = np.array([[120.0, 120.0], [300.0, 280.0], [130.0, 300.0]])
    strength = sum(field_about(x, y, 5) for x, y in xy)
    together = assign_pixels(strength, GEOMETRY, xy)
    for index, place in enumerate(xy, 1):
        alone = assign_pixels(strength, GEOMETRY, place[None])
        assert (alone > 0).sum() == 121
        np.testing.assert_array_equal(together == index, alone == 1)


def test_a_cut_out_that_is_mostly_region_keeps_its_field() -> None:
    """Most of what it shows is strong, so that its median is no quiet Sun's."""
    random = np.random.default_rng(2)
    whole = random.normal(0, 2, (416, 416)).astype(np.float32)
    patch(whole, 210, 200, 9)
    part = np.full_like(whole, np.nan)
    part[178:222, 186:234] = whole[178:222, 186:234]
    plain, cut = smooth_strength(whole), smooth_strength(part)
    assert np.median(plain[186:214, 194:226]) > 20
    inside = np.s_[190:211, 198:223]
    assert (plain - cut)[inside].max() < 2.5  # the median would take off twenty


def test_a_noisy_cut_out_loses_its_noise() -> None:
    part = np.full((416, 416), np.nan, np.float32)
    part[150:250, 150:250] = np.random.default_rng(3).normal(0, 12, (100, 100))
    strength = smooth_strength(part)[160:240, 160:240]
    assert np.median(strength) == pytest.approx(2.5, abs=1.5)
