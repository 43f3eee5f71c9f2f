"""Proposals and links of labelled disks: what each row is told."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from halescope.box_rule.extent import assign_pixels, smooth_strength
from halescope.boxes import iou
from halescope.detection.proposals.candidates import propose
from halescope.detection.proposals.features import FEATURES
from halescope.detection.proposals.links import LEAST_LIKELY, LINK_FEATURES
from halescope.detection.proposals.scorer import read_proposals
from halescope.training.data.disks import LabelledDisks
from halescope.training.data.field_change import FieldChange, canonical_disk
from halescope.training.detector.data import LinkTable, ProposalTable, make_tables
from labelled_disks import LEFT, RIGHT, STILL, blocks, disks_of, entry, field_with, two_disks

PLAIN = FieldChange(copies=0)


def proposals_of(disks: LabelledDisks, *args: Any) -> ProposalTable:
    return make_tables(disks, *args).proposals


@pytest.fixture
def pair() -> LabelledDisks:
    """Return a disk with regions 7 and 8, and a second with region 9 alone."""
    return two_disks()


def test_rows_are_the_proposals_and_links_of_each_disk(pair: LabelledDisks) -> None:
    told: list[int] = []
    tables = make_tables(pair, blocks(0, 0), PLAIN, progress=lambda: told.append(1))
    assert len(told) == 2
    assert not tables.copy.any()
    assert tables.disk.tolist() == [0, 1]
    for index, grey in enumerate(pair.fields):
        found = read_proposals(canonical_disk(grey))
        mine = tables.proposals[tables.proposals.picture == index]
        np.testing.assert_array_equal(mine.boxes, found.proposals.boxes)
        np.testing.assert_array_equal(mine.features, found.features)
        links = tables.links[tables.links.picture == index]
        np.testing.assert_array_equal(links.features, found.link_features)
    assert tables.proposals.features.shape == (len(tables.proposals), len(FEATURES))
    assert tables.links.features.shape == (len(tables.links), len(LINK_FEATURES))


def test_days_are_numbered(pair: LabelledDisks) -> None:
    late = [replace(label, time="2026-02-02T01:00:00Z") for label in pair.labels[1]]
    for labels, days in ((pair.labels, [0, 0]), ((pair.labels[0], late), [0, 1])):
        tables = make_tables(replace(pair, labels=labels), blocks(0, 0), PLAIN)
        assert tables.day.tolist() == days


def test_overlap_and_region_of_each_row(pair: LabelledDisks) -> None:
    table = proposals_of(pair, blocks(0, 0), PLAIN)
    for index, labels in enumerate(pair.labels):
        mine = table[table.picture == index]
        over = iou(mine.boxes, np.array([e.box for e in labels], np.float32))
        np.testing.assert_allclose(mine.overlap, over.max(1))
        numbers = np.array([e.noaa_number for e in labels])[over.argmax(1)]
        np.testing.assert_array_equal(mine.region, np.where(over.max(1) > 0.1, numbers, 0))
    assert set(table.region.tolist()) == {7, 8, 9}
    assert table.overlap.max() == 1.0  # the box rule draws labels and proposals alike
    assert table.used.all()


def test_box_that_touches_no_region_has_number_0() -> None:
    field = field_with(LEFT, RIGHT)
    table = proposals_of(disks_of((field, [entry(field, LEFT, 7)])), blocks(0), PLAIN)
    right = table.boxes[:, 0] > 220
    assert right.any()
    assert (table.region[right] == 0).all()
    assert (table.overlap[right] == 0).all()
    assert table.used[right].all()  # plage teaches: it is no region


@pytest.mark.parametrize(
    ("status", "flags", "number", "used", "region"),
    [
        ("doubtful", "limb", 8, False, 0),
        ("doubtful", "class_changes", 8, True, 8),
        ("plage", "", 0, True, 0),
        ("firm", "", 8, True, 8),
    ],
)
def test_doubt_keeps_a_row_from_training(
    status: str, flags: str, number: int, used: bool, region: int
) -> None:
    field = field_with(LEFT, RIGHT)
    labels = [entry(field, LEFT, 7), entry(field, RIGHT, number, status, flags)]
    table = proposals_of(disks_of((field, labels)), blocks(0), PLAIN)
    right = table.boxes[:, 0] > 220
    assert right.any()
    assert (table.used[right] == used).all()
    assert (table.region[right] == region).all()
    assert table.used[~right].all()


def test_box_that_fits_a_sure_region_is_used_though_it_touches_a_doubtful_one() -> None:
    field = field_with(LEFT)
    sure = entry(field, LEFT, 7)
    doubtful = replace(sure, noaa_number=8, status="doubtful", flags="only_after")
    table = proposals_of(disks_of((field, [sure, doubtful])), blocks(0), PLAIN)
    assert (table.overlap > 0.5).all()
    assert table.used.all()


def test_quiet_disk_adds_no_row(pair: LabelledDisks) -> None:
    quiet = np.zeros((416, 416), np.int8)
    plage = entry(quiet, LEFT, 0, "plage")
    disks = disks_of((quiet, [plage]), *zip(pair.fields, pair.labels, strict=True))
    tables = make_tables(disks, blocks(0, 0, 0), PLAIN)
    assert set(tables.proposals.picture.tolist()) == {1, 2}
    assert len(tables.inside) == len(tables.cut) == 3
    same = np.full(len(tables.links), 0.5, np.float32)
    assert len(tables.likelihood(same)) == len(tables.proposals)


def test_copies_are_marked_and_follow_their_disk(pair: LabelledDisks) -> None:
    tables = make_tables(pair, blocks(0, 0), replace(STILL, copies=2))
    assert tables.disk.tolist() == [0, 0, 0, 1, 1, 1]
    assert tables.copy.tolist() == [False, True, True] * 2
    for own, *copies in ((0, 1, 2), (3, 4, 5)):  # nothing is changed here but the mark
        for table in (tables.proposals, tables.links):
            first = table[table.picture == own]
            for copy in copies:
                other = table[table.picture == copy]
                for name in set(first.__dataclass_fields__) - {"picture"}:
                    np.testing.assert_array_equal(getattr(other, name), getattr(first, name))


def test_same_seed_same_table(pair: LabelledDisks) -> None:
    one, same, other = (
        proposals_of(pair, blocks(0, 0), FieldChange(copies=1), seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one.features, same.features)
    assert one.features.shape != other.features.shape or (one.features != other.features).any()


def test_label_without_a_position_keeps_its_box() -> None:
    field = field_with(LEFT)
    nowhere = replace(entry(field, LEFT, 7), x=float("nan"), y=float("nan"))
    table = proposals_of(disks_of((field, [nowhere])), blocks(0), STILL)
    assert (table.region == 7).all()
    own, copied = (table.overlap[table.picture == picture].tolist() for picture in (0, 1))
    assert own == copied


def test_rows_are_chosen_and_joined(pair: LabelledDisks) -> None:
    table = proposals_of(pair, blocks(0, 0), PLAIN)
    parts = [table[table.picture == index] for index in (1, 0)]
    joined = ProposalTable.join(parts)
    order = np.argsort(table.picture == 0, kind="stable")
    for name in ("features", "boxes", "picture", "overlap", "region", "used"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(table[order], name))


SPOTS = ((150.0, 205.0), (174.0, 205.0), (199.0, 205.0), (223.0, 205.0))
"""Four patches in a row, each of which touches the next."""


def links_of(positions: dict[int, tuple[float, float]], **status: str) -> dict[tuple, tuple]:
    """Return same, regions and used of the links between the spots, by their numbers."""
    field = field_with(*SPOTS)
    labels = [
        entry(field, place, number, status.get(f"region_{number}", "firm"))
        for number, place in positions.items()
    ]
    links = make_tables(disks_of((field, labels)), blocks(0), PLAIN).links
    basins = propose(canonical_disk(field)).basins
    spot = np.argsort(np.argsort(basins.top % 416))
    assert len(spot) == len(SPOTS)
    out = {}
    tree = basins.links.tree
    ends = zip(basins.links.first[tree], basins.links.second[tree], strict=True)
    for (a, b), row in zip(ends, range(len(links)), strict=True):
        turn = 1 if spot[a] < spot[b] else -1
        key = tuple(sorted((int(spot[a]), int(spot[b]))))
        regions = tuple(links.regions[row].tolist()[::turn])
        out[key] = (bool(links.same[row]), regions, bool(links.used[row]))
    assert sorted(out) == [(0, 1), (1, 2), (2, 3)]
    return out


def test_links_within_and_between_two_regions() -> None:
    found = links_of({7: (162.0, 205.0), 8: (211.0, 205.0)})
    assert found == {
        (0, 1): (True, (7, 7), True),
        (1, 2): (False, (7, 8), True),
        (2, 3): (True, (8, 8), True),
    }


def test_links_without_a_region_do_not_teach() -> None:
    found = links_of({0: (186.0, 205.0)}, region_0="plage")
    assert all(regions == (0, 0) and not used for _, regions, used in found.values())


def test_link_that_leads_out_of_a_region_teaches() -> None:
    """The third and fourth patch are out of the region's reach of 11 degrees: they are nobody's."""
    assert links_of({7: (150.0, 205.0)}) == {
        (0, 1): (True, (7, 7), True),
        (1, 2): (False, (7, 0), True),
        (2, 3): (False, (0, 0), False),
    }


def test_basin_that_is_cut_by_the_reach_does_not_teach() -> None:
    found = links_of({7: (186.0, 205.0)})
    assert found[1, 2] == (True, (7, 7), True)
    assert not found[0, 1][2]
    assert not found[2, 3][2]


def test_torn_basin_does_not_teach() -> None:
    """Two positions within one basin: half of it is the one's, half the other's."""
    field = field_with((180, 205), (206, 205))
    labels = [entry(field, (180.0, 198.0), 7), entry(field, (180.0, 212.0), 8)]
    links = make_tables(disks_of((field, labels)), blocks(0), PLAIN).links
    assert len(links) == 1
    assert not links.used.any()


def test_ends_of_links_are_those_of_the_box_rule(pair: LabelledDisks) -> None:
    """Each pixel by `assign_pixels`: an end is the region's that most of its pixels are."""
    field = field_with(*SPOTS, (230.0, 229.0))
    places = {7: (160.0, 205.0), 8: (226.0, 215.0)}
    labels = [entry(field, place, number) for number, place in places.items()]
    links = make_tables(disks_of((field, labels)), blocks(0), PLAIN).links
    disk = canonical_disk(field)
    basins = propose(disk).basins
    owner = assign_pixels(
        smooth_strength(disk.grey), disk.geometry, np.array(list(places.values()))
    ).ravel()
    tree = basins.links.tree
    for row, pair_of in enumerate(
        zip(basins.links.first[tree], basins.links.second[tree], strict=True)
    ):
        whole, numbers = [], []
        for basin in pair_of:
            counts = np.bincount(owner[basins.pixels[basins.owner == basin]], minlength=3)
            numbers.append([0, 7, 8][int(counts.argmax())])
            whole.append(counts.max() / counts.sum() > 0.7)
        assert links.regions[row].tolist() == numbers
        assert links.same[row] == (numbers[0] == numbers[1])
        assert links.used[row] == (any(numbers) and all(whole))


