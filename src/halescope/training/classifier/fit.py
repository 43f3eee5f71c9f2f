"""Fit the Mount Wilson classifier: a forest on the field's features, and a prior by size.

The forest, whose trees are held to leaves of many regions' frames, says what it saw of fields like
this one. A linear model predicts the area, extent and number of spots that NOAA would list, and
NOAA's own rows say which classes go with these (`halescope.training.classifier.prior`). The
logarithms of both are added. Which leaves and which shares are chosen by cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.training.classifier.calibrate import UNCALIBRATED, Calibration
from halescope.training.classifier.labelled import LabelledCrops, is_whole
from halescope.training.classifier.prior import Rows, SizePrior
from halescope.types import Array

Floats = NDArray[np.float64]

CLIP = 4.0
"""Standardised features are cut here."""

LEAST = 1e-3
"""Smallest share of a level that a forest is believed."""

MEMBERS = np.array([[COARSE[m] == level for level in HIERARCHY] for m in MOUNT_WILSON], float)
"""(7, 3): which class is in which level."""


@dataclass(frozen=True)
class ClassifierFit:
    """How the classifier is fitted.

    Parameters
    ----------
    trees, leaf : int
        Of the forest, and fewest frames in a leaf.
    feature_share : float
        Of the features that each division of a tree is chosen from.
    forest_weight, prior_weight : float
        Of the logarithms of what forest and prior say.
    ridge : float
        Penalty of the linear model of sizes.
    region_power : float
        A region seen n times has weight n ** -region_power in each of its frames: 1 counts
        regions, 0 counts frames.
    class_power : float
        Levels are weighted by their rarity to this power: 1 balances them.
    copies : int
        How many copies of each region are learned from.
    """

    trees: int = 60
    leaf: int = 20
    feature_share: float = 0.33
    forest_weight: float = 0.7
    prior_weight: float = 0.7
    ridge: float = 30.0
    region_power: float = 1.0
    class_power: float = 1.0
    copies: int = 2


@dataclass(frozen=True)
class SizeModel:
    """Predicts NOAA's sizes from features, and what they say of the class.

    Parameters
    ----------
    center, scale : (F,) float64
        What features are standardised by.
    slope, shift : (F, 3), (3,) float64
        Of the linear model of sizes.
    prior : SizePrior or None
        None where no summary tells sizes.
    """

    center: Floats
    scale: Floats
    slope: Floats
    shift: Floats
    prior: SizePrior | None

    def sizes(self, features: Array) -> Floats:
        """Return the predicted sizes, (N, 3), logarithms, of features, (N, F)."""
        scaled = np.clip((features - self.center) / self.scale, -CLIP, CLIP)
        return np.asarray(scaled @ self.slope + self.shift, np.float64)


@dataclass(frozen=True)
class Part:
    """What tells levels, of one kind of picture.

    `forest`: scikit-learn's, features to shares of `HIERARCHY`. `weights`: of forest and prior.
    """

    forest: Any
    size: SizeModel
    weights: tuple[float, float]
    calibration: Calibration = UNCALIBRATED


@dataclass(frozen=True)
class Fitted:
    """A fitted classifier: `whole` for pictures as HMI's, `cut` for those that end early."""

    whole: Part
    cut: Part


def parts_of(crops: LabelledCrops) -> tuple[LabelledCrops, LabelledCrops]:
    """Return what the two parts of a classifier learn from.

    Those of whole scale, and all with the field cut off early; where those of whole scale are too
    few to learn from, the latter twice.
    """
    cut = replace(crops, features=crops.cut)
    whole = crops[crops.whole]
    enough = len(np.unique(whole.level)) > 1 and len(np.unique(whole.region)) > 1
    return (whole if enough else cut), cut


def fit_classifier(
    crops: LabelledCrops,
    config: ClassifierFit,
    seed: int,
    rows: Rows | None = None,
    calibrations: Sequence[Calibration] = (UNCALIBRATED, UNCALIBRATED),
) -> Fitted:
    """Return a classifier fitted to regions; without NOAA's rows there is no prior.

    `calibrations`: of both parts, see `parts_of`.
    """
    weights = config.forest_weight, config.prior_weight
    pairs = zip(parts_of(crops), calibrations, strict=True)
    return Fitted(*(
        Part(fit_forest(part, config, seed), fit_size_model(part, config, rows), weights, how)
        for part, how in pairs
    ))  # fmt: skip


def fit_forest(crops: LabelledCrops, config: ClassifierFit, seed: int) -> Any:
    """Return a forest of features to shares of the levels."""
    from sklearn.ensemble import RandomForestRegressor

    copies = min(config.copies, crops.features.shape[1])
    weight = sample_weights(crops, config)
    return RandomForestRegressor(
        config.trees,
        min_samples_leaf=config.leaf,
        max_features=config.feature_share,
        random_state=seed,
    ).fit(
        np.concatenate([crops.features[:, copy] for copy in range(copies)]),
        np.tile(crops.soft, (copies, 1)),
        np.tile(weight, copies),
    )


