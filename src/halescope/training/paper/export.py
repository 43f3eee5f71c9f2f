"""Export a trained DetectNet or GoogLeNet from its run folder: ONNX in half precision, and card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from halescope.datasets.treatment import center_crop
from halescope.detection.grouping import Clustering
from halescope.errors import ConfigError
from halescope.models.detectnet import DetectNet
from halescope.models.googlenet import GoogLeNet
from halescope.normalize import normalize
from halescope.runtime.card import REGION_CLASSES, ModelInput
from halescope.synthetic import draw
from halescope.tensors import GREY_CLIP, PICTURE_RADIUS, PICTURE_SIDE, detectnet_tensor, picture
from halescope.training.config import from_mapping, load_config
from halescope.training.curves import read_metrics
from halescope.training.export import export_model, new_card
from halescope.training.finished import WITH_SNAPSHOTS, copy_network, read_run
from halescope.training.paper.detectnet import DetectNetTraining
from halescope.training.paper.detectnet_augment import crop
from halescope.training.paper.googlenet import GoogLeNetTraining, vocabulary
from halescope.training.snapshots import last_epochs, load_weights, public_record, read_snapshot


@dataclass(frozen=True)
class Shown(Clustering):
    """A DetectNet's clustering, and the least score of a box that is shown.

    Parameters
    ----------
    score : float
        1 - 1 / n of a box that n cells agree on, 0..1.
    """

    score: float = 0.5


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


def export_run(
    run: Path, folder: Path, name: str | None = None, snapshot: str = "best",
    clustering: Sequence[str] = (), average: int = 0,
) -> Path:  # fmt: skip
    """Write a run's network as ONNX with its card, and return the card's path.

    Raises `HalescopeError` where the folder holds no run or no such snapshot, or a clustering is
    given for a GoogLeNet. `name`: the network's; its kind, or what it was exported as, if left out.
    `snapshot`: ``best``, ``last`` or ``epoch_NNN``. `clustering`: ``key=value`` over a DetectNet's
    own clustering, as `halescope doctor` chose on validation, and ``score=value``. `average`: in
    place of `snapshot`, the mean of the weights after each of that many last epochs, of which the
    run has no figures.
    """
    record = read_run(run)
    kind, states = record["kind"], [run / "snapshots" / f"{snapshot}.ckpt"]
    if kind not in WITH_SNAPSHOTS:
        return copy_network(run, folder, name, snapshot, clustering, average)
    if average:
        states = last_epochs(run, average)
        snapshot = f"mean of {states[0].stem} to {states[-1].stem}"
        figures: dict[str, float] = {}
    else:
        figures = _validation(run, states[0]) or record.get("validation", {})
    facts = {
        "training": {"snapshot": snapshot, **public_record(record)},
        "figures": {"validation": figures},
    }
    if kind == "detectnet":
        return _export_detectnet(run, record, states, name or kind, facts, folder, clustering)
    if clustering:
        raise ConfigError("--set", f"is given for a {kind}", "a detectnet, which clusters")
    return _export_googlenet(run, record, states, name or kind, facts, folder)


def _validation(run: Path, state: Path) -> dict[str, float]:
    """Return the row of a run's ``metrics.csv`` that a snapshot was kept at, {} for none."""
    if not state.is_file():
        return {}
    epoch: int | None = read_snapshot(state).get("epoch")
    if epoch is None:
        return {}
    rows = read_metrics(run / "metrics.csv")
    return next((row for row in reversed(rows) if row["epoch"] == epoch + 1), {})


def _export_detectnet(
    run: Path, record: dict[str, Any], states: Sequence[Path], name: str, facts: dict[str, Any],
    folder: Path, clustering: Sequence[str],
) -> Path:  # fmt: skip
    config = from_mapping(DetectNetTraining, record["config"], str(run / "run.json"))
    model = config.model
    net = DetectNet(model)
    load_weights(net, *states)
    own = [f"{key}={json.dumps(value)}" for key, value in asdict(config.clustering).items()]
    rule = asdict(load_config(Shown, None, [*own, *clustering]))
    card = new_card(
        name,
        "detector",
        "detectnet",
        input=ModelInput(model.height, model.in_channels, GREY_CLIP, PICTURE_RADIUS),
        classes=REGION_CLASSES,
        thresholds={"score": rule.pop("score")},
        options={"stride": model.stride, "clustering": rule},
        **facts,
    )
    example = drawn_example(model.in_channels, (model.height, model.width))
    return export_model(net.eval(), [example], (["image"], ["coverage", "boxes"]), card, folder)


def drawn_example(channels: int, size: tuple[int, int]) -> Tensor:
    """Return a drawn disk as DetectNet's input: on noise the coverage is 0, and shows nothing.

    The middle of the picture, (height, width), or the picture amid zero field.
    """
    disk = normalize(
        draw(23, size=PICTURE_SIDE, regions=8).magnetogram, PICTURE_SIDE, PICTURE_RADIUS
    )
    image = detectnet_tensor(picture(disk.grey), channels)
    corner = ((PICTURE_SIDE - size[1]) // 2, (PICTURE_SIDE - size[0]) // 2)
    return torch.from_numpy(crop(image, np.zeros((0, 4), np.float32), corner, size)[0][None])


def _export_googlenet(
    run: Path,
    record: dict[str, Any],
    states: Sequence[Path],
    name: str,
    facts: dict[str, Any],
    folder: Path,
) -> Path:
    """Write the network without its auxiliary heads."""
    config = from_mapping(GoogLeNetTraining, record["config"], str(run / "run.json"))
    classes, channels = vocabulary(config.crops), config.treatment.channels
    whole = GoogLeNet(len(classes), channels)
    load_weights(whole, *states)
    net = GoogLeNet(len(classes), channels, auxiliary=False)
    given = whole.state_dict()
    net.load_state_dict({key: given[key] for key in net.state_dict()})
    mean, side = np.load(run / "mean.npy"), config.crops.crop
    if mean.shape[1] > 1:
        mean = center_crop(mean, side)
    card = new_card(
        name,
        "classifier",
        "googlenet",
        input=ModelInput(side, channels),
        classes=classes,
        options={"mean": 0.0, "squash": config.treatment.width},
        **facts,
    )
    example = torch.rand(2, channels, side, side) * 255
    wrapped = LessMean(net, mean).eval()
    return export_model(wrapped, [example], (["image"], ["logits"]), card, folder)
