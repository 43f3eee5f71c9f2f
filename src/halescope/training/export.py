"""Write a network as ONNX with its card, and compare it with torch on the way."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from halescope.errors import ModelError
from halescope.io.atomic import atomic_bytes, atomic_text
from halescope.runtime.card import ModelCard
from halescope.training.data.disks import DiskData, LabelledDisks
from halescope.training.run import digest

SMALLEST_HALVED = 64
"""Tensors with fewer numbers than this stay float32: halving them saves nothing."""


def new_card(name: str, task: str, architecture: str, **facts: Any) -> ModelCard:
    """Return a card, with some fields, of a network that `export_model` is still to write."""
    return ModelCard(
        name=name,
        version=facts.pop("version", "1"),
        task=task,
        architecture=architecture,
        file=f"{name}.onnx",
        sha256="0" * 64,
        **facts,
    )


def facts_of(disks: LabelledDisks, data: DiskData) -> dict[str, Any]:
    """Return what a card says of the disks that trained, and of how they were told from others."""
    division: dict[str, Any] = {"split": "time", "days": list(data.train)}
    if data.split == "random":
        division = {"split": "random", "limit": data.limit, "split_seed": data.seed}
    return {
        "data": "SDO/HMI hourly magnetograms (Helioviewer), NOAA SRS labels",
        **division,
        "images": len(disks.names),
        "regions": len(disks.numbers()),
        "images_sha256": digest(disks.names),
    }


def export_model(
    network: nn.Module,
    examples: Sequence[Tensor],
    names: tuple[Sequence[str], Sequence[str]],
    card: ModelCard,
    folder: Path,
    tolerance: float = 0.02,
    axes: Mapping[str, str] | None = None,
) -> Path:
    """Write ``NAME.onnx`` and ``NAME.json`` into a folder; return the card's path.

    Raises `ModelError` where the graph's output differs from torch's.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode on the CPU.
    examples : sequence of Tensor
        One input each; the first axis is the batch and may vary later.
    names : (inputs, outputs)
        Names in the graph.
    card : ModelCard
        `file` and `sha256` are filled in here.
    tolerance : float
        Largest difference between graph and torch, as a share of the standard deviation of the
        output (weights are stored in half precision).
    axes : mapping, optional
        Names of first axes that are not the common batch, by input or output.
    """
    data = onnx_bytes(network, examples, names, axes)
    check_parity(data, network, examples, names[0], tolerance, card.name)
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{card.name}.onnx"
    atomic_bytes(weights, data)
    card = replace(card, file=weights.name, sha256=hashlib.sha256(data).hexdigest())
    target = folder / f"{card.name}.json"
    atomic_text(target, json.dumps(card.to_json(), indent=2, ensure_ascii=False) + "\n")
    return target


def onnx_bytes(
    network: nn.Module,
    examples: Sequence[Tensor],
    names: tuple[Sequence[str], Sequence[str]],
    axes: Mapping[str, str] | None = None,
) -> bytes:
    """Return the ONNX file of a network, large weights in half precision; see `export_model`."""
    import onnx

    buffer = io.BytesIO()
    inputs, outputs = names
    axes = dict.fromkeys((*inputs, *outputs), "batch") | dict(axes or {})
    with warnings.catch_warnings():
        # The TorchScript exporter is deprecated, but the newer one needs two more libraries.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            tuple(examples),
            buffer,  # type: ignore[arg-type]  # its stub knows paths only
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: {0: axis} for name, axis in axes.items()},
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    _halve_weights(model.graph)
    onnx.checker.check_model(model)
    out: bytes = model.SerializeToString()
    return out


def check_parity(
    data: bytes,
    network: nn.Module,
    examples: Sequence[Tensor],
    inputs: Sequence[str],
    tolerance: float,
    name: str,
) -> float:
    """Return the largest difference between graph and torch; raises as `export_model` does."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    feed = {key: value.numpy() for key, value in zip(inputs, examples, strict=True)}
    with torch.no_grad():
        expected = network(*examples)
    expected = (expected,) if isinstance(expected, Tensor) else tuple(expected)
    worst = 0.0
    for found, wanted in zip(session.run(None, feed), expected, strict=True):
        deviation = float(wanted.std()) if wanted.numel() > 1 else 1.0
        difference = float(np.abs(found - wanted.numpy()).max()) / max(deviation, 1e-6)
        worst = max(worst, difference)
    if worst > tolerance:
        raise ModelError(name, f"graph and torch differ by {worst:.3g}", f"at most {tolerance}")
    return worst


def _halve_weights(graph: object) -> None:
    """Store large initializers as float16 and cast them back when the graph is opened."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in graph.initializer:  # type: ignore[attr-defined]
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        if values.size < SMALLEST_HALVED or np.abs(values).max() > 6e4:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    for node in reversed(casts):
        graph.node.insert(0, node)  # type: ignore[attr-defined]
