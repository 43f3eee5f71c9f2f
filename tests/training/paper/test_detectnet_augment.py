"""DetectNet's augmentation, and that the paper's setting changes nothing."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.training.paper.detectnet_augment import (
    Augmentation,
    augment,
    crop,
    flip,
    rescale,
)

BOX = np.array([[4, 6, 12, 16]], np.float32)


@pytest.fixture
def picture():
    return np.random.default_rng(0).normal(0, 50, (3, 32, 48)).astype(np.float32)


def test_the_papers_setting_changes_nothing(picture):
    rng = np.random.default_rng(1)
    out, boxes = augment(picture, BOX, (32, 48), Augmentation(), rng)
    assert np.array_equal(out, picture)
    assert np.array_equal(boxes, BOX)


def test_flip_as_published(picture):
    out, boxes = flip(picture, BOX)
    assert np.array_equal(out[:, :, 0], picture[:, :, -1])
    assert boxes.tolist() == [[48 - 4 - 8 - 1, 6, 48 - 4 - 1, 16]]


def test_crop_pads_with_the_mean(picture):
    out, boxes = crop(picture, BOX, (-2, 3), (32, 48))
    assert not out[:, :, :2].any()
    assert not out[:, 29:].any()
    assert np.array_equal(out[:, :29, 2:], picture[:, 3:, :46])
    assert boxes.tolist() == [[6, 3, 14, 13]]
    assert not crop(picture, BOX, (100, 0), (32, 48))[0].any()


def test_scaling_equals_opencvs_cubic(picture):
    cv2 = pytest.importorskip("cv2", reason="OpenCV is the oracle")
    out, boxes = rescale(picture, BOX, 1.25)
    expected = cv2.resize(np.moveaxis(picture, 0, 2), (60, 40), interpolation=cv2.INTER_CUBIC)
    assert out == pytest.approx(np.moveaxis(expected, 2, 0), abs=2e-3)
    assert boxes == pytest.approx(BOX * 1.25)


def test_published_ranges_hold(picture):
    rng = np.random.default_rng(2)
    as_published = Augmentation(crop_prob=1.0, flip_prob=0.5, scale_prob=0.4)
    seen = [augment(picture, BOX, (32, 48), as_published, rng) for _ in range(200)]
    assert all(out.shape == (3, 32, 48) for out, _ in seen)
    width = np.array([box[0, 2] - box[0, 0] for _, box in seen])
    assert width.min() > 8 * 0.78
    assert width.max() < 8 * 1.22
    assert 0.5 < np.mean(width == 8) < 0.7  # scale_prob 0.4
    unscaled = np.array([box[0, 1] - BOX[0, 1] for _, box in seen])[width == 8]
    assert abs(unscaled).max() <= 16
    assert unscaled.std() > 5


def test_probabilities_are_checked():
    with pytest.raises(ValueError, match="flip_prob"):
        Augmentation(flip_prob=1.5)
