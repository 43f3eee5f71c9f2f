"""Every prediction of one network on a labelled list, beside its label: to find what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from halescope.batch.processes import in_order, map_in_processes
from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON, PAPER_CLASSES, paper_class
from halescope.classification.classify import classify, load_classifier
from halescope.classification.googlenet import of_pictures, region_pictures
from halescope.datasets.disks import read_at
from halescope.datasets.manifest import Entry, disks
from halescope.datasets.predicates import has_field, is_firm
from halescope.detection.detect import detect, load_detector
from halescope.errors import DatasetError, HalescopeError
from halescope.evaluation.metrics.classification import confusion
from halescope.evaluation.metrics.detection import DiskResult, match
from halescope.evaluation.truth import boxes_of, truth_boxes
from halescope.guards.cells import csv_text
from halescope.io.atomic import atomic_text
from halescope.normalize import normalize
from halescope.runtime.card import ModelCard
from halescope.runtime.session import load
from halescope.runtime.store import find_card
from halescope.types import Array, Disk, Regions

FILE, SUMMARY = "predictions.csv", "summary.json"
"""What is written into the folder that is asked for."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
LOWEST = 0.05
"""Detections below this score are left out."""

IOU = 0.5
"""From which a box finds a label."""

Prediction = dict[str, Any]
Task = tuple[Path, str, str, list[Entry]]
"""Root, image, part and labels."""


