"""Cross-validation of the classifier: whole regions held out, or frames at random (leaky)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY, MOUNT_WILSON
from halescope.evaluation.baselines.trees import fit_trees, tree_shares
from halescope.evaluation.metrics.bootstrap import ROUNDS, bootstrap, interval
from halescope.evaluation.metrics.calibration import NOAA_RISK
from halescope.evaluation.metrics.classification import class_scores
from halescope.evaluation.predictions import (
    FILE,
    MOVED,
    NETWORK,
    RAW,
    TREES,
    ClassPredictions,
    write_predictions,
)
from halescope.tensors import softmax
from halescope.training.classifier.calibrate import Calibration, fit_calibration
from halescope.training.classifier.fit import ClassifierFit, fit_classifier, predict
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.prior import Rows
from halescope.types import Array, format_time

START = datetime(2000, 1, 1, tzinfo=UTC)
"""`LabelledCrops.hour` counts from here."""

FREE = ClassifierFit(leaf=1, prior_weight=0.0, region_power=0.0, copies=1)
"""A forest that may learn every frame by heart, as the leaky split rewards."""


@dataclass(frozen=True)
class FoldConfig:
    """How the classifier is cross-validated.

    Parameters
    ----------
    repeats : int
        Times that all regions are dealt out anew; the predictions of a frame are averaged.
    rounds : int
        Of the bootstrap over regions.
    leaky : bool
        Also split frames at random, as the paper did.
    leaky_fit : ClassifierFit
        For the leaky split.
    risk : float
        A class is called uncertain where those as sure are wrong more often than this. The
        default is how often NOAA's own class of one day differs from that of the next.
    """

    folds: int = 8
    repeats: int = 2
    seed: int = 0
    rounds: int = ROUNDS
    leaky: bool = True
    leaky_fit: ClassifierFit = FREE
    risk: float = NOAA_RISK


@dataclass(frozen=True)
class HeldOut:
    """Predictions of every region by networks that never saw it.

    Parameters
    ----------
    levels : (3, N, 3) float32
        Logarithms of probabilities before calibration, for boxes as labelled, for boxes moved, and
        for the field cut off early.
    calibrated : (2, N, 3) float32
        Probabilities of the first two; the calibration of each fold comes from the other folds.
    fold : (N,) int
        Of the first repeat.
    """

    levels: Array
    calibrated: Array
    fold: NDArray[np.int64]


def held_out_rounds(
    crops: LabelledCrops, folds: FoldConfig, by_region: bool = True
) -> Iterator[tuple[NDArray[np.bool_], LabelledCrops, int]]:
    """Yield, fold by fold, which crops are held out, (N,) bool, what trains, and a seed.

    Regions stay whole, or frames are dealt out at random, once.
    """
    for repeat in range(folds.repeats if by_region else 1):
        fold = deal(crops, folds, repeat, by_region)
        for index in range(folds.folds):
            held = fold == index
            if held.any():
                yield held, crops[~held], 1000 * repeat + index


def cross_validate(
    crops: LabelledCrops,
    config: ClassifierFit,
    folds: FoldConfig,
    rows: Rows | None = None,
    by_region: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> HeldOut:
    """Return predictions of held-out regions, see `held_out_rounds`; each fold is told by `say`."""
    total = np.zeros((3, len(crops), len(HIERARCHY)))
    for held, training, seed in held_out_rounds(crops, folds, by_region):
        count = len(np.unique(crops.region[held]))
        say(f"  round {seed // 1000 + 1}, fold {seed % 1000 + 1}: {count} regions held out")
        fitted = fit_classifier(training, config, seed, rows)
        seen = crops.features[held, 0], crops.features[held, 1], crops.cut[held, 0]
        for row, features in zip(total, seen, strict=True):
            row[held] += np.exp(predict(fitted, features)[0])
    repeats = folds.repeats if by_region else 1
    levels = np.log(np.maximum(total / repeats, 1e-6)).astype(np.float32)
    fold = deal(crops, folds, 0, by_region)
    return HeldOut(levels, _calibrated(crops, levels, fold), fold)


def trees_held_out(crops: LabelledCrops, folds: FoldConfig) -> Array:
    """Return probabilities of held-out regions by trees on features, (N, 3) float32.

    The same regions are held out together as for the network: it is what that has to beat.
    """
    total = np.zeros((len(crops), len(HIERARCHY)), np.float32)
    for held, training, seed in held_out_rounds(crops, folds):
        features = training.features[:, 0]
        forest = fit_trees(features, training.level, training.region, seed)
        total[held] += tree_shares(forest, crops.features[held, 0])
    return total / np.float32(folds.repeats)


def deal(
    crops: LabelledCrops, folds: FoldConfig, repeat: int = 0, by_region: bool = True
) -> NDArray[np.int64]:
    """Return a fold for every crop, (N,) int; regions stay whole, rare levels are dealt evenly."""
    random = np.random.default_rng(folds.seed + repeat)
    if not by_region:
        return random.permutation(len(crops)) % folds.folds
    names, index = np.unique(crops.region, return_inverse=True)
    counts = np.zeros((len(names), len(HIERARCHY)))
    np.add.at(counts, index, crops.soft)
    kind = counts.argmax(1)
    kind[counts[:, -1] >= np.minimum(4, 0.3 * counts.sum(1))] = len(HIERARCHY) - 1
    fold = np.zeros(len(names), np.int64)
    start = 0
    for level in reversed(range(len(HIERARCHY))):
        members = random.permutation(np.nonzero(kind == level)[0])
        fold[members] = (start + np.arange(len(members))) % folds.folds
        start += len(members)
    return fold[index]


def region_weight(crops: LabelledCrops) -> NDArray[np.float64]:
    """Return what each frame counts, (N,), if each region counts once in each of its levels."""
    key = crops.region * len(HIERARCHY) + crops.level
    _, index, counts = np.unique(key, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[index], np.float64)


def metrics_of(
    crops: LabelledCrops, share: Array, rounds: int = ROUNDS, by_region: bool = True
) -> dict[str, Any]:
    """Return the metrics of probabilities, (N, 3), on firm labels.

    `by_region`: each region counts once in each of its levels, however many frames show it; else
    each frame counts once.
    """
    firm = crops[crops.firm]
    truth, share, region = firm.level, share[crops.firm], firm.region
    counts = region_weight(firm) if by_region else np.ones(len(firm))
    scores = class_scores(truth, share, counts)

    def drawn(weight: NDArray[np.floating]) -> tuple[float, ...]:
        found = class_scores(truth, share, weight * counts)
        whole = np.isfinite(found.recall).all()
        balanced = found.balanced_accuracy if whole else float("nan")
        return balanced, found.calibration_error, *found.recall, *found.precision

    spans = [
        [round(v, 3) for v in interval(values) or (float("nan"),) * 2]
        for values in bootstrap(drawn, region, rounds).T
    ]
    return {
        "counted_by": "region" if by_region else "frame",
        "balanced_accuracy": round(scores.balanced_accuracy, 4),
        "interval": spans[0],
        "accuracy": round(scores.accuracy, 4),
        "macro_f1": round(scores.macro_f1, 4),
        "tss": round(scores.tss, 4),
        "recall": _named(scores.recall),
        "precision": _named(scores.precision),
        "recall_intervals": dict(zip(HIERARCHY, spans[2:5], strict=True)),
        "precision_intervals": dict(zip(HIERARCHY, spans[5:], strict=True)),
        "calibration_error": round(scores.calibration_error, 4),
        "calibration_interval": spans[1],
        "log_loss": round(scores.log_loss, 4),
        "frames": len(firm),
        "regions": len(np.unique(region)),
        "regions_by_level": {
            name: len(np.unique(region[truth == i])) for i, name in enumerate(HIERARCHY)
        },
    }


def _calibrated(crops: LabelledCrops, levels: Array, fold: NDArray[np.int64]) -> Array:
    """Return probabilities, (2, N, 3), whose calibration was found on the other folds."""
    out = np.zeros_like(levels[:2])
    for index in np.unique(fold):
        held = fold == index
        whole, cut = calibrations_of(crops, levels, ~held)
        for copy in (0, 1):
            out[copy, held] = np.exp(whole.of(levels[copy, held]))
            early = held & ~crops.whole
            out[copy, early] = np.exp(cut.of(levels[copy, early]))
    return out


def calibrations_of(
    crops: LabelledCrops, levels: Array, used: NDArray[np.bool_]
) -> tuple[Calibration, Calibration]:
    """Return the calibrations of both parts of a classifier.

    `levels`, (3, N, 3): of regions held out, see `HeldOut`. `used`, (N,) bool: which count.
    """
    own, every = (used & crops.firm & seen for seen in (crops.whole, True))
    whole, cut = (
        fit_calibration(values[rows], crops.level[rows], region_weight(crops[rows]))
        for values, rows in ((levels[0], own), (levels[2], every))
    )
    return whole, cut


def _named(values: NDArray[np.floating]) -> dict[str, float]:
    return {name: round(float(v), 4) for name, v in zip(HIERARCHY, values, strict=True)}


def sets_of(held: HeldOut, trees: Array) -> dict[str, Array]:
    """Return out-of-fold probabilities of the classifier and of trees, by what they are of."""
    return {
        NETWORK: held.calibrated[0],
        RAW: softmax(held.levels[0]),
        MOVED: held.calibrated[1],
        TREES: trees,
    }


def keep_predictions(
    folder: Path,
    crops: LabelledCrops,
    sets: dict[str, Array],
    fold: NDArray[np.int64],
    name: str = FILE,
) -> Path:
    """Write out-of-fold probabilities to ``predictions.csv``, or another file."""
    times = [format_time(START + timedelta(hours=int(hour))) for hour in crops.hour]
    names = np.array(MOUNT_WILSON)[crops.mount_wilson]
    found = ClassPredictions(np.array(times), crops.region, fold, names, crops.firm, sets)
    folder.mkdir(parents=True, exist_ok=True)
    return write_predictions(folder / name, found)
