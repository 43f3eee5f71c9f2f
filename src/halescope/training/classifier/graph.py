"""The fitted classifier as one ONNX graph: trees, linear model, prior, and their sum."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classification.mount_wilson import LEVEL_OF
from halescope.errors import ModelError
from halescope.io.atomic import atomic_bytes, atomic_text
from halescope.runtime.card import ModelCard
from halescope.training.classifier.fit import CLIP, LEAST, MEMBERS, Fitted, Part, predict
from halescope.training.classifier.labelled import END, WHOLE
from halescope.training.classifier.prior import CUT, TERMS
from halescope.types import Array

TOLERANCE = 1e-2
"""Largest difference between the graph's logits and those of the fit."""


class _Graph:
    """Nodes and constants of a graph that is being put together."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def add(self, kind: str, *inputs: str | NDArray[Any], name: str = "", **attributes: Any) -> str:
        """Add a node whose inputs are names or constants; return its output's name."""
        from onnx import helper

        names = []
        for value in inputs:
            if not isinstance(value, str):
                key = f"c{len(self.constants)}"
                whole = value.dtype.kind == "i"
                self.constants[key] = value.astype(np.int64 if whole else np.float32)
                value = key
            names.append(value)
        out = name or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, names, [out], **attributes))
        return out


def export_classifier(fitted: Fitted, card: ModelCard, folder: Path, examples: Array) -> Path:
    """Write ``NAME.onnx`` and ``NAME.json`` into a folder; return the card's path.

    `examples`, (N, F) float32: features on which the graph must say what the fit says. Raises
    `ModelError` where it does not.
    """
    import onnxruntime

    data = onnx_bytes(fitted, examples.shape[1])
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    found = session.run(None, {"features": examples})
    worst = max(
        float(np.abs(a - b).max()) for a, b in zip(found, predict(fitted, examples), strict=True)
    )
    if not worst <= TOLERANCE:
        raise ModelError(card.name, f"graph and fit differ by {worst:.3g}", f"at most {TOLERANCE}")
    folder.mkdir(parents=True, exist_ok=True)
    atomic_bytes(folder / f"{card.name}.onnx", data)
    card = replace(card, file=f"{card.name}.onnx", sha256=hashlib.sha256(data).hexdigest())
    target = folder / f"{card.name}.json"
    atomic_text(target, json.dumps(card.to_json(), indent=2, ensure_ascii=False) + "\n")
    return target


