"""Whole training runs of the paper's two networks: data in, run folder out."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray

from halescope.errors import DatasetError, HalescopeError
from halescope.training import detectnet, googlenet
from halescope.training.config import to_mapping
from halescope.training.frames import SPLITS, Frame, Problems, load_picture, part_of, read_frames
from halescope.training.run import digest, fit, now, write_run_card
from halescope.training.treatment import mean_of

Say = Callable[[str], None]


def train_detectnet(
    config: detectnet.DetectNetTraining, resume: bool = False, say: Say = print
) -> Path:
    """Train DetectNet and return its run folder.

    Parameters
    ----------
    config : DetectNetTraining
    resume : bool
    say : callable
        Takes lines about the data.
    """
    start = now() - spent_before(config.run.folder, resume)
    L.seed_everything(config.run.seed, verbose=False)
    frames, problems = read_frames(config.data)
    tell(problems, say)
    parts = {name: part_of(frames, name) for name in SPLITS[:2]}
    pictures = {name: load_pictures(part, config.data.resolution) for name, part in parts.items()}
    train, valid = detectnet.make_loaders(pictures, parts, config)
    steps = config.run.epochs * math.ceil(len(train) / config.solver.accumulation)
    module = detectnet.DetectNetModule(config, steps)
    record = {
        "frames": {name: len(part) for name, part in parts.items()},
        "split_sha256": digest(f"{f.split} {f.image.name}" for f in frames),
        "data_sha256": digest(_sums(parts)),
        "problems": asdict(problems),
        "started_from": _begin(module.net, config.start_from, say),
        "seconds": round(now() - start),
    }
    # Once before, so that an interrupted run can be exported, and once with what it reached.
    write_run_card(config.run.folder, "detectnet", to_mapping(config), record)
    trainer = fit(
        module, (train, valid), config.run, ("mAP", "max"), config.solver.accumulation, resume
    )
    reached = _reached(trainer, start)
    if module.last_report:
        reached["validation"] = module.last_report.to_mapping()
    write_run_card(config.run.folder, "detectnet", to_mapping(config), record | reached)
    return config.run.folder


def train_googlenet(
    config: googlenet.GoogLeNetTraining, resume: bool = False, say: Say = print
) -> Path:
    """Train GoogLeNet and return its run folder.

    Parameters
    ----------
    config : GoogLeNetTraining
    resume : bool
    say : callable
        Takes lines about the data.
    """
    start = now() - spent_before(config.run.folder, resume)
    L.seed_everything(config.run.seed, verbose=False)
    crops = read_crops(config, say)
    data = {name: treated(crops, name, config) for name in SPLITS[:2]}
    mean = mean_of(list(data["train"][0]), config.treatment.mean)
    config.run.folder.mkdir(parents=True, exist_ok=True)
    np.save(config.run.folder / "mean.npy", mean)
    classes = googlenet.vocabulary(config.crops)
    loaders = googlenet.make_loaders(data, mean, config)
    steps = config.run.epochs * math.ceil(len(loaders[0]) / config.solver.accumulation)
    module = googlenet.GoogLeNetModule(config, len(classes), steps)
    record = {
        "classes": classes,
        "crops": {
            name: np.bincount(labels, minlength=len(classes)).tolist()
            for name, (_, labels) in data.items()
        },
        "split_sha256": digest(f"{c.split} {c.name}" for c in crops),
        "started_from": _begin(module.net, config.start_from, say),
        "seconds": round(now() - start),
    }
    write_run_card(config.run.folder, "googlenet", to_mapping(config), record)
    trainer = fit(
        module, loaders, config.run, ("accuracy", "max"), config.solver.accumulation, resume
    )
    reached = _reached(trainer, start)
    write_run_card(config.run.folder, "googlenet", to_mapping(config), record | reached)
    return config.run.folder


def read_crops(config: googlenet.GoogLeNetTraining, say: Say = print) -> list[googlenet.Crop]:
    """Return the labelled crops that a configuration names, divided.

    Parameters
    ----------
    config : GoogLeNetTraining
    say : callable
    """
    if config.crops.folders != Path():
        return googlenet.folder_crops(config.crops.folders, config.data)
    frames, problems = read_frames(config.data)
    tell(problems, say)
    pictures = load_pictures(frames, config.data.resolution)
    crops = googlenet.crops_of(frames, pictures, config)
    if config.crops.patches != Path():
        crops += googlenet.patch_crops(config.crops)
    return crops


def treated(
    crops: Sequence[googlenet.Crop], split: str, config: googlenet.GoogLeNetTraining
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return one part's pictures and labels.

    Parameters
    ----------
    crops : sequence of Crop
    split : str
    config : GoogLeNetTraining

    Raises
    ------
    DatasetError
        The part is empty.
    """
    part = [crop for crop in crops if crop.split == split]
    if not part:
        raise DatasetError(f"split {split!r}", "is empty", "at least one crop")
    labels = np.array([crop.label for crop in part], np.int64)
    return googlenet.prepared(part, config.treatment), labels


