"""What `train classifier` and `train estimate` run: cross-validate, fit, export."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY, MOUNT_WILSON
from halescope.classification.crops import SIZE
from halescope.classification.features import FEATURES
from halescope.evaluation.metrics.calibration import choose_abstention
from halescope.evaluation.metrics.classification import class_scores
from halescope.io.atomic import atomic_text
from halescope.runtime.card import ModelCard, ModelInput
from halescope.tensors import GREY_CLIP
from halescope.training.classifier.calibrate import Calibration, fit_calibration
from halescope.training.classifier.curve import learning_curve
from halescope.training.classifier.data import (
    ClassifierData,
    load_crops,
    load_patches,
    load_regions,
)
from halescope.training.classifier.enough import check_parts, check_regions, check_training
from halescope.training.classifier.fit import ClassifierFit, Fitted, fit_classifier, predict
from halescope.training.classifier.folds import (
    FoldConfig,
    calibrations_of,
    cross_validate,
    keep_predictions,
    metrics_of,
    region_weight,
    sets_of,
    trees_held_out,
)
from halescope.training.classifier.graph import export_classifier
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.nested import choose, estimate_of, nested, told
from halescope.training.classifier.prior import Rows, noaa_sizes
from halescope.training.config import to_mapping
from halescope.training.data.crop_split import HeldOutParts, part_keys
from halescope.training.data.frames import SPLITS
from halescope.training.export import new_card
from halescope.training.run import digest, now, write_run_card
from halescope.types import Array

NOT_COMPARABLE = "another, looser forest on frames it nearly saw: not to be set beside the others"
"""What is said of metrics on frames dealt out at random."""


@dataclass(frozen=True)
class ClassifierTraining:
    """A training run of the Mount Wilson classifier.

    Parameters
    ----------
    folder : Path
        Of the run.
    name : str
        Of the network that is written.
    held_out : HeldOutParts
        Learn from one part of a division alone, in place of cross-validation.
    """

    folder: Path = Path("runs/classifier")
    name: str = "mount_wilson"
    seed: int = 1
    threads: int = 1
    data: ClassifierData = field(default_factory=ClassifierData)
    fit: ClassifierFit = field(default_factory=ClassifierFit)
    folds: FoldConfig = field(default_factory=FoldConfig)
    held_out: HeldOutParts = field(default_factory=HeldOutParts)


def train_classifier(config: ClassifierTraining, say: Callable[[str], None] = print) -> Path:
    """Cross-validate over whole regions, fit to all of them, export; return the run's folder.

    There is nothing to resume, as a run takes minutes.
    """
    if config.held_out.split != "none":
        return _train_part(config, say)
    crops = load_regions(config.data)
    say(f"{len(crops)} crops of {len(np.unique(crops.region))} regions, {_scored(crops)}")
    check_regions(crops)
    rows = rows_of(config.data, crops)
    choice = choose(crops, config.fit, config.folds, rows)
    say(f"chosen on held-out regions: {told(choice)}")
    config = replace(config, fit=choice.config)
    metrics, calibrations = evaluate_classifier(crops, config, rows, say)
    fitted = fit_classifier(crops, config.fit, config.seed, rows, calibrations)
    _export(fitted, _card(config, crops, calibrations, metrics), crops, config)
    return config.folder


def estimate_classifier(
    config: ClassifierTraining, curve: bool = False, say: Callable[[str], None] = print
) -> Path:
    """Estimate by nested cross-validation how right the classifier is; return the file written.

    ``estimate.json`` in the run's folder, with the predictions beside it. `curve`: also find how
    accuracy grows with the number of regions.
    """
    crops = load_regions(config.data)
    rows = rows_of(config.data, crops)
    say(f"{len(crops)} crops of {len(np.unique(crops.region))} regions, {_scored(crops)}")
    found = nested(crops, config.fit, config.folds, rows, say)
    estimate = estimate_of(crops, found.share, config.folds.rounds)
    chosen = [
        asdict(choice.config) | {"calibrations": [asdict(c) for c in choice.calibrations]}
        for choice in found.choices
    ]
    document: dict[str, Any] = {"nested": estimate, "chosen": chosen}
    for name in ("by_region", "by_frame"):
        say(_line(name, estimate[name]))
    for row in estimate["table"]:
        say("  " + _line(f"{row['by']} {row['of']} ({row['regions']} regions)", row))
    kept = _abstention(crops, found.share, found.fold, config.folds.risk, say)
    document["abstention"] = kept
    if curve:
        say("regions learned from, and balanced accuracy by region:")
        document["curve"] = asdict(learning_curve(crops, config.fit, config.folds, rows, say=say))
    keep_predictions(config.folder, crops, {"network": found.share}, found.fold, "nested.csv")
    text = json.dumps(document, indent=1) + "\n"
    return atomic_text(config.folder / "estimate.json", text)


def rows_of(data: ClassifierData, crops: LabelledCrops) -> Rows | None:
    """Return NOAA's rows of other regions than these; None where no summaries are given."""
    if data.srs is None:
        return None
    return Rows(noaa_sizes(data.srs), (crops.region % 10000).tolist())


