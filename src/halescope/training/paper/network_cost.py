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

    A multiply-add of convolutions and matrix products counts twice; of trees, thresholds and what
    the leaves say are parameters. The time is the shortest of several runs on this machine, which
    other work disturbs least.
    """

    parameters: int
    gflops: float
    milliseconds: float


def cost_of(card: Any, runs: int = 5) -> Cost:
    """Return parameters, arithmetic and time of a network."""
    import onnx

    from halescope.runtime.session import Model, threads

    whole = onnx.load(str(card.path.parent / card.file))
    graph = whole.graph
    weights = {t.name.removesuffix("_half"): list(t.dims) for t in graph.initializer}
    weights.pop("mean", None)  # GoogLeNet's mean picture is no parameter
    inputs = [_zeros(value) for value in graph.input]
    model = Model(card, threads())
    spent = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        model(*inputs)
        spent.append(1000 * (time.perf_counter() - start))
    count = sum(int(np.prod(d)) for d in weights.values()) + _of_trees(graph)
    return Cost(count, 2 * _multiplied(whole, weights) / 1e9, min(spent[1:]))


def _of_trees(graph: Any) -> int:
    """Return how many thresholds and shares of leaves the trees of a graph have."""
    count = 0
    for node in graph.node:
        if node.op_type == "TreeEnsembleRegressor":
            held = {a.name: a for a in node.attribute}
            count += sum(mode != b"LEAF" for mode in held["nodes_modes"].strings)
            count += len(held["target_weights"].floats)
    return count


def _zeros(value: Any) -> Array:
    """Return an input of a graph, one sample of it, filled with 0."""
    dims = value.type.tensor_type.shape.dim
    return np.zeros([1, *(d.dim_value for d in dims[1:])], np.float32)


def _multiplied(model: Any, weights: dict[str, list[int]]) -> float:
    """Return the multiply-adds of one sample in convolutions and matrix products."""
    import onnx

    graph = model.graph
    for value in graph.input:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    whole = onnx.shape_inference.infer_shapes(model).graph
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
