"""Fit the scorer of proposals, and predict blocks of days that it did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from halescope.errors import DatasetError
from halescope.models.proposal_scorer import ProposalScorer, ScorerConfig
from halescope.training.proposal_data import ProposalTable
from halescope.types import Array

WORTHLESS, PERFECT = 0.3, 0.8
"""The target rises from 0 to 1 between these IoU with a listed region."""

COPY_WEIGHT = 0.5
"""Weight of a changed disk's rows: real disks are what counts."""


@dataclass(frozen=True)
class FitConfig:
    """How a scorer learns.

    Parameters
    ----------
    model : ScorerConfig
    steps : int
        Of AdamW under a one-cycle schedule. Few: there are some 40 regions to learn from.
    batch : int
    rate : float
        Highest learning rate.
    decay : float
        Weight decay.
    noise : float
        Standard deviation of the noise on standardised features.
    """

    model: ScorerConfig = field(default_factory=ScorerConfig)
    steps: int = 120
    batch: int = 2048
    rate: float = 2e-3
    decay: float = 0.05
    noise: float = 0.5


def targets(table: ProposalTable) -> Array:
    """Return what the scorer should say of each row.

    Parameters
    ----------
    table : ProposalTable

    Returns
    -------
    (N,) float32
        0..1: how well the box fits a region.
    """
    rise = (table.overlap - WORTHLESS) / (PERFECT - WORTHLESS)
    out: Array = np.clip(rise, 0, 1).astype(np.float32)
    return out


def row_weights(table: ProposalTable) -> Array:
    """Return each row's weight: long-lived regions do not drown the short-lived.

    The good boxes of a region share the square root of their number; all good boxes together
    weigh as much as their number. Rows of changed disks count `COPY_WEIGHT`.

    Parameters
    ----------
    table : ProposalTable

    Returns
    -------
    (N,) float32
    """
    weight = np.ones(len(table.region), np.float32)
    good = table.overlap >= (WORTHLESS + PERFECT) / 2
    if good.any():
        _, of_row, count = np.unique(table.region[good], return_inverse=True, return_counts=True)
        each = 1 / np.sqrt(count[of_row])
        weight[good] = each * good.sum() / each.sum()
    weight[table.copy] *= COPY_WEIGHT
    return weight


def fit_scorer(table: ProposalTable, config: FitConfig, seed: int = 1) -> ProposalScorer:
    """Return a scorer that learned from the rows of a table that may train.

    Parameters
    ----------
    table : ProposalTable
    config : FitConfig
    seed : int
        Of the members' first weights, of the rows they are shown and of the noise.

    Returns
    -------
    ProposalScorer
        In evaluation mode.
    """
    table = table[table.used]
    raw = torch.from_numpy(table.features)
    torch.manual_seed(seed)
    scorer = ProposalScorer(raw.mean(0), raw.std(0) + 1e-3, config.model)
    features = scorer.standardise(raw)
    target, weight = torch.from_numpy(targets(table)), torch.from_numpy(row_weights(table))
    for member in scorer.members:
        _fit_member(member, (features, target, weight), config)
    return scorer.eval()


def _fit_member(member: torch.nn.Module, data: tuple[torch.Tensor, ...], config: FitConfig) -> None:
    features, target, weight = data
    optimizer = torch.optim.AdamW(member.parameters(), config.rate, weight_decay=config.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, total_steps=config.steps)
    for _ in range(config.steps):
        rows = torch.randint(len(features), (config.batch,))
        noisy = features[rows] + config.noise * torch.randn(config.batch, features.shape[1])
        loss = binary_cross_entropy_with_logits(member(noisy), target[rows], weight[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def predict_held_out(
    table: ProposalTable, block: NDArray[np.integer], config: FitConfig, seed: int = 1
) -> Array:
    """Return scores of each block's rows by a scorer that saw neither it nor its regions.

    Parameters
    ----------
    table : ProposalTable
    block : (N,) int
        Which block of days each row belongs to.
    config : FitConfig
    seed : int

    Returns
    -------
    (N,) float32
        0..1.

    Raises
    ------
    DatasetError
        Without a block and its regions there is nothing to learn from.
    """
    score = np.zeros(len(block), np.float32)
    for held in np.unique(block):
        inside = block == held
        others = table[_others(table, inside)]
        if not others.used.any():
            raise DatasetError(
                f"block {held + 1} of the training days",
                "leaves nothing to learn from when it is held out with its regions",
                "other days with other regions",
                "label more days, or ask for more blocks",
            )
        scorer = fit_scorer(others, config, seed)
        score[inside] = score_rows(scorer, table.features[inside])
    return score


def score_rows(scorer: ProposalScorer, features: Array) -> Array:
    """Return a scorer's scores.

    Parameters
    ----------
    scorer : ProposalScorer
    features : (N, F) float32
        As `halescope.proposals_features` gives them.

    Returns
    -------
    (N,) float32
        0..1.
    """
    with torch.no_grad():
        out: Array = torch.sigmoid(scorer(torch.from_numpy(features))).numpy()
    return out


def _others(table: ProposalTable, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows of other blocks that touch no region of this one."""
    regions = set(table.region[inside].tolist()) - {0}
    return ~inside & ~np.isin(table.region, sorted(regions))


def block_of_days(days: Sequence[str], count: int) -> NDArray[np.intp]:
    """Return a block number for each day: as many runs of neighbouring days as asked for.

    Parameters
    ----------
    days : sequence of str
        ``YYYY-MM-DD``, one for each disk.
    count : int

    Returns
    -------
    (N,) int
        From 0. Fewer blocks than asked for where there are fewer days.
    """
    known = sorted(set(days))
    parts = np.array_split(np.array(known), count)
    place = {str(day): index for index, part in enumerate(parts) for day in part}
    return np.array([place[day] for day in days], np.intp)