def test_likelihood_of_each_picture_is_of_its_own_links(pair: LabelledDisks) -> None:
    field = field_with(*SPOTS)
    disks = disks_of(
        *zip(pair.fields, pair.labels, strict=True), (field, [entry(field, SPOTS[0], 5)])
    )
    tables = make_tables(disks, blocks(0, 0, 0), PLAIN)
    assert np.bincount(tables.links.picture, minlength=3).tolist() == [0, 0, 3]
    random = np.random.default_rng(0)
    same = random.uniform(0.1, 0.9, len(tables.links)).astype(np.float32)
    found = tables.likelihood(same)
    assert found.shape == (len(tables.proposals),)
    assert (found[tables.proposals.picture < 2] == 0).all()  # patches without any link
    proposals = propose(canonical_disk(field))
    links = proposals.basins.links
    ends = list(zip(links.first[links.tree], links.second[links.tree], strict=True))
    for value, member in zip(found[tables.proposals.picture == 2], proposals.member, strict=True):
        logs = [
            np.log(chance) if member[a] and member[b]
            else np.log(1 - chance) if member[a] or member[b] else 0.0
            for (a, b), chance in zip(ends, same.astype(float), strict=True)
        ]  # fmt: skip
        assert value == pytest.approx(max(sum(logs), LEAST_LIKELY))


def test_links_are_chosen_and_joined(pair: LabelledDisks) -> None:
    links = make_tables(pair, blocks(0, 0), PLAIN).links
    none = links[np.zeros(len(links), bool)]
    assert isinstance(none, LinkTable)
    assert len(none) == 0
    assert len(LinkTable.join([links, none, links])) == 2 * len(links)
