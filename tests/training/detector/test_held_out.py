"""Held-out days: blocks that stay unseen, and chances that agree with a slower search."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from halescope.errors import DatasetError, HalescopeError
from halescope.models.proposal_scorer import ProposalScorer
from halescope.training.detector import held_out as proposal_held_out
from halescope.training.detector.data import LinkTable, TrainingTables
from halescope.training.detector.fit import ScorerFit, fit_links, fit_proposals, logits_of
from halescope.training.detector.held_out import block_of_days, fit_calibration, predict_held_out
from scorer_tables import QUICK, SHORT, links_of, separable, separable_links, table_of, tables_of

REGION = [1, 1, 2, 0, 2, 3, 3, 0, 3, 4, 4, 0]
BLOCK = np.repeat([0, 1, 2], 4)  # regions 2 and 3 are each seen in two blocks


def test_held_out_block_and_its_regions_are_never_learned_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proposals = table_of([0.9 if number else 0.0 for number in REGION], REGION)
    # A link of block 1 has an end in region 5, which no proposal there is of.
    ends = [(r, r) for r in REGION]
    ends[7], ends[10] = (5, 0), (4, 5)
    tables = tables_of(proposals, links_of(ends))
    rows: list[list[int]] = []
    link_rows: list[list[int]] = []

    def spy(given_tables: TrainingTables, learn: Any, config: ScorerFit, seed: int) -> Any:
        assert (given_tables, config, seed) == (tables, QUICK, 5)
        rows.append(np.flatnonzero(learn).tolist())
        return fit_proposals(given_tables, learn, SHORT, seed)

    def link_spy(links: LinkTable, config: ScorerFit, seed: int) -> ProposalScorer:
        assert (config, seed) == (SHORT, 5)
        link_rows.append(links.features[:, 0].astype(int).tolist())
        return fit_links(links, config, seed)

    monkeypatch.setattr(proposal_held_out, "fit_proposals", spy)
    monkeypatch.setattr(proposal_held_out, "fit_links", link_spy)
    found = predict_held_out(tables, BLOCK, QUICK, SHORT, seed=5)
    assert found.proposals.shape == found.links.shape == (12,)
    assert rows == [[5, 6, 7, 8, 9, 10, 11], [0, 1, 3, 9, 10, 11], [0, 1, 2, 3, 4, 7]]
    assert link_rows == [[5, 6, 7, 8, 9, 10, 11], [0, 1, 3, 9, 11], [0, 1, 2, 3, 4]]


def test_what_is_held_out_does_not_move_its_own_logits() -> None:
    """Targets and regions' other rows are poisoned: the held-out logits stay as they were."""
    random = np.random.default_rng(3)
    count = 90
    block = np.arange(count) % 3
    # Regions 1..6 are of block 0 alone, 7..12 of block 1, 13..18 of blocks 1 and 2, 19.. of 2.
    region = np.zeros(count, np.int64)
    for held, numbers in ((0, range(1, 7)), (1, range(7, 19)), (2, range(13, 25))):
        own = np.flatnonzero(block == held)
        region[own] = np.resize([0, *numbers], len(own))
    features = random.normal(0, 1, (count, 3)).astype(np.float32)
    proposals = replace(
        table_of(np.where(region > 0, 0.9, 0.1).tolist(), region.tolist()), features=features
    )
    links = replace(links_of([(r, r) for r in region.tolist()]), features=features)
    links = replace(links, same=random.random(count) < 0.5)
    plain = predict_held_out(tables_of(proposals, links), block, SHORT, SHORT)
    for held in range(3):
        unseen = (block == held) | np.isin(region, np.setdiff1d(region[block == held], [0]))
        poisoned = tables_of(
            replace(proposals, overlap=np.where(unseen, 1 - proposals.overlap, proposals.overlap)),
            replace(links, same=links.same ^ unseen),
        )
        found = predict_held_out(poisoned, block, SHORT, SHORT)
        inside = block == held
        np.testing.assert_array_equal(found.proposals[inside], plain.proposals[inside])
        np.testing.assert_array_equal(found.links[inside], plain.links[inside])
        assert (found.proposals[~inside] != plain.proposals[~inside]).any()
        assert (found.links[~inside] != plain.links[~inside]).any()


def test_held_out_logits_are_of_the_scorers_that_did_not_see_them() -> None:
    proposals, links = separable(90), separable_links(90)
    block = np.arange(90) % 3
    tables = tables_of(proposals, links)
    found = predict_held_out(tables, block, SHORT, SHORT)
    # Each region has one row: only the block is left out. Links name the regions of their own.
    for held in range(3):
        inside = block == held
        known = np.union1d(proposals.region[inside], links.regions[inside].ravel())
        known = known[known > 0]
        learn = ~inside & ~np.isin(proposals.region, known)
        scorer = fit_proposals(tables, learn, SHORT)
        np.testing.assert_allclose(
            found.proposals[inside], logits_of(scorer, proposals.features[inside]), atol=1e-6
        )
        link_learn = ~inside & ~np.isin(links.regions, known).any(1)
        scorer = fit_links(links[link_learn], SHORT)
        np.testing.assert_allclose(
            found.links[inside], logits_of(scorer, links.features[inside]), atol=1e-6
        )


