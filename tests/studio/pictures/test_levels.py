"""Sizes of a picture: what they hold, how exactly, and what becomes of no data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.studio.pictures.levels import MISSING, STEPS, half, packed, sizes
from halescope.studio.pictures.paint import grey, shrunk


def test_half_is_the_mean_of_what_is_known() -> None:
    field = np.array([[1, 3, 5], [1, np.nan, 5], [9, 9, np.nan]], np.float32)
    assert half(field) == pytest.approx(np.array([[5 / 3, 5], [9, np.nan]]), nan_ok=True)


def test_sizes_end_with_one_tile() -> None:
    shapes = [size.shape for size in sizes(np.zeros((1500, 1030), np.float32))]
    assert shapes == [(1500, 1030), (750, 515), (375, 258)]


@given(st.floats(-3e4, 3e4, width=32), st.sampled_from(sorted(STEPS)))
def test_values_are_kept_to_half_a_step(value: float, scale: str) -> None:
    step = STEPS[scale]
    stored = packed(np.full((1, 1), value, np.float32), step)[0, 0] * step
    most = 32767 * step
    assert stored == pytest.approx(min(max(value, -most), most), abs=step / 2 + 1e-3)


def test_greys_run_from_clip_to_clip_and_no_data_stand_apart() -> None:
    field = np.array([[-500, -250, 0, 250, 900, np.nan]], np.float32)
    levels = grey(packed(field, 0.25), 250.0, 0.25)
    assert levels.tolist() == [[1, 1, 128, 255, 255, 0]]
    assert packed(field, 0.25)[0, -1] == MISSING


def test_small_pictures_keep_their_shape() -> None:
    assert shrunk(np.zeros((100, 400), np.uint8), 100).shape == (25, 100)
    assert shrunk(np.zeros((10, 20), np.uint8), 100).shape == (10, 20)
