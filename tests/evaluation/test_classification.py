"""Class metrics of a sample: what an interval rests on, and what `evaluate` prints of it."""

import numpy as np

from halescope.evaluation.classification import ClassSample, class_metrics, class_summary

SAMPLE = ClassSample(
    np.array([0, 0, 1]),
    np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.6, 0.3, 0.1]]),
    np.array([14001, 14001, 14002]),
)


def test_draws_that_lack_a_class_do_not_count() -> None:
    """They counted where `evaluate` printed the interval, and did not in its report."""
    found = class_metrics(SAMPLE).balanced_accuracy
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    assert class_metrics(SAMPLE).accuracy.low == 0  # both regions drawn are the wrong one


def test_what_is_printed_is_what_the_report_has() -> None:
    printed, reported = class_summary(SAMPLE), class_metrics(SAMPLE)
    assert (printed["frames"], printed["regions"]) == (3, 2)
    assert printed["balanced_accuracy_interval"] == [0.5, 0.5]
    assert printed["calibration_error"] == reported.calibration_error.value
