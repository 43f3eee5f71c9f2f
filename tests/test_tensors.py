"""Inputs of the networks, pictures of the disk, and probabilities of logits."""

import numpy as np
import pytest

from halescope.tensors import (
    cut,
    detectnet_tensor,
    disk_tensor,
    flip_rows,
    googlenet_tensor,
    picture,
    sigmoid,
    softmax,
    squash,
)


def test_logits_become_probabilities() -> None:
    assert sigmoid(np.array([0.0, 2.0])).tolist() == [0.5, pytest.approx(0.8808, abs=1e-4)]
    rows = softmax(np.array([[1000.0, 1000.0, -1000.0]], np.float32))
    assert rows.tolist() == [[0.5, 0.5, 0.0]]
    assert softmax(np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_clips_scales_and_fills() -> None:
    grey = np.array([[np.nan, 0, 63.5], [127, 500, -300], [1, 2, 3]], np.float32)
    tensor = disk_tensor(grey)
    assert tensor.dtype == np.float32
    assert tensor.shape == (1, 3, 3)
    np.testing.assert_allclose(tensor[0, :2], [[0, 0, 0.5], [1, 1, -1]])


def test_picture_is_grey_at_zero_field_black_off_the_limb_and_top_first():
    grey = np.array([[np.nan, 0.4], [300, -200]], np.float32)
    assert picture(grey).tolist() == [[255, 0], [0, 127]]


def test_flip_rows_is_its_own_inverse():
    boxes = np.array([[1, 2, 3, 8]], np.float32)
    assert flip_rows(boxes, 10).tolist() == [[1, 2, 3, 8]]
    boxes = np.array([[1, 0, 3, 4]], np.float32)
    assert flip_rows(boxes, 10).tolist() == [[1, 6, 3, 10]]
    assert flip_rows(flip_rows(boxes, 10), 10).tolist() == boxes.tolist()


def test_detectnet_input_is_centred_on_zero_field():
    levels = np.array([[127, 255]], np.uint8)
    assert detectnet_tensor(levels).shape == (3, 1, 2)
    assert detectnet_tensor(levels)[1].tolist() == [[0, 128]]


@pytest.mark.parametrize(
    ("box", "shape"),
    [((2.5, 1, 4.2, 3), (2, 3)), ((-5, -5, 1, 1), (1, 1)), ((90, 90, 95, 95), (1, 1))],
)
def test_cut_takes_whole_pixels_inside(box, shape):
    assert cut(np.zeros((10, 10), np.uint8), np.array(box, np.float32)).shape == shape


def test_googlenet_input_is_squashed_and_cropped():
    levels = np.tile(np.array([[0, 200]], np.uint8), (3, 1))
    assert squash(levels, 8).shape == (8, 8)
    out = googlenet_tensor(levels, 100, (16, 14), 3)
    assert out.shape == (3, 14, 14)
    assert out[0, 0, 0] == -100
    assert out[2, 5, -1] == 100
