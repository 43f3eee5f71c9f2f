from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.geometry import with_ephemeris
from halescope.normalize import canonical_geometry
from halescope.studio.labels.rotation import turned
from halescope.types import DiskGeometry

NOON = datetime(2026, 2, 4, 12, tzinfo=UTC)


def seen_at(time):
    return canonical_geometry(with_ephemeris(DiskGeometry(255.5, 255.5, 200.0), time))


def plain(b0=0.0):
    """A disk seen from so far away that it is an orthographic picture."""
    return DiskGeometry(207.5, 207.5, 200.0, b0=b0, l0=0.0, distance=1e6)


def box_at(x, y, half=10.0):
    return np.array([[x - half, y - half, x + half, y + half]], np.float32)


def test_equator_turns_at_the_published_rate():
    # By hand: sidereal 14.252 less Earth's 0.9856 degrees a day at the equator.
    moved, visible = turned(box_at(208, 208), plain(), plain(), 2.0)
    expected = 208 + 200 * np.sin(np.radians(2 * (14.252 - 0.9856)))
    assert visible.all()
    assert moved[0, [0, 2]].mean() == pytest.approx(expected, abs=0.2)
    assert moved[0, [1, 3]] == pytest.approx([198, 218], abs=1e-3)


def test_higher_latitudes_turn_slower():
    low, _ = turned(box_at(208, 208), plain(), plain(), 1.0)
    high, _ = turned(box_at(208, 208 + 200 * np.sin(np.radians(40))), plain(), plain(), 1.0)
    rate = (
        14.252 - 0.9856 - 1.678 * np.sin(np.radians(40)) ** 2 - 2.401 * np.sin(np.radians(40)) ** 4
    )
    west = 200 * np.cos(np.radians(40)) * np.sin(np.radians(rate))
    assert high[0, [0, 2]].mean() - 208 == pytest.approx(west, abs=0.3)
    assert high[0, 0] < low[0, 0]


def test_boxes_narrow_towards_the_limb_as_foreshortening_says():
    start, days = 208 + 200 * np.sin(np.radians(40)), 30 / (14.252 - 0.9856)
    moved, _ = turned(box_at(start, 208, 4), plain(), plain(), days)
    ratio = np.cos(np.radians(70)) / np.cos(np.radians(40))
    assert (moved[0, 2] - moved[0, 0]) / 8 == pytest.approx(ratio, rel=0.02)
    assert moved[0, 3] - moved[0, 1] == pytest.approx(8, abs=0.01)


def test_what_goes_over_the_limb_is_told():
    boxes = np.concatenate([box_at(208, 208), box_at(208 + 195, 208)])
    _, visible = turned(boxes, plain(), plain(), 2.0)
    assert visible.tolist() == [True, False]


def test_no_boxes_is_a_normal_answer():
    moved, visible = turned(np.zeros((0, 4), np.float32), plain(), plain(), 1.0)
    assert moved.shape == (0, 4)
    assert visible.shape == (0,)


@given(st.floats(-0.8, 0.8), st.floats(-0.7, 0.7), st.floats(2.0, 20.0), st.floats(-30.0, 30.0))
def test_there_and_back_is_the_same_box(across, up, half, hours):
    if np.hypot(across, up) > 0.85:
        return
    box = box_at(208 + 200 * across, 208 + 200 * up, half)
    if np.hypot(*(np.abs(box[0, :2] - 208) + 2 * half)) > 190:
        return
    first, second = seen_at(NOON), seen_at(NOON + timedelta(hours=hours))
    there, visible = turned(box, first, second, hours / 24)
    if not visible[0] or np.abs(there[0] - 208).max() > 180:
        return
    back, _ = turned(there, second, first, -hours / 24)
    assert back[0] == pytest.approx(box[0], abs=1.0)
