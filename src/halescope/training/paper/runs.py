"""Whole training runs of the paper's two networks: data in, run folder out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from halescope.datasets.treatment import mean_of
from halescope.errors import DatasetError
from halescope.guards.checksum import checksum
from halescope.guards.documents import from_json
from halescope.runtime.card import read_card
from halescope.runtime.store import shipped
from halescope.training.config import to_mapping
from halescope.training.data.changed_frames import changed_frames
from halescope.training.data.frames import SPLITS, Frame, load_picture, part_of, read_frames
from halescope.training.paper import detectnet, googlenet
from halescope.training.paper.modules import DetectNetModule, GoogLeNetModule
from halescope.training.run import digest, ending, fit, now, write_run_card
from halescope.training.snapshots import public_record, start_from
from halescope.training.telling import Telling

Say = Callable[[str], None]
PRINTING = Telling()
Training = detectnet.DetectNetTraining | googlenet.GoogLeNetTraining


def train_detectnet(
    config: detectnet.DetectNetTraining, resume: bool = False, telling: Telling = PRINTING
) -> Path:
    """Train DetectNet and return its run folder."""
    start, say = _begin(config, resume), telling.say
    frames, problems = read_frames(config.data)
    problems.tell(say)
    parts = {name: part_of(frames, name) for name in SPLITS[:2]}
    if not any(len(frame.boxes) for frame in parts["train"]):
        found = "has no region that counts"
        raise DatasetError("split 'train'", found, f"{config.data.objects} regions with a box")
    pictures = {name: load_pictures(part, config.data.resolution) for name, part in parts.items()}
    shown = (parts["train"], pictures["train"])
    if config.change.copies:
        copied, more = changed_frames(shown[0], config.data, config.change, config.run.seed)
        shown = (shown[0] + copied, np.concatenate([shown[1], more]))
    loaders = detectnet.make_loaders(
        pictures | {"train": shown[1]}, parts | {"train": shown[0]}, config
    )
    module = DetectNetModule(config, _steps(config, loaders[0]))
    record = {
        "frames": {name: len(part) for name, part in parts.items()},
        "split_sha256": digest(f"{f.split} {f.image.name}" for f in frames),
        "data_sha256": digest(_sums(parts)),
        "problems": asdict(problems),
        "started_from": _fill(module.net, config.start_from, say),
    }
    return _fit("detectnet", module, loaders, "mAP", config, record, (start, resume, telling))


def train_googlenet(
    config: googlenet.GoogLeNetTraining, resume: bool = False, telling: Telling = PRINTING
) -> Path:
    """Train GoogLeNet and return its run folder."""
    start, say = _begin(config, resume), telling.say
    crops = read_crops(config, say)
    data = {name: treated(crops, name, config) for name in SPLITS[:2]}
    mean = mean_of(list(data["train"][0]), config.treatment.mean)
    config.run.folder.mkdir(parents=True, exist_ok=True)
    np.save(config.run.folder / "mean.npy", mean)
    classes = googlenet.vocabulary(config.crops)
    _check_classes(data["train"][1], classes)
    loaders = googlenet.make_loaders(data, mean, config)
    module = GoogLeNetModule(config, len(classes), _steps(config, loaders[0]))
    record = {
        "classes": classes,
        "crops": {
            name: np.bincount(labels, minlength=len(classes)).tolist()
            for name, (_, labels) in data.items()
        },
        "split_sha256": digest(f"{c.split} {c.name}" for c in crops),
        "started_from": _fill(module.net, config.start_from, say),
    }
    return _fit("googlenet", module, loaders, "accuracy", config, record, (start, resume, telling))


def _check_classes(labels: NDArray[np.int64], classes: Sequence[str]) -> None:
    there = [classes[label] for label in np.unique(labels)]
    if len(there) < 2:
        found = f"are all of class {there[0]}"
        raise DatasetError("the crops of split 'train'", found, "crops of two or more classes")


def _begin(config: Training, resume: bool) -> float:
    """Seed everything, and return the time at which the run began, seconds."""
    L.seed_everything(config.run.seed, verbose=False)
    return now() - spent_before(config.run.folder, resume)


def _steps(config: Training, loader: DataLoader[Any]) -> int:
    return config.run.epochs * math.ceil(len(loader) / config.solver.accumulation)


def _fit(
    kind: str,
    module: DetectNetModule | GoogLeNetModule,
    loaders: tuple[DataLoader[Any], DataLoader[Any]],
    monitor: str,
    config: Training,
    record: dict[str, Any],
    going: tuple[float, bool, Telling],
) -> Path:
    """Train a module and keep the run's record; return its folder."""
    start, resume, telling = going
    folder, plain = config.run.folder, to_mapping(config)
    # Once before, so that an interrupted run can be exported, and once with what it reached.
    begun = {"steps": module.steps, "seconds": round(now() - start)}
    write_run_card(folder, kind, plain, record | begun)
    accumulation = config.solver.accumulation
    trainer = fit(module, loaders, config.run, (monitor, "max"), accumulation, resume, telling)
    validation: dict[str, Any] = {k: float(v) for k, v in trainer.callback_metrics.items()}
    if isinstance(module, DetectNetModule) and module.last_report:
        validation = module.last_report.to_mapping()
    reached = {
        "steps": module.steps,
        "ended": ending(trainer),
        "seconds": round(now() - start),
        "epochs_done": trainer.current_epoch,
        "steps_done": trainer.global_step,
        "validation": validation,
    }
    write_run_card(folder, kind, plain, record | reached)
    return folder


