"""From what a forest and the prior say to probabilities that are as right as they say.

Trees and prior learn from levels that count alike. Regions are not so: one in eight is complex. A
shift of the logits makes probabilities follow how often each level is there, and a temperature
makes them as sure as they are right. With the whole shift rare levels are hardly ever called, with
none they are called too often. Which share of it is taken is chosen on regions held out, by the sum
of balanced accuracy, which asks for recall, and macro F1, which asks for precision as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.evaluation.metrics.classification import class_scores
from halescope.tensors import softmax
from halescope.types import Array

SHARES = tuple(step / 8 for step in range(9))
"""Of the shift, what is chosen between."""


@dataclass(frozen=True)
class Calibration:
    """What makes logits of levels calibrated: ``(levels + shift) / temperature``.

    Parameters
    ----------
    temperature : float
    shift : tuple of float
        Of each of `HIERARCHY`.
    share : float
        Of the shift that would follow how often levels are there.
    """

    temperature: float = 1.0
    shift: tuple[float, ...] = (0.0,) * len(HIERARCHY)
    share: float = 0.0

    def of(self, levels: Array) -> Array:
        """Return calibrated logarithms of probabilities, (N, 3), of logits, (N, 3)."""
        from scipy.special import log_softmax

        logits = (levels + np.array(self.shift, np.float32)) / np.float32(self.temperature)
        return np.asarray(log_softmax(logits, axis=1), np.float32)


UNCALIBRATED = Calibration()
"""What leaves probabilities as they are."""


def fit_calibration(
    levels: Array,
    truth: NDArray[np.integer],
    weight: NDArray[np.floating],
    shares: Sequence[float] = SHARES,
) -> Calibration:
    """Return the calibration of logits of regions held out.

    Its share of the shift by balanced accuracy plus macro F1; shift and temperature by log loss.

    Parameters
    ----------
    levels : (N, 3) float32
        Logits.
    truth : (N,) int
        Index into `HIERARCHY`.
    weight : (N,) float
        What each counts.
    shares : sequence of float
        What is chosen between; of equal ones the first.
    """
    if not len(truth):
        return UNCALIBRATED
    shift = fit_shift(levels, truth, weight)
    scores = [_worth(levels + share * shift, truth, weight) for share in shares]
    share = shares[int(np.argmax(scores))]
    chosen = share * shift
    temperature = fit_temperature(levels + chosen, truth, weight)
    return Calibration(temperature, tuple(float(v) for v in chosen), share)


def _worth(logits: Array, truth: NDArray[np.integer], weight: NDArray[np.floating]) -> float:
    """Return balanced accuracy plus macro F1 of logits, rounded: chance decides nothing."""
    scores = class_scores(truth, softmax(logits), weight)
    return round(scores.balanced_accuracy + scores.macro_f1, 6)


def fit_shift(
    levels: Array, truth: NDArray[np.integer], weight: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return the shift of least log loss together with a temperature, (3,): of mean 0.

    A level that is not among the `truth` keeps its logits.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    there = np.bincount(truth, weight, len(HIERARCHY)) > 0
    rows, share = np.arange(len(truth)), weight / weight.sum()
    right = np.eye(len(HIERARCHY))[truth]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        factor, moved = np.exp(values[0]), levels + there * values[1:]
        logs = log_softmax(factor * moved, axis=1)
        slope = (np.exp(logs) - right) * share[:, None]
        each = factor * slope.sum(0) * there
        found = -(share * logs[rows, truth]).sum() + PENALTY * (values[1:] ** 2).sum()
        return found, np.r_[factor * (slope * moved).sum(), each + 2 * PENALTY * values[1:]]

    found = minimize(loss, np.zeros(1 + len(HIERARCHY)), jac=True, method="L-BFGS-B")
    return np.asarray(found.x[1:] - found.x[1:].mean(), np.float32)


PENALTY = 1e-4
"""Of the squared shift, so that it is one among many that are alike."""


def fit_temperature(
    levels: Array, truth: NDArray[np.integer], weight: NDArray[np.floating] | None = None
) -> float:
    """Return the temperature of least log loss of logits, (N, 3), on the truth, (N,) int."""
    grid = np.geomspace(0.4, 3.0, 53)
    rows = np.arange(len(truth))
    losses = [
        -np.average(np.log(np.maximum(softmax(levels / t)[rows, truth], 1e-9)), weights=weight)
        for t in grid
    ]
    return float(grid[int(np.argmin(losses))])
