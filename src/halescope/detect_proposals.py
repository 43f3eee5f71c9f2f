"""Find regions by scoring proposed boxes: the default detector."""

from __future__ import annotations

import numpy as np

from halescope.boxes import suppress
from halescope.extent import DEFAULT_RULE, smooth_strength
from halescope.proposals import Proposals, propose
from halescope.proposals_features import proposal_features
from halescope.runtime.session import Model
from halescope.types import Array, Disk, Regions


def find(model: Model, disk: Disk) -> Regions:
    """Return the regions that a scorer of proposals accepts on a disk.

    Parameters
    ----------
    model : Model
        Its card's thresholds: ``score`` and ``nms``.
    disk : Disk
        At the card's size and radius.

    Returns
    -------
    Regions
        Boxes in the disk's pixels, best score first; no class yet.
    """
    proposals, score = score_proposals(model, disk)
    limits = model.card.thresholds
    shown = score >= limits["score"]
    boxes, score = proposals.boxes[shown], score[shown]
    kept = suppress(boxes, score, limits["nms"], limits.get("nested", 1.0))
    return Regions.from_boxes(boxes[kept], score[kept])


def coverage(model: Model, disk: Disk) -> Array:
    """Return what the scorer makes of each patch of strong field.

    Parameters
    ----------
    model : Model
    disk : Disk
        At the card's size and radius.

    Returns
    -------
    (n, n) float32
        0..1, rows upwards: on strong field the score of the best box over it, 0 elsewhere.
    """
    proposals, score = score_proposals(model, disk)
    out = np.zeros(disk.field.shape, np.float32)
    for (x0, y0, x1, y1), value in zip(
        np.rint(proposals.boxes).astype(int).clip(0).tolist(), score.tolist(), strict=True
    ):
        window = out[y0:y1, x0:x1]
        np.maximum(window, value, out=window)
    return np.where(smooth_strength(disk.grey) > DEFAULT_RULE.threshold, out, np.float32(0))


def score_proposals(model: Model, disk: Disk) -> tuple[Proposals, Array]:
    """Return every proposal with its score.

    Parameters
    ----------
    model : Model
    disk : Disk
        At the card's size and radius.

    Returns
    -------
    proposals : Proposals
    score : (N,) float32
        0..1: how likely the box is that of a region that NOAA would list.
    """
    proposals = propose(disk)
    if not len(proposals):
        return proposals, np.zeros(0, np.float32)
    logits = model(proposal_features(disk, proposals))["logits"]
    return proposals, (1 / (1 + np.exp(-logits))).astype(np.float32)
