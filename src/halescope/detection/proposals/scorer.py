"""The default detector: a network scores the candidates of a disk, and the best are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halescope.boxes import suppress
from halescope.detection.proposals.candidates import Proposals, propose
from halescope.detection.proposals.features import FEATURES, proposal_features
from halescope.detection.proposals.links import (
    LINK_FEATURES,
    hale_order,
    inside_and_cut,
    likelihood,
    link_features,
)
from halescope.detection.proposals.sums import sum_basins
from halescope.runtime.card import ModelCard, misfit
from halescope.runtime.session import Model
from halescope.tensors import sigmoid
from halescope.types import Array, Disk, Regions


@dataclass(frozen=True)
class ReadProposals:
    """The candidates of a disk with the features that are scored.

    Parameters
    ----------
    features : (N, len(FEATURES)) float32
    link_features : (T, len(LINK_FEATURES)) float32
    """

    proposals: Proposals
    features: Array
    link_features: Array


def find(model: Model, disk: Disk) -> Regions:
    """Return the regions of a disk: candidates with score enough, of overlapping ones the best.

    Returns boxes in the disk's pixels, best score first; no class yet.

    Parameters
    ----------
    model : Model
        Its card's thresholds: ``score``, ``nms`` and ``nested`` (see `halescope.boxes.suppress`).
    """
    proposals, score = score_proposals(model, disk)
    limits = model.card.thresholds
    shown = score >= limits["score"]
    boxes, score = proposals.boxes[shown], score[shown]
    kept = suppress(boxes, score, limits["nms"], limits.get("nested", 1.0))
    return Regions.from_boxes(boxes[kept], score[kept])


def coverage(model: Model, disk: Disk) -> Array:
    """Return the best score of each basin, as a map.

    Returns
    -------
    (n, n) float32
        0..1, rows upwards: on strong field the score of the best candidate that holds it, else 0.
    """
    proposals, score = score_proposals(model, disk)
    basins = proposals.basins
    best = np.where(proposals.member, score[:, None], 0).max(0, initial=0)
    out = np.zeros(disk.field.shape, np.float32)
    out.ravel()[basins.pixels] = best[basins.owner]
    return out


def read_proposals(disk: Disk) -> ReadProposals:
    """Return the candidates and features of a canonical disk of 200 pixels radius."""
    proposals = propose(disk)
    sums = sum_basins(disk, proposals.basins)
    order = hale_order(sums, proposals.basins.links)
    return ReadProposals(
        proposals,
        proposal_features(disk, proposals, sums),
        link_features(sums, proposals.basins, order),
    )


def score_proposals(model: Model, disk: Disk) -> tuple[Proposals, Array]:
    """Return every candidate with its score.

    `model`: its card's option ``link_weight``, and ``slope`` and ``shift`` of its calibration.
    Raises `ModelError` where the network takes other features than this program has, or its card
    lacks some of these.

    Returns
    -------
    score : (N,) float32
        0..1: how likely the box is that of a region that NOAA lists.
    """
    _check_card(model.card)
    options, calibration = model.card.options, model.card.calibration
    found = read_proposals(disk)
    proposals = found.proposals
    if not len(proposals):
        return proposals, np.zeros(0, np.float32)
    # A row of zeros stands for no link, so that the graph never gets an empty array.
    out = model(found.features, np.pad(found.link_features, ((0, 1), (0, 0))))
    same = sigmoid(out["link_logits"][:-1])
    whole = likelihood(
        same.astype(np.float32), *inside_and_cut(proposals.basins.links, proposals.member)
    )
    logit = out["logits"] + options["link_weight"] * whole
    score = sigmoid(calibration["slope"] * logit + calibration["shift"])
    return proposals, score.astype(np.float32)


def _check_card(card: ModelCard) -> None:
    """Refuse a network of other features, which the graph itself would refuse less clearly."""
    found = card.input.channels, card.options.get("link_features")
    expected = len(FEATURES), len(LINK_FEATURES)
    lacks = [name for name in ("link_weight",) if name not in card.options]
    lacks += [name for name in ("slope", "shift") if name not in card.calibration]
    if found == expected and not lacks:
        return
    raise misfit(
        card,
        f"lacks {', '.join(lacks)}" if lacks else f"scores by {found[0]} and {found[1]} numbers",
        "a link_weight, a slope and a shift" if lacks else f"{expected[0]} and {expected[1]}",
        "train it again with this version",
    )