@pytest.mark.parametrize("block", [[0, 0, 0, 0], [0, 0, 1, 1]])
def test_nothing_left_to_learn_from_is_said(block: list[int]) -> None:
    table = table_of([0.9] * 4, [7] * 4)  # one region, seen on all days
    with pytest.raises(HalescopeError, match="nothing to learn from"):
        predict_held_out(tables_of(table), np.array(block), SHORT, SHORT)


def test_no_links_left_to_learn_from_is_said() -> None:
    table = table_of([0.9] * 4, [1, 2, 3, 4])
    links = links_of([(1, 1), (2, 2), (1, 3), (2, 4)])  # none is free of the other block's regions
    with pytest.raises(HalescopeError, match="nothing to learn from"):
        predict_held_out(tables_of(table, links), np.array([0, 0, 1, 1]), SHORT, SHORT)


def likeliest(logit: np.ndarray, hit: np.ndarray) -> np.ndarray:
    """Return Platt's slope and shift by a search that knows no derivative."""
    goods, bads = hit.sum(), (~hit).sum()
    target = np.where(hit, (goods + 1) / (goods + 2), 1 / (bads + 2))
    x = logit.astype(float)

    def loss(line: np.ndarray) -> float:
        z = line[0] * x + line[1]
        pull = 5e-4 * ((line[0] - 1) ** 2 + line[1] ** 2)
        return float((np.logaddexp(0, z) - target * z).sum() + pull)

    options = {"maxiter": 20000, "maxfev": 20000, "xatol": 1e-9, "fatol": 1e-12}
    return minimize(loss, [1.0, 0.0], method="Nelder-Mead", options=options).x


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, -1.0), (2.0, 1.5)])
def test_calibration_finds_a_known_curve(slope: float, shift: float) -> None:
    random = np.random.default_rng(2)
    logit = random.normal(0, 2, 20000).astype(np.float32)
    hit = random.random(20000) < 1 / (1 + np.exp(-(slope * logit + shift)))
    assert fit_calibration(logit, hit) == pytest.approx((slope, shift), abs=0.1)


@given(
    st.integers(0, 10**6), st.integers(2, 300), st.floats(0.3, 3), st.floats(-3, 3),
    st.floats(0.5, 4),
)  # fmt: skip
@settings(max_examples=25)
def test_calibration_is_the_likeliest_curve(
    seed: int, count: int, slope: float, shift: float, spread: float
) -> None:
    random = np.random.default_rng(seed)
    logit = random.normal(-1, spread, count).astype(np.float32)
    hit = random.random(count) < 1 / (1 + np.exp(-(slope * logit + shift)))
    np.testing.assert_allclose(
        fit_calibration(logit, hit), likeliest(logit, hit), rtol=0.01, atol=0.01
    )


@pytest.mark.parametrize("count", [4, 20, 200])
@pytest.mark.parametrize("reach", [0.1, 1.0, 5.0, 10.0, 50.0])
def test_calibration_of_perfectly_told_boxes_is_finite(count: int, reach: float) -> None:
    logit = np.linspace(-reach, reach, count).astype(np.float32)
    found = fit_calibration(logit, logit > 0)
    np.testing.assert_allclose(found, likeliest(logit, logit > 0), rtol=0.01, atol=0.01)


@pytest.mark.parametrize("middle", [-20.0, -5.0, 5.0, 20.0])
@pytest.mark.parametrize("hit", [True, False])
def test_calibration_of_hits_or_misses_alone_is_finite(middle: float, hit: bool) -> None:
    logit = np.linspace(middle - 1, middle + 1, 50).astype(np.float32)
    slope, shift = fit_calibration(logit, np.full(50, hit))
    chance = 1 / (1 + np.exp(-(slope * middle + shift)))
    assert chance == pytest.approx(51 / 52 if hit else 1 / 52, abs=0.02)


def test_calibration_of_nothing_changes_nothing() -> None:
    assert fit_calibration(np.zeros(0, np.float32), np.zeros(0, bool)) == (1.0, 0.0)


def test_days_are_split_into_runs() -> None:
    days = ["2026-02-03", "2026-02-01", "2026-02-02", "2026-02-01", "2026-02-05", "2026-02-04"]
    assert block_of_days(days, 2).tolist() == [0, 0, 0, 0, 1, 1]
    assert block_of_days(days, 5).tolist() == [2, 0, 1, 0, 4, 3]
    assert block_of_days(days, 1).tolist() == [0] * 6
    assert block_of_days(days[:2], 3).max() < 3


def test_labels_without_places_say_what_to_do() -> None:
    tables = tables_of(separable())
    unknown = replace(tables.links, used=np.zeros(len(tables.links), bool))
    with pytest.raises(DatasetError, match="columns x and y"):
        predict_held_out(replace(tables, links=unknown), np.zeros(len(tables.disk)), QUICK, QUICK)
