"""Cross-validation of the classifier: whole regions held out, or frames at random (leaky)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
from halescope.models.mount_wilson import MountWilsonConfig
from halescope.tensors import softmax
from halescope.training.classifier.data import LabelledCrops
from halescope.training.classifier.fit import ClassifierFit, fit_network, predict
from halescope.types import Array, format_time

START = datetime(2000, 1, 1, tzinfo=UTC)
"""`LabelledCrops.hour` counts from here."""

FREE = MountWilsonConfig(members=2, hidden=128, dropout=0.0, noise=0.05)
"""A network that may learn every frame by heart, as the leaky split rewards."""


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
    leaky_fit: ClassifierFit = field(
        default_factory=lambda: ClassifierFit(
            epochs=60, rate=4e-3, decay=0.0, region_power=0.0, model=FREE
        )
    )
    risk: float = NOAA_RISK


@dataclass(frozen=True)
class HeldOut:
    """Predictions of every region by networks that never saw it.

    Parameters
    ----------
    levels : (2, N, 3) float32
        Logarithms of probabilities before calibration, for both copies of a crop.
    calibrated : (2, N, 3) float32
        Probabilities; the temperature of each fold comes from the other folds.
    fold : (N,) int
        Of the first repeat.
    """

    levels: Array
    calibrated: Array
    fold: NDArray[np.int64]


def training_set(crops: LabelledCrops, patches: LabelledCrops | None, every: int) -> LabelledCrops:
    """Return the crops of one hour of `every`, and all patches."""
    thin = crops[crops.hour % every == 0]
    return thin if patches is None else LabelledCrops.join([thin, patches])


def held_out_rounds(
    crops: LabelledCrops,
    patches: LabelledCrops | None,
    every: int,
    folds: FoldConfig,
    by_region: bool = True,
) -> Iterator[tuple[NDArray[np.bool_], LabelledCrops, int]]:
    """Yield, fold by fold, which crops are held out, (N,) bool, what trains, and a seed.

    Patches are in every training set and never held out; one hour of `every` trains. Regions stay
    whole, or frames are dealt out at random, once.
    """
    for repeat in range(folds.repeats if by_region else 1):
        fold = deal(crops, folds, repeat, by_region)
        for index in range(folds.folds):
            held = fold == index
            if held.any():
                yield held, training_set(crops[~held], patches, every), 1000 * repeat + index


def cross_validate(
    crops: LabelledCrops,
    patches: LabelledCrops | None,
    every: int,
    config: ClassifierFit,
    folds: FoldConfig,
    by_region: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> HeldOut:
    """Return predictions of held-out regions, see `held_out_rounds`; each fold is told by `say`."""
    total = np.zeros((2, len(crops), len(HIERARCHY)))
    for held, training, seed in held_out_rounds(crops, patches, every, folds, by_region):
        count = len(np.unique(crops.region[held]))
        say(f"  round {seed // 1000 + 1}, fold {seed % 1000 + 1}: {count} regions held out")
        network = fit_network(training, config, seed)
        for copy in (0, 1):
            total[copy, held] += np.exp(predict(network, crops[held], copy)[0])
    repeats = folds.repeats if by_region else 1
    levels = np.log(np.maximum(total / repeats, 1e-6)).astype(np.float32)
    fold = deal(crops, folds, 0, by_region)
    return HeldOut(levels, _calibrated(crops, levels, fold), fold)


def trees_held_out(
    crops: LabelledCrops, patches: LabelledCrops | None, every: int, folds: FoldConfig
) -> Array:
    """Return probabilities of held-out regions by trees on features, (N, 3) float32.

    The same regions are held out together as for the network: it is what that has to beat.
    """
    total = np.zeros((len(crops), len(HIERARCHY)), np.float32)
    for held, training, seed in held_out_rounds(crops, patches, every, folds):
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
    kind[counts[:, -1] >= 12] = len(HIERARCHY) - 1
    fold = np.zeros(len(names), np.int64)
    start = 0
    for level in reversed(range(len(HIERARCHY))):
        members = random.permutation(np.nonzero(kind == level)[0])
        fold[members] = (start + np.arange(len(members))) % folds.folds
        start += len(members)
    return fold[index]


def fit_temperature(levels: Array, truth: NDArray[np.integer]) -> float:
    """Return the temperature of least log loss of logits, (N, 3), on the truth, (N,) int."""
    grid = np.geomspace(0.4, 3.0, 53)
    losses = [
        -np.mean(np.log(np.maximum(softmax(levels / t)[np.arange(len(truth)), truth], 1e-9)))
        for t in grid
    ]
    return float(grid[int(np.argmin(losses))])


def metrics_of(
    crops: LabelledCrops, held: HeldOut, copy: int, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Return the metrics of predictions, of boxes as labelled or moved (copy 1), on firm labels."""
    firm = crops.firm
    truth, share, region = crops.level[firm], held.calibrated[copy][firm], crops.region[firm]
    scores = class_scores(truth, share)

    def drawn(weight: NDArray[np.floating]) -> tuple[float, float]:
        found = class_scores(truth, share, weight)
        whole = np.isfinite(found.recall).all()
        return found.balanced_accuracy if whole else float("nan"), found.calibration_error

    balanced, calibration = (
        [round(v, 3) for v in interval(values) or (float("nan"),) * 2]
        for values in bootstrap(drawn, region, rounds).T
    )
    return {
        "balanced_accuracy": round(scores.balanced_accuracy, 4),
        "interval": balanced,
        "accuracy": round(scores.accuracy, 4),
        "macro_f1": round(scores.macro_f1, 4),
        "tss": round(scores.tss, 4),
        "recall": _named(scores.recall),
        "precision": _named(scores.precision),
        "calibration_error": round(scores.calibration_error, 4),
        "calibration_interval": calibration,
        "log_loss": round(scores.log_loss, 4),
        "frames": int(firm.sum()),
        "regions": len(np.unique(region)),
        "regions_by_level": {
            name: len(np.unique(region[truth == i])) for i, name in enumerate(HIERARCHY)
        },
    }


def _calibrated(crops: LabelledCrops, levels: Array, fold: NDArray[np.int64]) -> Array:
    """Return probabilities whose temperature was found on the other folds."""
    out = np.zeros_like(levels)
    for index in np.unique(fold):
        held = fold == index
        others = ~held & crops.firm
        temperature = fit_temperature(levels[0][others], crops.level[others])
        for copy in (0, 1):
            out[copy, held] = softmax(levels[copy, held] / temperature)
    return out


def _named(values: NDArray[np.floating]) -> dict[str, float]:
    return {name: round(float(v), 4) for name, v in zip(HIERARCHY, values, strict=True)}


def keep_predictions(folder: Path, crops: LabelledCrops, held: HeldOut, trees: Array) -> Path:
    """Write out-of-fold probabilities of the network and of trees to ``predictions.csv``."""
    sets = {
        NETWORK: held.calibrated[0],
        RAW: softmax(held.levels[0]),
        MOVED: held.calibrated[1],
        TREES: trees,
    }
    times = [format_time(START + timedelta(hours=int(hour))) for hour in crops.hour]
    names = np.array(MOUNT_WILSON)[crops.mount_wilson]
    found = ClassPredictions(np.array(times), crops.region, held.fold, names, crops.firm, sets)
    return write_predictions(folder / FILE, found)