def _train_part(config: ClassifierTraining, say: Callable[[str], None]) -> Path:
    """Fit to the training part of a division, and score its validation part."""
    start = now()
    keys = part_keys(config.data.manifest, config.data.root, config.held_out)
    check_parts(keys)
    training, validation = (load_crops(config.data, keys[part]) for part in SPLITS[:2])
    patches = load_patches(config.data)
    joined = training if patches is None else LabelledCrops.join([training, patches])
    check_training(joined)
    say(f"{len(joined)} crops train, {len(validation)} validate, {_scored(validation)}")
    both = LabelledCrops.join([joined, validation])
    fitted = fit_classifier(joined, config.fit, config.seed, rows_of(config.data, both))
    levels = [predict(fitted, f)[0] for f in (validation.features[:, 0], validation.cut[:, 0])]
    equal = np.ones(len(validation))
    whole, cut = (fit_calibration(each, validation.level, equal, (0.0,)) for each in levels)
    scores = class_scores(validation.level, np.exp(whole.of(levels[0])))
    found = {
        "accuracy": round(scores.accuracy, 4),
        "balanced_accuracy": round(scores.balanced_accuracy, 4),
        "crops": len(validation),
    }
    say(f"validation: {found}")
    card = _card(config, joined, (whole, cut), {"validation": found})
    split = {**asdict(config.held_out), "seconds": round(now() - start)}
    card = replace(card, training=card.training | split, default=False)
    fitted = Fitted(replace(fitted.whole, calibration=whole), replace(fitted.cut, calibration=cut))
    _export(fitted, card, training, config)
    return config.folder


def _export(
    fitted: Fitted, card: ModelCard, crops: LabelledCrops, config: ClassifierTraining
) -> None:
    export_classifier(fitted, card, config.folder / "export", crops.features[:64, 0])
    extra = {"figures": card.figures, "calibrations": card.training["calibrations"]}
    write_run_card(config.folder, "classifier", to_mapping(config), extra)


def evaluate_classifier(
    crops: LabelledCrops,
    config: ClassifierTraining,
    rows: Rows | None = None,
    say: Callable[[str], None] = print,
) -> tuple[dict[str, Any], tuple[Calibration, Calibration]]:
    """Return the metrics by split, and the calibrations that all regions held out give.

    The predictions themselves go to ``predictions.csv`` in the run's folder, which
    ``halescope evaluate --class-predictions`` reads. Beside the splits stands ``abstention``: the
    threshold under which a class is uncertain, and what it does. Firm crops are scored.
    """
    firm, folds = crops.firm, config.folds
    say(f"cross-validating: {folds.repeats} x {folds.folds} classifiers, then one of all regions")
    held = cross_validate(crops, config.fit, folds, rows, say=say)
    trees = trees_held_out(crops, folds)
    keep_predictions(config.folder, crops, sets_of(held, trees), held.fold)
    weight = region_weight(crops[firm])
    calibrations = calibrations_of(crops, held.levels, np.ones(len(crops), bool))
    shares = {"regions_held_out": held.calibrated[0], "moved_boxes": held.calibrated[1]}
    metrics = {name: metrics_of(crops, share, folds.rounds) for name, share in shares.items()}
    metrics["by_frame"] = metrics_of(crops, held.calibrated[0], folds.rounds, by_region=False)
    if folds.leaky:
        say("a looser forest on frames dealt out at random: how far memory alone gets")
        loose = cross_validate(crops, folds.leaky_fit, folds, by_region=False, say=say)
        leaky = metrics_of(crops, loose.calibrated[0], folds.rounds, by_region=False)
        metrics["frames_at_random_leaky"] = leaky
    text = "\n".join(_line(*pair) for pair in metrics.items())
    say(text)
    atomic_text(config.folder / "figures.txt", text + "\n")
    scores = class_scores(crops.level[firm], trees[firm], weight)
    say(f"trees on the same regions: balanced accuracy {scores.balanced_accuracy:.3f}")
    metrics["abstention"] = _abstention(crops, held.calibrated[0], held.fold, folds.risk, say)
    return metrics, calibrations