def load_pictures(frames: Sequence[Frame], resolution: int = 512) -> NDArray[np.uint8]:
    """Return the pictures of frames, (N, 512, 512) uint8."""
    return np.stack([load_picture(frame.image, resolution) for frame in frames])


def load_weights(net: torch.nn.Module, snapshot: Path) -> None:
    """Fill a network from a run's snapshot, or from a plain state dict.

    Parameters
    ----------
    net : nn.Module
    snapshot : Path

    Raises
    ------
    HalescopeError
        The file is missing or fits another network.
    """
    try:
        net.load_state_dict(read_state(snapshot))
    except RuntimeError as error:
        raise HalescopeError(str(snapshot), "fits another network", str(error)[:200]) from error


def start_from(net: torch.nn.Module, path: Path) -> list[str]:
    """Fill those layers of a network that a state dict names, as Caffe's ``--weights`` does.

    Parameters
    ----------
    net : nn.Module
    path : Path
        A run's snapshot or a plain state dict.

    Returns
    -------
    list of str
        The parameters that were filled.

    Raises
    ------
    HalescopeError
        The file is missing, or nothing in it fits.
    """
    own = net.state_dict()
    given = {
        key: value
        for key, value in read_state(path).items()
        if key in own and own[key].shape == value.shape
    }
    if not given:
        raise HalescopeError(str(path), "fits no layer of the network", "GoogLeNet or DetectNet")
    net.load_state_dict(own | given)
    return sorted(given)


def _begin(net: torch.nn.Module, path: str, say: Say) -> list[dict[str, Any]]:
    """Fill a network from the weights it starts from, and return what is known of their runs."""
    if not path:
        return []
    say(f"{len(start_from(net, Path(path)))} parameters start from {path}")
    card = Path(path).parent.parent / "run.json"
    if not card.is_file():
        return [{"kind": "unknown"}]
    before: dict[str, Any] = json.loads(card.read_text("utf-8"))
    earlier = before.pop("started_from", [])
    return [{"kind": before["kind"], **public_record(before)}, *earlier]


def spent_before(folder: Path, resume: bool) -> float:
    """Return the seconds that a run has already taken, 0 where it begins anew.

    Parameters
    ----------
    folder : Path
    resume : bool
    """
    card = folder / "run.json"
    if not resume or not card.is_file():
        return 0.0
    return float(json.loads(card.read_text("utf-8")).get("seconds", 0.0))


def public_record(record: dict[str, Any]) -> dict[str, Any]:
    """Return what may be told of a run: all but paths of this machine.

    Parameters
    ----------
    record : dict
        Of a ``run.json``.
    """
    config = json.loads(json.dumps(record["config"]))
    config["run"].pop("folder", None)
    for key in ("manifest", "root"):
        config["data"].pop(key, None)
    config.pop("start_from", None)
    for key in ("patches", "srs"):
        config.get("crops", {}).pop(key, None)
    kept = "frames crops split_sha256 data_sha256 started_from".split()
    kept += "epochs_done steps_done seconds device versions note".split()
    return {**{key: record[key] for key in kept if key in record}, "config": config}


def read_state(path: Path) -> dict[str, Any]:
    """Return the state dict in a snapshot or a plain file, under the network's own names."""
    try:
        data: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise HalescopeError(str(path), "is missing", "a snapshot") from error
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise HalescopeError(str(path), "is no file of weights", "a snapshot") from error
    return {k.removeprefix("net."): v for k, v in data.get("state_dict", data).items()}


def tell(problems: Problems, say: Say) -> None:
    """Say what was wrong with the labels: counts, and the first few of each.

    Parameters
    ----------
    problems : Problems
    say : callable
    """
    for text, lines in (
        ("malformed label lines, left out", problems.malformed),
        ("labelled images are missing", problems.missing),
        ("images have no region", problems.unlabelled),
    ):
        if lines:
            more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
            say(f"{len(lines)} {text}: {', '.join(lines[:5])}{more}")
    if problems.clipped:
        say(f"{problems.clipped} boxes reached outside the picture and were cut to it")
    if problems.small:
        say(f"{problems.small} boxes are too small to count")


def _reached(trainer: L.Trainer, start: float) -> dict[str, Any]:
    return {
        "epochs_done": trainer.current_epoch,
        "steps_done": trainer.global_step,
        "validation": {k: float(v) for k, v in trainer.callback_metrics.items()},
        "seconds": round(now() - start),
    }


def _sums(parts: dict[str, list[Frame]]) -> list[str]:
    import hashlib

    return [
        hashlib.sha256(frame.image.read_bytes()).hexdigest()
        for name in sorted(parts)
        for frame in parts[name]
    ]
