"""Find regions by scoring proposed boxes: the default detector."""

from __future__ import annotations

import numpy as np

from halescope.boxes import suppress
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
    kept = suppress(boxes, score, limits["nms"])
    return Regions.from_boxes(boxes[kept], score[kept])


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
