"""Export a trained DetectNet or GoogLeNet from its run folder: ONNX in half precision, and card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from halescope.detection.grouping import Clustering
from halescope.errors import ModelError
from halescope.models.detectnet import DetectNet
from halescope.models.googlenet import GoogLeNet
from halescope.normalize import normalize
from halescope.runtime.card import REGION_CLASSES, ModelCard, ModelInput
from halescope.synthetic import draw
from halescope.tensors import GREY_CLIP, PICTURE_RADIUS, PICTURE_SIDE, detectnet_tensor, picture
from halescope.training.config import from_mapping, load_config
from halescope.training.export import export_model
from halescope.training.paper.detectnet import DetectNetTraining
from halescope.training.paper.detectnet_augment import crop
from halescope.training.paper.googlenet import GoogLeNetTraining, vocabulary
from halescope.training.paper.runs import load_weights, public_record
from halescope.training.paper.treatment import center_crop

PENDING = "0" * 64
"""Checksum of a card whose weights are still to be written."""


class LessMean(nn.Module):
    """GoogLeNet with its mean picture inside, so that the graph takes grey levels.

    Parameters
    ----------
    mean : (C, H, W) or (C, 1, 1) float32
    """

    mean: Tensor

    def __init__(self, net: GoogLeNet, mean: np.ndarray[Any, Any]) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("mean", torch.from_numpy(np.ascontiguousarray(mean)))

    def forward(self, levels: Tensor) -> Tensor:
        """Return logits of (B, C, 224, 224) grey levels."""
        out: Tensor = self.net(levels - self.mean)
        return out


def export_detectnet(
    run: Path, folder: Path, name: str = "detectnet", snapshot: str = "best",
    clustering: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Write a run's DetectNet as ONNX with its card, and return the card's path.

    Parameters
    ----------
    run : Path
        Run folder.
    snapshot : str
        ``best``, ``last`` or ``epoch_NNN``.
    clustering : sequence of str
        ``key=value`` over the run's own clustering, as `halescope doctor` chose on validation.
    """
    record = read_run(run)
    config = from_mapping(DetectNetTraining, record["config"], str(run / "run.json"))
    net = DetectNet(config.model)
    load_weights(net, run / "snapshots" / f"{snapshot}.ckpt")
    model = config.model
    own = [f"{key}={json.dumps(value)}" for key, value in asdict(config.clustering).items()]
    rule = load_config(Clustering, None, [*own, *clustering])
    card = ModelCard(
        name=name,
        version="1",
        task="detector",
        architecture="detectnet",
        file=f"{name}.onnx",
        sha256=PENDING,
        input=ModelInput(model.height, model.in_channels, GREY_CLIP, PICTURE_RADIUS),
        classes=REGION_CLASSES,
        thresholds={"score": 0.5},
        options={"stride": model.stride, "clustering": asdict(rule)},
        training={"snapshot": snapshot, **public_record(record)},
        figures={"validation": record.get("validation", {})},
    )
    example = drawn_example(model.in_channels, (model.height, model.width))
    return export_model(net.eval(), [example], (["image"], ["coverage", "boxes"]), card, folder)


def drawn_example(channels: int, size: tuple[int, int]) -> Tensor:
    """Return a drawn disk as DetectNet's input: on noise the coverage is 0, and shows nothing.

    Parameters
    ----------
    size : tuple of int
        (height, width); the middle of the picture, or the picture amid zero field.
    """
    disk = normalize(
        draw(23, size=PICTURE_SIDE, regions=8).magnetogram, PICTURE_SIDE, PICTURE_RADIUS
    )
    image = detectnet_tensor(picture(disk.grey), channels)
    corner = ((PICTURE_SIDE - size[1]) // 2, (PICTURE_SIDE - size[0]) // 2)
    return torch.from_numpy(crop(image, np.zeros((0, 4), np.float32), corner, size)[0][None])


def export_googlenet(
    run: Path, folder: Path, name: str = "googlenet", snapshot: str = "best"
) -> Path:
    """Write a run's GoogLeNet, without its auxiliary heads, and return the card's path.

    Parameters
    ----------
    run : Path
        Run folder.
    """
    record = read_run(run)
    config = from_mapping(GoogLeNetTraining, record["config"], str(run / "run.json"))
    classes = vocabulary(config.crops)
    whole = GoogLeNet(len(classes), config.treatment.channels)
    load_weights(whole, run / "snapshots" / f"{snapshot}.ckpt")
    net = GoogLeNet(len(classes), config.treatment.channels, auxiliary=False)
    state = whole.state_dict()
    net.load_state_dict({key: state[key] for key in net.state_dict()})
    mean = np.load(run / "mean.npy")
    if mean.shape[1] > 1:
        mean = center_crop(mean, config.crops.crop)
    side = config.crops.crop
    card = ModelCard(
        name=name,
        version="1",
        task="classifier",
        architecture="googlenet",
        file=f"{name}.onnx",
        sha256=PENDING,
        input=ModelInput(side, config.treatment.channels),
        classes=classes,
        options={"mean": 0.0, "squash": config.treatment.width},
        training={"snapshot": snapshot, **public_record(record)},
        figures={"validation": record.get("validation", {})},
    )
    example = torch.rand(2, config.treatment.channels, side, side) * 255
    wrapped = LessMean(net, mean).eval()
    return export_model(wrapped, [example], (["image"], ["logits"]), card, folder)


def read_run(run: Path) -> dict[str, Any]:
    """Return a run folder's record.

    Raises
    ------
    ModelError
        There is none, or it is no JSON.
    """
    path = run / "run.json"
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(str(path), "cannot be read", "the record of a training run") from error
    return record