def onnx_bytes(fitted: Fitted, features: int) -> bytes:
    """Return the ONNX file: features, (B, F), to what `predict` gives, (B, 3) and (B, 7)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = _Graph()
    end = graph.add("Gather", "features", np.array([END]), axis=1)
    is_whole = graph.add("Greater", end, np.array([WHOLE]))
    parts = [_part(graph, part) for part in (fitted.whole, fitted.cut)]
    for name, whole, cut in zip(("levels", "fine"), *parts, strict=True):
        graph.add("Where", is_whole, whole, cut, name=name)
    values = [numpy_helper.from_array(v, name) for name, v in graph.constants.items()]
    ends = [("features", features), ("levels", 3), ("fine", len(LEVEL_OF))]
    source, *sinks = (
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", width]) for n, width in ends
    )
    model = helper.make_model(
        helper.make_graph(graph.nodes, "mount_wilson", [source], sinks, values),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    out: bytes = model.SerializeToString()
    return out


def _part(graph: _Graph, part: Part) -> tuple[str, str]:
    """Add one part; return the names of its levels and of shares within them, logarithms."""
    seen = graph.add(
        "TreeEnsembleRegressor", "features", domain="ai.onnx.ml", **_trees(part.forest)
    )
    forest = graph.add("Log", graph.add("Max", seen, np.array(LEAST)))
    level, fine = _prior(graph, part)
    both = graph.add(
        "Add",
        graph.add("Mul", forest, np.array(part.weights[0])),
        graph.add("Mul", level, np.array(part.weights[1])),
    )
    normed = graph.add("LogSoftmax", both, axis=1)
    moved = graph.add("Add", normed, np.array([part.calibration.shift]))
    cooled = graph.add("Div", moved, np.array(part.calibration.temperature))
    return graph.add("LogSoftmax", cooled, axis=1), fine


def _prior(graph: _Graph, part: Part) -> tuple[str, str]:
    """Add the prior; return the names of balanced levels and of shares within them, logarithms."""
    size_model, prior = part.size, part.size.prior
    if prior is None:
        flat = np.zeros((1, len(LEVEL_OF))) - np.log(MEMBERS.sum(0))[LEVEL_OF]
        empty = graph.add("Mul", graph.add("ReduceMean", "features", axes=[1]), np.array(0.0))
        return graph.add("Add", empty, np.zeros((1, 3))), graph.add("Add", empty, flat)
    ends = np.array(-CLIP), np.array(CLIP)
    scaled = graph.add("Sub", "features", size_model.center)
    scaled = graph.add("Clip", graph.add("Div", scaled, size_model.scale), *ends)
    size = graph.add("Add", graph.add("MatMul", scaled, size_model.slope), size_model.shift)
    u = graph.add("Div", graph.add("Sub", size, prior.center), prior.scale)
    u = graph.add("Clip", u, np.array(-CUT), np.array(CUT))
    zero = graph.add("Mul", graph.add("ReduceMean", u, axes=[1]), np.array(0.0))
    powers = graph.add("Concat", graph.add("Add", zero, np.array(1.0)), u, axis=1)
    terms = [graph.add("Gather", powers, column, axis=1) for column in TERMS.T]
    product = graph.add("Mul", graph.add("Mul", terms[0], terms[1]), terms[2])
    logits = graph.add("LogSoftmax", graph.add("MatMul", product, prior.weights), axis=1)
    share = graph.add("MatMul", graph.add("Exp", logits), MEMBERS)
    level = graph.add("Log", share)
    own = graph.add("Gather", level, LEVEL_OF.astype(int), axis=1)
    balanced = graph.add("Sub", level, np.log(prior.shares @ MEMBERS))
    return balanced, graph.add("Sub", logits, own)


def _trees(forest: Any) -> dict[str, Any]:
    """Return the attributes of a TreeEnsembleRegressor that averages a forest's trees."""
    nodes: dict[str, list[Any]] = {
        name: []
        for name in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids",
                     "falsenodeids")
    }  # fmt: skip
    targets: dict[str, list[Any]] = {n: [] for n in ("treeids", "nodeids", "ids", "weights")}
    for number, estimator in enumerate(forest.estimators_):
        tree = estimator.tree_
        for node in range(tree.node_count):
            is_leaf = tree.children_left[node] < 0
            nodes["treeids"].append(number)
            nodes["nodeids"].append(node)
            nodes["featureids"].append(0 if is_leaf else int(tree.feature[node]))
            nodes["modes"].append("LEAF" if is_leaf else "BRANCH_LEQ")
            nodes["values"].append(0.0 if is_leaf else float(tree.threshold[node]))
            nodes["truenodeids"].append(0 if is_leaf else int(tree.children_left[node]))
            nodes["falsenodeids"].append(0 if is_leaf else int(tree.children_right[node]))
            for target in range(3) if is_leaf else ():
                targets["treeids"].append(number)
                targets["nodeids"].append(node)
                targets["ids"].append(target)
                share = float(tree.value[node, target, 0]) / len(forest.estimators_)
                targets["weights"].append(share)
    attributes: dict[str, Any] = {f"nodes_{name}": values for name, values in nodes.items()}
    attributes |= {f"target_{name}": values for name, values in targets.items()}
    return attributes | {"n_targets": 3, "aggregate_function": "SUM"}
