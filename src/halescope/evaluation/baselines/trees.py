"""The baseline of the classifier: trees on the features of `halescope.classification.features`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.errors import MissingExtraError

TREES = 300
LEAF = 5
"""Number of trees, and fewest regions in a leaf: scikit-learn's forest, little to tune."""


def fit_trees(
    features: NDArray[np.floating],
    level: NDArray[np.integer],
    region: NDArray[np.integer],
    seed: int = 0,
) -> Any:
    """Return a random forest fitted to regions.

    Parameters
    ----------
    features : (N, F) float
    level : (N,) int
        Index into `HIERARCHY`.
    region : (N,) int
        A region seen n times weighs n ** -0.5 in each of its frames, as for the network;
        levels are balanced.

    Raises
    ------
    MissingExtraError
        scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    _, index, counts = np.unique(region, return_inverse=True, return_counts=True)
    weight = counts[index] ** -0.5
    shares = np.bincount(level, weight, len(HIERARCHY))
    weight = weight / np.maximum(shares, 1e-9)[level]
    forest = RandomForestClassifier(TREES, min_samples_leaf=LEAF, random_state=seed, n_jobs=1)
    return forest.fit(features, level, weight)


def tree_shares(forest: Any, features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return a forest's probabilities, (N, 3) float32; 0 for a level that it never saw.

    Parameters
    ----------
    features : (N, F) float
    """
    out = np.zeros((len(features), len(HIERARCHY)), np.float32)
    if len(features):
        out[:, forest.classes_] = forest.predict_proba(features)
    return out
