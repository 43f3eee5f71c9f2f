"""Write a detector with 8-bit weights and activations: two and a half times as fast on a CPU.

Ranges of the activations are taken from disks that the network trained on (Jacob et al. 2018,
arXiv 1712.05877, post-training and static). Weights keep to 7 bits, so that sums of products fit
16 bits and every processor gives the same numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from halescope.errors import ModelError
from halescope.io import read
from halescope.io.atomic import atomic_bytes, atomic_text
from halescope.normalize import normalize
from halescope.runtime.card import ModelCard, read_card
from halescope.runtime.session import Model
from halescope.runtime.store import weights_of
from halescope.tensors import disk_tensor
from halescope.types import Array

KEPT = ("stem", "heat", "shape")
"""Layers whose name holds one of these stay as they are: the first sees the field itself, the last
write scores and edges. Together they are a thirtieth of the work."""

QUANTIZED = ("Conv", "Add", "Relu", "Resize")
"""Operators that are made to work on 8 bits."""


def quantize_detector(
    card: Path, images: Sequence[Path], folder: Path, tolerance: float = 0.05
) -> Path:
    """Write ``NAME.onnx`` and ``NAME.json`` of a detector in 8 bits.

    Parameters
    ----------
    card : Path
        Of a detector on the canonical disk, in floating point.
    images : sequence of path
        Magnetograms that it trained on, some thirty; no others, or they are no longer unseen.
    folder : Path
        Not the card's own.
    tolerance : float
        Largest root mean square of the change, as a share of the output's own spread.

    Returns
    -------
    Path
        Of the new card. Its figures are the old network's: score it anew with ``evaluate``.

    Raises
    ------
    HalescopeError
        The card or an image does not fit, or the network changes by more than `tolerance`.
    """
    source = read_card(card)
    if source.options.get("precision") == "int8":
        raise ModelError(str(card), "is in 8 bits already", "a network in floating point")
    inputs = [_input(path, source) for path in images]
    if not inputs:
        raise ModelError(str(card), "cannot be put into 8 bits without images", "some thirty disks")
    data = _quantized(source, inputs)
    options = source.options | {"precision": "int8", "ranges_from_images": len(inputs)}
    fresh = replace(source, sha256=hashlib.sha256(data).hexdigest(), options=options)
    folder.mkdir(parents=True, exist_ok=True)
    atomic_bytes(folder / source.file, data)
    target = folder / f"{source.name}.json"
    atomic_text(target, json.dumps(fresh.to_json(), indent=2, ensure_ascii=False) + "\n")
    _check(Model(source), Model(read_card(target)), inputs, tolerance)
    return target


def _input(path: Path, card: ModelCard) -> Array:
    disk = normalize(read(path), card.input.size, card.input.radius)
    return disk_tensor(disk.grey)[None]


def _quantized(card: ModelCard, inputs: list[Array]) -> bytes:
    """Return the ONNX file of the network in 8 bits."""
    import onnx
    import onnxruntime
    from onnxruntime import quantization
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    with TemporaryDirectory() as name:
        plain, small = Path(name, "plain.onnx"), Path(name, "small.onnx")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(plain)  # half-precision weights become plain ones
        session = onnxruntime.InferenceSession(
            str(weights_of(card)), options, providers=["CPUExecutionProvider"]
        )
        model = onnx.load(plain)
        add_pre_process_metadata(model)
        onnx.save(model, plain)
        quantization.quantize_static(
            plain,
            small,
            _reader(session.get_inputs()[0].name, inputs),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED),
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=[n.name for n in model.graph.node if _is_kept(n)],
        )
        return small.read_bytes()


def _is_kept(node: Any) -> bool:
    return node.op_type == "Conv" and any(part in node.name for part in KEPT)


def _reader(name: str, inputs: list[Array]) -> Any:
    """Return what ONNX Runtime asks for one input after the other."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.left: Iterator[Array] = iter(inputs)

        def get_next(self) -> dict[str, Array] | None:
            value = next(self.left, None)
            return None if value is None else {name: value}

    return Reader()


def _check(before: Model, after: Model, inputs: list[Array], tolerance: float) -> None:
    """Refuse a network that answers otherwise than the one it was made from."""
    for value in inputs[:4]:
        pairs = zip(before(value).values(), after(value).values(), strict=True)
        change = max(float(np.sqrt(np.mean((a - b) ** 2)) / a.std()) for a, b in pairs)
        if not change <= tolerance:
            raise ModelError(
                str(after.card.path), f"changes by {change:.3f} of its spread", f"{tolerance}"
            )
