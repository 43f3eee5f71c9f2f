"""What `train classifier` runs: cross-validate, fit, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from halescope.classes import HIERARCHY, MOUNT_WILSON
from halescope.classification.crops import CHANNELS, SIZE
from halescope.classification.features import FEATURES
from halescope.evaluation.metrics.calibration import choose_abstention
from halescope.evaluation.metrics.classification import class_scores
from halescope.io.atomic import atomic_text
from halescope.runtime.card import ModelCard, ModelInput
from halescope.tensors import GREY_CLIP, softmax
from halescope.training.classifier.data import (
    ClassifierData,
    LabelledCrops,
    load_crops,
    load_patches,
)
from halescope.training.classifier.fit import ClassifierFit, fit_network, predict
from halescope.training.classifier.folds import (
    FoldConfig,
    HeldOut,
    cross_validate,
    fit_temperature,
    keep_predictions,
    metrics_of,
    training_set,
    trees_held_out,
)
from halescope.training.config import to_mapping
from halescope.training.data.crop_split import HeldOutParts, part_keys
from halescope.training.data.frames import SPLITS
from halescope.training.export import export_model, new_card
from halescope.training.run import digest, now, write_run_card

NOT_COMPARABLE = "another, larger network on frames it nearly saw: not to be set beside the others"
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
    torch.set_num_threads(config.threads)
    if config.held_out.split != "none":
        return _train_part(config, say)
    crops, patches = load_crops(config.data), load_patches(config.data)
    say(f"{len(crops)} crops of {len(np.unique(crops.region))} regions, {_scored(crops)}")
    everything = training_set(crops, patches, config.data.every)
    metrics, temperature = evaluate_classifier(crops, patches, config, say)
    network = fit_network(everything, config.fit, config.seed)
    _export(network, _card(config, everything, temperature, metrics), crops, config)
    return config.folder


def _train_part(config: ClassifierTraining, say: Callable[[str], None]) -> Path:
    """Fit to the training part of a division, and score its validation part."""
    start = now()
    keys = part_keys(config.data.manifest, config.data.root, config.held_out)
    training, validation = (load_crops(config.data, keys[part]) for part in SPLITS[:2])
    joined = training_set(training, load_patches(config.data), config.data.every)
    say(f"{len(joined)} crops train, {len(validation)} validate, {_scored(validation)}")
    network = fit_network(joined, config.fit, config.seed)
    levels = predict(network, validation)[0]
    temperature = fit_temperature(levels, validation.level)
    scores = class_scores(validation.level, softmax(levels / temperature))
    found = {
        "accuracy": round(scores.accuracy, 4),
        "balanced_accuracy": round(scores.balanced_accuracy, 4),
        "crops": len(validation),
    }
    say(f"validation: {found}")
    card = _card(config, joined, temperature, {"validation": found})
    split = {**asdict(config.held_out), "seconds": round(now() - start)}
    card = replace(card, training=card.training | split, default=False)
    _export(network, card, training, config)
    return config.folder


def _export(
    network: torch.nn.Module, card: ModelCard, crops: LabelledCrops, config: ClassifierTraining
) -> None:
    examples = [
        torch.from_numpy(crops.crops[:4, 0]).float() / 127,
        torch.from_numpy(crops.features[:4, 0]),
    ]
    names = (["crops", "features"], ["levels", "fine"])
    export_model(network, examples, names, card, config.folder / "export")
    extra = {"figures": card.figures, "temperature": card.calibration["temperature"]}
    write_run_card(config.folder, "classifier", to_mapping(config), extra)


def evaluate_classifier(
    crops: LabelledCrops,
    patches: LabelledCrops | None,
    config: ClassifierTraining,
    say: Callable[[str], None] = print,
) -> tuple[dict[str, Any], float]:
    """Return the metrics by split, and the temperature that all regions held out give.

    The predictions themselves go to ``predictions.csv`` in the run's folder, which
    ``halescope evaluate --class-predictions`` reads. Beside the splits stands ``abstention``: the
    threshold under which a class is uncertain, and what it does. Firm crops are scored, patches
    train only.
    """
    firm, folds, every = crops.firm, config.folds, config.data.every
    say(f"cross-validating: {folds.repeats} x {folds.folds} networks, then one of all regions")
    held = cross_validate(crops, patches, every, config.fit, folds, say=say)
    trees = trees_held_out(crops, patches, every, folds)
    keep_predictions(config.folder, crops, held, trees)
    temperature = fit_temperature(held.levels[0][firm], crops.level[firm])
    metrics = {"regions_held_out": metrics_of(crops, held, 0, folds.rounds)}
    metrics["regions_held_out_moved_boxes"] = metrics_of(crops, held, 1, folds.rounds)
    if folds.leaky:
        say("a larger network on frames dealt out at random: how far memory alone gets")
        loose = cross_validate(crops, None, 1, folds.leaky_fit, folds, by_region=False, say=say)
        metrics["frames_at_random_leaky"] = metrics_of(crops, loose, 0, folds.rounds)
    text = "\n".join(_line(*pair) for pair in metrics.items())
    say(text)
    atomic_text(config.folder / "figures.txt", text + "\n")
    scores = class_scores(crops.level[firm], trees[firm])
    say(f"trees on the same regions: balanced accuracy {scores.balanced_accuracy:.3f}")
    metrics["abstention"] = _abstention(crops, held, folds.risk, say)
    return metrics, temperature


def _abstention(
    crops: LabelledCrops, held: HeldOut, risk: float, say: Callable[[str], None]
) -> dict[str, float | None]:
    firm = crops.firm
    found = choose_abstention(crops.level[firm], held.calibrated[0][firm], held.fold[firm], risk)
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
    recall = ", ".join(f"{k} {v:.2f}" for k, v in metrics["recall"].items())
    what = f"{name} ({NOT_COMPARABLE})" if name.endswith("leaky") else name
    return (
        f"{what}: balanced accuracy {metrics['balanced_accuracy']:.3f} ({low:.2f}..{high:.2f}), "
        f"accuracy {metrics['accuracy']:.3f}, macro F1 {metrics['macro_f1']:.3f}, "
        f"calibration error {metrics['calibration_error']:.3f}; recall {recall}"
    )


def _scored(crops: LabelledCrops) -> str:
    counts = np.bincount(crops.level[crops.firm], minlength=len(HIERARCHY))
    return ", ".join(f"{n} {name}" for n, name in zip(counts, HIERARCHY, strict=True)) + " scored"


def _card(
    config: ClassifierTraining, training: LabelledCrops, temperature: float, metrics: dict[str, Any]
) -> ModelCard:
    regions = [int(n) for n in np.unique(training.region)]
    return new_card(
        config.name,
        "classifier",
        "mount_wilson",
        input=ModelInput(SIZE, len(CHANNELS), GREY_CLIP),
        classes=MOUNT_WILSON,
        thresholds={"abstain": metrics.get("abstention", {}).get("threshold", 0.5)},
        calibration={"temperature": round(temperature, 4)},
        options={"features": list(FEATURES)},
        training={
            "data": "SDO/HMI hourly magnetograms (Helioviewer) and SHARP patches; NOAA SRS classes",
            "split": "cross-validated over whole regions; the network that ships saw all of them",
            "regions": len(regions),
            "region_numbers": regions,
            "crops": len(training),
            "regions_sha256": digest(str(n) for n in regions),
            "seed": config.seed,
        },
        figures=metrics,
        default=True,
    )
