"""Weights and records that runs of the paper's networks leave, read again."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from halescope.errors import HalescopeError
from halescope.guards.documents import from_json
from halescope.runtime.card import read_card
from halescope.runtime.store import weights_of


def load_weights(net: torch.nn.Module, *snapshots: Path) -> None:
    """Fill a network from a run's snapshot or a plain state dict, or with the mean of several.

    Raises `HalescopeError` where a file is missing or fits another network.
    """
    total: dict[str, torch.Tensor] = {}
    for snapshot in snapshots:
        try:
            net.load_state_dict(read_state(snapshot))
        except RuntimeError as error:
            raise HalescopeError(str(snapshot), "fits another network", str(error)[:200]) from error
        for key, value in net.state_dict().items():
            total[key] = total.get(key, 0) + value.double()
    net.load_state_dict({key: value / len(snapshots) for key, value in total.items()})


def last_epochs(run: Path, count: int) -> list[Path]:
    """Return the snapshots of a run's last `count` epochs, the oldest first.

    Raises `HalescopeError` where the run has fewer.
    """
    found = sorted(
        (run / "snapshots").glob("epoch_*.ckpt"), key=lambda path: (len(path.name), path)
    )
    if not 1 <= count <= len(found):
        raise HalescopeError(str(run), f"has {len(found)} snapshots of epochs", f"at least {count}")
    return found[-count:]


def start_from(net: torch.nn.Module, path: Path) -> list[str]:
    """Fill those layers that a snapshot or a state dict names, as Caffe's ``--weights`` does.

    Returns the names of the parameters that were filled; raises `HalescopeError` where the file is
    missing or nothing in it fits.
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


def read_state(path: Path) -> dict[str, Any]:
    """Return the state dict in a snapshot, a plain file or an exported network with its card.

    Under the network's own names.
    """
    if path.suffix == ".onnx":
        return _onnx_state(path)
    data = read_snapshot(path)
    return {k.removeprefix("net."): v for k, v in data.get("state_dict", data).items()}


def read_snapshot(path: Path) -> dict[str, Any]:
    """Return what a run's snapshot holds; raises `HalescopeError` where it is none."""
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise HalescopeError(str(path), "is missing", "a snapshot") from error
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise HalescopeError(str(path), "is no file of weights", "a snapshot") from error
    snapshot: dict[str, Any] = dict(found)
    return snapshot


def _onnx_state(path: Path) -> dict[str, Any]:
    """Return the weights of a network that `export_run` has written, float32."""
    import onnx

    weights = weights_of(read_card(path.with_suffix(".json")))
    graph = onnx.load(weights, load_external_data=False).graph
    found = {}
    for tensor in graph.initializer:
        name = tensor.name.removesuffix("_half").removeprefix("net.")
        found[name] = torch.from_numpy(onnx.numpy_helper.to_array(tensor).astype(np.float32))
    return found


def public_record(record: dict[str, Any]) -> dict[str, Any]:
    """Return what may be told of a run's ``run.json``: all but paths of this machine."""
    config = from_json(json.dumps(record["config"]))
    config["run"].pop("folder", None)
    for key in ("manifest", "root"):
        config["data"].pop(key, None)
    config.pop("start_from", None)
    for key in ("patches", "srs"):
        config.get("crops", {}).pop(key, None)
    kept = "frames crops split_sha256 data_sha256 started_from".split()
    kept += "epochs_done steps_done seconds device versions note".split()
    return {**{key: record[key] for key in kept if key in record}, "config": config}
