"""The SMART-like baseline on fields made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.evaluation.baselines.smart import (
    DEFAULT_RULE,
    _circle,
    _radial,
    find_smart,
    smart_detector,
)
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


def squares(*patches: tuple[int, int, int, int, float], radius: float = 200.0) -> Disk:
    """Return a disk with rectangles about its middle: column, row, width, height, gauss."""
    field = np.zeros((416, 416), np.float32)
    for x, y, width, height, gauss in patches:
        field[y : y + height, x : x + width] = gauss
    geometry = DiskGeometry(MIDDLE, MIDDLE, radius)
    return Disk(field, geometry, Magnetogram(field, "gauss", geometry))


def test_numbers_of_the_published_configuration() -> None:
    """``smart_python/config.ini``; strong field ends at 0.6 of 127 levels of 1.96 G, 149 G."""
    rule = DEFAULT_RULE
    assert (rule.smoothing, rule.smooth, rule.fragment) == (16, 15, 350)
    assert (rule.strong, rule.balance) == (230, 0.8)
    for gauss, found in ((148.0, 0), (150.0, 1)):
        pair = squares((200, 200, 6, 6, gauss), (208, 200, 6, 6, -gauss))
        assert len(find_smart(pair)) == found


def test_score_is_that_of_its_strong_pixels_and_the_box_holds_what_was_grown() -> None:
    """72 pixels: 72 / (72 + 24). Half of 16 Mm are 2.3 pixels, 2 on each side, and one more."""
    found = find_smart(squares((200, 204, 6, 6, 240), (208, 204, 6, 6, -240)))
    assert found.score == pytest.approx([0.75])
    assert found.boxes.tolist() == [[197, 201, 217, 213]]
    smaller = find_smart(squares((200, 204, 6, 6, 240), (208, 204, 6, 6, -240), radius=100.0))
    assert smaller.score == pytest.approx([288 / 312])  # four times the surface


@pytest.mark.parametrize(("plus", "minus", "found"), [(9, 1, 1), (10, 1, 0), (1, 9, 1), (1, 10, 0)])
def test_an_imbalance_of_eight_tenths_is_the_most(plus: int, minus: int, found: int) -> None:
    """Of strong pixels: 9 and 1 are 8 tenths apart."""
    disk = squares((200, 200, plus, 1, 240), (200, 202, minus, 1, -240))
    assert len(find_smart(disk, replace(DEFAULT_RULE, smooth=1.0))) == found


@pytest.mark.parametrize(
    ("radius", "pixels"), [(0.9, 1), (1.0, 5), (1.9, 9), (2.0, 13), (2.3, 21), (3.0, 29)]
)
def test_circles_hold_their_pixels(radius: float, pixels: int) -> None:
    """Gauss's circle problem: lattice points within a radius."""
    assert _circle(radius).sum() == pixels
    assert _circle(radius).shape[0] == _circle(radius).shape[1] == 2 * int(radius) + 1


def test_the_correction_ends_where_a_pixel_spans_the_limb() -> None:
    """From afar mu is the root of 1 - r^2; the last pixel of 200 begins at r = 0.995."""
    flat = squares((0, 0, 416, 416, 100))
    field, limit = _radial(flat)
    assert limit == pytest.approx(127 * 1.96, rel=1e-3)
    for column in (207, 287, 327, 367):
        r = np.hypot(column - MIDDLE, 0.5) / 200
        assert field[208, column] == pytest.approx(100 / np.sqrt(1 - r**2), rel=5e-3)
    assert field[:, 380:407].max() == pytest.approx(100 / np.sqrt(1 - 0.995**2), rel=1e-3)
    assert field[208, 412] == 100  # beyond the limb nothing is corrected
    seen = replace(flat, origin=replace(flat.origin, scale="display", saturation=39))
    assert _radial(seen)[1] == pytest.approx(39 * 1.96, rel=1e-3)


def test_smoothed_field_must_exceed_fifteen_gauss() -> None:
    """A square of 6 pixels of 160 G, smoothed over 16 Mm at half maximum, and one beside it.

    The deviation is 16 Mm / sqrt(2 ln 2), 3.9 pixels: alone, its peak is 160 erf(3 / 3.9 / 1.41)^2.
    """
    from math import erf

    peak = 160 * erf(3 / (16 / 695.7 * 200 / np.sqrt(2 * np.log(2))) / np.sqrt(2)) ** 2
    alone = squares((200, 204, 6, 6, 160))
    for factor, found in ((0.97, 1), (1.03, 0)):
        rule = replace(DEFAULT_RULE, balance=1.0, smooth=factor * peak)
        assert len(find_smart(alone, rule)) == found