@dataclass
class Predictions:
    """What one network says of a list.

    Parameters
    ----------
    rows : list of dict
        Of a classifier: image, part, region, status, truth, predicted, probability,
        truth_probability, and ``p_CLASS`` for each class. Of a detector: image, part, kind
        (``found``, ``missed``, ``false``), score, region, class. Both with the box on the
        canonical disk where there is a disk.
    summary : dict
        Counts and metrics.
    problems : list of str
        A line for each image that could not be read.
    """

    rows: list[Prediction]
    summary: dict[str, Any]
    problems: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write ``predictions.csv`` and ``summary.json`` into a folder."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        folder.mkdir(parents=True, exist_ok=True)
        atomic_text(folder / FILE, csv_text(names or ["image"], self.rows))
        told = self.summary | {"problems": self.problems}
        atomic_text(folder / SUMMARY, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def predict(
    network: str,
    data: Path,
    root: Path = Path(),
    part: str = "",
    jobs: int = 1,
    progress: Callable[[], None] | None = None,
) -> Predictions:
    """Return every prediction of a network on a manifest, or on class folders.

    Parameters
    ----------
    network : str
        Name or card.
    data : Path
        Manifest, or folder of class folders, divided into parts or not.
    root : Path
        Folder that a manifest's relative paths start from.
    part : str
        ``train``, ``validation`` or ``test``; empty for all.

    Raises `DatasetError` where there is nothing to look at, or the network does not take it.
    """
    card = find_card(network)
    if data.is_dir():
        return _predict_folders(card, data, part, progress)
    tasks = [(root, image, of, found) for image, found, of in disks(data) if part in ("", of)]
    if not tasks:
        raise DatasetError(
            str(data), f"has no image of the part {part!r}", "train, validation, test"
        )
    call = _classes_of if card.task == "classifier" else _boxes_of
    rows: list[Prediction] = []
    problems = []
    for found in in_order(map_in_processes(call, tasks, jobs, shared=(network,), lost=_lost)):
        if isinstance(found, str):
            problems.append(found)
        else:
            rows += found
        if progress:
            progress()
    summary = {"network": card.name, "task": card.task, "images": len(tasks), "part": part}
    if card.task == "classifier":
        return Predictions(rows, summary | class_summary(rows, card.classes), problems)
    return Predictions(rows, summary | _box_summary(rows, card.thresholds["score"]), problems)


def in_vocabulary(name: str, classes: Sequence[str]) -> str:
    """Return a Mount Wilson class in a network's own list of classes."""
    if tuple(classes) == HIERARCHY:
        return COARSE[name]
    return paper_class(name) if tuple(classes) == PAPER_CLASSES else name


def class_summary(rows: Sequence[Prediction], classes: Sequence[str]) -> dict[str, Any]:
    """Return confusion matrix and accuracies of the firm rows; truth in rows."""
    firm = [row for row in rows if row["status"] == "firm" and row["truth"] in classes]
    index = {name: place for place, name in enumerate(classes)}
    truth, said = (
        np.array([index[row[key]] for row in firm], np.intp) for key in ("truth", "predicted")
    )
    table = confusion(truth, said, len(classes))
    counts = table.sum(1)
    recall = [float(table[i, i] / counts[i]) if counts[i] else None for i in range(len(classes))]
    known = [value for value in recall if value is not None]
    return {
        "classes": list(classes),
        "confusion": table.astype(int).tolist(),
        "recall": recall,
        "accuracy": float(np.trace(table) / len(firm)) if firm else None,
        "balanced_accuracy": sum(known) / len(known) if known else None,
        "count": len(firm),
    }


def class_probabilities(card: ModelCard, network: str, disk: Disk, regions: Regions) -> Array:
    """Return the probabilities of regions, (N, K) float32, in the card's own list of classes."""
    if card.architecture == "googlenet":
        return of_pictures(load(network, "classifier"), region_pictures(disk, regions))
    out: Array = classify(disk, regions, load_classifier(network)).probabilities
    return out.reshape(-1, len(MOUNT_WILSON))


@lru_cache(maxsize=2)
def _card(network: str) -> ModelCard:
    return find_card(network)


def _classes_of(task: Task, network: str) -> list[Prediction] | str:
    root, image, part, labels = task
    named = [e for e in labels if e.mount_wilson in MOUNT_WILSON and has_field(e)]
    if not named:
        return []
    try:
        disk = normalize(read_at(root, image))
    except HalescopeError as error:
        return str(error)
    boxes, card = boxes_of(named), _card(network)
    shares = class_probabilities(card, network, disk, Regions.from_boxes(boxes))
    return [
        _class_row(image, part, in_vocabulary(entry.mount_wilson, card.classes), share, card)
        | {"region": entry.noaa_number, "status": "firm" if is_firm(entry) else "doubtful"}
        | _corners(entry.box)
        for entry, share in zip(named, shares, strict=True)
    ]


def _class_row(image: str, part: str, truth: str, share: Array, card: ModelCard) -> Prediction:
    best = int(share.argmax())
    own = card.classes.index(truth) if truth in card.classes else None
    return {
        "image": image, "part": part, "region": "", "status": "firm", "truth": truth,
        "predicted": card.classes[best], "probability": round(float(share[best]), 4),
        "truth_probability": "" if own is None else round(float(share[own]), 4),
        **{f"p_{name}": round(float(p), 4) for name, p in zip(card.classes, share, strict=True)},
    }  # fmt: skip


def _corners(box: Sequence[float]) -> dict[str, float]:
    names = ("x_min", "y_min", "x_max", "y_max")
    return {name: round(float(value), 2) for name, value in zip(names, box, strict=True)}


def _boxes_of(task: Task, network: str) -> list[Prediction] | str:
    root, image, part, labels = task
    try:
        disk = normalize(read_at(root, image))
    except HalescopeError as error:
        return str(error)
    regions = detect(disk, load_detector(network, LOWEST))
    truth, ignored = truth_boxes(labels, strict=False)
    firm = [entry for entry in labels if is_firm(entry)]
    found = match(DiskResult(regions.boxes, regions.score, truth, ignored), IOU)
    rows = []
    for index, at, score in zip(found.index, found.truth, found.score, strict=True):
        entry = firm[at] if at >= 0 else None
        row = _box_row(image, part, "false" if entry is None else "found", entry, float(score))
        rows.append(row | _corners(regions.boxes[index]))
    missed = [entry for entry, score in zip(firm, found.found, strict=True) if np.isnan(score)]
    return rows + [_box_row(image, part, "missed", e, 0.0) | _corners(e.box) for e in missed]


def _box_row(image: str, part: str, kind: str, entry: Entry | None, score: float) -> Prediction:
    return {
        "image": image, "part": part, "kind": kind, "score": round(score, 4),
        "region": "" if entry is None else entry.noaa_number,
        "class": "" if entry is None else entry.mount_wilson,
    }  # fmt: skip


def _box_summary(rows: Sequence[Prediction], threshold: float) -> dict[str, Any]:
    """Return counts and metrics at the threshold that ships."""
    kinds = Counter(row["kind"] for row in rows)
    shown = [row for row in rows if row["kind"] != "missed" and row["score"] >= threshold]
    hits = sum(row["kind"] == "found" for row in shown)
    labels = kinds["found"] + kinds["missed"]
    precision = hits / len(shown) if shown else None
    recall = hits / labels if labels else None
    total = (precision or 0) + (recall or 0)
    f1 = 2 * (precision or 0) * (recall or 0) / total if total else None
    return {
        "threshold": threshold, "precision": precision, "recall": recall, "f1": f1,
        "average_precision": _average_precision(rows), "labels": labels, "boxes": len(shown),
    }  # fmt: skip


def _average_precision(rows: Sequence[Prediction]) -> float | None:
    from halescope.evaluation.metrics.average_precision import average_precision

    boxes = [row for row in rows if row["kind"] != "missed"]
    labels = sum(row["kind"] != "false" for row in rows)
    if not labels:
        return None
    score = np.array([row["score"] for row in boxes], np.float32)
    hit = np.array([row["kind"] == "found" for row in boxes], bool)
    return float(average_precision(score, hit, labels))


def _predict_folders(
    card: ModelCard, folder: Path, part: str, progress: Callable[[], None] | None
) -> Predictions:
    if card.architecture != "googlenet":
        raise DatasetError(
            str(folder),
            "holds crops, which a network that looks at disks cannot take",
            "a manifest",
        )
    model = load(str(card.path), "classifier")
    rows = []
    for path, of, truth in _crops(folder, part):
        share = of_pictures(model, [_levels(path)])[0]
        rows.append(_class_row(path.relative_to(folder).as_posix(), of, truth, share, card))
        if progress:
            progress()
    if not rows:
        raise DatasetError(str(folder), "holds no picture in class folders", "FOLDER/CLASS/*.png")
    summary = {"network": card.name, "task": card.task, "images": len(rows), "part": part}
    return Predictions(rows, summary | class_summary(rows, card.classes))


def _crops(folder: Path, part: str) -> Iterator[tuple[Path, str, str]]:
    """Yield each crop with its part and class."""
    parts = [name for name in ("train", "validation", "test") if (folder / name).is_dir()]
    for name in parts or [""]:
        if part not in ("", name):
            continue
        for path in sorted((folder / name).glob("*/*")):
            if path.suffix.lower() in PICTURES:
                yield path, name, path.parent.name


def _levels(path: Path) -> Any:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("L"), np.uint8)


def _lost(task: Task) -> str:
    return f"{task[0] / task[1]}: ended the process that read it"
