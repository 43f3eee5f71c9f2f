"""Logits of days that the scorers did not learn from, and their calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from halescope.errors import DatasetError
from halescope.models.proposal_scorer import ProposalScorer
from halescope.training.detector.data import TrainingTables
from halescope.training.detector.fit import ScorerFit, fit_links, fit_proposals, logits_of
from halescope.types import Array

PULL = 1e-3
"""Weight of the penalty that holds a calibration to slope 1 and shift 0 where data do not."""


@dataclass(frozen=True)
class HeldOut:
    """Logits, (N,) and (T,) float32, by scorers that saw neither a row's block nor its regions."""

    proposals: Array
    links: Array


def predict(scorer: ProposalScorer, link_scorer: ProposalScorer, tables: TrainingTables) -> HeldOut:
    """Return logits of all rows by scorers that learned from other tables."""
    return HeldOut(
        logits_of(scorer, tables.proposals.features),
        logits_of(link_scorer, tables.links.features),
    )


def predict_held_out(
    tables: TrainingTables,
    block: NDArray[np.integer],
    fit: ScorerFit,
    link_fit: ScorerFit,
    seed: int = 1,
) -> HeldOut:
    """Return logits of each block's rows by scorers that saw neither it nor its regions.

    `block`, (P,) int: which block of days each picture belongs to. Raises `DatasetError` where
    without a block and its regions there is nothing to learn from.
    """
    proposals, links = tables.proposals, tables.links
    if not links.used.any():
        raise DatasetError(
            "the training labels",
            "tell of no link between basins whether it lies within a region",
            "places of regions (columns x and y) on disks with strong field",
            "label the images again with halescope dataset label",
        )
    out = HeldOut(np.zeros(len(proposals), np.float32), np.zeros(len(links), np.float32))
    for held in np.unique(block):
        inside, link_inside = (block[t.picture] == held for t in (proposals, links))
        numbers = [proposals.region[inside], links.regions[link_inside].ravel()]
        known = np.setdiff1d(np.concatenate(numbers), [0])
        others = ~inside & ~np.isin(proposals.region, known)
        link_others = ~link_inside & ~np.isin(links.regions, known).any(1)
        if not (proposals.used[others].any() and links.used[link_others].any()):
            raise DatasetError(
                f"block {held + 1} of the training days",
                "leaves nothing to learn from when it is held out with its regions",
                "other days with other regions",
                "label more days, or ask for more blocks",
            )
        scorer = fit_proposals(tables, others, fit, seed)
        out.proposals[inside] = logits_of(scorer, proposals.features[inside])
        scorer = fit_links(links[link_others], link_fit, seed)
        out.links[link_inside] = logits_of(scorer, links.features[link_inside])
    return out


def fit_calibration(logit: Array, hit: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and shift that turn logits into chances (Platt 1999).

    `logit`, (N,) float32: of boxes that were kept on held-out disks. `hit`, (N,) bool: whether each
    was a region's; Platt's targets pull towards one half.
    """
    goods, bads = int(hit.sum()), int((~hit).sum())
    target = np.where(hit, (goods + 1) / (goods + 2), 1 / (bads + 2))
    design = np.stack([logit.astype(np.float64), np.ones(len(logit))], 1)
    start = np.array([1.0, 0.0])

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        drawn, moved = design @ line, line - start
        value = (np.logaddexp(0, drawn) - target * drawn).sum() + PULL / 2 * (moved**2).sum()
        return float(value), design.T @ (expit(drawn) - target) + PULL * moved

    slope, shift = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-9}).x
    return float(slope), float(shift)


def block_of_days(days: Sequence[str], count: int) -> NDArray[np.intp]:
    """Return which run of neighbouring days each day, ``YYYY-MM-DD``, is in, (N,) int from 0."""
    known = sorted(set(days))
    parts = np.array_split(np.array(known), count)
    place = {str(day): index for index, part in enumerate(parts) for day in part}
    return np.array([place[day] for day in days], np.intp)
