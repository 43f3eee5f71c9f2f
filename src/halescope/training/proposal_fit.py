"""Fit the scorers of proposals and of links; predict days that they did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from halescope.errors import DatasetError
from halescope.models.proposal_scorer import ProposalScorer, ScorerConfig
from halescope.training.proposal_data import LinkTable, ProposalTable, TrainingTables
from halescope.types import Array

WORTHLESS, PERFECT = 0.3, 0.8
"""The target rises from 0 to 1 between these IoU with a listed region."""

PULL = 1e-3
"""How strongly a calibration is held to slope 1 and shift 0; it matters where nothing else does."""

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


LINK_FIT = FitConfig(ScorerConfig(members=8), steps=400, noise=0.4, share=1.0)
"""Links are many, and alike on all disks: they bear more learning."""


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


def row_weights(table: ProposalTable, copy: NDArray[np.bool_]) -> Array:
    """Return each row's weight: long-lived regions do not drown the short-lived.

    The good boxes of a region share the square root of their number; all good boxes together
    weigh as much as their number. Rows of changed disks count `COPY_WEIGHT`.

    Parameters
    ----------
    table : ProposalTable
    copy : (N,) bool
        Whether each row's picture was changed.

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
    weight[copy] *= COPY_WEIGHT
    return weight


def link_weights(table: LinkTable) -> Array:
    """Return each link's weight: those of a region share the square root of their number.

    Parameters
    ----------
    table : LinkTable

    Returns
    -------
    (T,) float32
        Of mean one.
    """
    key = table.regions.max(1)
    _, of_row, count = np.unique(key, return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(count[of_row])
    out: Array = (weight / weight.mean()).astype(np.float32)
    return out


def fit_proposals(
    tables: TrainingTables, rows: NDArray[np.bool_], config: FitConfig, seed: int = 1
) -> ProposalScorer:
    """Return a scorer that learned from those proposals of some rows that may train.

    Parameters
    ----------
    tables : TrainingTables
    rows : (N,) bool
    config : FitConfig
    seed : int
        Of the members' first weights, of the rows they are shown and of the noise.

    Returns
    -------
    ProposalScorer
        In evaluation mode.
    """
    used = tables.proposals[rows & tables.proposals.used]
    weight = row_weights(used, tables.copy[used.picture])
    group = np.where(used.region > 0, used.region, -1 - tables.day[used.picture])
    return _fit(used.features, targets(used), weight, group, config, seed)


def fit_links(table: LinkTable, config: FitConfig, seed: int = 1) -> ProposalScorer:
    """Return a scorer of links that learned from those that may train.

    Parameters
    ----------
    table : LinkTable
    config : FitConfig
    seed : int

    Returns
    -------
    ProposalScorer
        In evaluation mode.
    """
    used = table[table.used]
    same = used.same.astype(np.float32)
    return _fit(used.features, same, link_weights(used), used.regions.max(1), config, seed)


def _fit(
    features: Array,
    target: Array,
    weight: Array,
    group: NDArray[np.integer],
    config: FitConfig,
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


@dataclass(frozen=True)
class HeldOut:
    """Logits by scorers that saw neither a row's block of days nor its regions.

    Parameters
    ----------
    proposals : (N,) float32
    links : (T,) float32
    """

    proposals: Array
    links: Array


def predict_held_out(
    tables: TrainingTables,
    block: NDArray[np.integer],
    fit: FitConfig,
    link_fit: FitConfig,
    seed: int = 1,
) -> HeldOut:
    """Return logits of each block's rows by scorers that saw neither it nor its regions.

    Parameters
    ----------
    tables : TrainingTables
    block : (P,) int
        Which block of days each picture belongs to.
    fit, link_fit : FitConfig
        Of proposals and of links.
    seed : int

    Raises
    ------
    DatasetError
        Without a block and its regions there is nothing to learn from.
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


def logits_of(scorer: ProposalScorer, features: Array) -> Array:
    """Return a scorer's logits.

    Parameters
    ----------
    scorer : ProposalScorer
    features : (N, F) float32

    Returns
    -------
    (N,) float32
    """
    with torch.no_grad():
        out: Array = scorer(torch.from_numpy(features)).numpy()
    return out


def fit_calibration(logit: Array, hit: NDArray[np.bool_], rounds: int = 50) -> tuple[float, float]:
    """Return slope and shift that turn logits into chances (Platt 1999).

    Parameters
    ----------
    logit : (N,) float32
        Of boxes that were kept on held-out disks.
    hit : (N,) bool
        Whether each was a region's.
    rounds : int
        Of Newton's method.

    Returns
    -------
    slope, shift : float
        Of the logistic curve of highest likelihood, with Platt's pull towards one half.
    """
    goods, bads = int(hit.sum()), int((~hit).sum())
    target = np.where(hit, (goods + 1) / (goods + 2), 1 / (bads + 2))
    design = np.stack([logit.astype(np.float64), np.ones(len(logit))], 1)
    start = np.array([1.0, 0.0])
    found = start

    def loss(line: NDArray[np.float64]) -> float:
        drawn = design @ line
        pull = PULL / 2 * ((line - start) ** 2).sum()
        return float((np.logaddexp(0, drawn) - target * drawn).sum() + pull)

    for _ in range(rounds):
        chance = np.exp(-np.logaddexp(0, -design @ found))
        slope = design.T @ (target - chance) - PULL * (found - start)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + PULL * np.eye(2)
        step = np.linalg.solve(curve, slope)
        while loss(found + step) > loss(found) and np.abs(step).max() > 1e-12:
            step = step / 2  # a whole step may lead beyond the summit
        found = found + step
    return float(found[0]), float(found[1])


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
