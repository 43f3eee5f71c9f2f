"""Serve GoogLeNet: the paper's classifier, from regions to class probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON, PAPER
from halescope.classification.classify import NOAA_RATES
from halescope.runtime.session import Model
from halescope.tensors import cut, flip_rows, googlenet_tensor, picture, softmax
from halescope.types import Array, Disk, Regions

BATCH = 24
"""Regions that go through the network together."""


def probabilities(model: Model, disk: Disk, regions: Regions) -> Array:
    """Return class probabilities of each region.

    `model`: its card's classes are `MOUNT_WILSON`, `HIERARCHY` or `PAPER_CLASSES`. Returns (N, 7)
    float32: in the order of `MOUNT_WILSON`; a coarser class is spread over its members by NOAA's
    rates.
    """
    return _answers(model, region_pictures(disk, regions))


def variants(model: Model, disks: Iterable[Disk], regions: Regions) -> Array:
    """Return class probabilities of the same region on several disks, (K, 7), in few runs.

    `disks`: of one geometry. `regions`: of length 1.
    """
    return _answers(model, [crop for disk in disks for crop in region_pictures(disk, regions[:1])])


def region_pictures(disk: Disk, regions: Regions) -> list[NDArray[np.uint8]]:
    """Return each region cut out, (h, w) uint8: grey 127 at zero field, rows downwards."""
    levels = picture(disk.grey)
    return [cut(levels, box) for box in flip_rows(regions.boxes, levels.shape[0])]


def _answers(model: Model, crops: Sequence[NDArray[np.uint8]]) -> Array:
    return np.asarray(of_pictures(model, crops) @ to_seven(model.card.classes), np.float32)


def of_pictures(model: Model, crops: Sequence[NDArray[np.uint8]]) -> Array:
    """Return class probabilities of regions that were cut out before.

    `crops`, sequence of (h, w) uint8: grey 127 at zero field, rows downwards. Returns (N, C)
    float32: in the order of the card's classes.
    """
    card = model.card
    mean = float(card.options.get("mean", 127.0))
    size = (int(card.options.get("squash", 256)), card.input.size)
    inputs = [googlenet_tensor(levels, mean, size, card.input.channels) for levels in crops]
    logits = np.concatenate(
        [
            model(np.stack(inputs[start : start + BATCH]))["logits"]
            for start in range(0, len(inputs), BATCH)
        ]
        or [np.zeros((0, len(card.classes)), np.float32)]
    )
    temperature = card.calibration.get("temperature", 1.0)
    return np.asarray(softmax(logits / temperature), np.float32)


def to_seven(classes: tuple[str, ...]) -> Array:
    """Return the table that carries a vocabulary's probabilities over to `MOUNT_WILSON`.

    Returns (len(classes), 7) float32: rows add up to 1. AG, which the seven do not have, goes to
    gamma.
    """
    table = np.zeros((len(classes), len(MOUNT_WILSON)), np.float32)
    for column, name in enumerate(MOUNT_WILSON):
        for row, word in enumerate(classes):
            known = {name, COARSE[name] if classes == HIERARCHY else "", PAPER.get(name, "")}
            if word in known:
                table[row, column] = NOAA_RATES[name]
    for row, word in enumerate(classes):
        if word == "AG":
            table[row, MOUNT_WILSON.index("gamma")] = 1.0
    out: Array = table / table.sum(1, keepdims=True)
    return out
