"""The scorer's fit: weights by hand, blocks that stay unseen, a problem it can solve."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.errors import HalescopeError
from halescope.models.proposal_scorer import ProposalScorer, ScorerConfig
from halescope.training import proposal_fit
from halescope.training.proposal_data import ProposalTable
from halescope.training.proposal_fit import (
    COPY_WEIGHT,
    PERFECT,
    WORTHLESS,
    FitConfig,
    block_of_days,
    fit_scorer,
    predict_held_out,
    row_weights,
    score_rows,
    targets,
)

QUICK = FitConfig(
    ScorerConfig(members=2, hidden=8, dropout=0.0), steps=60, batch=64, rate=0.03, noise=0.1
)


def table_of(
    overlap: list[float], region: list[int] | None = None, copy: list[int] | None = None
) -> ProposalTable:
    """Return a table whose first feature is the row's number."""
    count = len(overlap)
    return ProposalTable(
        np.stack([np.arange(count), np.ones(count)], 1).astype(np.float32),
        np.zeros((count, 4), np.float32),
        np.arange(count),
        np.array(copy or [0] * count, bool),
        np.array(overlap, np.float32),
        np.array(region or [0] * count, np.int64),
        np.ones(count, bool),
    )


def separable(count: int = 400) -> ProposalTable:
    """Return rows of which the second of four features tells the good."""
    random = np.random.default_rng(0)
    good = random.random(count) < 0.3
    features = random.normal(0, 1, (count, 4)) * [1, 1, 5, 1] + [0, 0, 100, 0]
    features[:, 1] += 4 * good
    plain = table_of(np.where(good, 0.9, 0.1).tolist(), np.where(good, 7, 0).tolist())
    return replace(plain, features=features.astype(np.float32))


def test_targets_rise_between_worthless_and_perfect() -> None:
    middle = (WORTHLESS + PERFECT) / 2
    found = targets(table_of([0.0, WORTHLESS, middle, PERFECT, 1.0]))
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-6)


def test_good_rows_share_the_root_of_their_number() -> None:
    # Region 7 has four good rows, region 8 one; together they weigh five.
    table = table_of([0.9] * 4 + [0.7] + [0.1, 0.5], [7] * 4 + [8] + [0, 7])
    expected = np.array([0.5] * 4 + [1.0]) * 5 / 3
    np.testing.assert_allclose(row_weights(table), [*expected, 1, 1], rtol=1e-6)


def test_rows_of_copies_weigh_less() -> None:
    plain = table_of([0.9, 0.9, 0.1, 0.1], [7, 7, 0, 0], [0, 1, 0, 1])
    np.testing.assert_allclose(row_weights(plain), [1, COPY_WEIGHT, 1, COPY_WEIGHT])


def test_without_good_rows_all_weigh_one() -> None:
    assert row_weights(table_of([0.0, 0.5])).tolist() == [1, 1]


def test_separable_rows_are_learned() -> None:
    table = separable()
    learn, held = table[np.arange(400) < 300], table[np.arange(400) >= 300]
    scorer = fit_scorer(learn, QUICK)
    assert not scorer.training
    score = score_rows(scorer, held.features)
    assert score.dtype == np.float32
    good = held.overlap > 0.5
    assert score[good].mean() > 0.8
    assert score[~good].mean() < 0.2
    torch.testing.assert_close(scorer.mean, torch.from_numpy(learn.features.mean(0)))
    torch.testing.assert_close(
        scorer.spread, torch.from_numpy(learn.features.std(0, ddof=1) + 1e-3)
    )


def test_members_learn_apart_and_the_seed_decides() -> None:
    table, short = separable(60), replace(QUICK, steps=5)
    one, same, other = (fit_scorer(table, short, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["members.0.line.weight"], other["members.0.line.weight"])
    assert not torch.equal(one["members.0.line.weight"], one["members.1.line.weight"])


def test_rows_in_doubt_teach_nothing() -> None:
    table, short = separable(80), replace(QUICK, steps=5)
    used = np.arange(80) < 60
    wrong = replace(
        table,
        used=used,
        overlap=np.where(used, table.overlap, 1 - table.overlap),
        features=np.where(used[:, None], table.features, 1e5).astype(np.float32),
    )
    found, expected = fit_scorer(wrong, short), fit_scorer(table[used], short)
    for key, value in expected.state_dict().items():
        assert torch.equal(found.state_dict()[key], value)


def test_held_out_block_and_its_regions_are_never_learned_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    region = [1, 1, 2, 0, 2, 3, 3, 0, 3, 4, 4, 0]
    block = np.repeat([0, 1, 2], 4)  # regions 2 and 3 are each seen in two blocks
    table = table_of([0.9 if number else 0.0 for number in region], region)
    learned: list[ProposalTable] = []

    def spy(rows: ProposalTable, config: FitConfig, seed: int) -> ProposalScorer:
        learned.append(rows)
        assert seed == 5
        return fit_scorer(rows, replace(config, steps=2), seed)

    monkeypatch.setattr(proposal_fit, "fit_scorer", spy)
    score = predict_held_out(table, block, QUICK, seed=5)
    assert score.shape == (12,)
    assert ((score > 0) & (score < 1)).all()
    rows = [part.features[:, 0].astype(int).tolist() for part in learned]
    assert rows == [[5, 6, 7, 8, 9, 10, 11], [0, 1, 3, 9, 10, 11], [0, 1, 2, 3, 4, 7]]
    for held, part in enumerate(learned):
        mine = set(table.region[block == held].tolist()) - {0}
        assert not mine & set(part.region.tolist())
        assert not set(part.disk.tolist()) & set(table.disk[block == held].tolist())


def test_held_out_score_is_of_the_scorer_that_did_not_see_it() -> None:
    table, short = separable(90), replace(QUICK, steps=5)
    table = replace(table, region=np.where(table.region > 0, np.arange(90) + 1, 0))
    block = np.arange(90) % 3
    score = predict_held_out(table, block, short)
    for held in range(3):
        scorer = fit_scorer(table[block != held], short)
        inside = block == held
        np.testing.assert_allclose(
            score[inside], score_rows(scorer, table.features[inside]), atol=1e-6
        )


@pytest.mark.parametrize("block", [[0, 0, 0, 0], [0, 0, 1, 1]])
def test_nothing_left_to_learn_from_is_said(block: list[int]) -> None:
    table = table_of([0.9] * 4, [7] * 4)  # one region, seen on all days
    with pytest.raises(HalescopeError, match="nothing to learn from"):
        predict_held_out(table, np.array(block), QUICK)


def test_days_are_split_into_runs() -> None:
    days = ["2026-02-03", "2026-02-01", "2026-02-02", "2026-02-01", "2026-02-05", "2026-02-04"]
    assert block_of_days(days, 2).tolist() == [0, 0, 0, 0, 1, 1]
    assert block_of_days(days, 5).tolist() == [2, 0, 1, 0, 4, 3]
    assert block_of_days(days, 1).tolist() == [0] * 6
    assert block_of_days(days[:2], 3).max() < 3
