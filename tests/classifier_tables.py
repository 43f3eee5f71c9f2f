"""Regions with made-up features, for tests of the classifier's training."""

import numpy as np

from halescope.classification.features import FEATURES
from halescope.training.classifier.fit import ClassifierFit
from halescope.training.classifier.labelled import END, LabelledCrops

SMALL = ClassifierFit(trees=20, leaf=3, copies=2)


def crops(regions: int = 24, frames: int = 12) -> LabelledCrops:
    """Return regions whose first features tell the level, and the rest the region."""
    random = np.random.default_rng(0)
    count = regions * frames
    region = np.repeat(np.arange(regions), frames)
    kind = np.array([0, 1, 4])[region % 3]
    features = np.zeros((count, 2, len(FEATURES)), np.float32)
    features[:, :, :8] = random.normal(0, 0.3, (count, 2, 8))
    features[np.arange(count), :, region % 3] += 1.5
    features[:, :, 3:8] += random.normal(0, 1, (regions, 1, 5))[region]
    features[:, :, END] = 1
    cut = features.copy()
    cut[:, :, END] = 0.3
    return LabelledCrops(
        features,
        cut,
        np.eye(3, dtype=np.float32)[region % 3],
        np.ones(count, np.float32),
        kind,
        region,
        np.ones(count, bool),
        np.arange(count),
        np.full((count, 3), np.nan, np.float32),
        np.zeros(count, np.float32),
        np.full(count, "HMI"),
    )
