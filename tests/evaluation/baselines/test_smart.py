"""The SMART-like baseline on fields made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.evaluation.baselines.smart import DEFAULT_RULE, find_smart, smart_detector
from halescope.types import Disk, DiskGeometry, Magnetogram

MIDDLE = 207.5


def disk(*spots: tuple[float, float, float], saturation: float = np.inf) -> Disk:
    """Return a disk with round spots at (x, y) of one field, 6 pixels in radius; no other field."""
    rows, columns = np.mgrid[:416, :416].astype(np.float32)
    field = np.zeros((416, 416), np.float32)
    for x, y, peak in spots:
        field[np.hypot(columns - x, rows - y) <= 6] = peak
    field[np.hypot(columns - MIDDLE, rows - MIDDLE) > 200] = np.nan
    geometry = DiskGeometry(MIDDLE, MIDDLE, 200.0)
    scale = "gauss" if np.isinf(saturation) else "display"
    return Disk(field, geometry, Magnetogram(field, scale, geometry, saturation=saturation))


def test_a_bipole_is_one_region() -> None:
    found = find_smart(disk((200, 200, 900), (214, 201, -900)))
    assert len(found) == 1
    x0, y0, x1, y1 = found.boxes[0]
    assert x0 < 195
    assert x1 > 219
    assert y0 < 195 < 208 < y1
    assert 0.5 < found.score[0] < 1


def test_one_polarity_is_no_region_unless_asked() -> None:
    alone = disk((200, 200, 900))
    assert len(find_smart(alone)) == 0
    assert len(find_smart(alone, replace(DEFAULT_RULE, balance=1.0))) == 1


def test_distant_bipoles_are_two_and_weak_field_is_none() -> None:
    pair = ((120, 200, 900), (134, 201, -900), (280, 220, 700), (294, 221, -700))
    assert len(find_smart(disk(*pair))) == 2
    assert len(find_smart(disk((200, 200, 120), (214, 201, -120)))) == 0
    assert len(find_smart(disk())) == 0


def test_a_picture_that_is_cut_off_early_lowers_the_thresholds() -> None:
    spots = ((200, 200, 39), (214, 201, -39))  # grey levels, about 76 G as in GONG's pictures
    assert len(find_smart(disk(*spots, saturation=39))) == 1
    assert len(find_smart(disk(*spots, saturation=127))) == 0


def test_field_is_corrected_for_its_inclination() -> None:
    # At mu = 0.5 a line-of-sight field of 120 G is one of 240 G.
    assert len(find_smart(disk((380, 200, 120), (381, 214, -120)))) == 1


def test_it_is_a_detector() -> None:
    detector = smart_detector()
    assert detector.name == "smart"
    assert detector.card is None
    assert len(detector.find(disk((200, 200, 900), (214, 201, -900)))) == 1
    assert find_smart(disk((200, 200, 900), (214, 201, -900))).boxes.dtype == np.float32
    assert pytest.approx(1.0) == float(np.isfinite(disk().field).max())
