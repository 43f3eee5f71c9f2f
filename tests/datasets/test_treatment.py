"""Resize by squash, crop, fill and half crop; means; channels."""

import numpy as np
import pytest

from halescope.datasets.treatment import (
    Treatment,
    center_crop,
    channels_of,
    fit,
    mean_of,
    resize,
)


@pytest.fixture
def wide():
    """A 40 x 20 ramp, 100 at the left edge to 139 at the right."""
    return np.broadcast_to(np.arange(100, 140, dtype=np.float32), (20, 40)).copy()


def test_squash_keeps_the_whole_width(wide):
    out = fit(wide, Treatment(20, 20, "squash"))
    assert out.shape == (20, 20)
    assert out[0, 0] < 102
    assert out[0, -1] > 137


def test_crop_keeps_the_scale_and_loses_the_ends(wide):
    out = fit(wide, Treatment(20, 20, "crop"))
    assert np.array_equal(out, wide[:, 10:30])


def test_fill_keeps_all_and_pads(wide):
    out = fit(wide, Treatment(40, 40, "fill", padding=7.0))
    assert np.array_equal(out[10:30], wide)
    assert np.all(out[:10] == 7)
    assert np.all(out[30:] == 7)


def test_half_crop_does_half_of_each(wide):
    out = fit(wide, Treatment(30, 30, "half_crop", padding=0.0))
    # The mean ratio is (40/30 + 20/30) / 2 = 1: nothing is resampled, 5 columns go at each end.
    assert np.array_equal(out[5:25], wide[:, 5:35])
    assert not out[:5].any()


def test_noise_pads_where_asked(wide):
    out = fit(wide, Treatment(40, 40, "fill", padding=-1), seed=1)
    assert out[:10].std() > 50
    assert np.array_equal(out, fit(wide, Treatment(40, 40, "fill", padding=-1), seed=1))


def test_colour_and_grey():
    colour = np.zeros((2, 2, 3), np.float32)
    colour[..., 0] = 100  # red
    assert channels_of(colour, 3)[2].max() == 100  # BGR
    assert channels_of(colour, 1)[0, 0, 0] == pytest.approx(29.9)
    assert channels_of(colour[..., 0], 3).shape == (3, 2, 2)
    assert resize(colour, 4, 5).shape == (5, 4, 3)


def test_means():
    pictures = [np.full((1, 2, 2), v, np.float32) for v in (1, 3)]
    pictures[1][0, 0, 0] = 7
    assert mean_of(pictures, "image")[0].tolist() == [[4, 2], [2, 2]]
    assert mean_of(pictures, "pixel").ravel().tolist() == [2.5]
    assert mean_of(pictures, "none").ravel().tolist() == [0]


def test_center_crop():
    picture = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    assert center_crop(picture, 2)[0].tolist() == [[14, 15], [20, 21]]


def test_impossible_treatments_are_refused():
    with pytest.raises(ValueError, match="channels 1 or 3"):
        Treatment(channels=2)
