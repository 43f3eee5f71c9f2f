"""What `train centerpoint` runs: train, choose the threshold on validation days, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader

from halescope.detection.centerpoint import decode
from halescope.evaluation.metrics.detection import DiskResult
from halescope.evaluation.truth import truth_boxes
from halescope.models.centerpoint import MirroredMean
from halescope.normalize import DISK_RADIUS, DISK_SIDE
from halescope.runtime.card import REGION_CLASSES, ModelInput
from halescope.tensors import GREY_CLIP, disk_tensor
from halescope.training.centerpoint.fit import CenterPointFit, CenterPointModule, DiskSet
from halescope.training.config import to_mapping
from halescope.training.data.disks import DiskData, LabelledDisks, load_parts, to_objects
from halescope.training.data.field_change import canonical_disk
from halescope.training.export import export_model, facts_of, new_card
from halescope.training.run import RunConfig, ending, fit, now, write_run_card
from halescope.training.telling import Telling
from halescope.training.threshold import choose_threshold, f1_sums, scores_at
from halescope.types import Array

PRINTING = Telling()


@dataclass(frozen=True)
class CenterPointTraining:
    """A training run of the centre-point network.

    Parameters
    ----------
    name : str
        Of the network that is written.
    nms : float
        IoU above which the weaker of two boxes is dropped.
    trust : float
        Weight of the box rule in a box's edges, 0..1.
    mirror : bool
        Whether the network that ships takes the mean with the disk's mirror image.
    score : float
        Threshold that ships; 0 lets validation days choose.
    """

    run: RunConfig = field(default_factory=lambda: RunConfig(Path("runs/centerpoint")))
    data: DiskData = field(default_factory=DiskData)
    fit: CenterPointFit = field(default_factory=CenterPointFit)
    name: str = "centerpoint"
    nms: float = 0.3
    trust: float = 1.0
    mirror: bool = True
    score: float = 0.0


def train_centerpoint(
    config: CenterPointTraining, resume: bool = False, telling: Telling = PRINTING
) -> Path:
    """Train, choose the threshold on validation days, export; return the run's folder."""
    start, say = now(), telling.say
    torch.manual_seed(config.run.seed)
    training, validation = load_parts(config.data, 3)
    say(f"{len(training.names)} training disks, {len(validation.names)} validation disks")
    loader = _loader(training, config)
    module = CenterPointModule(config.fit, len(loader) * config.run.epochs)
    module.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    record: dict[str, Any] = {"steps": module.steps}
    write_run_card(config.run.folder, "centerpoint", to_mapping(config), record)
    trainer = fit(module, (loader, []), config.run, ("loss", "min"), 1, resume, telling)
    record |= {"ended": ending(trainer), "epochs_done": trainer.current_epoch}
    if trainer.interrupted:  # nothing to validate or to use yet
        write_run_card(config.run.folder, "centerpoint", to_mapping(config), record)
        return config.run.folder
    averaged = module.averaged.eval()
    network = MirroredMean(averaged) if config.mirror else averaged
    # At random, every region is in both parts: nothing is left to validate on but those.
    by_days = config.data.split == "days"
    known = training.numbers() if by_days else set()
    found = _validate(network, validation, known, config)
    score = config.score or found["threshold"]
    say(f"validation on regions {sorted(validation.numbers() - known)}: {found}")
    card = new_card(
        config.name,
        "detector",
        "centerpoint",
        input=ModelInput(DISK_SIDE, 1, GREY_CLIP, DISK_RADIUS),
        classes=REGION_CLASSES,
        thresholds={"score": score, "nms": config.nms, "trust": config.trust},
        training={
            **facts_of(training, config.data),
            "epochs": config.run.epochs,
            "seconds": round(now() - start),
            "seed": config.run.seed,
        },
        figures={f"validation_{'regions_unseen' if by_days else 'frames_at_random'}": found},
    )
    example = torch.from_numpy(disk_tensor(training.fields[0].astype(np.float32))[None])
    export_model(network, [example], (["disk"], ["maps"]), card, config.run.folder / "export")
    record |= {"validation": found, "score": score, "seconds": round(now() - start)}
    write_run_card(config.run.folder, "centerpoint", to_mapping(config), record)
    return config.run.folder


def _loader(disks: LabelledDisks, config: CenterPointTraining) -> DataLoader[Any]:
    objects = [to_objects(found, config.fit.changed_weight) for found in disks.labels]
    data = DiskSet(disks.fields, objects, config.fit.augment, config.run.seed)
    fills = len(data) >= config.fit.batch  # else the one batch is all of them
    return DataLoader(data, config.fit.batch, shuffle=True, drop_last=fills)


def _validate(
    network: nn.Module, disks: LabelledDisks, known: set[int], config: CenterPointTraining
) -> dict[str, float]:
    """Return metrics on the regions that training did not know, at the best threshold."""
    found = [_detect(network, grey, config) for grey in disks.fields]
    readings: dict[str, Sequence[DiskResult]] = {
        name: [
            DiskResult(*pair, *truth_boxes(labels, name == "strict", known))
            for pair, labels in zip(found, disks.labels, strict=True)
        ]
        for name in ("lenient", "strict")
    }
    return scores_at(readings, choose_threshold(f1_sums(readings)))


def _detect(
    network: nn.Module, grey: NDArray[np.int8], config: CenterPointTraining
) -> tuple[Array, Array]:
    """Return boxes, (N, 4), and scores, (N,), of stored grey levels."""
    disk = canonical_disk(np.asarray(grey, np.float32))
    with torch.no_grad():
        maps: Array = network(torch.from_numpy(disk_tensor(disk.grey)[None]))[0].numpy()
    return decode(disk, maps, 0.05, config.nms, config.trust)
