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
