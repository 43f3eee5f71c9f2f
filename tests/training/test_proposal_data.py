"""Proposals of labelled disks: overlap, region and doubt of each row, and changed copies."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.boxes import iou
from halescope.datasets.manifest import Entry
from halescope.extent import magnetic_extents
from halescope.proposals import propose
from halescope.proposals_features import FEATURES, proposal_features
from halescope.training.disks import LabelledDisks
from halescope.training.proposal_data import (
    FieldChange,
    ProposalTable,
    canonical_disk,
    change_field,
    changed_copy,
    make_table,
)

LEFT, RIGHT = (150.0, 240.0), (260.0, 180.0)
PLAIN = FieldChange(copies=0)
STILL = FieldChange(copies=1, crowded=0, gain=0, noise=0, blur=0, cut=0)


def field_with(*places: tuple[float, float], strength: float = 110) -> np.ndarray:
    rows, columns = np.mgrid[:416, :416]
    grey = np.zeros((416, 416))
    for x, y in places:
        grey += strength * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 72)
    return np.rint(grey).astype(np.int8)


def entry(
    field: np.ndarray, place: tuple[float, float], number: int, status: str = "firm", note: str = ""
) -> Entry:
    grey = field.astype(np.float32)
    boxes, _ = magnetic_extents(grey, canonical_disk(grey).geometry, np.array([place]))
    box = tuple(boxes[0].tolist())
    return Entry("a", "", "", number, "beta", status, box, 0.0, 0.0, note, *place)


def disks_of(*disks: tuple[np.ndarray, list[Entry]]) -> LabelledDisks:
    return LabelledDisks(
        np.stack([field for field, _ in disks]),
        tuple(labels for _, labels in disks),
        tuple(str(index) for index in range(len(disks))),
    )


def blocks(*numbers: int) -> np.ndarray:
    return np.array(numbers)


@pytest.fixture
def pair() -> LabelledDisks:
    """Return a disk with regions 7 and 8, and a second with region 9 alone."""
    both, single = field_with(LEFT, RIGHT), field_with(RIGHT)
    return disks_of(
        (both, [entry(both, LEFT, 7), entry(both, RIGHT, 8)]), (single, [entry(single, RIGHT, 9)])
    )


def test_rows_are_the_proposals_of_each_disk(pair: LabelledDisks) -> None:
    told: list[int] = []
    table = make_table(pair, blocks(0, 0), PLAIN, progress=lambda: told.append(1))
    assert len(told) == 2
    assert not table.copy.any()
    for index, grey in enumerate(pair.fields):
        disk = canonical_disk(grey)
        proposals, mine = propose(disk), table[table.disk == index]
        np.testing.assert_array_equal(mine.boxes, proposals.boxes)
        np.testing.assert_array_equal(mine.features, proposal_features(disk, proposals))
    assert table.features.shape == (len(table.disk), len(FEATURES))


def test_overlap_and_region_of_each_row(pair: LabelledDisks) -> None:
    table = make_table(pair, blocks(0, 0), PLAIN)
    for index, labels in enumerate(pair.labels):
        mine = table[table.disk == index]
        over = iou(mine.boxes, np.array([e.box for e in labels], np.float32))
        np.testing.assert_allclose(mine.overlap, over.max(1))
        numbers = np.array([e.noaa_number for e in labels])[over.argmax(1)]
        np.testing.assert_array_equal(mine.region, np.where(over.max(1) > 0.1, numbers, 0))
    assert set(table.region.tolist()) == {7, 8, 9}
    assert table.overlap.max() == 1.0  # the box rule draws labels and proposals alike
    assert table.used.all()


def test_box_that_touches_no_region_has_number_0() -> None:
    field = field_with(LEFT, RIGHT)
    table = make_table(disks_of((field, [entry(field, LEFT, 7)])), blocks(0), PLAIN)
    right = table.boxes[:, 0] > 220
    assert right.any()
    assert (table.region[right] == 0).all()
    assert (table.overlap[right] == 0).all()
    assert table.used[right].all()  # plage teaches: it is no region


@pytest.mark.parametrize(
    ("status", "note", "number", "used", "region"),
    [
        ("doubtful", "beyond 75 degrees", 8, False, 0),
        ("doubtful", "class alpha then beta", 8, True, 8),
        ("plage", "", 0, True, 0),
        ("firm", "", 8, True, 8),
    ],
)
def test_doubt_keeps_a_row_from_training(
    status: str, note: str, number: int, used: bool, region: int
) -> None:
    field = field_with(LEFT, RIGHT)
    labels = [entry(field, LEFT, 7), entry(field, RIGHT, number, status, note)]
    table = make_table(disks_of((field, labels)), blocks(0), PLAIN)
    right = table.boxes[:, 0] > 220
    assert right.any()
    assert (table.used[right] == used).all()
    assert (table.region[right] == region).all()
    assert table.used[~right].all()


def test_box_that_fits_a_sure_region_is_used_though_it_touches_a_doubtful_one() -> None:
    field = field_with(LEFT)
    sure = entry(field, LEFT, 7)
    doubtful = replace(sure, noaa_number=8, status="doubtful", note="only in the following SRS")
    table = make_table(disks_of((field, [sure, doubtful])), blocks(0), PLAIN)
    assert (table.overlap > 0.5).all()
    assert table.used.all()


def test_quiet_disk_adds_no_row(pair: LabelledDisks) -> None:
    quiet = np.zeros((416, 416), np.int8)
    disks = disks_of((quiet, []), *zip(pair.fields, pair.labels, strict=True))
    table = make_table(disks, blocks(0, 0, 0), PLAIN)
    assert set(table.disk.tolist()) == {1, 2}


def test_copies_are_marked_and_follow_their_disk(pair: LabelledDisks) -> None:
    table = make_table(pair, blocks(0, 0), replace(STILL, copies=2))
    for index in (0, 1):
        own, copies = (table[(table.disk == index) & (table.copy == c)] for c in (False, True))
        assert len(copies.disk) == 2 * len(own.disk)  # nothing is changed here but the mark
        np.testing.assert_array_equal(copies.overlap, np.tile(own.overlap, 2))
        np.testing.assert_array_equal(copies.region, np.tile(own.region, 2))


def test_same_seed_same_table(pair: LabelledDisks) -> None:
    one, same, other = (
        make_table(pair, blocks(0, 0), FieldChange(copies=1), seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one.features, same.features)
    assert one.features.shape != other.features.shape or (one.features != other.features).any()


def test_boxes_of_a_copy_are_drawn_from_its_own_field(pair: LabelledDisks) -> None:
    change = replace(STILL, cut=1.0, cut_from=20.0, blur=4.0)
    field, labels = changed_copy(pair, 0, blocks(0, 0), change, np.random.default_rng(2))
    expected, _ = magnetic_extents(field, canonical_disk(field).geometry, np.array([LEFT, RIGHT]))
    np.testing.assert_array_equal([label.box for label in labels], expected)
    assert [label.noaa_number for label in labels] == [7, 8]


def test_plage_does_not_part_a_region_of_a_copy() -> None:
    """Labels are drawn about NOAA's positions alone; so must be those of a copy."""
    field = field_with((190, 200), (214, 200))  # two spots of one region, some plage beside it
    region = entry(field, (202, 200), 7)
    plage = replace(entry(field, (214, 200), 0, "plage"), box=(210.0, 195.0, 220.0, 205.0))
    disks = disks_of((field, [region, plage]))
    _, labels = changed_copy(disks, 0, blocks(0), STILL, np.random.default_rng(0))
    assert labels == [region, plage]


