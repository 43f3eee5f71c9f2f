"""Tables of proposals and links that the tests of the scorers' fit need."""

from dataclasses import replace

import numpy as np

from halescope.models.proposal_scorer import ScorerConfig
from halescope.training.detector.data import LinkTable, ProposalTable, TrainingTables
from halescope.training.detector.fit import ScorerFit

QUICK = ScorerFit(
    ScorerConfig(members=2, hidden=8, dropout=0.0),
    steps=60, batch=64, rate=0.03, noise=0.1, share=1.0,
)  # fmt: skip
SHORT = replace(QUICK, steps=3)


def table_of(overlap: list[float], region: list[int] | None = None) -> ProposalTable:
    """Return a table of a picture a row, whose first feature is the row's number."""
    count = len(overlap)
    return ProposalTable(
        np.arange(count),
        np.stack([np.arange(count), np.ones(count)], 1).astype(np.float32),
        np.zeros((count, 4), np.float32),
        np.array(overlap, np.float32),
        np.array(region or [0] * count, np.int64),
        np.ones(count, bool),
    )


def links_of(regions: list[tuple[int, int]]) -> LinkTable:
    """Return a table of a picture a row, whose first feature is the row's number."""
    count = len(regions)
    ends = np.array(regions, np.int64).reshape(-1, 2)
    return LinkTable(
        np.arange(count),
        np.stack([np.arange(count), np.ones(count)], 1).astype(np.float32),
        ends[:, 0] == ends[:, 1],
        ends,
        (ends > 0).any(1),
    )


def tables_of(
    proposals: ProposalTable, links: LinkTable | None = None, day: np.ndarray | None = None
) -> TrainingTables:
    count = len(proposals)
    links = links_of([(r, r) for r in proposals.region.tolist()]) if links is None else links
    day = np.arange(count) if day is None else day
    none = tuple(np.zeros((1, 1), bool) for _ in range(count))
    return TrainingTables(
        np.arange(count), day, np.zeros(count, bool), proposals, links, none, none
    )


def separable(count: int = 400) -> ProposalTable:
    """Return rows of which the second of four features tells the good."""
    random = np.random.default_rng(0)
    good = random.random(count) < 0.3
    features = random.normal(0, 1, (count, 4)) * [1, 1, 5, 1] + [0, 0, 100, 0]
    features[:, 1] += 4 * good
    plain = table_of(
        np.where(good, 0.9, 0.1).tolist(), np.where(good, 1 + np.arange(count), 0).tolist()
    )
    return replace(plain, features=features.astype(np.float32))


def separable_links(count: int = 300) -> LinkTable:
    random = np.random.default_rng(1)
    same = random.random(count) < 0.6
    features = random.normal(0, 1, (count, 3))
    features[:, 2] += 4 * same
    plain = links_of([(i + 1, i + 1 if s else 0) for i, s in enumerate(same.tolist())])
    return replace(plain, features=features.astype(np.float32))
