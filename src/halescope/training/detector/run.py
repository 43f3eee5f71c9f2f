"""What `train detector` runs: table, cross-validation, threshold, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from halescope.boxes import suppress
from halescope.datasets.predicates import is_firm
from halescope.detection.proposals.features import FEATURES
from halescope.detection.proposals.links import LINK_FEATURES
from halescope.evaluation.metrics.detection import DiskResult, pool_matches
from halescope.evaluation.truth import truth_boxes
from halescope.models.proposal_scorer import ProposalNetwork
from halescope.normalize import DISK_RADIUS, DISK_SIDE
from halescope.runtime.card import REGION_CLASSES, ModelCard, ModelInput
from halescope.tensors import GREY_CLIP, sigmoid
from halescope.training.config import to_mapping
from halescope.training.data.disks import DiskData, LabelledDisks, load_parts, load_training
from halescope.training.data.field_change import FieldChange
from halescope.training.detector.data import TrainingTables, make_tables
from halescope.training.detector.fit import LinkFit, ScorerFit, fit_links, fit_proposals
from halescope.training.detector.held_out import (
    HeldOut,
    block_of_days,
    fit_calibration,
    predict,
    predict_held_out,
)
from halescope.training.export import export_model, facts_of, new_card
from halescope.training.run import now, write_run_card
from halescope.training.threshold import (
    THRESHOLDS,
    choose_threshold,
    f1_sums,
    scores_at,
    spare_lone,
)
from halescope.types import Array

LOWEST = 0.01
"""Boxes below this score do not enter the precision-recall curve: hardly one is right."""

NEARLY = 0.005
"""The threshold is the least one whose sum of F1 is within this of the best: it finds most,"""

LONE, LOST = 50.0, 0.01
"""and lower where lone spots, alpha regions of so many MSH and more, are lost at it: a hundredth
more of these regions than at the lowest threshold."""


@dataclass(frozen=True)
class DetectorTraining:
    """A training run of the default detector.

    Parameters
    ----------
    data : DiskData
        Its `train` days teach; `validation` is not used: the days are cross-validated in blocks.
        Where frames are divided otherwise, their training part teaches and their validation part
        calibrates.
    name : str
        Of the network that is written.
    blocks : int
        Runs of neighbouring days that are held out one after the other, with their regions.
    nms : float
        IoU above which the weaker of two boxes is dropped.
    link_weight : float
        How much the likelihood of a union by its links adds to its logit.
    nested : float
        Share of the smaller box within the larger above which the weaker is dropped.
    score : float
        Threshold that ships; 0 lets the held-out days choose.
    """

    folder: Path = Path("runs/detector")
    data: DiskData = field(default_factory=DiskData)
    change: FieldChange = field(default_factory=FieldChange)
    fit: ScorerFit = field(default_factory=ScorerFit)
    link_fit: LinkFit = field(default_factory=LinkFit)
    name: str = "proposals"
    blocks: int = 3
    link_weight: float = 0.3
    nms: float = 0.2
    nested: float = 0.7
    score: float = 0.0
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True)
class CrossValidation:
    """What detectors make of blocks of days that they did not learn from.

    Parameters
    ----------
    score : (N,) float32
        Of all proposals, 0..1, by the calibration of held-out days.
    calibration : (slope, shift)
    """

    disks: LabelledDisks
    tables: TrainingTables
    score: Array
    calibration: tuple[float, float]


def cross_validate(
    config: DetectorTraining,
    say: Callable[[str], None] = print,
    progress: Callable[[], None] | None = None,
) -> CrossValidation:
    """Return the scores of each block of days by detectors that saw neither it nor its regions.

    `progress` is called after each disk whose proposals are ready.
    """
    torch.set_num_threads(config.threads)
    disks = load_training(config.data)
    say(f"{len(disks.names)} disks, {len(disks.numbers())} regions")
    block = block_of_days([found[0].time[:10] for found in disks.labels], config.blocks)
    tables = make_tables(disks, block, config.change, config.seed, progress)
    good = int((tables.proposals.overlap >= 0.5).sum())
    say(f"{len(tables.proposals)} proposals, {good} of them good; {len(tables.links)} links")
    found = predict_held_out(tables, block[tables.disk], config.fit, config.link_fit, config.seed)
    return _calibrated(disks, tables, found, config)


def _calibrated(
    disks: LabelledDisks, tables: TrainingTables, found: HeldOut, config: DetectorTraining
) -> CrossValidation:
    """Return the scores that logits of what was held out come to."""
    likelihood = tables.likelihood(sigmoid(found.links)).astype(np.float32)
    logit = found.proposals + np.float32(config.link_weight) * likelihood
    slope, shift = _calibration(disks, tables, logit, config)
    score = sigmoid((slope * logit + shift).astype(np.float32))
    return CrossValidation(disks, tables, score, (slope, shift))


def train_detector(
    config: DetectorTraining,
    say: Callable[[str], None] = print,
    progress: Callable[[], None] | None = None,
) -> Path:
    """Train, calibrate and choose the threshold where it did not learn, export; return the folder.

    That is on blocks of the training days, each held out in turn, and where frames are divided
    otherwise on their validation part. `progress` is called after each disk whose proposals are
    ready.
    """
    start = now()
    if config.data.split == "days":
        found = cross_validate(config, say, progress)
        disks, tables = found.disks, found.tables
        network = _fit(tables, config)
    else:
        disks, tables, others, of_others = _divided(config, say, progress)
        network = _fit(tables, config)
        logits = predict(network.proposals, network.links, of_others)
        found = _calibrated(others, of_others, logits, config)
    metrics = _metrics(found, config, say)
    say(f"held out: {metrics}")
    card = _card(config, disks, metrics, found.calibration, now() - start)
    _export(network, tables, config, card)
    write_run_card(config.folder, "proposals", to_mapping(config), {"held_out": metrics})
    return config.folder


def _divided(
    config: DetectorTraining, say: Callable[[str], None], progress: Callable[[], None] | None
) -> tuple[LabelledDisks, TrainingTables, LabelledDisks, TrainingTables]:
    """Return the disks and tables of the training part, and of the validation part unchanged."""
    torch.set_num_threads(config.threads)
    disks, others = load_parts(config.data)
    say(f"{len(disks.names)} disks, {len(disks.numbers())} regions")
    one, other = (np.zeros(len(part.names), np.intp) for part in (disks, others))
    still = replace(config.change, copies=0)
    tables = make_tables(disks, one, config.change, config.seed, progress)
    return disks, tables, others, make_tables(others, other, still, config.seed)


def _fit(tables: TrainingTables, config: DetectorTraining) -> ProposalNetwork:
    """Train on everything."""
    everything = np.ones(len(tables.proposals), bool)
    return ProposalNetwork(
        fit_proposals(tables, everything, config.fit, config.seed),
        fit_links(tables.links, config.link_fit, config.seed),
    )


def _export(
    network: ProposalNetwork, tables: TrainingTables, config: DetectorTraining, card: ModelCard
) -> None:
    """Write what ships."""
    examples = [torch.from_numpy(t.features[:64]) for t in (tables.proposals, tables.links)]
    names = ["features", "links"], ["logits", "link_logits"]
    axes = {"links": "link", "link_logits": "link"}
    export_model(network, examples, names, card, config.folder / "export", axes=axes)


def held_out_results(
    disks: LabelledDisks,
    tables: TrainingTables,
    score: Array,
    strict: bool,
    config: DetectorTraining,
    lowest: float = LOWEST,
) -> list[DiskResult]:
    """Return detections and truth of each unchanged disk, to be scored.

    `score`, (N,) float32: of all proposals; any number of which the highest is best. Below `lowest`
    they are left out. `strict`: whether a box on plage is a false positive.
    """
    out = []
    picture = tables.proposals.picture
    start = np.searchsorted(picture, np.arange(len(tables.disk) + 1))
    for index in np.flatnonzero(~tables.copy):
        mine = np.arange(start[index], start[index + 1])
        mine = mine[score[mine] >= lowest]
        boxes, scores = tables.proposals.boxes[mine], score[mine]
        kept = suppress(boxes, scores, config.nms, config.nested)
        truth = truth_boxes(disks.labels[tables.disk[index]], strict)
        out.append(DiskResult(boxes[kept], scores[kept], *truth))
    return out


def _calibration(
    disks: LabelledDisks, tables: TrainingTables, logit: Array, config: DetectorTraining
) -> tuple[float, float]:
    """Fit how often a box that is kept on held-out days is a listed region's."""
    results = held_out_results(disks, tables, logit, True, config, -np.inf)
    outcome = pool_matches(results, 0.5)
    return fit_calibration(outcome.score, outcome.hit)


