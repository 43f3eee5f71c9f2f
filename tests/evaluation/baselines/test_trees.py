"""Trees on features."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from halescope.classification.features import FEATURES
from halescope.datasets.manifest import Entry
from halescope.evaluation.baselines.trees import (
    EVERY,
    INNER,
    LEAF,
    OUTER,
    TREES,
    _classed,
    fit_trees,
    tree_shares,
)


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


def labelled(name: str, number: int, longitude: float, status: str = "firm") -> Entry:
    return Entry("a.png", "", "", number, name, status, (0, 0, 9, 9), longitude, 10.0)


def test_regions_that_are_scored_and_learned_from() -> None:
    """Firm ones within the longitude; all with a number where they are learned from."""
    entries = [
        labelled("alpha", 1, 60.0), labelled("beta-gamma", 2, -60.0), labelled("beta", 3, 60.1),
        labelled("beta", 4, -75.0, "doubtful"), labelled("beta", 5, float("nan")),
        labelled("", 6, 0.0), labelled("alpha", 0, 0.0, "plage"), labelled("beta", 7, 75.1),
    ]  # fmt: skip
    values = np.arange(len(entries) * len(FEATURES), dtype=np.float32).reshape(len(entries), -1)
    features, level, region = _classed([(entries, values)], INNER, firm=True)
    assert region.tolist() == [1, 2, 5]  # where the longitude is unknown too
    assert level.tolist() == [0, 2, 1]
    assert features.tolist() == values[[0, 1, 4]].tolist()
    assert _classed([(entries, values)], OUTER, firm=False)[2].tolist() == [1, 2, 3, 4, 5]
    assert _classed([], INNER, firm=True)[0].shape == (0, len(FEATURES))
    assert (INNER, OUTER, EVERY) == (60, 75, 3)


def test_a_region_seen_often_weighs_as_the_root_of_its_frames() -> None:
    """Levels are balanced: each has the same weight in all, however many regions it has."""
    features, level, region = drawn(0)
    region[level == 0] = 0  # one region of 80 frames
    forest = fit_trees(features, level, region)
    assert (len(forest.estimators_), forest.min_samples_leaf) == (TREES, LEAF) == (300, 5)
    nothing = np.zeros((len(level), 1))
    seen_most = np.r_[np.zeros(90, int), np.ones(10, int), np.full(10, 2)]
    # Nothing to tell them by: shares are the weights, the same for each level.
    forest = fit_trees(np.zeros((110, 1)), seen_most, np.arange(110))
    assert tree_shares(forest, nothing[:1])[0] == pytest.approx([1 / 3] * 3, abs=0.03)
    # Two regions of one level differ in the feature: 90 frames weigh as root of 90, one as one.
    region = np.r_[np.zeros(90, int), np.arange(1, 91), np.full(20, 200)]
    level = np.r_[np.zeros(90, int), np.zeros(90, int), np.ones(20, int)]
    place = np.r_[np.zeros(90), np.ones(90), np.zeros(20)][:, None]
    share = tree_shares(fit_trees(place, level, region), np.zeros((1, 1)))[0]
    # Of level 0, the part at 0 is root 90 over root 90 + 90; all of level 1 is there.
    own = np.sqrt(90) / (np.sqrt(90) + 90)
    assert share[0] == pytest.approx(own / (own + 1), abs=0.03)