def fit_size_model(crops: LabelledCrops, config: ClassifierFit, rows: Rows | None) -> SizeModel:
    """Return the model of sizes, which learns from boxes as labelled and moved alone."""
    features = crops.features[:, :2].reshape(-1, crops.features.shape[2])
    center, scale = features.mean(0).astype(float), np.maximum(features.std(0), 0.02).astype(float)
    known = np.isfinite(crops.size.sum(1))
    if rows is None or len(np.unique(crops.region[known])) <= FOLDS:
        return SizeModel(center, scale, np.zeros((features.shape[1], 3)), np.zeros(3), None)
    copies = min(2, crops.features.shape[1])
    slope, shift, errors = _fit_sizes(crops[known], copies, (center, scale), config.ridge)
    return SizeModel(center, scale, slope, shift, rows.prior(errors))


FOLDS = 5
"""Folds of regions, by which the errors of predicted sizes are found."""


def _fit_sizes(
    crops: LabelledCrops, copies: int, standard: tuple[Floats, Floats], ridge: float
) -> tuple[Floats, Floats, Floats]:
    """Return slope, shift and the errors' covariance on regions held out, of the linear model."""
    names, index, counts = np.unique(crops.region, return_inverse=True, return_counts=True)
    fold = np.random.default_rng(0).permutation(np.arange(len(names)) % FOLDS)[index]
    weight = np.asarray(counts[index] ** -0.75, np.float64)
    scaled = np.clip((crops.features - standard[0]) / standard[1], -CLIP, CLIP).astype(float)
    residual = np.zeros((len(crops), 3))
    for held in range(FOLDS):
        slope, shift = _ridge(crops, scaled, weight, fold != held, copies, ridge)
        out = fold == held
        residual[out] = scaled[out, 0] @ slope + shift - crops.size[out]
    errors = np.cov(residual.T, aweights=1 / counts[index])
    whole = _ridge(crops, scaled, weight, np.ones(len(crops), bool), copies, ridge)
    return *whole, errors


def _ridge(
    crops: LabelledCrops, scaled: Floats, weight: Floats, used: NDArray[np.bool_], copies: int,
    ridge: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    x = np.concatenate([scaled[used, copy] for copy in range(copies)])
    y = np.tile(crops.size[used], (copies, 1)).astype(float)
    w = np.tile(weight[used], copies)
    w = w / w.mean()
    mean_x, mean_y = np.average(x, 0, w), np.average(y, 0, w)
    x, y = x - mean_x, y - mean_y
    square = (x * w[:, None]).T @ x + ridge * np.eye(x.shape[1])
    slope = np.linalg.solve(square, (x * w[:, None]).T @ y)
    return slope, mean_y - mean_x @ slope


def predict(fitted: Fitted, features: Array) -> tuple[Array, Array]:
    """Return logarithms of levels' probabilities, (N, 3), and of shares within them, (N, 7).

    `features`, (N, F) float32: each row is told by the part that its picture belongs to.
    """
    levels = np.zeros((len(features), len(HIERARCHY)), np.float32)
    fine = np.zeros((len(features), len(MOUNT_WILSON)), np.float32)
    whole = is_whole(features)
    for part, rows in ((fitted.whole, whole), (fitted.cut, ~whole)):
        if rows.any():
            levels[rows], fine[rows] = part_says(part, features[rows])
    return levels, fine


def part_says(part: Part, features: Array) -> tuple[Array, Array]:
    """Return what one part says of features, (N, F), as `predict` does."""
    level, fine = size_says(part.size, features)
    both = pooled(forest_says(part.forest, features), level, part.weights)
    return part.calibration.of(both), fine


def forest_says(forest: Any, features: Array) -> Array:
    """Return logarithms of the shares that a forest gives the levels, (N, 3) float32."""
    return np.asarray(np.log(np.maximum(forest.predict(features), LEAST)), np.float32)


def size_says(model: SizeModel, features: Array) -> tuple[Array, Array]:
    """Return logarithms of the shares that the prior gives the levels, balanced, and within them.

    Of (N, F) features, (N, 3) and (N, 7) float32.
    """
    if model.prior is None:
        shares = np.full((len(features), len(MOUNT_WILSON)), 1 / len(MOUNT_WILSON))
        balance = MEMBERS.sum(0) / len(MOUNT_WILSON)
    else:
        shares = model.prior.probabilities(model.sizes(features))
        balance = model.prior.shares @ MEMBERS
    level = shares @ MEMBERS
    fine = np.log(shares / (level @ MEMBERS.T))
    return np.asarray(np.log(level / balance), np.float32), np.asarray(fine, np.float32)


def pooled(forest: Array, level: Array, weights: tuple[float, float]) -> Array:
    """Return logarithms of probabilities, (N, 3) float32: the weighted sum of both, normed."""
    from scipy.special import log_softmax

    return np.asarray(log_softmax(weights[0] * forest + weights[1] * level, axis=1), np.float32)


def sample_weights(crops: LabelledCrops, config: ClassifierFit) -> Array:
    """Return the weight of every region, (N,) float32, of mean 1."""
    _, index, counts = np.unique(crops.region, return_inverse=True, return_counts=True)
    weight = crops.weight * counts[index] ** -config.region_power
    shares = (crops.soft * weight[:, None]).sum(0)
    rarity = (shares.sum() / np.maximum(shares, 1e-6)) ** config.class_power
    weight = weight * (crops.soft @ rarity)
    return np.asarray(weight / weight.mean(), np.float32)
