"""The prior by size: it asks NOAA's rows, with the error of prediction, and knows when not to."""

from datetime import date

import numpy as np
import pytest

pytest.importorskip("sklearn")

from halescope.classes import MOUNT_WILSON
from halescope.datasets.manifest import Entry
from halescope.training.classifier.prior import NoaaSizes, Rows, noaa_sizes

ALPHA, BETA, COMPLEX = (MOUNT_WILSON.index(n) for n in ("alpha", "beta", "beta-gamma-delta"))


def table(count: int = 3000) -> NoaaSizes:
    """Return rows whose class goes with the size: small ones alpha, large ones complex."""
    random = np.random.default_rng(0)
    size = random.normal(0, 1, (count, 3)) * 0.3 + random.normal(3, 1.2, (count, 1))
    middle = size.mean(1)
    kind = np.where(middle < 2, ALPHA, np.where(middle < 4, BETA, COMPLEX))
    return NoaaSizes({}, size, kind, np.arange(count))


def test_a_class_goes_with_size() -> None:
    prior = Rows(table()).prior(0.05 * np.eye(3))
    share = prior.probabilities(np.array([[1.0] * 3, [3.0] * 3, [5.0] * 3]))
    assert share.sum(1) == pytest.approx([1, 1, 1])
    assert share.argmax(1).tolist() == [ALPHA, BETA, COMPLEX]
    assert share.max(1).min() > 0.7


def test_the_worse_sizes_are_known_the_less_they_say() -> None:
    rows = Rows(table())
    near, far = (
        rows.prior(error * np.eye(3)).probabilities(np.array([[1.0] * 3]))[0, ALPHA]
        for error in (0.05, 4.0)
    )
    assert far < near - 0.1


def test_rows_of_some_regions_are_left_out() -> None:
    rows = Rows(table(), without=range(1000))
    assert len(rows.size) == 2000


def test_sizes_of_a_label_lie_between_both_midnights() -> None:
    known = {(4000, date(2026, 2, day)): np.full(3, float(day)) for day in (5, 6)}
    sizes = NoaaSizes(known, np.zeros((0, 3)), np.zeros(0, int), np.zeros(0, int))

    def of(time: str) -> float:
        entry = Entry("a", time, "", 14000, "beta", "firm", (0, 0, 9, 9))
        return float(sizes.of(entry)[0])

    assert of("2026-02-05T00:00:00Z") == pytest.approx(5.5)
    assert of("2026-02-05T12:00:00Z") == pytest.approx(6)  # that midnight describes this day
    assert of("2026-02-06T06:00:00Z") == pytest.approx(6)  # the next has none
    assert np.isnan(of("2026-02-09T06:00:00Z"))
    assert np.isnan(
        noaa_sizes(None).of(Entry("a", "2026-02-05", "", 1, "", "", (0, 0, 1, 1)))
    ).all()
