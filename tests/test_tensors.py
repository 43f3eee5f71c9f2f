"""The detector's input."""

import numpy as np

from halescope.tensors import disk_tensor


def test_clips_scales_and_fills() -> None:
    grey = np.array([[np.nan, 0, 63.5], [127, 500, -300], [1, 2, 3]], np.float32)
    tensor = disk_tensor(grey)
    assert tensor.dtype == np.float32
    assert tensor.shape == (1, 3, 3)
    np.testing.assert_allclose(tensor[0, :2], [[0, 0, 0.5], [1, 1, -1]])
