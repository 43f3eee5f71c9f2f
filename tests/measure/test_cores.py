import numpy as np
import pytest

from halescope.measure.cores import core_masks, find_cores
from halescope.measure.patch import Patch, frame_at


def patch_of(radial, pixel=0.5, calibrated=True):
    radial = radial.astype(np.float32)
    frame = frame_at(np.array([0.0, 0.0, 1.0]), 0.0)
    whole = np.ones(radial.shape, bool)
    return Patch(radial, np.ones_like(radial), whole, pixel, 5.0, frame, 0.0, calibrated)


def masks_of(*arguments, **options):
    return core_masks(patch_of(*arguments, **options))


def spot(x0, y0, sign, radius=5.0, size=160, pixel=0.5):
    y, x = np.mgrid[:size, :size] * pixel
    return sign * 2000.0 * (np.hypot(x - x0, y - y0) < radius)


def test_counts_and_smallest_distance():
    radial = spot(20, 40, 1) + spot(45, 40, -1) + spot(65, 20, -1)
    cores = find_cores(masks_of(radial))
    assert (cores.positive, cores.negative) == (1, 2)
    assert cores.distance == pytest.approx(25 - 2 * 5.0, abs=1.5)
    assert cores.area == pytest.approx(3 * np.pi * 25, rel=0.1)


def test_one_polarity_has_no_distance():
    cores = find_cores(masks_of(spot(40, 40, 1)))
    assert (cores.positive, cores.negative, cores.distance) == (1, 0, None)


def test_specks_and_plage_are_no_cores():
    rng = np.random.default_rng(0)
    speckle = rng.choice([-1200.0, 1200.0], (160, 160)) * (rng.random((160, 160)) < 0.2)
    assert find_cores(masks_of(speckle)).area == 0
    assert find_cores(masks_of(np.full((160, 160), 500.0))).area == 0


def test_clipped_pictures_show_saturated_patches():
    radial = np.clip(spot(20, 40, 1, 7) + spot(60, 40, -1, 7), -250, 250)
    cores = find_cores(masks_of(radial, calibrated=False))
    assert (cores.positive, cores.negative) == (1, 1)
