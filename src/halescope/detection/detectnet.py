"""Serve DetectNet: the paper's detector, from canonical disk to regions."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from halescope.detection.grouping import Clustering, cluster, grid_boxes
from halescope.runtime.card import ModelCard, misfit
from halescope.runtime.session import Model
from halescope.tensors import detectnet_tensor, flip_rows, picture
from halescope.types import Array, Disk, Regions


def find(model: Model, disk: Disk) -> Regions:
    """Return DetectNet's regions, from its card's threshold ``score`` on.

    The score is 1 - 1 / n for n merged boxes, which grows with DetectNet's own ln(n).
    """
    card = model.card
    maps = _maps(model, disk)
    stride = int(card.options.get("stride", 8))
    boxes, confidence = decode(maps["coverage"][0], maps["boxes"][0], stride, clustering(card))
    score = 1 - np.exp(-confidence)
    shown = score >= card.thresholds["score"]
    return Regions.from_boxes(flip_rows(boxes[shown], disk.field.shape[0]), score[shown])


def proposed(model: Model, disk: Disk) -> tuple[Array, Array]:
    """Return the box of each covered cell before they are clustered, and its coverage.

    Boxes are (N, 4) float32, picture pixels, rows downwards; coverage is (N,) float32, 0..1.
    """
    maps, rule = _maps(model, disk), clustering(model.card)
    stride = int(model.card.options.get("stride", 8))
    boxes, covers = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
    for layer in maps["coverage"][0]:
        boxes.append(grid_boxes(layer, maps["boxes"][0], stride, rule.coverage_threshold))
        covers.append(layer[layer >= rule.coverage_threshold])
    return np.concatenate(boxes), np.concatenate(covers)


def coverage(model: Model, disk: Disk) -> Array:
    """Return DetectNet's coverage, (n, n) float32, 0..1, rows upwards: the strongest channel's."""
    strongest: Array = _maps(model, disk)["coverage"][0].max(0)[::-1]
    return np.clip(strongest, 0, 1).astype(np.float32)


def _maps(model: Model, disk: Disk) -> dict[str, Array]:
    """Return the network's raw outputs, rows downwards."""
    tensor = detectnet_tensor(picture(disk.grey), model.card.input.channels)
    return model(tensor[None])


def decode(coverage: Array, corners: Array, stride: int, rule: Clustering) -> tuple[Array, Array]:
    """Return boxes and confidence of one picture, all coverage channels together.

    `coverage` is (classes, rows, columns) float32. `corners`, (4, rows, columns) float32: pixels
    relative to the cell's top left.

    Returns
    -------
    boxes : (N, 4) float32
        Picture pixels, rows downwards.
    confidence : (N,) float32
        ln(n).
    """
    parts = [
        cluster(grid_boxes(layer, corners, stride, rule.coverage_threshold), rule)
        for layer in coverage
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def clustering(card: ModelCard) -> Clustering:
    """Return the clustering rule in a card's options.

    Raises `ModelError` where the options have a key that clustering does not know.
    """
    given = card.options.get("clustering", {})
    known = {field.name for field in fields(Clustering)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise misfit(card, f"clustering has {unknown}", f"only {sorted(known)}")
    return Clustering(**given)
