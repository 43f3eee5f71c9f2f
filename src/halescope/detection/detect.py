"""Find active regions on the canonical disk: the shipped networks, or a plain threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType

import numpy as np

from halescope.box_rule.extent import DEFAULT_RULE, smooth_strength
from halescope.boxes import area, clip
from halescope.errors import ModelError
from halescope.normalize import normalize
from halescope.runtime.card import ModelCard
from halescope.runtime.session import load
from halescope.runtime.store import default_card
from halescope.types import Array, Disk, Regions

THRESHOLD = "threshold"
"""Name of the baseline that needs no network."""

SMALLEST = 25
"""The baseline drops pieces of strong field under this many canonical pixels."""

ARCHITECTURES: dict[str, str] = {
    "proposals": "halescope.detection.proposals.scorer",
    "centerpoint": "halescope.detection.centerpoint",
    "detectnet": "halescope.detection.detectnet",
}
"""Architecture of a card to the module whose ``find(model, disk) -> Regions`` serves it.

The disk is at the card's own size and radius; the boxes are in its pixels, rows upwards. The
module's ``coverage(model, disk)`` is what the network sees before boxes are made of it: an (n, n)
map over that disk, 0..1, rows upwards.
"""


@dataclass(frozen=True)
class Detector:
    """A way to find regions.

    Parameters
    ----------
    find : callable
        Disk to regions, boxes in that disk's pixels.
    card : ModelCard or None
        None for the baseline.
    coverage : callable or None
        Disk to (n, n) float32, 0..1: where it sees regions, see `halescope.detection.coverage`.
    """

    name: str
    find: Callable[[Disk], Regions]
    card: ModelCard | None = None
    coverage: Callable[[Disk], Array] | None = None


def load_detector(name: str | None = None, score: float | None = None) -> Detector:
    """Return the detector of that name.

    Parameters
    ----------
    name : str, optional
        A shipped network, the path of a card, or ``threshold``; the default network if left out.
    score : float, optional
        Lowest score of a region, 0..1, in place of the card's own.

    Raises
    ------
    ModelError
        There is no such detector, or its card does not fit.
    """
    if name is None:
        card = default_card("detector")
        name = THRESHOLD if card is None else card.name
    if name == THRESHOLD:
        return Detector(THRESHOLD, find_by_threshold, coverage=strength_over_threshold)
    model = load(name, "detector")
    if score is not None:
        model = model.with_thresholds(score=score)
    module = _module(model.card)
    return Detector(
        model.card.name,
        lambda disk: module.find(model, disk),
        model.card,
        lambda disk: module.coverage(model, disk),
    )


def detect(disk: Disk, detector: Detector) -> Regions:
    """Return the active regions of a disk, best score first.

    Parameters
    ----------
    detector : Detector
        Where its card asks for another size or radius, the disk is made anew for it.

    Returns
    -------
    Regions
        Boxes on `disk`, clipped to it; no class yet.
    """
    card = detector.card
    if card is None or _fits(card, disk):
        regions = detector.find(disk)
    else:
        other = normalize(disk.origin, card.input.size, card.input.radius)
        regions = detector.find(other)
        regions = replace(regions, boxes=_moved(regions.boxes, other, disk))
    regions = replace(regions, boxes=clip(regions.boxes, disk.field.shape))
    order = np.argsort(-regions.score, kind="stable")
    return regions[order][area(regions.boxes[order]) > 0]


def find_by_threshold(disk: Disk) -> Regions:
    """Return connected pieces of strong field: the baseline, with the box rule's own numbers.

    Returns
    -------
    Regions
        The score grows with the piece's size and is 0.5 at 200 canonical pixels.
    """
    from scipy.ndimage import find_objects, label

    strong = strength_over_threshold(disk) > 0.5
    scale = disk.geometry.radius / 200.0
    pieces, count = label(strong)
    size = np.bincount(pieces.ravel(), minlength=count + 1)[1:] / scale**2
    slices = find_objects(pieces)
    boxes = np.array(
        [(c.start - 1, r.start - 1, c.stop + 1, r.stop + 1) for r, c in slices], np.float32
    ).reshape(-1, 4)
    kept = size >= SMALLEST
    score = (size / (size + 200.0)).astype(np.float32)
    return Regions.from_boxes(boxes[kept], score[kept])


def strength_over_threshold(disk: Disk) -> Array:
    """Return the baseline's smoothed field strength, (N, N), 0.5 at its threshold, at most 1."""
    scale = disk.geometry.radius / 200.0
    rule = replace(DEFAULT_RULE, smoothing=DEFAULT_RULE.smoothing * scale)
    half: Array = smooth_strength(disk.grey, rule) / np.float32(2 * rule.threshold)
    return np.minimum(half, np.float32(1))


def _module(card: ModelCard) -> ModuleType:
    """Return the module that serves a card's architecture."""
    known = ARCHITECTURES.get(card.architecture)
    if known is None:
        raise ModelError(
            str(card.path),
            f"architecture is {card.architecture!r}",
            "one of " + ", ".join(ARCHITECTURES),
        )
    return import_module(known)


def _fits(card: ModelCard, disk: Disk) -> bool:
    return (card.input.size, card.input.radius) == (disk.field.shape[0], disk.geometry.radius)


def _moved(boxes: Array, source: Disk, target: Disk) -> Array:
    """Carry boxes from one canonical disk to another; both have roll 0."""
    ratio = np.float32(target.geometry.radius / source.geometry.radius)
    moved: Array = (boxes - source.field.shape[0] / 2) * ratio + target.field.shape[0] / 2
    return moved.astype(np.float32)
