"""Cores as evidence for a class: weights, distances and the line between them, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.measure import measure_full
from halescope.measure.cores import core_masks
from halescope.measure.evidence import against, is_delta_hidden
from halescope.measure.patch import Patch, frame_at
from halescope.measure.spots import Spots, find_spots, layout, spots_of
from halescope.normalize import normalize
from halescope.synthetic import draw
from halescope.tensors import GREY_CLIP
from halescope.types import Disk, DiskGeometry, Magnetogram, Regions

SPOTS = Spots(1, 1, 100.0, 0.9, 10.0, True, (np.zeros((1, 2)), np.ones((1, 2))))


def patch_of(*spots, size=160, pixel=0.5):
    """Return a patch with round spots, each x, y, radius (Mm) and sign."""
    y, x = np.mgrid[:size, :size] * pixel
    radial = np.zeros((size, size), np.float32)
    for x0, y0, radius, sign in spots:
        radial[np.hypot(x - x0, y - y0) < radius] = sign * 2000
    frame = frame_at(np.array([0.0, 0.0, 1.0]), 0.0)
    return Patch(radial, np.ones_like(radial), np.ones(radial.shape, bool), pixel, 5.0, frame, 0.0)


def test_weight_and_distance_of_two_cores():
    found = spots_of(core_masks(patch_of((20, 40, 8, 1), (55, 40, 4, -1))))
    assert (found.positive, found.negative) == (1, 1)
    assert found.likeness == pytest.approx(0.25, abs=0.05)
    assert found.distance == pytest.approx(35 - 12, abs=1.5)
    lies = layout(found)
    assert lies["core_astray"] == 0
    assert lies["core_along_mm"] == pytest.approx(35 + 12, abs=1.5)
    assert lies["core_across_mm"] == pytest.approx(16, abs=1.5)


def test_no_line_parts_cores_that_alternate():
    row = spots_of(core_masks(patch_of((10, 40, 5, 1), (30, 40, 5, -1), (50, 40, 5, 1),
                                       (70, 40, 5, -1))))  # fmt: skip
    assert layout(row)["core_astray"] == pytest.approx(0.25, abs=0.03)


def test_one_polarity_alone():
    lies = layout(spots_of(core_masks(patch_of((20, 40, 5, 1), (60, 40, 5, 1)))))
    assert "core_astray" not in lies
    assert lies["core_likeness"] == 0
    assert lies["core_along_mm"] == pytest.approx(50, abs=1.5)
    assert layout(spots_of(core_masks(patch_of()))) == {}


def picture_of(*patches, gauss=1.96):
    """Return a canonical picture with square patches of saturation, each x, y, side, sign."""
    field = np.zeros((416, 416), np.float32)
    for x, y, side, sign in patches:
        field[y : y + side, x : x + side] = sign * GREY_CLIP
    geometry = DiskGeometry(207.5, 207.5, 200.0)
    origin = Magnetogram(field, "display", geometry, saturation=127, gauss_per_unit=gauss)
    return Disk(field, geometry, origin)


def test_saturated_patches_are_measured_on_the_surface():
    boxes = np.array([[190, 190, 230, 230]], np.float32)
    (found,) = find_spots(
        picture_of((195, 200, 4, 1), (215, 200, 8, -1)), Regions.from_boxes(boxes)
    )
    pixel = 695.7 / 200
    assert (found.positive, found.negative, found.calibrated) == (1, 1, False)
    assert found.likeness == pytest.approx(0.25, abs=0.01)
    assert found.area == pytest.approx(80 * pixel**2, rel=0.02)
    assert found.distance == pytest.approx(16 * pixel, rel=0.02)


def test_specks_of_saturation_are_no_patches():
    boxes = np.array([[190, 190, 230, 230]], np.float32)
    (found,) = find_spots(picture_of((200, 200, 2, 1)), Regions.from_boxes(boxes))
    assert (found.positive, found.distance, found.likeness) == (0, None, 0)


def test_a_picture_of_any_size_has_the_same_patches():
    drawn = draw(23, size=1024, regions=["beta-gamma-delta", "beta"], plage=0)
    seen, boxes = drawn.magnetogram, None
    found = []
    for step in (1, 2):
        h = 1024 // step
        levels = np.clip(seen.field / 1.96, -127, 127)
        levels = levels.reshape(h, step, h, step).mean((1, 3)).astype(np.float32)
        middle = (seen.geometry.x_center - (step - 1) / 2) / step
        place = replace(
            seen.geometry, x_center=middle, radius=seen.geometry.radius / step,
            y_center=(seen.geometry.y_center - (step - 1) / 2) / step,
        )  # fmt: skip
        picture = Magnetogram(levels, "display", place, saturation=127, gauss_per_unit=1.96)
        disk = normalize(picture)
        if boxes is None:
            rows = drawn.truth.rows()
            scale = 200 / seen.geometry.radius
            boxes = np.array(
                [[(r[k] - 0.5 - c) * scale + 208 for k, c in zip(
                    ("x_min", "y_min", "x_max", "y_max"),
                    (seen.geometry.x_center, seen.geometry.y_center) * 2, strict=True)]
                 for r in rows], np.float32)  # fmt: skip
        regions = Regions.from_boxes(boxes)
        columns = measure_full(picture, disk, regions)
        spots = find_spots(disk, regions)
        assert columns["cores_positive"] == [s.positive for s in spots]
        assert columns["core_distance_mm"] == [
            None if s.distance is None else round(s.distance, 1) for s in spots
        ]
        found.append([(s.positive > 0, s.negative > 0) for s in spots])
    assert found[0] == found[1]


def test_what_speaks_against_a_class():
    assert not against("beta-gamma-delta", SPOTS)
    assert "too far" in against("beta-delta", replace(SPOTS, distance=30.0))
    assert "no opposite cores" in against("gamma-delta", replace(SPOTS, distance=None))
    assert against("alpha", SPOTS) == "there are opposite cores of like weight"
    assert "patches" in against("alpha", replace(SPOTS, calibrated=False))
    assert not against("alpha", replace(SPOTS, likeness=0.2))
    assert not against("beta", SPOTS)
    assert is_delta_hidden("beta-delta", replace(SPOTS, calibrated=False))
    assert not is_delta_hidden("beta-delta", SPOTS)


def test_patches_are_those_within_the_box_and_its_edges_are_rounded():
    """A box from 194.6 to 203.4 holds columns 195 to 202; what is outside does not count."""
    disk = picture_of((190, 200, 9, 1), (200, 214, 9, -1))
    boxes = np.array([[194.6, 199.6, 203.4, 219.4], [-30, -20, 205, 206], [0, 0, 9, 9]], np.float32)
    first, second, none = find_spots(disk, Regions.from_boxes(boxes))
    cell = (695.7 / 200) ** 2
    assert first.area == pytest.approx((4 * 9 + 3 * 5) * cell, rel=0.01)
    assert (first.places[0].shape, first.places[1].shape) == ((36, 2), (15, 2))
    assert second.area == pytest.approx(9 * 6 * cell, rel=0.01)
    assert second.places[0].mean(0) == pytest.approx(
        np.array([194 - 207.5, 202.5 - 207.5]) * 695.7 / 200
    )
    assert (none.area, none.positive, none.distance) == (0, 0, None)


@pytest.mark.parametrize(
    ("gauss", "level", "counts"),
    [(1.96, 116.85, 1), (1.96, 116.8, 0), (4.0, 57.5, 1), (4.0, 57.4, 0)],
)
def test_saturation_is_230_gauss_or_92_hundredths_of_the_scale(gauss, level, counts):
    """Of 127 levels: 116.84. At 1.96 G a level 230 G are 117.35, at 4 G 57.5: the lesser counts."""
    disk = picture_of((200, 200, 8, 1), gauss=gauss)
    disk.field[200:208, 200:208] = level
    boxes = np.array([[190, 190, 230, 230]], np.float32)
    assert find_spots(disk, Regions.from_boxes(boxes))[0].positive == counts
    disk.field[200:208, 200:208] *= -1
    found = find_spots(disk, Regions.from_boxes(boxes))[0]
    assert (found.positive, found.negative) == (0, gauss > 1.9 and counts)


def test_distance_in_pictures_is_a_chord_of_the_sphere():
    """Two patches on the equator, 30 and 60 degrees from the middle: a chord of 30 degrees."""
    columns = [round(207.5 + 200 * np.sin(np.radians(a))) for a in (30, 60)]
    disk = picture_of((columns[0] - 3, 206, 4, 1), (columns[1], 206, 4, -1))
    boxes = np.array([[280, 190, 400, 230]], np.float32)
    (found,) = find_spots(disk, Regions.from_boxes(boxes))
    ends = [np.degrees(np.arcsin((c - 207.5) / 200)) for c in columns]
    chord = 2 * 695.7 * np.sin(np.radians(ends[1] - ends[0]) / 2)
    assert found.distance == pytest.approx(chord - 695.7 / 200, abs=0.02)


def laid(positive, negative):
    """Return the layout of cores at places in Mm."""
    places = tuple(np.array(side, float).reshape(-1, 2) for side in (positive, negative))
    return layout(replace(SPOTS, places=places, likeness=0.4))


def test_extents_are_along_the_line_of_the_middles_and_across_it():
    found = laid([(30, 40), (33, 44), (26, 43), (34, 37)], [(0, 0)])
    # The line is 3, 4: middles at (30.75, 41) and 0.
    axis = np.array([30.75, 41]) / np.hypot(30.75, 41)
    across = np.array([[30, 40], [33, 44], [26, 43], [34, 37], [0, 0]]) @ (-axis[1], axis[0])
    assert found["core_along_mm"] == pytest.approx(np.array([33, 44]) @ axis)
    assert found["core_across_mm"] == pytest.approx(across.max() - across.min())
    assert found["core_likeness"] == 0.4
    alone = laid([(0, 0), (6, 8), (3, 4), (3.8, 3.4)], [])
    assert alone["core_along_mm"] == pytest.approx(10, abs=0.1)
    assert alone["core_across_mm"] == pytest.approx(1, abs=0.2)
    assert "core_astray" not in alone
    assert laid([], [(1, 2)])["core_along_mm"] == 0
    # Middles on one another have no line between them: nothing is divided by zero.
    assert laid([(0, 0)], [(0, 0)])["core_along_mm"] == 0


@pytest.mark.parametrize(
    ("positive", "negative", "astray"),
    [
        ([(0, 0), (1, 0)], [(9, 0), (10, 0)], 0),
        ([(0, 0), (1, 0), (8, 0)], [(7, 0), (9, 0), (10, 0)], 1 / 6),
        ([(0, 0), (1, 0), (10, 0)], [(7, 0), (8, 0), (9, 0)], 1 / 6),
        ([(6, 0)], [(0, 0), (1, 0), (9, 0), (10, 0)], 1 / 5),
        ([(0, 0), (10, 0)], [(4.9, 0), (5, 0)], 1 / 4),
        ([(0, 50), (1, -50)], [(2, 50), (3, -50)], 0),
    ],
)
def test_the_least_share_on_wrong_sides_of_a_line(positive, negative, astray):
    """Counted by hand on a row; the last two are parted only across their long extent.

    Fisher's direction weighs the scatter: there it is along x, though middles lie across.
    """
    assert laid(positive, negative)["core_astray"] == pytest.approx(astray)
    assert laid(negative, positive)["core_astray"] == pytest.approx(astray)
