"""Find active regions on the canonical disk: the shipped networks, or a plain threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from halescope.boxes import area, clip
from halescope.detection.threshold import find_by_threshold, strength_over_threshold
from halescope.errors import ConfigError
from halescope.normalize import normalize
from halescope.runtime.card import ModelCard
from halescope.runtime.session import load, serving_module
from halescope.runtime.store import default_card
from halescope.types import Array, Disk, Regions

THRESHOLD = "threshold"
"""Name of the baseline that needs no network."""

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

    `name`: a shipped network, the path of a card, or ``threshold``; the default network if left
    out. `score`: lowest score of a region, 0..1, in place of the card's own. Raises `ModelError`
    where there is no such detector, or its card does not fit.
    """
    if name is None:
        card = default_card("detector")
        name = THRESHOLD if card is None else card.name
    if score is not None and not 0 <= score <= 1:
        raise ConfigError("min_score", f"is {score}", "a score, 0 to 1")
    if name == THRESHOLD:
        least = 0.0 if score is None else score
        return Detector(
            THRESHOLD,
            lambda disk: _over(find_by_threshold(disk), least),
            None,
            strength_over_threshold,
        )
    model = load(name, "detector")
    if score is not None:
        model = model.with_thresholds(score=score)
    module = serving_module(model.card, ARCHITECTURES)
    return Detector(
        model.card.name,
        lambda disk: module.find(model, disk),
        model.card,
        lambda disk: module.coverage(model, disk),
    )


def _over(regions: Regions, score: float) -> Regions:
    return regions[regions.score >= score]


def detect(disk: Disk, detector: Detector) -> Regions:
    """Return the active regions of a disk, best score first.

    `detector`: where its card asks for another size or radius, the disk is made anew for it.
    Returns boxes on `disk`, clipped to it; no class yet.
    """
    seen = as_card_asks(disk, detector.card)
    regions = detector.find(seen)
    if seen is not disk:
        regions = replace(regions, boxes=_moved(regions.boxes, seen, disk))
    regions = replace(regions, boxes=clip(regions.boxes, disk.field.shape))
    order = np.argsort(-regions.score, kind="stable")
    return regions[order][area(regions.boxes[order]) > 0]


def as_card_asks(disk: Disk, card: ModelCard | None) -> Disk:
    """Return the disk at the size and radius of a card; the same one where it has them."""
    if card is None or (card.input.size, card.input.radius) == (
        disk.field.shape[0],
        disk.geometry.radius,
    ):
        return disk
    return normalize(disk.origin, card.input.size, card.input.radius)


def _moved(boxes: Array, source: Disk, target: Disk) -> Array:
    """Carry boxes from one canonical disk to another; both have roll 0."""
    ratio = np.float32(target.geometry.radius / source.geometry.radius)
    moved: Array = (boxes - source.field.shape[0] / 2) * ratio + target.field.shape[0] / 2
    return moved.astype(np.float32)
