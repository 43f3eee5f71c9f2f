"""One command from a manifest to a detector that ships: train, validate, choose, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader

from halescope.detection.centerpoint import decode
from halescope.evaluation.metrics.detection import DiskResult, detection_scores
from halescope.evaluation.truth import truth_boxes
from halescope.models.centerpoint import MirroredMean
from halescope.normalize import RADIUS, SIDE
from halescope.runtime.card import REGION_CLASSES, ModelCard, ModelInput
from halescope.tensors import GREY_CLIP, disk_tensor
from halescope.training.centerpoint.fit import DetectorConfig, DetectorModule, DiskSet
from halescope.training.config import to_mapping
from halescope.training.data.disks import (
    DiskData,
    LabelledDisks,
    division_of,
    load_parts,
    to_objects,
)
from halescope.training.export import export_model
from halescope.training.run import RunConfig, digest, fit, now, write_run_card
from halescope.types import Array, Disk, DiskGeometry, Magnetogram

THRESHOLDS = np.round(np.arange(0.1, 0.8, 0.025), 3)
"""Scores among which validation days choose the shipped one."""


@dataclass(frozen=True)
class DetectorTraining:
    """A training run of the compact detector.

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

    run: RunConfig = field(default_factory=lambda: RunConfig(Path("runs/detector"), epochs=30))
    data: DiskData = field(default_factory=DiskData)
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    name: str = "centerpoint"
    nms: float = 0.3
    trust: float = 1.0
    mirror: bool = True
    score: float = 0.0


def train_detector(
    config: DetectorTraining, resume: bool = False, say: Callable[[str], None] = print
) -> Path:
    """Train the detector, choose its threshold on validation days, write ONNX and card.

    Parameters
    ----------
    resume : bool
        Go on from the run's last snapshot.
    say : callable
        Takes a line of text.

    Returns
    -------
    Path
        The run's folder; the network is in its ``export`` folder.

    Raises
    ------
    HalescopeError
        The manifest, the configuration or the folder do not fit.
    """
    start = now()
    torch.manual_seed(config.run.seed)
    training, validation = load_parts(config.data, 3)
    say(f"{len(training.names)} training disks, {len(validation.names)} validation disks")
    loader = _loader(training, config)
    module = DetectorModule(config.detector, len(loader) * config.run.epochs)
    module.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    fit(module, (loader, []), config.run, ("loss", "min"), resume=resume)
    averaged = module.averaged.eval()
    network = MirroredMean(averaged) if config.mirror else averaged
    maps = predict(network, validation.fields)
    # At random, every region is in both parts: nothing is left to validate on but those.
    known = training.numbers() if config.data.split == "days" else set()
    fresh = validation.numbers() - known
    figures = _validate(validation, maps, known, config)
    score = config.score or float(figures["threshold"])
    say(f"validation on regions {sorted(fresh)}: {figures}")
    card = _card(config, training, score, figures, now() - start)
    example = torch.from_numpy(disk_tensor(training.fields[0].astype(np.float32))[None])
    export_model(network, [example], (["disk"], ["maps"]), card, config.run.folder / "export")
    write_run_card(
        config.run.folder, "detector", to_mapping(config), {"validation": figures, "score": score}
    )
    return config.run.folder


def predict(network: nn.Module, fields: NDArray[np.int8]) -> list[Array]:
    """Return the raw maps, (8, S/4, S/4), of many disks given as grey levels, (N, S, S)."""
    with torch.no_grad():
        return [
            network(torch.from_numpy(disk_tensor(np.asarray(f, np.float32))[None]))[0].numpy()
            for f in fields
        ]


def score_maps(
    disks: LabelledDisks,
    maps: Sequence[Array],
    strict: bool,
    config: DetectorTraining,
    dropped: set[int],
) -> list[DiskResult]:
    """Return detections and truth of labelled disks, to be scored.

    Parameters
    ----------
    maps : sequence of (8, n, n) float32
    strict : bool
        Whether plage counts as a false alarm.
    dropped : set of int
        NOAA numbers that are ignored.
    """
    out = []
    for grey, labels, raw in zip(disks.fields, disks.labels, maps, strict=True):
        boxes, score = decode(_disk(grey), raw, 0.05, config.nms, config.trust)
        out.append(DiskResult(boxes, score, *truth_boxes(labels, strict, dropped)))
    return out


def _loader(disks: LabelledDisks, config: DetectorTraining) -> DataLoader[Any]:
    objects = [to_objects(found, config.detector.changed_weight) for found in disks.labels]
    data = DiskSet(disks.fields, objects, config.detector.augment, config.run.seed)
    return DataLoader(data, config.detector.batch, shuffle=True, drop_last=True)


def _validate(
    disks: LabelledDisks, maps: Sequence[Array], known: set[int], config: DetectorTraining
) -> dict[str, float]:
    """Return figures on the regions that training did not know, and the best threshold."""
    lenient = score_maps(disks, maps, False, config, known)
    strict = score_maps(disks, maps, True, config, known)
    # The threshold weighs both readings of plage alike.
    balance = [
        detection_scores(lenient, 0.5, t).f1 + detection_scores(strict, 0.5, t).f1
        for t in THRESHOLDS
    ]
    best = float(THRESHOLDS[int(np.argmax(balance))])
    figures = {"threshold": best}
    for name, results in (("lenient", lenient), ("strict", strict)):
        scores = detection_scores(results, 0.5, best)
        figures |= {
            f"{name}_ap50": round(scores.average_precision, 4),
            f"{name}_ap70": round(detection_scores(results, 0.7, best).average_precision, 4),
            f"{name}_precision": round(scores.precision, 4),
            f"{name}_recall": round(scores.recall, 4),
        }
    return figures


def _card(
    config: DetectorTraining,
    training: LabelledDisks,
    score: float,
    figures: dict[str, float],
    seconds: float,
) -> ModelCard:
    return ModelCard(
        name=config.name,
        version="1",
        task="detector",
        architecture="centerpoint",
        file=f"{config.name}.onnx",
        sha256="0" * 64,
        input=ModelInput(SIDE, 1, GREY_CLIP, RADIUS),
        classes=REGION_CLASSES,
        thresholds={"score": score, "nms": config.nms, "trust": config.trust},
        training={
            "data": "SDO/HMI hourly magnetograms (Helioviewer), NOAA SRS labels",
            **division_of(config.data),
            "images": len(training.names),
            "regions": len(training.numbers()),
            "images_sha256": digest(training.names),
            "epochs": config.run.epochs,
            "seconds": round(seconds),
            "seed": config.run.seed,
        },
        figures={f"validation_{_fresh(config.data)}": figures},
        licence="BSD-3-Clause",
    )


def _fresh(data: DiskData) -> str:
    """Return what is new on the validation disks."""
    return "regions_unseen" if data.split == "days" else "frames_at_random"


def _disk(grey: Array) -> Disk:
    """Wrap stored grey levels as a canonical disk."""
    middle = (grey.shape[0] - 1) / 2
    field = np.asarray(grey, np.float32)
    geometry = DiskGeometry(middle, middle, RADIUS)
    return Disk(field, geometry, Magnetogram(field, "display", geometry))
