"""One command from a manifest to the detector that ships: table, cross-validation, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from halescope.boxes import suppress
from halescope.evaluation.detection import DiskResult, detection_scores
from halescope.evaluation.truth import truth_boxes
from halescope.normalize import RADIUS, SIDE
from halescope.proposals_features import FEATURES
from halescope.runtime.card import REGION_CLASSES, ModelCard, ModelInput
from halescope.tensors import GREY_CLIP
from halescope.training.config import to_mapping
from halescope.training.disks import DiskData, LabelledDisks, division_of, load_training
from halescope.training.export import export_model
from halescope.training.proposal_data import FieldChange, ProposalTable, make_table
from halescope.training.proposal_fit import (
    FitConfig,
    block_of_days,
    fit_scorer,
    predict_held_out,
)
from halescope.training.run import digest, now, write_run_card
from halescope.types import Array

THRESHOLDS = np.round(np.arange(0.1, 0.8, 0.025), 3)
"""Scores among which the held-out days choose the shipped one."""

LOWEST = 0.05
"""Boxes below this score do not enter the precision-recall curve."""

NEARLY = 0.005
"""The threshold is the least one whose two F1 sum up to the best but for this: it finds most."""


@dataclass(frozen=True)
class ProposalTraining:
    """A training run of the default detector.

    Parameters
    ----------
    folder : Path
    data : DiskData
        Its `train` days teach; `validation` is not used: the days are cross-validated in blocks.
    change : FieldChange
    fit : FitConfig
    name : str
        Of the network that is written.
    blocks : int
        Runs of neighbouring days that are held out one after the other, with their regions.
    nms : float
        IoU above which the weaker of two boxes is dropped.
    nested : float
        Share of the smaller box within the larger above which the weaker is dropped.
    score : float
        Threshold that ships; 0 lets the held-out days choose.
    seed : int
    threads : int
    """

    folder: Path = Path("runs/detector")
    data: DiskData = field(default_factory=DiskData)
    change: FieldChange = field(default_factory=FieldChange)
    fit: FitConfig = field(default_factory=FitConfig)
    name: str = "proposals"
    blocks: int = 3
    nms: float = 0.2
    nested: float = 0.7
    score: float = 0.0
    seed: int = 1
    threads: int = 2


def train_proposals(
    config: ProposalTraining,
    say: Callable[[str], None] = print,
    progress: Callable[[], None] | None = None,
) -> Path:
    """Cross-validate, choose the threshold, train on all days, write ONNX and card.

    Parameters
    ----------
    config : ProposalTraining
    say : callable
        Takes a line of text.
    progress : callable, optional
        Called after each disk whose proposals are ready.

    Returns
    -------
    Path
        The run's folder; the network is in its ``export`` folder.

    Raises
    ------
    HalescopeError
        The manifest or the configuration do not fit.
    """
    torch.set_num_threads(config.threads)
    start = now()
    disks = load_training(config.data)
    say(f"{len(disks.names)} disks, {len(disks.numbers())} regions")
    block = block_of_days([found[0].time[:10] for found in disks.labels], config.blocks)
    table = make_table(disks, block, config.change, config.seed, progress)
    say(f"{len(table.region)} proposals, {int((table.overlap >= 0.5).sum())} of them good")
    held_out = predict_held_out(table, block[table.disk], config.fit, config.seed)
    figures = _figures(disks, table[~table.copy], held_out[~table.copy], config, say)
    say(f"held-out days: {figures}")
    scorer = fit_scorer(table, config.fit, config.seed)
    card = _card(config, disks, figures, now() - start)
    example = torch.from_numpy(table.features[:64])
    export_model(scorer, [example], (["features"], ["logits"]), card, config.folder / "export")
    write_run_card(config.folder, "proposals", to_mapping(config), {"held_out": figures})
    return config.folder


def held_out_results(
    disks: LabelledDisks, table: ProposalTable, score: Array, strict: bool, config: ProposalTraining
) -> list[DiskResult]:
    """Return detections and truth of each disk, to be scored.

    Parameters
    ----------
    disks : LabelledDisks
    table : ProposalTable
        Of the unchanged disks.
    score : (N,) float32
        Of its rows.
    strict : bool
        Whether a box on plage is a false alarm.
    config : ProposalTraining
    """
    out = []
    for index, labels in enumerate(disks.labels):
        mine = (table.disk == index) & (score >= LOWEST)
        kept = suppress(table.boxes[mine], score[mine], config.nms, config.nested)
        boxes, scores = table.boxes[mine][kept], score[mine][kept]
        out.append(DiskResult(boxes, scores, *truth_boxes(labels, strict)))
    return out


def _figures(
    disks: LabelledDisks,
    table: ProposalTable,
    score: Array,
    config: ProposalTraining,
    say: Callable[[str], None],
) -> dict[str, float]:
    """Return held-out figures at the threshold that ships, chosen here if none is given."""
    results = {
        name: held_out_results(disks, table, score, name == "strict", config)
        for name in ("lenient", "strict")
    }
    # The threshold weighs both readings of plage alike.
    balance = [
        sum(detection_scores(found, 0.5, float(t)).f1 for found in results.values())
        for t in THRESHOLDS
    ]
    close = np.array(balance) >= max(balance) - NEARLY
    threshold = config.score or float(THRESHOLDS[int(close.argmax())])
    table_of = zip(THRESHOLDS.tolist(), balance, strict=True)
    say("sum of both F1 by threshold: " + ", ".join(f"{t} {b:.3f}" for t, b in table_of))
    figures = {"threshold": threshold}
    for name, found in results.items():
        at50 = detection_scores(found, 0.5, threshold)
        figures |= {
            f"{name}_ap50": round(at50.average_precision, 4),
            f"{name}_ap70": round(detection_scores(found, 0.7, threshold).average_precision, 4),
            f"{name}_precision": round(at50.precision, 4),
            f"{name}_recall": round(at50.recall, 4),
            f"{name}_f1": round(at50.f1, 4),
        }
    return figures


def _card(
    config: ProposalTraining, disks: LabelledDisks, figures: dict[str, float], seconds: float
) -> ModelCard:
    training: dict[str, Any] = {
        "data": "SDO/HMI hourly magnetograms (Helioviewer), NOAA SRS labels",
        **division_of(config.data),
        "images": len(disks.names),
        "regions": len(disks.numbers()),
        "images_sha256": digest(disks.names),
        "copies": config.change.copies,
        "steps": config.fit.steps,
        "seconds": round(seconds),
        "seed": config.seed,
    }
    of = f"{config.blocks} blocks of the training days, each held out with its regions"
    return ModelCard(
        name=config.name,
        version="1",
        task="detector",
        architecture="proposals",
        file=f"{config.name}.onnx",
        sha256="0" * 64,
        input=ModelInput(SIDE, len(FEATURES), GREY_CLIP, RADIUS),
        classes=REGION_CLASSES,
        thresholds={"score": figures["threshold"], "nms": config.nms, "nested": config.nested},
        training=training,
        figures={"cross_validation": {"of": of} | figures},
        licence="BSD-3-Clause",
        default=config.data.split == "days",
    )
