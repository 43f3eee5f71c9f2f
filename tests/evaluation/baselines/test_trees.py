"""Trees on features."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from halescope.evaluation.baselines.trees import fit_trees, tree_shares


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    region = np.repeat(np.arange(30), 8)
    level = region % 3
    features = random.normal(0, 0.4, (len(region), 5))
    features[np.arange(len(region)), level] += 2
    return features, level, region


def test_trees_learn_what_is_there() -> None:
    forest = fit_trees(*drawn(0))
    features, level, _ = drawn(1)
    share = tree_shares(forest, features)
    assert share.sum(1) == pytest.approx(np.ones(len(level)), abs=1e-5)
    assert (share.argmax(1) == level).mean() > 0.95


def test_a_level_that_never_occurred_has_no_share() -> None:
    features, level, region = drawn(0)
    kept = level != 1
    share = tree_shares(fit_trees(features[kept], level[kept], region[kept]), features)
    assert share.shape == (len(level), 3)
    assert (share[:, 1] == 0).all()


def test_no_regions_no_shares() -> None:
    forest = fit_trees(*drawn(0))
    assert tree_shares(forest, np.zeros((0, 5))).shape == (0, 3)
