"""Trees on features, cross-validated as the network is: what the classifier has to beat."""

from __future__ import annotations

import numpy as np

from halescope.classes import HIERARCHY
from halescope.evaluation.baselines.trees import fit_trees, tree_shares
from halescope.training.classifier.data import LabelledCrops, join
from halescope.training.classifier.folds import FoldConfig, deal
from halescope.types import Array


def trees_held_out(
    crops: LabelledCrops, patches: LabelledCrops | None, every: int, folds: FoldConfig
) -> Array:
    """Return probabilities of held-out regions by trees, (N, 3) float32.

    Parameters
    ----------
    patches : LabelledCrops or None
        In every training set, never scored.
    every : int
        Train on one hour of this many.
    folds : FoldConfig
        The network's own: the same regions are held out together, as many times.
    """
    total = np.zeros((len(crops), len(HIERARCHY)), np.float32)
    for repeat in range(folds.repeats):
        fold = deal(crops, folds.folds, folds.seed + repeat)
        for index in range(folds.folds):
            held = fold == index
            if not held.any():
                continue
            training = crops[~held & (crops.hour % every == 0)]
            if patches is not None:
                training = join([training, patches])
            forest = fit_trees(
                training.features[:, 0], training.level, training.region, 1000 * repeat + index
            )
            total[held] += tree_shares(forest, crops.features[held, 0])
    return total / np.float32(folds.repeats)
