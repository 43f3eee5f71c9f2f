"""What each layer of an exported network gives for one input: its graph with more outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import MissingExtraError
from halescope.runtime.card import ModelCard
from halescope.runtime.store import weights_of

SHOWN = {"Conv", "Relu", "MaxPool", "AveragePool", "Concat", "Gemm", "MatMul", "Sigmoid", "Softmax"}
SHOWN |= {"ReduceMean", "Add", "LeakyRelu", "Clip", "HardSwish", "Resize", "ConvTranspose"}
AT_ONCE = 6
"""Outputs in the first run, of large maps, so that memory stays small; each later run has twice
as many."""

SAMPLE = 400_000
"""Values at most of which spread and histogram are taken, spread evenly over the layer."""

CHANNELS, TILE, GAP = 64, 56, 2
"""Of a layer's picture: channels, pixels of each, and between them."""

BINS = 24


@dataclass(frozen=True)
class Layer:
    """One layer's answer.

    Parameters
    ----------
    name, kind : str
        Of its weights, and of its operator.
    shape : tuple of int
        Without the batch.
    stats : dict of str to float
        Mean, standard deviation, least, most, and the share of zeros.
    histogram : list of int
        Of its values, from the least to the most.
    weights : dict or None
        Shape, mean and standard deviation of its weights.
    mosaic : (H, W) uint8 or None
        Its first channels side by side, each from its least (black) to its most.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    stats: dict[str, float]
    histogram: list[int]
    weights: dict[str, Any] | None
    mosaic: NDArray[np.uint8] | None


@dataclass(frozen=True)
class Place:
    """An output of the graph that is looked at: value, name, operator, weights' name."""

    value: str
    name: str
    kind: str
    weights: str


def layers_of(card: ModelCard, inputs: Sequence[NDArray[np.float32]]) -> Iterator[Layer]:
    """Yield the layers of a network, in the order of its graph.

    `inputs`: one for each input of the graph. Raises `MissingExtraError` without the library onnx.
    """
    if find_spec("onnx") is None:
        raise MissingExtraError("onnx", "train")
    import onnx

    path = weights_of(card)
    model = onnx.load(path, load_external_data=False)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    places = _places(model.graph)
    start, count = 0, AT_ONCE
    while start < len(places):
        some = places[start : start + count]
        start, count = start + count, 2 * count
        for place, value in zip(some, _run(model, some, inputs), strict=True):
            yield _layer(place, np.asarray(value), tensors)


def _places(graph: Any) -> list[Place]:
    """Return what is shown: of a layer and what follows it at once, the last."""
    casts = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Cast"}
    followers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            followers.setdefault(name, []).append(node)
    names: dict[str, str] = {}
    latest, out = "", []
    for node in graph.node:
        if node.op_type not in SHOWN:
            continue
        given = node.input[1] if len(node.input) > 1 and node.op_type in ("Conv", "Gemm") else ""
        own = given.removesuffix(".weight").removeprefix("net.") if ".weight" in given else ""
        latest = own or latest
        name = own or names.get(node.input[0], "") or latest or node.name.strip("/")
        names[node.output[0]] = name
        after = followers.get(node.output[0], [])
        if node.op_type in ("Conv", "Gemm") and len(after) == 1 and after[0].op_type == "Relu":
            names[node.output[0]] = name
            continue
        weights = casts.get(given, given)
        if node.op_type == "Relu" and names.get(node.input[0]):
            source = next((n for n in graph.node if n.output[0] == node.input[0]), None)
            if source is not None and source.op_type in ("Conv", "Gemm"):
                weights = casts.get(source.input[1], source.input[1])
        out.append(Place(node.output[0], name, node.op_type, weights))
    return out


def _run(model: Any, places: Sequence[Place], inputs: Sequence[Any]) -> list[Any]:
    import onnx
    import onnxruntime

    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    del changed.graph.output[:]
    changed.graph.output.extend(onnx.ValueInfoProto(name=place.value) for place in places)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        changed.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [node.name for node in session.get_inputs()]
    feed = {name: value for name, value in zip(names, inputs, strict=False)}
    found: list[Any] = session.run([place.value for place in places], feed)
    return found


def _layer(place: Place, value: NDArray[Any], tensors: dict[str, Any]) -> Layer:
    from onnx import numpy_helper

    values = value[0] if value.ndim > 2 else value
    flat = values.ravel()
    some = flat[:: max(1, flat.size // SAMPLE)].astype(np.float64)
    least, most = (float(flat.min()), float(flat.max())) if flat.size else (0.0, 0.0)
    is_known = bool(np.isfinite(least) and np.isfinite(most))
    stats = {
        "mean": float(flat.mean(dtype=np.float64)) if is_known else 0.0,
        "std": float(some.std()) if is_known else 0.0,
        "least": least if is_known else 0.0,
        "most": most if is_known else 0.0,
        "zeros": 1 - np.count_nonzero(flat) / max(1, flat.size),
    }
    high = most if most > least else least + 1
    histogram = np.histogram(some, BINS, (least, high))[0].tolist() if is_known else []
    weights = None
    if place.weights in tensors:
        array = numpy_helper.to_array(tensors[place.weights]).astype(np.float32)
        weights = {
            "shape": list(array.shape),
            "mean": float(array.mean()),
            "std": float(array.std()),
        }
    return Layer(
        place.name, place.kind, tuple(values.shape), stats, histogram, weights, _mosaic(values)
    )


def _mosaic(values: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Return the channels of (C, H, W) side by side, None for what is no map."""
    from PIL import Image

    if values.ndim != 3 or min(values.shape[1:]) < 2:
        return None
    shown = values[:CHANNELS]
    columns = min(len(shown), 8 if len(shown) <= 32 else 16)
    rows = -(-len(shown) // columns)
    step = TILE + GAP
    out = np.zeros((rows * step - GAP, columns * step - GAP), np.uint8)
    for number, channel in enumerate(shown):
        low, high = float(channel.min()), float(channel.max())
        levels = ((channel - low) / (high - low or 1) * 255).astype(np.uint8)
        small = Image.fromarray(levels).resize((TILE, TILE), Image.Resampling.BOX)
        top, left = number // columns * step, number % columns * step
        out[top : top + TILE, left : left + TILE] = np.asarray(small)
    return out