def test_label_without_a_position_keeps_its_box() -> None:
    field = field_with(LEFT)
    nowhere = replace(entry(field, LEFT, 7), x=float("nan"), y=float("nan"))
    table = make_table(disks_of((field, [nowhere])), blocks(0), STILL)
    assert (table.region == 7).all()
    assert table.overlap[table.copy].tolist() == table.overlap[~table.copy].tolist()


def test_regions_are_borrowed_within_a_block_only(pair: LabelledDisks) -> None:
    change = replace(STILL, crowded=1.0)
    for block, allowed in ((blocks(0, 1), {7, 8}), (blocks(0, 0), {7, 8, 9})):
        random = np.random.default_rng(0)
        copies = [changed_copy(pair, 0, block, change, random)[1] for _ in range(12)]
        assert {label.noaa_number for labels in copies for label in labels} == allowed
        assert max(map(len, copies)) > 2  # some did take a second disk's


def test_cut_ends_each_polarity_by_itself() -> None:
    field = np.zeros((416, 416), np.float32)
    field[100:200, 100:200], field[200:300, 200:300] = 127, -127
    change = replace(STILL, cut=1.0, cut_from=30.0)
    ends = []
    for seed in range(20):
        changed = change_field(field, change, np.random.default_rng(seed))
        ends.append((-changed.min(), changed.max()))
    low, high = np.array(ends).T
    assert ((low >= 30) & (low <= 127) & (high >= 30) & (high <= 127)).all()
    assert (low != high).sum() > 15
    assert min(low.min(), high.min()) < 60
    whole = change_field(3 * field, STILL, np.random.default_rng(0))
    assert (whole.min(), whole.max()) == (-127, 127)


def test_change_is_in_whole_levels_and_leaves_the_sky_empty() -> None:
    field = np.zeros((416, 416), np.float32)
    field[100:300, 100:300] = 20
    change = replace(STILL, noise=40.0)
    changed = change_field(field, change, np.random.default_rng(7))
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(changed, np.rint(changed))
    assert (changed[field == 0] == 0).all()
    assert changed[field != 0].std() > 1
    np.testing.assert_array_equal(change_field(field, STILL, np.random.default_rng(7)), field)


def test_gain_multiplies_the_field() -> None:
    field = np.full((32, 32), 20, np.float32)
    change = replace(STILL, gain=0.3)
    found = [change_field(field, change, np.random.default_rng(s)).mean() for s in range(200)]
    assert np.log(np.array(found) / 20).std() == pytest.approx(0.3, rel=0.2)


def test_rows_are_chosen_and_joined(pair: LabelledDisks) -> None:
    table = make_table(pair, blocks(0, 0), PLAIN)
    parts = [table[table.disk == index] for index in (1, 0)]
    joined = ProposalTable.join(parts)
    order = np.argsort(table.disk == 0, kind="stable")
    for name in ("features", "boxes", "disk", "copy", "overlap", "region", "used"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(table[order], name))
