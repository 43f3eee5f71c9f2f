"""Intervals of the reproduction's figures: whole regions are drawn."""

import numpy as np
import pytest

from halescope.evaluation.by_region import ap50_interval, balanced_interval
from halescope.evaluation.metrics.digits import Scored

ONE, OTHER = [0, 0, 20, 20], [100, 100, 140, 130]
NONE = np.zeros((0, 4), np.float32)


def image(truth, found):
    boxes = np.array(found, np.float32).reshape(-1, 4)
    return Scored(np.array(truth, np.float32), boxes, np.linspace(0.9, 0.8, len(boxes)))


def numbers(*values):
    return np.array(values, np.intp)


def test_what_is_always_found_does_not_vary():
    images = [image([ONE, OTHER], [ONE, OTHER])] * 3
    places = [numbers(-200, -300)] * 3
    assert ap50_interval(images, [numbers(1, 2)] * 3, places) == pytest.approx((1, 1))


def test_a_region_that_is_missed_hour_after_hour_is_one_sample():
    """Of two regions one is always found: a draw holds it twice, once, or not at all."""
    images = [image([ONE, OTHER], [ONE])] * 50
    found = ap50_interval(images, [numbers(1, 2)] * 50, [numbers(-200)] * 50)
    assert found == pytest.approx((0, 1))


def test_a_poor_box_on_a_region_is_drawn_with_it():
    poor = [0, 0, 20, 6]  # IoU 0.3 with the first region
    images = [image([ONE, OTHER], [poor, OTHER])] * 20
    with_it = ap50_interval(images, [numbers(1, 2)] * 20, [numbers(-200, -300)] * 20)
    assert with_it == pytest.approx((0, 1))  # never both the poor box and only the good region
    elsewhere = [image([ONE, OTHER], [[300, 300, 320, 320], OTHER])] * 20
    apart = ap50_interval(elsewhere, [numbers(1, 2)] * 20, [numbers(-200, -300)] * 20)
    assert apart[1] == pytest.approx(2 / 3)  # the stray boxes come first in every draw


def test_no_region_no_interval():
    assert ap50_interval([Scored(NONE, NONE, np.zeros(0))], [numbers()], [numbers()]) is None
    assert balanced_interval(numbers(0, 1), np.array([True, False]), numbers(7, 7)) is None


def test_balanced_accuracy_weighs_classes_alike():
    truth, regions = numbers(0, 0, 0, 1), numbers(1, 2, 3, 4)
    whole = balanced_interval(truth, np.array([True] * 4), regions)
    assert whole == pytest.approx((1, 1))
    low, high = balanced_interval(truth, np.array([True, True, True, False]), regions)
    assert (low, high) == pytest.approx((0.5, 1))  # 1 where a draw lacks the region of class 1
