"""The scorers' fit: weights by hand, a problem they can solve."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.training.detector import fit as proposal_fit
from halescope.training.detector.data import ProposalTable
from halescope.training.detector.fit import (
    COPY_WEIGHT,
    PERFECT,
    WORTHLESS,
    ScorerFit,
    fit_links,
    fit_proposals,
    link_weights,
    logits_of,
    row_weights,
    targets,
)
from scorer_tables import QUICK, SHORT, links_of, separable, separable_links, table_of, tables_of


def every(table: ProposalTable) -> np.ndarray:
    return np.ones(len(table), bool)


def test_targets_rise_between_worthless_and_perfect() -> None:
    middle = (WORTHLESS + PERFECT) / 2
    found = targets(table_of([0.0, WORTHLESS, middle, PERFECT, 1.0]))
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-6)


def test_good_rows_share_the_root_of_their_number() -> None:
    # Region 7 has four good rows, region 8 one; together they weigh five.
    table = table_of([0.9] * 4 + [0.7] + [0.1, 0.5], [7] * 4 + [8] + [0, 7])
    expected = np.array([0.5] * 4 + [1.0]) * 5 / 3
    found = row_weights(table, np.zeros(7, bool))
    np.testing.assert_allclose(found, [*expected, 1, 1], rtol=1e-6)


def test_rows_of_copies_weigh_less() -> None:
    table = table_of([0.9, 0.9, 0.1, 0.1], [7, 7, 0, 0])
    found = row_weights(table, np.array([0, 1, 0, 1], bool))
    np.testing.assert_allclose(found, [1, COPY_WEIGHT, 1, COPY_WEIGHT])


def test_without_good_rows_all_weigh_one() -> None:
    assert row_weights(table_of([0.0, 0.5]), np.zeros(2, bool)).tolist() == [1, 1]


def test_links_of_a_region_share_the_root_of_their_number() -> None:
    # Region 9 has four links, one of them to nothing; region 8 has one.
    found = link_weights(links_of([(9, 9), (9, 9), (9, 9), (0, 9), (8, 0)]))
    expected = np.array([0.5] * 4 + [1.0])
    np.testing.assert_allclose(found, expected / expected.mean(), rtol=1e-6)
    assert found.mean() == pytest.approx(1)


def test_separable_rows_are_learned() -> None:
    table = separable()
    learn, held = np.arange(400) < 300, np.arange(400) >= 300
    scorer = fit_proposals(tables_of(table), learn, QUICK)
    assert not scorer.training
    logit = logits_of(scorer, table.features[held])
    assert logit.dtype == np.float32
    good = table.overlap[held] > 0.5
    assert logit[good].mean() > 1.4
    assert logit[~good].mean() < -1.4
    seen = table.features[learn]
    torch.testing.assert_close(scorer.mean, torch.from_numpy(seen.mean(0)))
    torch.testing.assert_close(scorer.spread, torch.from_numpy(seen.std(0) + 1e-3))


def test_separable_links_are_learned() -> None:
    links = separable_links()
    scorer = fit_links(links[np.arange(300) < 200], QUICK)
    logit = logits_of(scorer, links.features[200:])
    same = links.same[200:]
    assert logit[same].mean() > 1.4
    assert logit[~same].mean() < -1.4


def test_members_learn_apart_and_the_seed_decides() -> None:
    table = separable(60)
    one, same, other = (
        fit_proposals(tables_of(table), every(table), SHORT, seed).state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["members.0.line.weight"], other["members.0.line.weight"])
    assert not torch.equal(one["members.0.line.weight"], one["members.1.line.weight"])


def test_rows_in_doubt_teach_nothing() -> None:
    table = separable(80)
    used = np.arange(80) < 60
    wrong = replace(
        table,
        used=used,
        overlap=np.where(used, table.overlap, 1 - table.overlap),
        features=np.where(used[:, None], table.features, 1e5).astype(np.float32),
    )
    found = fit_proposals(tables_of(wrong), every(wrong), SHORT).state_dict()
    for key, value in fit_proposals(tables_of(table), used, SHORT).state_dict().items():
        assert torch.equal(found[key], value)
    links = separable_links(80)
    wrong_links = replace(
        links, used=links.used & used, same=links.same ^ ~used,
        features=np.where(used[:, None], links.features, 1e5).astype(np.float32),
    )  # fmt: skip
    found = fit_links(wrong_links, SHORT).state_dict()
    for key, value in fit_links(links[used], SHORT).state_dict().items():
        assert torch.equal(found[key], value)


@pytest.mark.parametrize("share", [0.25, 0.6, 1.0])
def test_each_member_learns_from_a_share_of_regions_and_of_days(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = [1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8] + [0] * 8
    day = np.array([0] * 11 + [0, 0, 1, 1, 2, 2, 3, 3])
    table = table_of([0.9 if r else 0.0 for r in region], region)
    learned: list[set[int]] = []

    def spy(member: Any, data: tuple[Any, ...], config: ScorerFit) -> None:
        standard = data[0][:, 0].numpy()
        spread, mean = table.features[:, 0].std(ddof=1) + 1e-3, table.features[:, 0].mean()
        learned.append(set(np.rint(standard * spread + mean).astype(int).tolist()))

    monkeypatch.setattr(proposal_fit, "_fit_member", spy)
    config = replace(QUICK, share=share, model=replace(QUICK.model, members=6))
    fit_proposals(tables_of(table, day=day), every(table), config)
    assert len(learned) == 6
    for rows in learned:
        regions = {region[row] for row in rows} - {0}
        days = {int(day[row]) for row in rows if not region[row]}
        assert len(regions) == np.ceil(share * 8)
        assert len(days) == np.ceil(share * 4)
        # A region or a day is learned from as a whole.
        assert rows == {
            row for row in range(19)
            if (region[row] in regions if region[row] else int(day[row]) in days)
        }  # fmt: skip
    assert share == 1 or len({tuple(sorted(rows)) for rows in learned}) > 1