def _metrics(
    found: CrossValidation, config: DetectorTraining, say: Callable[[str], None]
) -> dict[str, float]:
    """Return held-out metrics at the threshold that ships, chosen here if none is given."""
    readings = {
        name: held_out_results(found.disks, found.tables, found.score, name == "strict", config)
        for name in ("lenient", "strict")
    }
    sums = f1_sums(readings)
    table = zip(THRESHOLDS.tolist(), sums, strict=True)
    say("sum of both F1 by threshold: " + ", ".join(f"{t} {total:.3f}" for t, total in table))
    threshold = choose_threshold(sums, NEARLY)
    if config.data.split == "days":  # frames at random are scored by the paper's figures alone
        lone = spare_lone(*lone_spots(found, readings["lenient"]), LOST)
        say(f"lone spots ask for {lone}")
        threshold = min(threshold, lone)
    return scores_at(readings, config.score or threshold)


def lone_spots(
    found: CrossValidation, results: Sequence[DiskResult]
) -> tuple[Array, NDArray[np.int64]]:
    """Return the best score of the boxes that hold each lone spot, and its region, (N,) each.

    `results`: of the unchanged disks, in order. The score is 0 where no box holds the spot.
    """
    score, region = [], []
    for index, result in zip(np.flatnonzero(~found.tables.copy), results, strict=True):
        for entry in found.disks.labels[found.tables.disk[index]]:
            if is_firm(entry) and entry.mount_wilson == "alpha" and entry.area >= LONE:
                place = np.array([entry.x, entry.y]) + 0.5
                low, high = result.boxes[:, :2] <= place, place <= result.boxes[:, 2:]
                score.append(result.score[(low & high).all(1)].max(initial=0.0))
                region.append(entry.noaa_number)
    return np.array(score, np.float32), np.array(region, np.int64)


def _card(
    config: DetectorTraining,
    disks: LabelledDisks,
    metrics: dict[str, float],
    calibration: tuple[float, float],
    seconds: float,
) -> ModelCard:
    of = f"{config.blocks} blocks of the training days, each held out with its regions"
    if config.data.split != "days":
        of = "the validation part"
    return new_card(
        config.name,
        "detector",
        "proposals",
        version="3",
        input=ModelInput(DISK_SIDE, len(FEATURES), GREY_CLIP, DISK_RADIUS),
        classes=REGION_CLASSES,
        thresholds={"score": metrics["threshold"], "nms": config.nms, "nested": config.nested},
        calibration=dict(zip(("slope", "shift"), calibration, strict=True)),
        options={"link_weight": config.link_weight, "link_features": len(LINK_FEATURES)},
        training={
            **facts_of(disks, config.data),
            "copies": config.change.copies,
            "steps": config.fit.steps,
            "seconds": round(seconds),
            "seed": config.seed,
        },
        figures={"cross_validation": {"of": of} | metrics},
        default=config.data.split == "days",
    )