def read_crops(config: googlenet.GoogLeNetTraining, say: Say = print) -> list[googlenet.Crop]:
    """Return the labelled crops that a configuration names, divided."""
    if config.crops.folders != Path():
        return googlenet.folder_crops(config.crops.folders, config.data)
    frames, problems = read_frames(config.data)
    problems.tell(say)
    pictures = load_pictures(frames, config.data.resolution)
    crops = googlenet.crops_of(frames, pictures, config)
    if config.crops.patches != Path():
        crops += googlenet.patch_crops(config.crops)
    return crops


def treated(
    crops: Sequence[googlenet.Crop], split: str, config: googlenet.GoogLeNetTraining
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return one part's pictures and labels; raises `DatasetError` where it is empty."""
    part = [crop for crop in crops if crop.split == split]
    if not part:
        raise DatasetError(f"split {split!r}", "is empty", "at least one crop")
    labels = np.array([crop.label for crop in part], np.int64)
    return googlenet.prepared(part, config.treatment), labels


def load_pictures(frames: Sequence[Frame], resolution: int = 512) -> NDArray[np.uint8]:
    """Return the pictures of frames, (N, 512, 512) uint8."""
    return np.stack([load_picture(frame.image, resolution) for frame in frames])


def _fill(net: torch.nn.Module, path: str, say: Say) -> list[dict[str, Any]]:
    """Fill a network from the weights it starts from, and return what is known of their runs."""
    if not path:
        return []
    ships = next((card for card in shipped() if card.name == path), None)
    weights = Path(path) if ships is None else ships.path.with_name(ships.file)
    say(f"{len(start_from(net, weights))} parameters start from {path}")
    run = weights.parent.parent / "run.json"
    if weights.suffix == ".onnx":  # its card tells of the run
        card = read_card(weights.with_suffix(".json"))
        before = {"kind": card.name, **card.training}
        earlier = before.pop("started_from", [])
    elif run.is_file():
        record: dict[str, Any] = from_json(run.read_text("utf-8"))
        earlier = record.pop("started_from", [])
        before = {"kind": record["kind"], **public_record(record)}
    else:
        return [{"kind": "unknown"}]
    return [before, *earlier]


def spent_before(folder: Path, resume: bool) -> float:
    """Return the seconds that a run has already taken, 0 where it begins anew."""
    card = folder / "run.json"
    if not resume or not card.is_file():
        return 0.0
    return float(from_json(card.read_text("utf-8")).get("seconds", 0.0))


def _sums(parts: dict[str, list[Frame]]) -> list[str]:
    return [checksum(frame.image) for name in sorted(parts) for frame in parts[name]]
