"""Augmented disks keep Hale's law, and their labels stay on their regions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from halescope.training.data.augment import (
    AugmentConfig,
    Objects,
    augment,
    join_halves,
    mirror,
)


def bipole(x: float, y: float, leading: int = 1) -> tuple[np.ndarray, Objects]:
    """Return a disk with one bipole, its western spot of polarity `leading`, and its label."""
    rows, columns = np.mgrid[:416, :416]
    field = np.zeros((416, 416), np.float32)
    for sign, offset in ((leading, 8), (-leading, -8)):
        field += sign * 100 * np.exp(-((columns - x - offset) ** 2 + (rows - y) ** 2) / 18)
    box = np.array([[x - 15, y - 7, x + 16, y + 8]], np.float32)
    point = np.array([[x, y]], np.float32)
    return field, Objects(box, point, np.ones(1, np.int8), np.ones(1, np.float32))


def western_polarity(field: np.ndarray, box: np.ndarray) -> int:
    """Return the sign of the field in the western half of a box."""
    x0, y0, x1, y1 = np.rint(box).astype(int)
    return int(np.sign(field[y0:y1, (x0 + x1) // 2 : x1].sum()))


def test_mirrors_keep_hales_law() -> None:
    """East-west: the leader stays of its polarity. North-south: it becomes the other's."""
    field, objects = bipole(260, 280)
    mirrored, moved = mirror(field, objects, 1)
    assert moved.boxes[0, 0] < 208
    assert western_polarity(mirrored, moved.boxes[0]) == 1
    flipped, sunk = mirror(field, objects, 0)
    assert sunk.boxes[0, 3] < 208
    assert western_polarity(flipped, sunk.boxes[0]) == -1


@given(x=st.floats(60, 350), y=st.floats(60, 350))
def test_mirrors_undo_themselves(x: float, y: float) -> None:
    field, objects = bipole(x, y)
    for axis in (0, 1):
        back, again = mirror(*mirror(field, objects, axis), axis)
        np.testing.assert_array_equal(back, field)
        np.testing.assert_allclose(again.boxes, objects.boxes, atol=1e-4)
        np.testing.assert_allclose(again.points, objects.points, atol=1e-4)


@given(seed=st.integers(0, 10_000), x=st.floats(90, 330), y=st.floats(90, 330))
def test_label_follows_its_region(seed: int, x: float, y: float) -> None:
    config = AugmentConfig(rotation=8, noise=0)
    field, objects = augment(*bipole(x, y), config, np.random.default_rng(seed))
    weight = np.abs(field)
    rows, columns = np.mgrid[:416, :416]
    cx, cy = (weight * columns).sum() / weight.sum(), (weight * rows).sum() / weight.sum()
    np.testing.assert_allclose(objects.points[0], [cx, cy], atol=0.7)
    middle = (objects.boxes[0, :2] + objects.boxes[0, 2:]) / 2 - 0.5
    np.testing.assert_allclose(middle, [cx, cy], atol=0.7)
    assert np.abs(field).max() <= 127
    np.testing.assert_array_equal(field, np.rint(field))


def test_halves_come_from_both_disks() -> None:
    field, objects = join_halves(bipole(200, 300), bipole(150, 100))
    assert len(objects.boxes) == 2
    assert np.abs(field[300, 185:215]).max() > 50
    assert np.abs(field[100, 135:165]).max() > 50


def test_region_cut_by_the_seam_is_doubtful() -> None:
    tall = np.array([[100, 100, 140, 320]], np.float32)
    objects = Objects(
        tall, np.array([[120, 210]], np.float32), np.ones(1, np.int8), np.ones(1, np.float32)
    )
    _, joined = join_halves((np.zeros((416, 416), np.float32), objects), bipole(300, 100))
    assert sorted(joined.kind.tolist()) == [-1, 1]
