"""Every rule of DetectNet's targets, on labels small enough to work out by hand."""

import numpy as np
import pytest

from halescope.training.paper.detectnet_targets import (
    GroundTruth,
    coverage_rectangles,
    label_grid,
    prune,
    truths,
)

SIXTEEN = GroundTruth(stride=16)
ONE = np.zeros(1, np.int64)


def boxes(*rows):
    return np.array(rows, np.float32)


@pytest.mark.parametrize(
    ("size", "covered", "norm"),
    [
        ((50, 30), (20, 20), 0.64),  # 0.4 x 50 = 20; 0.4 x 30 = 12 is raised to 20
        ((100, 50), (40, 20), 0.32),
        ((200, 80), (80, 32), 0.10),
        ((12, 50), (12, 20), 256 / 240),  # never wider than the box itself
    ],
)
def test_coverage_rectangle_and_obj_norm(size, covered, norm):
    box = boxes([30, 40, 30 + size[0], 40 + size[1]])
    rect = coverage_rectangles(box, SIXTEEN)[0]
    assert (rect[2] - rect[0], rect[3] - rect[1]) == covered
    assert (rect[:2] + rect[2:]).tolist() == (box[0, :2] + box[0, 2:]).tolist()
    grid = label_grid(box, ONE, (256, 256), SIXTEEN)
    assert np.unique(grid[7][grid[0] > 0]) == pytest.approx([norm])


def test_gridbox_max_only_caps():
    rule = GroundTruth(gridbox_type="GRIDBOX_MAX", scale_cvg=0.5, max_cvg_len=50)
    rect = coverage_rectangles(boxes([0, 0, 200, 20]), rule)[0]
    assert (rect[2] - rect[0], rect[3] - rect[1]) == (50, 10)


def test_cells_are_hard_ones_however_little_is_covered():
    # The box 54..74 has a coverage rectangle of 20 px, 54..74: it enters cell 3 (48..64) and 4.
    grid = label_grid(boxes([54, 54, 74, 74]), ONE, (128, 128), SIXTEEN)
    assert np.argwhere(grid[8] > 0).tolist() == [[3, 3], [3, 4], [4, 3], [4, 4]]
    assert set(np.unique(grid[8])) == {0.0, 1.0}
    assert np.array_equal(grid[0], grid[8])


def test_touching_an_edge_is_no_overlap_and_a_hair_is():
    exact = label_grid(boxes([16, 16, 32, 32]), ONE, (64, 64), SIXTEEN)
    assert np.argwhere(exact[0]).tolist() == [[1, 1]]
    hair = label_grid(boxes([16, 16, 32.01, 32]), ONE, (64, 64), SIXTEEN)
    assert np.argwhere(hair[0]).tolist() == [[1, 1], [1, 2]]


def test_corners_are_relative_to_the_cell_and_sizes_inverse():
    grid = label_grid(boxes([10, 20, 50, 70]), ONE, (128, 128), SIXTEEN)
    # Coverage 20 x 20 about (30, 45): x 20..40 is cells 1, 2; y 35..55 is cells 2, 3.
    assert np.argwhere(grid[0]).tolist() == [[2, 1], [2, 2], [3, 1], [3, 2]]
    assert grid[1:5, 2, 1].tolist() == [10 - 16, 20 - 32, 50 - 16, 70 - 32]
    assert grid[1:5, 3, 2].tolist() == [10 - 32, 20 - 48, 50 - 32, 70 - 48]
    assert grid[5:7, 2, 1] == pytest.approx([1 / 40, 1 / 50])
    assert not grid[:, 0, 0].any()


def test_a_later_box_overwrites_and_other_classes_leave_its_cells():
    pair = boxes([0, 0, 16, 16], [0, 0, 32, 16])
    grid = label_grid(pair, np.array([0, 1]), (32, 32), SIXTEEN, count=2)
    assert grid[8].sum() == 0
    assert grid[9].tolist() == [[1, 1], [0, 0]]
    assert grid[3, 0, 0] == 32
    reverse = label_grid(pair[::-1], np.array([1, 0]), (32, 32), SIXTEEN, count=2)
    assert reverse[8].tolist() == [[1, 0], [0, 0]]
    assert reverse[9].tolist() == [[0, 1], [0, 0]]


def test_dont_care_is_dropped_and_not_masked():
    grid = label_grid(boxes([0, 0, 32, 32]), np.array([-1]), (32, 32), SIXTEEN)
    assert not grid.any()


def test_boxes_are_cut_to_the_picture_and_empty_ones_go():
    kept, _ = prune(
        boxes([-10, -10, 20, 20], [70, 0, 90, 9]), np.zeros(2, int), (64, 64), SIXTEEN, 1
    )
    assert kept.tolist() == [[0, 0, 20, 20]]
    whole = GroundTruth(stride=16, crop_bboxes=False)
    grid = label_grid(boxes([-10, -10, 20, 20]), ONE, (64, 64), whole)
    assert grid[1:5, 0, 0].tolist() == [-10, -10, 20, 20]


def test_obj_norm_off_never_weighs_below_one():
    rule = GroundTruth(stride=16, obj_norm=False)
    big = label_grid(boxes([0, 0, 100, 100]), ONE, (128, 128), rule)
    assert np.unique(big[7][big[0] > 0]).tolist() == [1.0]
    small = label_grid(boxes([0, 0, 8, 8]), ONE, (128, 128), rule)
    assert small[7, 0, 0] == 4.0


def test_a_truth_that_is_overwritten_everywhere_vanishes():
    rule = GroundTruth()
    pair = boxes([40, 40, 60, 60], [38, 38, 62, 62])
    assert truths(label_grid(pair, np.zeros(2, int), (128, 128), rule), 8)[0].tolist() == [
        [38, 38, 62, 62]
    ]
    apart = boxes([10, 10, 30, 30], [80, 80, 100.5, 110])
    assert truths(label_grid(apart, np.zeros(2, int), (128, 128), rule), 8)[0].tolist() == [
        [10, 10, 30, 30],
        [80, 80, 100.5, 110],
    ]


def test_no_labels_give_an_empty_grid():
    grid = label_grid(np.zeros((0, 4), np.float32), np.zeros(0, int), (64, 32))
    assert grid.shape == (9, 8, 4)
    assert not grid.any()
