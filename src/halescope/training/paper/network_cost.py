"""What a network costs: parameters, arithmetic, time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from halescope.types import Array


@dataclass(frozen=True)
class Cost:
    """What a network costs on the input of its card: parameters, arithmetic and time.

    A multiply-add of convolutions and matrix products counts twice; the time is the shortest of
    several runs on this machine, which other work disturbs least.
    """

    parameters: int
    gflops: float
    milliseconds: float


def cost_of(card: Any, runs: int = 5) -> Cost:
    """Return parameters, arithmetic and time of a network."""
    import onnx

    from halescope.runtime.session import Model, threads

    graph = onnx.load(str(card.path.parent / card.file)).graph
    weights = {t.name.removesuffix("_half"): list(t.dims) for t in graph.initializer}
    weights.pop("mean", None)  # GoogLeNet's mean picture is no parameter
    inputs = [_zeros(value) for value in graph.input]
    model = Model(card, threads())
    spent = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        model(*inputs)
        spent.append(1000 * (time.perf_counter() - start))
    count = sum(int(np.prod(d)) for d in weights.values())
    return Cost(count, 2 * _multiplied(graph, weights) / 1e9, min(spent[1:]))


def _zeros(value: Any) -> Array:
    """Return an input of a graph, one sample of it, filled with 0."""
    dims = value.type.tensor_type.shape.dim
    return np.zeros([1, *(d.dim_value for d in dims[1:])], np.float32)


def _multiplied(graph: Any, weights: dict[str, list[int]]) -> float:
    """Return the multiply-adds of one sample in convolutions and matrix products."""
    import onnx

    for value in graph.input:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    whole = onnx.shape_inference.infer_shapes(onnx.helper.make_model(graph)).graph
    shapes = {
        v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
        for v in (*whole.value_info, *whole.output)
    }
    total = 0.0
    for node in graph.node:
        if node.op_type == "Conv" and node.input[1] in weights:
            out = shapes.get(node.output[0], [])
            total += float(np.prod(weights[node.input[1]])) * float(np.prod(out[2:] or [1]))
        elif node.op_type in ("Gemm", "MatMul") and node.input[1] in weights:
            total += float(np.prod(weights[node.input[1]]))
    return total
