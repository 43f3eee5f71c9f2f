"""The hidden Markov model against textbook cases and brute force."""

import itertools

import numpy as np
import pytest
from scipy.linalg import expm

from halescope.tracks.hmm import LATE, MARK, PAD, SEEN, Generator, filter_late, forward, smooth

RAIN = np.array([[0.7, 0.3], [0.3, 0.7]])
UMBRELLA = {True: [0.9, 0.2], False: [0.1, 0.8]}


def world(*seen: bool):
    """Return start, likelihoods and transition of Russell & Norvig's umbrella world."""
    return np.array([[0.5, 0.5]]), np.array([[UMBRELLA[u] for u in seen]]), lambda step: RAIN


def test_filtering_as_russell_and_norvig_print_it():
    """Artificial Intelligence, 3rd ed., section 15.2.1: 0.818 on day one, 0.883 on day two."""
    filtered, evidence = forward(*world(True, True))
    np.testing.assert_allclose(filtered[0, :, 0], [0.818, 0.883], atol=5e-4)
    # By hand: P(u1) = .5 * .9 + .5 * .2 = .55; P(u2 | u1) = .627 * .9 + .373 * .2 = .639.
    np.testing.assert_allclose(np.exp(evidence[0]), [0.55, 0.6391], atol=5e-5)


def test_smoothing_as_russell_and_norvig_print_it():
    """Section 15.2.2: rain on day one, given umbrellas on both days, 0.883."""
    assert smooth(*world(True, True))[0, 0, 0] == pytest.approx(0.883, abs=5e-4)


def test_smoothing_is_the_sum_over_all_paths():
    random = np.random.default_rng(3)
    start, like = random.dirichlet(np.ones(3), 1), random.random((1, 5, 3))
    moves = random.dirichlet(np.ones(3), (5, 3))
    total = np.zeros((5, 3))
    for path in itertools.product(range(3), repeat=5):
        weight, before = 1.0, start[0]
        for step, state in enumerate(path):
            weight *= (before @ moves[0] if step == 0 else moves[step, path[step - 1]])[state]
            weight *= like[0, step, state]
        for step, state in enumerate(path):
            total[step, state] += weight
    total /= total.sum(1, keepdims=True)
    np.testing.assert_allclose(smooth(start, like, moves.__getitem__)[0], total, rtol=1e-10)


def test_what_is_told_late_counts_from_then_as_if_it_had_been_seen():
    random = np.random.default_rng(5)
    start, moves = random.dirichlet(np.ones(3), 1), random.dirichlet(np.ones(3), (6, 3))
    like = random.random((1, 6, 3))
    told = random.random(3)
    like[0, 1], like[0, 4] = 1, told  # marked at step 1, told at step 4
    kind = np.array([[SEEN, MARK, SEEN, SEEN, LATE, SEEN]])
    found = filter_late(start, like, moves.__getitem__, kind)[0]
    without = like.copy()
    without[0, 4] = 1
    np.testing.assert_allclose(found[:4], forward(start, without, moves.__getitem__)[0][0, :4])
    seen = without.copy()
    seen[0, 1] = told
    np.testing.assert_allclose(found[4:], forward(start, seen, moves.__getitem__)[0][0, 4:])


def test_padding_changes_nothing():
    start, like, _ = world(True, False)
    kind = np.array([[SEEN, PAD]])
    moves = [RAIN, np.eye(2)]
    found = filter_late(start, like, moves.__getitem__, kind)
    np.testing.assert_allclose(found[0, 0], found[0, 1])


def test_spans_are_the_matrix_exponential():
    rates = np.array([[[-0.4, 0.3, 0.1], [0.2, -0.5, 0.3], [0.0, 1.4, -1.4]]])
    days = np.array([0.0, 0.01, 1.0, 30.0])
    found = Generator(rates).between(days, np.zeros(4, int))
    for span, table in zip(days, found, strict=True):
        np.testing.assert_allclose(table, expm(rates[0] * span), atol=1e-9)
