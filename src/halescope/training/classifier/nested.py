"""An honest estimate: nested cross-validation over all regions there are.

Whole regions, rotations of one and all instruments that saw it together, are dealt into outer
folds. For each, what is left is dealt again: candidates are compared there, the best is fitted to
all of it, calibrated there, and asked about the outer fold once. So nothing that was chosen has
seen what it is scored on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.evaluation.metrics.bootstrap import ROUNDS
from halescope.tensors import softmax
from halescope.training.classifier.calibrate import (
    Calibration,
    fit_calibration,
    fit_temperature,
)
from halescope.training.classifier.fit import (
    ClassifierFit,
    fit_classifier,
    fit_forest,
    fit_size_model,
    forest_says,
    parts_of,
    pooled,
    predict,
    size_says,
)
from halescope.training.classifier.folds import (
    FoldConfig,
    deal,
    metrics_of,
    region_weight,
)
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.prior import Rows
from halescope.types import Array

LEAVES = (10, 20)
COPIES = (2, 4)
WEIGHTS = ((1.0, 0.0), (0.7, 0.7), (0.4, 1.0))
"""What is chosen between: leaves of the forest, copies that are learned from (with changed fields
or without), and weights of forest and prior."""

INNER = 4
"""Folds that the choice is made by."""


@dataclass(frozen=True)
class Choice:
    """What was chosen for one outer fold: a configuration, and calibrations of both parts."""

    config: ClassifierFit
    calibrations: tuple[Calibration, Calibration]


@dataclass(frozen=True)
class Nested:
    """Predictions of outer folds.

    `share`, (N, 3): calibrated probabilities. `fold`, (N,). `choices`: of each fold.
    """

    share: Array
    fold: NDArray[np.int64]
    choices: tuple[Choice, ...]


def nested(
    crops: LabelledCrops,
    config: ClassifierFit,
    folds: FoldConfig,
    rows: Rows | None,
    say: Callable[[str], None] = lambda line: None,
) -> Nested:
    """Return the predictions of outer folds that were touched once."""
    fold = deal(crops, folds)
    share = np.zeros((len(crops), len(HIERARCHY)), np.float32)
    choices = []
    for index in range(folds.folds):
        held = fold == index
        training = crops[~held]
        choice = choose(training, config, replace(folds, folds=INNER, seed=index), rows)
        fitted = fit_classifier(training, choice.config, index, rows, choice.calibrations)
        share[held] = np.exp(predict(fitted, crops.features[held, 0])[0])
        choices.append(choice)
        count = len(np.unique(crops.region[held]))
        say(f"  outer fold {index + 1}: {count} regions; {told(choice)}")
    return Nested(share, fold, tuple(choices))


def told(choice: Choice) -> str:
    """Return what was chosen in words."""
    fit = choice.config
    return (
        f"leaf {fit.leaf}, copies {fit.copies}, forest {fit.forest_weight}, prior "
        f"{fit.prior_weight}, {', '.join(_of(how) for how in choice.calibrations)} (cut early)"
    )


def _of(how: Calibration) -> str:
    return f"temperature {how.temperature:.2f} and shift {how.share:.2f}"


def choose(
    crops: LabelledCrops, config: ClassifierFit, folds: FoldConfig, rows: Rows | None
) -> Choice:
    """Return the candidate of least balanced log loss on inner folds, and its calibrations."""
    whole, cut = parts_of(crops)
    configs = [replace(config, leaf=n, copies=c) for n, c in product(LEAVES, COPIES)]
    chosen, logits = _best(whole, configs, folds, rows)
    _, early = _best(cut, [chosen], folds, rows, (chosen.forest_weight, chosen.prior_weight))
    return Choice(chosen, (_calibration(whole, logits), _calibration(cut, early)))


def _calibration(crops: LabelledCrops, logits: Array) -> Calibration:
    firm = crops[crops.firm]
    return fit_calibration(logits[crops.firm], firm.level, region_weight(firm))


def _best(
    crops: LabelledCrops,
    configs: Sequence[ClassifierFit],
    folds: FoldConfig,
    rows: Rows | None,
    *weights: tuple[float, float],
) -> tuple[ClassifierFit, Array]:
    """Return the best of some configurations, with one of the `weights`, and its logits, (N, 3)."""
    firm = crops.firm
    weight, truth = region_weight(crops[firm]), crops.level[firm]
    balanced = weight / np.maximum(np.bincount(truth, weight, len(HIERARCHY)), 1e-9)[truth]
    forests, level = _held_parts(crops, configs, folds, rows)
    best, least = (configs[0], pooled(forests[0], level, (1.0, 0.0))), np.inf
    for changed, forest in zip(configs, forests, strict=True):
        for pair in weights or (WEIGHTS if rows is not None else WEIGHTS[:1]):
            logits = pooled(forest, level, pair)
            soft = softmax(logits[firm] / fit_temperature(logits[firm], truth, balanced))
            loss = -np.average(np.log(soft[np.arange(len(truth)), truth]), weights=balanced)
            if loss < least:
                least = loss
                best = replace(changed, forest_weight=pair[0], prior_weight=pair[1]), logits
    return best


def _held_parts(
    crops: LabelledCrops, configs: Sequence[ClassifierFit], folds: FoldConfig, rows: Rows | None
) -> tuple[Array, Array]:
    """Return what each forest, (K, N, 3), and the prior, (N, 3), say of regions held out."""
    fold = deal(crops, folds)
    forests = np.zeros((len(configs), len(crops), len(HIERARCHY)), np.float32)
    level = np.zeros((len(crops), len(HIERARCHY)), np.float32)
    for index in np.unique(fold):
        held = fold == index
        training, features = crops[~held], crops.features[held, 0]
        level[held], _ = size_says(fit_size_model(training, configs[0], rows), features)
        for row, config in zip(forests, configs, strict=True):
            row[held] = forest_says(fit_forest(training, config, int(index)), features)
    return forests, level


BINS: dict[str, tuple[float, ...]] = {
    "longitude": (0, 20, 40, 60.1),
    "size": (0, 25, 60, 150, 1e5),
}
"""Edges of the table's rows: degrees from the central meridian, and NOAA's spot area, MSH."""


def strata(crops: LabelledCrops) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield what the estimate is told by: kind, name and which crops, (N,) bool."""
    for name in np.unique(crops.instrument):
        yield "instrument", str(name), crops.instrument == name
    months = np.datetime64("2000-01-01T00", "h") + crops.hour.astype("timedelta64[h]")
    day = months.astype("datetime64[D]").astype(str)
    half = np.array([f"{d[:8]}{'01..15' if int(d[8:]) <= 15 else '16..31'}" for d in day])
    hmi = crops.instrument == "HMI"
    for name in np.unique(half[hmi]):
        yield "days (HMI)", str(name), hmi & (half == name)
    values = {"longitude": np.abs(crops.longitude), "size": np.exp(crops.size[:, 0])}
    for kind, edges in BINS.items():
        for low, high in pairwise(edges):
            inside = (values[kind] >= low) & (values[kind] < high)
            yield kind, f"{low:.0f} to {high:.0f}", inside
    yield (
        "other instruments",
        "50 MSH and more",
        ~np.isin(crops.instrument, ["HMI", "SHARP"]) & (values["size"] >= 50),
    )


def estimate_of(crops: LabelledCrops, share: Array, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return the metrics of probabilities, (N, 3), by region and by frame, and by stratum."""
    table = []
    for kind, name, inside in strata(crops):
        if (inside & crops.firm).any():
            found = metrics_of(crops[inside], share[inside], rounds)
            table.append({"by": kind, "of": name, **found})
    return {
        "by_region": metrics_of(crops, share, rounds),
        "by_frame": metrics_of(crops, share, rounds, by_region=False),
        "table": table,
    }
