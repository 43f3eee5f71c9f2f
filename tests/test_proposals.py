"""Readings of a strong field: which boxes are proposed for fields whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.boxes import iou
from halescope.extent import DEFAULT_RULE, magnetic_extents
from halescope.proposals import BUMPS, KINDS, Proposals, propose
from halescope.types import Disk, DiskGeometry, Magnetogram

PIECE, EXTENT, BUMP, KNOLL = range(4)


def disk_of(grey: np.ndarray) -> Disk:
    side = grey.shape[0]
    geometry = DiskGeometry((side - 1) / 2, (side - 1) / 2, 200.0 * side / 416)
    return Disk(grey, geometry, Magnetogram(grey, "display", geometry))


def field_of(*patches: tuple[float, float, float, float], scale: int = 1) -> np.ndarray:
    """Return Gaussian patches: x, y, width and strength each, in canonical pixels."""
    rows, columns = (np.mgrid[: 416 * scale, : 416 * scale] + 0.5) / scale - 0.5
    grey = np.zeros(rows.shape)
    for x, y, width, strength in patches:
        grey += strength * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2))
    return grey.astype(np.float32)


def boxes_of(found: Proposals, kind: int) -> np.ndarray:
    return found.boxes[found.kind == kind]


@pytest.mark.parametrize("sign", [1, -1])
def test_every_reading_of_one_patch_is_the_same_box(sign: int) -> None:
    disk = disk_of(field_of((210, 200, 6, 120 * sign)))
    found = propose(disk)
    assert len(KINDS) == 4
    assert found.kind.tolist() == [PIECE, EXTENT, BUMP, KNOLL]
    assert found.boxes.dtype == np.float32
    ruled, _ = magnetic_extents(disk.grey, disk.geometry, np.array([[210.0, 200.0]]))
    np.testing.assert_array_equal(found.boxes, np.repeat(ruled, 4, 0))


@pytest.mark.parametrize(("apart", "bumps", "knolls"), [(18, 1, 1), (25, 1, 2), (36, 2, 2)])
def test_neighbours_are_parted_coarsely_and_finely(apart: int, bumps: int, knolls: int) -> None:
    """Two equal Gaussians have two maxima once they are two standard deviations apart."""
    width = 8.0
    for (smoothing, _), number in zip(BUMPS, (bumps, knolls), strict=True):
        assert (apart > 2 * np.hypot(width, smoothing)) == (number == 2)
    left, right = 209.5 - apart / 2, 209.5 + apart / 2  # about a cell of the maxima's grid
    found = propose(disk_of(field_of((left, 205, width, 110), (right, 205, width, 110))))
    assert [len(boxes_of(found, kind)) for kind in range(4)] == [1, 1, bumps, knolls]
    (whole,) = boxes_of(found, PIECE)
    for kind in (BUMP, KNOLL):
        boxes = boxes_of(found, kind)
        boxes = boxes[np.argsort(boxes[:, 0])]
        assert boxes[0, 0] == whole[0]
        assert boxes[-1, 2] == whole[2]
        if len(boxes) == 2:  # the seam is in the middle; each box has a margin of one pixel
            assert boxes[0, 2] - 1 == pytest.approx(210, abs=1.5)
            assert boxes[1, 0] + 1 == pytest.approx(210, abs=1.5)


def test_long_piece_is_cut_at_the_reach_of_a_region() -> None:
    grey = np.zeros((416, 416), np.float32)
    grey[195:221, 100:316] = 60
    found = propose(disk_of(grey))
    (whole,), (cut,) = boxes_of(found, PIECE), boxes_of(found, EXTENT)
    assert whole[0] < 100
    assert whole[2] > 316
    reach = 200 * np.sin(np.radians(DEFAULT_RULE.reach))
    assert cut[2] - cut[0] == pytest.approx(2 * reach + 2, abs=3)
    assert (cut[0] + cut[2]) / 2 == pytest.approx(208, abs=1)


def test_extent_is_about_the_strongest_field_of_a_piece() -> None:
    grey = np.zeros((416, 416), np.float32)
    grey[195:221, 100:316] = 30
    grey[195:221, 100:140] = 120
    (cut,) = boxes_of(propose(disk_of(grey)), EXTENT)
    mass = np.array([120.0**2 * 40, 30.0**2 * 176])
    middle = (mass * [119.5, 227.5]).sum() / mass.sum()  # 142; that of the area is 207.5
    reach = 200 * np.sin(np.radians(DEFAULT_RULE.reach))
    assert cut[2] == pytest.approx(middle + reach, abs=4)


def test_satellite_is_a_piece_of_its_own_and_part_of_the_extent() -> None:
    found = propose(disk_of(field_of((200, 200, 5, 120), (224, 200, 4, 120))))
    assert len(boxes_of(found, PIECE)) == 2
    widest = np.diff(boxes_of(found, EXTENT)[:, ::2], axis=1).max()
    assert widest > 1.5 * np.diff(boxes_of(found, PIECE)[:, ::2], axis=1).max()


def test_quiet_disk_has_none() -> None:
    grey = np.random.default_rng(0).normal(0, 3, (416, 416)).astype(np.float32)
    axis = np.arange(416) - 207.5
    grey[np.hypot(axis[:, None], axis) > 199] = np.nan
    found = propose(disk_of(grey))
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)
    assert found.kind.dtype == np.int8


def test_speck_is_none() -> None:
    assert len(propose(disk_of(field_of((200, 200, 1.0, 127))))) == 0
    assert len(propose(disk_of(field_of((200, 200, 2.5, 127))))) > 0


def test_field_beyond_the_scale_and_no_data_count_as_in_a_picture() -> None:
    grey = field_of((150, 180, 6, 400), (250, 230, 5, -90))
    cut = np.clip(grey, -127, 127)
    torn = grey.copy()
    torn[380:, :30] = np.nan
    expected = propose(disk_of(cut))
    for field in (grey, torn):
        found = propose(disk_of(field))
        np.testing.assert_array_equal(found.boxes, expected.boxes)
        np.testing.assert_array_equal(found.kind, expected.kind)


def test_mirrored_disk_has_mirrored_boxes() -> None:
    grey = field_of((150, 180, 7, 120), (178, 186, 6, -110), (260, 250, 5, 90))
    plain, mirrored = propose(disk_of(grey)), propose(disk_of(grey[:, ::-1].copy()))
    back = mirrored.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [416, 0, 416, 0]
    for kind in range(4):
        a, b = boxes_of(plain, kind), back[mirrored.kind == kind]
        np.testing.assert_array_equal(np.sort(iou(a, b).max(1)), np.ones(len(a)))
        assert len(a) == len(b)


def test_finer_disk_has_the_same_boxes_in_its_own_pixels() -> None:
    # The last is a satellite of some 40 pixels: too small for the rule to keep, on either disk.
    patches = ((140, 180, 7, 120), (172, 184, 6, -110), (270, 250, 4, 120), (270, 267, 1.8, 80))
    plain, fine = (propose(disk_of(field_of(*patches, scale=scale))) for scale in (1, 2))
    for kind in range(4):
        a, b = boxes_of(plain, kind), boxes_of(fine, kind) / 2
        assert len(a) == len(b)
        np.testing.assert_allclose(a[np.lexsort(a.T)], b[np.lexsort(a.T)], atol=1.1)


def test_rule_is_followed() -> None:
    disk = disk_of(field_of((210, 200, 6, 120)))
    low, high = (
        propose(disk, replace(DEFAULT_RULE, threshold=level, margin=0.0)) for level in (14.0, 50.0)
    )
    assert (low.boxes[0, :2] < high.boxes[0, :2]).all()
    assert (low.boxes[0, 2:] > high.boxes[0, 2:]).all()
    assert len(propose(disk, replace(DEFAULT_RULE, threshold=126.0))) == 0
