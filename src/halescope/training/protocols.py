"""The protocols of docs/reproduction.md: networks scored on the same frames, row by row."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halescope.evaluation.digits import Scored, report
from halescope.io.atomic import atomic_text
from halescope.normalize import SIDE as CANONICAL
from halescope.training.frames import DataConfig, Frame, part_of, read_frames

PAPER_ROW = {
    "name": "paper: DetectNet and GoogLeNet",
    "protocol": "(a)",
    "digits": {"precision": 0.8075, "recall": 0.7422, "f1": 0.7735, "simplified_map": 0.6137},
    "accuracy": 0.88,
}
"""de Oliveira & Gradvohl (2020), Section 5: on their own, unpublished, labels."""


@dataclass(frozen=True)
class Cost:
    """What a network costs on the input of its card.

    Parameters
    ----------
    parameters : int
    gflops : float
        Two for each multiply-add of convolutions and matrix products.
    milliseconds : float
        Median of several runs on this machine.
    """

    parameters: int
    gflops: float
    milliseconds: float


def evaluate_detector(name: str, frames: Sequence[Frame]) -> dict[str, Any]:
    """Return the three metric modes of a shipped detector on labelled frames.

    Parameters
    ----------
    name : str
        As given to ``--detector``.
    frames : sequence of Frame
        Boxes in pixels of the 512 px picture, whose solar radius the canonical disk shares.
    """
    from halescope.detect import detect, load_detector
    from halescope.digits_tensors import SIDE, flip_rows
    from halescope.io import read
    from halescope.normalize import normalize

    detector = load_detector(name)
    scored = []
    for frame in frames:
        regions = detect(normalize(read(frame.image)), detector)
        boxes = flip_rows(regions.boxes + np.float32((SIDE - CANONICAL) / 2), SIDE)
        scored.append(Scored(frame.boxes, boxes, regions.score))
    return report(scored).to_mapping()


def evaluate_classifier(name: str, frames: Sequence[Frame]) -> dict[str, Any]:
    """Return accuracy and balanced accuracy of a shipped classifier on firm labels.

    Parameters
    ----------
    name : str
        As given to ``--classifier``.
    frames : sequence of Frame
        Classes are told apart as alpha, beta and complex.
    """
    from halescope.classes import COARSE, HIERARCHY
    from halescope.classify import classify, load_classifier
    from halescope.digits_tensors import SIDE, flip_rows
    from halescope.io import read
    from halescope.normalize import normalize
    from halescope.types import Regions

    classifier = load_classifier(name)
    truth: list[int] = []
    found: list[int] = []
    for frame in frames:
        use = [bool(firm and kind) for firm, kind in zip(frame.firm, frame.classes, strict=True)]
        boxes = flip_rows(frame.boxes[use], SIDE) - np.float32((SIDE - CANONICAL) / 2)
        regions = classify(normalize(read(frame.image)), Regions.from_boxes(boxes), classifier)
        kept = [kind for kind, keep in zip(frame.classes, use, strict=True) if keep]
        truth += [HIERARCHY.index(COARSE[kind]) for kind in kept]
        found += regions.coarse.argmax(1).tolist() if len(regions) else []
    right = np.equal(truth, found)
    recalls = [right[np.equal(truth, k)].mean() for k in sorted(set(truth))]
    return {
        "accuracy": float(right.mean()) if len(right) else 0.0,
        "balanced_accuracy": float(np.mean(recalls)) if recalls else 0.0,
        "crops": len(truth),
        "per_class": np.bincount(truth, minlength=len(HIERARCHY)).tolist(),
    }


def cost_of(card: Any, runs: int = 5) -> Cost:
    """Return parameters, arithmetic and time of a network.

    Parameters
    ----------
    card : ModelCard
    runs : int
    """
    import onnx

    from halescope.runtime.session import Model, threads

    path = card.path.parent / card.file
    graph = onnx.load(str(path))
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    shapes = {
        v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
        for v in onnx.shape_inference.infer_shapes(graph).graph.value_info
    } | {o.name: [d.dim_value for d in o.type.tensor_type.shape.dim] for o in graph.graph.output}
    weights = {t.name.removesuffix("_half"): list(t.dims) for t in graph.graph.initializer}
    multiplied = 0.0
    for node in graph.graph.node:
        if node.op_type == "Conv" and node.input[1] in weights:
            out = shapes.get(node.output[0], [])
            multiplied += float(np.prod(weights[node.input[1]])) * float(np.prod(out[2:] or [1]))
        elif node.op_type in ("Gemm", "MatMul") and node.input[1] in weights:
            multiplied += float(np.prod(weights[node.input[1]]))
    model = Model(card, threads())
    image = np.zeros((1, card.input.channels, card.input.size, card.input.size), np.float32)
    spent = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        model(*[image][: len(model.inputs)])
        spent.append(1000 * (time.perf_counter() - start))
    count = sum(int(np.prod(d)) for d in weights.values())
    return Cost(count, 2 * multiplied / 1e9, float(np.median(spent[1:])))


def run_rows(
    data: DataConfig, folder: Path, detectors: Sequence[str], classifiers: Sequence[str],
    say: Callable[[str], None] = print,
) -> list[dict[str, Any]]:  # fmt: skip
    """Score shipped networks on the held-out days, each once; finished rows are read back.

    Parameters
    ----------
    data : DataConfig
    folder : Path
        Keeps one JSON file for each row, and ``table.md``.
    detectors, classifiers : sequence of str
    say : callable

    Returns
    -------
    list of dict
    """
    frames = part_of(read_frames(data)[0], "test")
    rows: list[dict[str, Any]] = [PAPER_ROW]
    tasks = [("detector", name) for name in detectors]
    tasks += [("classifier", name) for name in classifiers]
    for task, name in tasks:
        target = folder / f"{task}_{name}_{data.split}.json"
        if target.is_file():
            say(f"{target.name}: done before")
        else:
            say(f"{target.name}: {len(frames)} frames")
            evaluate = evaluate_detector if task == "detector" else evaluate_classifier
            row = {"name": name, "protocol": protocol_of(data), **evaluate(name, frames)}
            atomic_text(target, json.dumps(row | _cost(name, task), indent=2) + "\n")
        rows.append(json.loads(target.read_text("utf-8")))
    atomic_text(folder / "table.md", table(rows))
    return rows


def protocol_of(data: DataConfig) -> str:
    """Return ``(a)`` for frames divided at random, ``(b)`` for days held out."""
    return "(a)" if data.split == "random" else "(b)"


def _cost(name: str, task: str) -> dict[str, Any]:
    from halescope.errors import ModelError
    from halescope.runtime.store import find_card

    try:
        card = find_card(name, task)
    except ModelError:  # a baseline without a network
        return {}
    return {"cost": asdict(cost_of(card))} if card.task == "detector" else {}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table, percentages.

    Parameters
    ----------
    rows : sequence of dict
    """
    head = (
        "| network | protocol | precision | recall | F1 | simplified mAP (digits / pooled) | AP50 "
        "| class accuracy | parameters | GFLOPs | ms |\n" + "|---" * 11 + "|\n"
    )
    return head + "".join(_line(row) for row in rows)


def _line(row: dict[str, Any]) -> str:
    digits, pooled = row.get("digits", {}), row.get("pooled", {})
    cost, coco = row.get("cost", {}), row.get("coco", {})

    def percent(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.2f}"

    cells = [
        row["name"],
        row["protocol"],
        *(percent(digits.get(k)) for k in ("precision", "recall", "f1")),
        " / ".join(
            filter(None, (percent(mode.get("simplified_map")) for mode in (digits, pooled)))
        ),
        percent(coco.get("ap50")),
        percent(row.get("accuracy")),
        f"{cost['parameters']:,}" if cost else "",
        f"{cost['gflops']:.1f}" if cost else "",
        f"{cost['milliseconds']:.0f}" if cost else "",
    ]
    return "| " + " | ".join(cells) + " |\n"
