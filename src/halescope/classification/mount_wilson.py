"""Serve the Mount Wilson classifier: from regions to class probabilities."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.classification.crops import end_of, region_features
from halescope.classification.features import FEATURES
from halescope.runtime.card import misfit
from halescope.runtime.session import Model
from halescope.tensors import softmax
from halescope.types import Array, Disk, Regions

LEVEL_OF = np.array([HIERARCHY.index(COARSE[name]) for name in MOUNT_WILSON])
"""Index into `HIERARCHY` of each class of `MOUNT_WILSON`."""


def probabilities(model: Model, disk: Disk, regions: Regions) -> Array:
    """Return calibrated class probabilities of each region.

    Returns (N, 7) float32: in the order of `MOUNT_WILSON`. Raises `ModelError` where the card was
    written for other features.
    """
    _check(model)
    if not len(regions):
        return np.zeros((0, len(MOUNT_WILSON)), np.float32)
    return _run(model, _features(disk, regions.boxes))


def variants(model: Model, disks: Iterable[Disk], regions: Regions) -> Array:
    """Return class probabilities of the same region on several disks, in one run of the network.

    `disks`: of one geometry. `regions`: of length 1. Returns (K, 7) float32. Raises `ModelError`
    where the card was written for other features.
    """
    _check(model)
    boxes = regions.boxes[:1]
    return _run(model, np.concatenate([_features(disk, boxes) for disk in disks]))


def _features(disk: Disk, boxes: Array) -> Array:
    return region_features(disk.grey, disk.geometry, boxes, end_of(disk.origin))


def _check(model: Model) -> None:
    """Refuse a card that was written for other features."""
    known = model.card.options.get("features") or model.inputs
    if tuple(known) != FEATURES:
        raise misfit(
            model.card,
            f"was trained on {len(known)} features",
            f"the {len(FEATURES)} of this version",
            "train it again, or use a card that fits",
        )


def _run(model: Model, features: Array) -> Array:
    """Return the probabilities of features, (N, 7)."""
    out = model(features)
    return decode(out["levels"], out["fine"], model.card.calibration.get("temperature", 1.0))


def decode(levels: Array, fine: Array, temperature: float = 1.0) -> Array:
    """Return class probabilities of the network's two outputs.

    Returns (N, 7) float32: rows add up to 1.

    Parameters
    ----------
    levels : (N, 3) float32
        Logits of alpha, beta, complex.
    fine : (N, 7) float32
        Logarithm of each class's probability within its level.
    temperature : float
        Divides `levels`.
    """
    share = softmax(np.asarray(levels, np.float64) / temperature)
    out = share[:, LEVEL_OF] * np.exp(np.asarray(fine, np.float64))
    return np.asarray(out / out.sum(1, keepdims=True), np.float32)
