"""Hidden Markov models in continuous time, for many sequences at once.

A sequence is a row of steps. Between steps the hidden state changes by a generator of rates; at a
step something is observed, or nothing is. Plain functions on arrays of B sequences, T steps and
S states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEEN, MARK, LATE, PAD = 0, 1, 2, 3
"""Kinds of steps of `filter_late`."""


@dataclass(frozen=True)
class Generator:
    """Rates of change between states, ready for any span of time.

    Parameters
    ----------
    rates : (K, S, S) float64
        K tables; rate from row to column, a day; each row adds up to 0.
    """

    rates: Floats

    def between(self, days: Floats, table: NDArray[np.integer]) -> Floats:
        """Return the probabilities of change, (B, S, S), over spans, (B,) days, by tables, (B,).

        Notes
        -----
        The matrix exponential, by scaling and squaring a series of fourth order: spans are cut into
        2**8 pieces, so that its error is far below 1e-9 for rates under ten a day and a month.
        """
        pieces = 8
        step = self.rates[table] * (np.asarray(days, float)[:, None, None] / 2**pieces)
        eye = np.eye(step.shape[-1])
        out = eye + step @ (eye + step / 2 @ (eye + step / 3 @ (eye + step / 4)))
        for _ in range(pieces):
            out = out @ out
        return np.asarray(out)


Transition = Callable[[int], Floats]
"""Step to the probabilities of change since the step before it, (B, S, S) or (S, S)."""


def forward(start: Floats, likelihood: Floats, transition: Transition) -> tuple[Floats, Floats]:
    """Return the states given all that was observed up to each step, and its evidence.

    Parameters
    ----------
    start : (B, S) float64
        Before the first step.
    likelihood : (B, T, S) float64
        Of what was observed at each step, by state; ones where nothing was.
    transition : callable
        See `Transition`; asked for every step, the first one too.

    Returns
    -------
    filtered : (B, T, S) float64
    evidence : (B, T) float64
        Logarithm of the probability of each observation, given those before it.

    Notes
    -----
    Rabiner (1989, Proc. IEEE 77, 257), scaled at each step.
    """
    filtered, evidence = np.empty(likelihood.shape), np.empty(likelihood.shape[:2])
    state = np.asarray(start, float)
    for step in range(likelihood.shape[1]):
        joint = _moved(state, transition(step)) * likelihood[:, step]
        total = joint.sum(1, keepdims=True)
        state = joint / total
        filtered[:, step], evidence[:, step] = state, np.log(total[:, 0])
    return filtered, evidence


def backward(likelihood: Floats, transition: Transition) -> Floats:
    """Return how probable the later observations are by state, (B, T, S), up to a factor a step."""
    out = np.ones(likelihood.shape)
    for step in range(likelihood.shape[1] - 1, 0, -1):
        later = (out[:, step] * likelihood[:, step])[:, :, None]
        out[:, step - 1] = (transition(step) @ later)[:, :, 0]
        out[:, step - 1] /= out[:, step - 1].sum(1, keepdims=True)
    return out


def smooth(start: Floats, likelihood: Floats, transition: Transition) -> Floats:
    """Return the states given all observations, (B, T, S); arguments as of `forward`."""
    joint = forward(start, likelihood, transition)[0] * backward(likelihood, transition)
    return np.asarray(joint / joint.sum(2, keepdims=True))


def filter_late(
    start: Floats, likelihood: Floats, transition: Transition, kind: NDArray[np.integer]
) -> Floats:
    """Return the states given what was known at each step, where some of it is told late.

    Parameters
    ----------
    start, likelihood, transition
        As of `forward`.
    kind : (B, T) int
        `SEEN`: observed at this step. `MARK`: something is observed here but told later; its
        likelihood here is not looked at. `LATE`: the likelihood is of the last `MARK`, and is
        known from here on. `PAD`: nothing.

    Returns
    -------
    (B, T, S) float64

    Notes
    -----
    Since the last mark the states have gone through a linear map, which is carried along; what is
    told late multiplies the states at the mark, and the map brings them to the present.
    """
    count, steps, states = likelihood.shape
    out = np.empty(likelihood.shape)
    eye = np.broadcast_to(np.eye(states), (count, states, states))
    base, way = np.asarray(start, float), eye
    for step in range(steps):
        what = kind[:, step, None]
        way = way @ transition(step)
        way = way * np.where(what == SEEN, likelihood[:, step], 1.0)[:, None, :]
        base = base * np.where(what == LATE, likelihood[:, step], 1.0)
        state = _moved(base, way)
        total = state.sum(1, keepdims=True)
        state = state / total
        out[:, step] = state
        base, way = base / total, way / way.max((1, 2), keepdims=True)
        marked = what == MARK
        base = np.where(marked, state, base)
        way = np.where(marked[:, :, None], eye, way)
    return out


def _moved(state: Floats, change: Floats) -> Floats:
    return np.asarray((state[:, None, :] @ change)[:, 0])
