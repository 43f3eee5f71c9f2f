"""Fit the scorers of proposals and of links: what they are told of each row, and its weight."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from halescope.models.proposal_scorer import ProposalScorer, ScorerConfig
from halescope.training.detector.data import LinkTable, ProposalTable, TrainingTables
from halescope.types import Array

WORTHLESS, PERFECT = 0.3, 0.8
"""The target rises from 0 to 1 between these IoU with a listed region."""

COPY_WEIGHT = 0.5
"""Weight of a changed disk's rows: real disks are what counts."""


@dataclass(frozen=True)
class ScorerFit:
    """How a scorer learns.

    Parameters
    ----------
    steps : int
        Of AdamW under a one-cycle schedule. Few: there are some 40 regions to learn from.
    rate : float
        Highest learning rate.
    decay : float
        Weight decay.
    noise : float
        Standard deviation of the noise on standardised features.
    share : float
        Of the regions, and of the days of what is no region's, that each member learns from:
        none of them leans on one region, nor on one day's plage.
    """

    model: ScorerConfig = field(default_factory=ScorerConfig)
    steps: int = 120
    batch: int = 2048
    rate: float = 2e-3
    decay: float = 0.05
    noise: float = 0.5
    share: float = 0.6


@dataclass(frozen=True)
class LinkFit(ScorerFit):
    """How a scorer of links learns: they are many and alike on all disks, and bear more of it."""

    model: ScorerConfig = field(default_factory=lambda: ScorerConfig(members=8))
    steps: int = 400
    noise: float = 0.4
    share: float = 1.0


def targets(table: ProposalTable) -> Array:
    """Return how well each box fits a region, (N,) float32, 0..1: what the scorer should say."""
    rise = (table.overlap - WORTHLESS) / (PERFECT - WORTHLESS)
    out: Array = np.clip(rise, 0, 1).astype(np.float32)
    return out


def row_weights(table: ProposalTable, copy: NDArray[np.bool_]) -> Array:
    """Return each row's weight: long-lived regions do not drown the short-lived.

    The good boxes of a region share the square root of their number; all good boxes together
    weigh as much as their number. Rows of changed disks, (N,) bool, count `COPY_WEIGHT`.
    """
    weight = np.ones(len(table.region), np.float32)
    good = table.overlap >= (WORTHLESS + PERFECT) / 2
    if good.any():
        _, of_row, count = np.unique(table.region[good], return_inverse=True, return_counts=True)
        each = 1 / np.sqrt(count[of_row])
        weight[good] = each * good.sum() / each.sum()
    weight[copy] *= COPY_WEIGHT
    return weight


def link_weights(table: LinkTable) -> Array:
    """Return each link's weight, (T,), of mean one: a region's share the root of their number."""
    key = table.regions.max(1)
    _, of_row, count = np.unique(key, return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(count[of_row])
    out: Array = (weight / weight.mean()).astype(np.float32)
    return out


def fit_proposals(
    tables: TrainingTables, rows: NDArray[np.bool_], config: ScorerFit, seed: int = 1
) -> ProposalScorer:
    """Return a scorer, in evaluation mode, that learned from those of some rows that may train.

    The seed is of the members' first weights, of the rows they are shown and of the noise.
    """
    used = tables.proposals[rows & tables.proposals.used]
    weight = row_weights(used, tables.copy[used.picture])
    group = np.where(used.region > 0, used.region, -1 - tables.day[used.picture])
    return _fit(used.features, targets(used), weight, group, config, seed)


def fit_links(table: LinkTable, config: ScorerFit, seed: int = 1) -> ProposalScorer:
    """Return a scorer of links, in evaluation mode, that learned from those that may train."""
    used = table[table.used]
    same = used.same.astype(np.float32)
    return _fit(used.features, same, link_weights(used), used.regions.max(1), config, seed)


def _fit(
    features: Array,
    target: Array,
    weight: Array,
    group: NDArray[np.integer],
    config: ScorerFit,
    seed: int,
) -> ProposalScorer:
    """Return a scorer whose members each learned from a draw of the groups."""
    raw = torch.from_numpy(features)
    torch.manual_seed(seed)
    scorer = ProposalScorer(raw.mean(0), raw.std(0, unbiased=False) + 1e-3, config.model)
    data = scorer.standardise(raw), torch.from_numpy(target), torch.from_numpy(weight)
    random = np.random.default_rng(seed)
    for member in scorer.members:
        drawn = torch.from_numpy(_draw(group, config.share, random))
        _fit_member(member, tuple(part[drawn] for part in data), config)
    return scorer.eval()


def _draw(
    group: NDArray[np.integer], share: float, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Return the rows of a share of the groups: of those below zero, and of the others."""
    out = np.zeros(len(group), bool)
    for kind in (group < 0, group >= 0):
        known = np.unique(group[kind])
        count = int(np.ceil(share * len(known)))
        out |= np.isin(group, random.choice(known, count, replace=False))
    return out


def _fit_member(member: torch.nn.Module, data: tuple[torch.Tensor, ...], config: ScorerFit) -> None:
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


def logits_of(scorer: ProposalScorer, features: Array) -> Array:
    """Return a scorer's logits, (N,) float32, of features, (N, F) float32."""
    with torch.no_grad():
        out: Array = scorer(torch.from_numpy(features)).numpy()
    return out
