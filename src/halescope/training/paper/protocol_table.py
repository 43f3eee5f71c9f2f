"""The table of docs/reproduction.md: one line for each network and protocol, the paper's first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

PAPER_ROW = {
    "name": "paper: DetectNet and GoogLeNet",
    "protocol": "(a)",
    "digits": {"precision": 0.8075, "recall": 0.7422, "f1": 0.7735, "simplified_map": 0.6137},
    "accuracy": 0.88,
}
"""de Oliveira & Gradvohl (2020), Section 5: on their own, unpublished, labels."""

DETECTOR_HEAD = (
    "network", "protocol", "mode", "precision", "recall", "F1", "simplified mAP", "AP50", "AP75",
    "AP", "parameters", "GFLOPs", "ms",
)  # fmt: skip
"""Columns of the detectors' table."""

CLASSIFIER_HEAD = (
    "network", "protocol", "accuracy", "balanced accuracy", "test crops A / AG / B / BG",
    "parameters", "GFLOPs", "ms",
)  # fmt: skip
"""Columns of the classifiers' table."""

RATES = ("precision", "recall", "f1", "simplified_map")


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows of `run_rows` as Markdown: detectors, classifiers, what trained each."""
    detectors = [line for row in rows if "digits" in row for line in _detector(row)]
    classifiers = [_classifier(row) for row in rows if "accuracy" in row]
    trained = [[row["name"], row["protocol"], row["trained"]] for row in rows if "trained" in row]
    parts = [
        _markdown(DETECTOR_HEAD, detectors),
        _markdown(CLASSIFIER_HEAD, classifiers),
        _markdown(("network", "protocol", "trained on"), trained),
    ]
    return "\n".join(part for part in parts if part)


def _detector(row: dict[str, Any]) -> list[list[str]]:
    """Return the lines of the modes `digits` and `pooled`; COCO's three metrics stand on top."""
    coco = row.get("coco", {})
    first = [
        row["name"],
        row["protocol"],
        "digits",
        *(_percent(row["digits"].get(name)) for name in RATES),
        _percent(coco.get("ap50"), row.get("ap50_interval")),
        *(_percent(coco.get(name)) for name in ("ap75", "ap")),
        *_cost(row),
    ]
    if "pooled" not in row:
        return [first]
    pooled = [_percent(row["pooled"].get(name)) for name in RATES]
    return [first, ["", "", "pooled", *pooled, *[""] * 6]]


def _classifier(row: dict[str, Any]) -> list[str]:
    counts = " / ".join(f"{count}" for count in row.get("per_class", ()))
    balanced = _percent(row.get("balanced_accuracy"), row.get("balanced_interval"))
    shares = [_percent(row.get("accuracy")), balanced]
    return [row["name"], row["protocol"], *shares, counts, *_cost(row)]


def _cost(row: dict[str, Any]) -> list[str]:
    cost = row.get("cost")
    if not cost:
        return [""] * 3
    return [
        f"{cost['parameters']:,}",
        f"{cost['gflops']:.3g}",
        f"{cost['milliseconds']:,.{0 if cost['milliseconds'] >= 10 else 2}f}",
    ]


def _percent(value: float | None, limits: Sequence[float] | None = None) -> str:
    """Return a share in per cent, with its interval where there is one."""
    if value is None:
        return ""
    between = f" [{100 * limits[0]:.0f} {100 * limits[1]:.0f}]" if limits else ""
    return f"{100 * value:.2f}{between}"


def _markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    if not lines:
        return ""
    rule = "|" + "---|" * len(head)
    return "\n".join([_row(head), rule, *map(_row, lines)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