def _abstention(
    crops: LabelledCrops,
    share: Array,
    fold: NDArray[np.int64],
    risk: float,
    say: Callable[[str], None],
) -> dict[str, float | None]:
    """Return the threshold of certain classes, by regions, of held-out probabilities, (N, 3)."""
    firm = crops[crops.firm]
    of_firm, weight = (share[crops.firm], fold[crops.firm]), region_weight(firm)
    found = choose_abstention(firm.level, *of_firm, risk, weight)
    say(
        f"uncertain below {found.threshold:.3f}: {_kept(found.coverage, found.risk)}; chosen on "
        f"other folds: {_kept(found.held_coverage, found.held_risk)}"
    )
    return {k: round(v, 4) if np.isfinite(v) else None for k, v in asdict(found).items()}


def _kept(coverage: float, risk: float) -> str:
    """Say how many regions are kept, and how many of these are wrong if there are any."""
    if not np.isfinite(risk):
        return "no region is kept"
    return f"{coverage:.2f} of the regions are kept, {risk:.2f} of them wrong"


def _line(name: str, metrics: dict[str, Any]) -> str:
    low, high = metrics["interval"]
    recall, precision = (
        ", ".join(f"{k} {v:.2f}" for k, v in metrics[name].items())
        for name in ("recall", "precision")
    )
    what = f"{name} ({NOT_COMPARABLE})" if name.endswith("leaky") else name
    return (
        f"{what}: balanced accuracy {metrics['balanced_accuracy']:.3f} ({low:.2f}..{high:.2f}), "
        f"accuracy {metrics['accuracy']:.3f}, macro F1 {metrics['macro_f1']:.3f}, "
        f"calibration error {metrics['calibration_error']:.3f}; recall {recall}; "
        f"precision {precision}"
    )


def _scored(crops: LabelledCrops) -> str:
    counts = np.bincount(crops.level[crops.firm], minlength=len(HIERARCHY))
    return ", ".join(f"{n} {name}" for n, name in zip(counts, HIERARCHY, strict=True)) + " scored"


def _card(
    config: ClassifierTraining,
    training: LabelledCrops,
    calibrations: Sequence[Calibration],
    metrics: dict[str, Any],
) -> ModelCard:
    regions = [int(n) for n in np.unique(training.region)]
    return new_card(
        config.name,
        "classifier",
        "mount_wilson",
        input=ModelInput(SIZE, len(FEATURES), GREY_CLIP),
        classes=MOUNT_WILSON,
        thresholds={"abstain": metrics.get("abstention", {}).get("threshold", 0.5)},
        options={"features": list(FEATURES)},
        training={
            "data": ", ".join(np.unique(training.instrument)) + "; NOAA SRS classes",
            "split": "cross-validated over whole regions; the one that ships saw all of them",
            "regions": len(regions),
            "region_numbers": regions,
            "crops": len(training),
            "regions_sha256": digest(str(n) for n in regions),
            "seed": config.seed,
            "fit": asdict(config.fit),
            "calibrations": [asdict(each) for each in calibrations],
        },
        figures=metrics,
        default=True,
    )
