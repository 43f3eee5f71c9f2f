"""Unions of basins: what a watershed can leave is proposed, and nothing else."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_fields import SIDE, disk_of, drawn_patches, field_of, flood, tree_of
from halescope.box_rule.extent import DEFAULT_RULE, assign_pixels, magnetic_extents, smooth_strength
from halescope.box_rule.flood import watershed
from halescope.boxes import iou
from halescope.detection.proposals import candidates as proposals
from halescope.detection.proposals.basins import SMALLEST, Basins, find_basins
from halescope.detection.proposals.candidates import (
    FARTHEST,
    MOST_BASINS,
    MOST_UNIONS,
    Proposals,
    propose,
)

FIELDS = st.builds(drawn_patches, st.integers(0, 10**6), st.integers(2, 10), st.floats(15, 55))


def sets_of(found: Proposals) -> list[frozenset[int]]:
    return [frozenset(np.flatnonzero(row).tolist()) for row in found.member]


def proposed_for(basins: Basins) -> Proposals:
    """Return the proposals of basins that are given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposals, "find_basins", lambda disk, rule: basins)
        return propose(disk_of(np.zeros((SIDE, SIDE))))


def connected(union: frozenset[int], ends: list[tuple[int, int]]) -> bool:
    seen, waiting = set(), [min(union)]
    while waiting:
        here = waiting.pop()
        seen.add(here)
        for a, b in ends:
            waiting += [
                there for one, there in ((a, b), (b, a)) if one == here and there in union - seen
            ]
    return seen == union


def left_by(
    markers: frozenset[int], count: int, ends: list[tuple[int, int]], heights: list[float]
) -> list[frozenset[int]]:
    """Return the regions that a flood from some basins leaves: the highest link joins first."""
    region = {item: frozenset({item}) for item in range(count)}
    for index in np.argsort(heights)[::-1]:
        a, b = (region[end] for end in ends[index])
        if len((a | b) & markers) < 2:
            region |= dict.fromkeys(a | b, a | b)
    return [region[marker] for marker in markers]


@st.composite
def trees(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], list[float]]:
    """Draw a forest with a height for each link; below zero for a gap; all differ."""
    count = draw(st.integers(1, 8))
    parents = [draw(st.integers(-1, index - 1)) for index in range(1, count)]
    ends = [(parent, child + 1) for child, parent in enumerate(parents) if parent >= 0]
    places = draw(st.permutations(range(len(ends))))
    heights = [float(place - 2 if place < 2 else place + 20) for place in places]
    return count, ends, heights


@given(trees())
@settings(max_examples=25)
def test_proposals_are_what_floods_leave_and_nothing_else(tree: tuple) -> None:
    count, ends, heights = tree
    every = [
        frozenset(choice)
        for size in range(1, count + 1)
        for choice in itertools.combinations(range(count), size)
    ]
    left = {region for markers in every for region in left_by(markers, count, ends, heights)}
    expected = {region for region in left if len(region) <= MOST_BASINS}
    found = sets_of(proposed_for(tree_of(count, ends, heights)))
    assert len(set(found)) == len(found)
    assert set(found) == expected
    assert all(connected(union, ends) for union in found)


@pytest.mark.parametrize("count", [2, 5, 8])
def test_all_connected_sets_of_a_star_are_proposed(count: int) -> None:
    """From its middle each link is the first on its own way, so that a flood may cut any."""
    star = [(0, item) for item in range(1, count)]
    expected = {
        frozenset(choice)
        for size in range(1, min(count, MOST_BASINS) + 1)
        for choice in itertools.combinations(range(count), size)
        if connected(frozenset(choice), star)
    }
    found = sets_of(proposed_for(tree_of(count, star, [20.0 + i for i in range(count - 1)])))
    assert set(found) == expected


def test_links_that_are_alike_may_be_cut_either_way() -> None:
    """Gaps on a coarse grid are often equal: a flood from 0, 1 and 3 may leave 1 and 2 together."""
    found = sets_of(proposed_for(tree_of(4, [(0, 1), (1, 2), (2, 3)], [-4.0, -6.0, -6.0])))
    assert {frozenset({1, 2}), frozenset({2, 3}), frozenset({2})} <= set(found)
    assert frozenset({0}) in found  # cut where the gap is 4, from a place in 0


def flooded(grey: np.ndarray, seed: int) -> tuple[Proposals, np.ndarray, np.ndarray]:
    """Flood a field from some of its basins; return the proposals, markers and owners."""
    found = propose(disk_of(grey))
    basins, strength = found.basins, smooth_strength(grey)
    random = np.random.default_rng(seed)
    count = int(random.integers(1, max(2, len(basins) // 2 + 1)))
    markers = random.choice(len(basins), count, replace=False)
    places = {divmod(int(basins.top[m]), SIDE): int(m) for m in markers}
    return found, markers, flood(strength, strength > DEFAULT_RULE.threshold, places)


def within_reach(union: np.ndarray, basins: Basins) -> bool:
    """Return whether a union is none of those that are left out for their size."""
    rows, columns = np.divmod(basins.top[union], SIDE)
    x, y = (columns - 207.5) / 200, (rows - 207.5) / 200
    sphere = np.stack([x, y, np.sqrt(1 - x**2 - y**2)])
    angle = np.degrees(np.arccos(np.clip(sphere.T @ sphere, -1, 1)))
    return len(x) <= MOST_BASINS and angle.max() < FARTHEST - 0.1


@given(FIELDS, st.integers(0, 10**6))
@settings(max_examples=25)
def test_regions_of_a_watershed_of_the_pixels_are_proposed(patches: list, seed: int) -> None:
    """The claim of it all: wherever the regions are, the parts that they are cut into are here.

    The flood knows nothing of basins: it goes on from the highest pixel it has reached. Only
    single pixels of a border may fall to the other side.
    """
    grey = field_of(*patches)
    basins = find_basins(disk_of(grey))
    if not len(basins):
        return
    found, markers, owner = flooded(grey, seed)
    for marker in markers:
        region = (owner == marker).ravel()[basins.pixels]
        share = np.bincount(basins.owner, region, len(basins)) / np.bincount(basins.owner)
        union = share > 0.5
        assert (region != union[basins.owner]).sum() <= 0.05 * region.sum()
        if within_reach(union, basins) and basins.surface[union].sum() >= SMALLEST:
            (row,) = np.flatnonzero((found.member == union).all(1))
            rows, columns = np.nonzero(owner == marker)
            box = [columns.min() - 1, rows.min() - 1, columns.max() + 2, rows.max() + 2]
            assert iou(found.boxes[row][None], np.array([box], np.float32))[0, 0] > 0.85


def test_regions_of_the_box_rule_are_proposed() -> None:
    """Saddles differ by more than the rule's flood levels, so that it cuts at the lowest."""
    grey = field_of(*((x, 205, 6, 110) for x in (150, 174, 192, 219, 240)))
    found = propose(disk_of(grey))
    basins, strength = found.basins, smooth_strength(grey)
    assert len(basins) == 5
    heights = np.sort(basins.links.height)
    assert (heights[1:] > 1.3 * heights[:-1]).all()
    mask = strength > DEFAULT_RULE.threshold
    for size in (1, 2, 3):
        for markers in itertools.combinations(range(5), size):
            seeds = np.zeros(mask.shape, np.int32)
            for marker in markers:
                seeds.ravel()[basins.top[marker]] = marker + 1
            owner = watershed(strength, mask, seeds).ravel()[basins.pixels]
            for marker in markers:
                share = np.bincount(basins.owner, owner == marker + 1, 5) / np.bincount(
                    basins.owner
                )
                assert (np.minimum(share, 1 - share) < 0.1).all()
                proposed = (found.member == (share > 0.5)).all(1).any()
                assert proposed == within_reach(share > 0.5, basins)


def test_boxes_of_labels_are_proposed() -> None:
    """A label is the box of the rule about NOAA's positions, wherever these lie."""
    grey = field_of(
        (170, 220, 7, 110), (196, 216, 6, -100), (232, 225, 7, 120), (256, 220, 6, -110)
    )
    found = propose(disk_of(grey))
    xy = np.array([[183.0, 218.0], [244.0, 222.0]])
    geometry = disk_of(grey).geometry
    assert assign_pixels(smooth_strength(grey), geometry, xy).max() == 2
    labels, _ = magnetic_extents(grey, geometry, xy)
    assert (iou(labels, found.boxes).max(1) > 0.9).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_one_patch_is_one_proposal(sign: int) -> None:
    disk = disk_of(field_of((210, 200, 6, 120 * sign)))
    found = propose(disk)
    ruled, _ = magnetic_extents(disk.grey, disk.geometry, np.array([[210.0, 200.0]]))
    assert found.boxes.dtype == np.float32
    np.testing.assert_array_equal(found.boxes, ruled)
    assert found.member.tolist() == [[True]]


@pytest.mark.parametrize(
    ("apart", "sets"), [(12, [[0]]), (26, [[0], [0, 1], [1]]), (70, [[0], [1]])]
)
def test_two_patches_are_proposed_alone_and_together(apart: int, sets: list) -> None:
    """One basin, two that touch, and two too far apart to be linked."""
    found = propose(disk_of(field_of((200, 205, 7, 110), (200 + apart, 205, 7, 110))))
    assert sorted(map(sorted, sets_of(found))) == sets


def test_satellite_apart_is_proposed_alone_and_with_its_neighbour() -> None:
    found = propose(disk_of(field_of((200, 200, 5, 120), (230, 200, 5, 120))))
    assert (found.basins.links.height == 0).all()
    assert len(found) == 3


@given(FIELDS)
@settings(max_examples=15)
def test_boxes_enclose_their_basins(patches: list) -> None:
    found = propose(disk_of(field_of(*patches)))
    rows, columns = np.divmod(found.basins.pixels, SIDE)
    for box, member in zip(found.boxes, found.member, strict=True):
        mine = member[found.basins.owner]
        assert box.tolist() == [
            columns[mine].min() - 1, rows[mine].min() - 1,
            columns[mine].max() + 2, rows[mine].max() + 2,
        ]  # fmt: skip
        assert mine.sum() >= SMALLEST


def test_speck_is_none() -> None:
    basins = tree_of(3, [(0, 1), (1, 2)], [30, 20], size=SMALLEST - 1)
    assert {len(union) for union in sets_of(proposed_for(basins))} == {2, 3}
    assert len(propose(disk_of(field_of((200, 200, 1.0, 127))))) == 0
    assert len(propose(disk_of(field_of((200, 200, 2.5, 127))))) > 0


def test_distant_basins_are_in_none_together() -> None:
    count, step = 10, 15
    chain = [(item, item + 1) for item in range(count - 1)]
    # The saddles fall on the way, so that a flood may leave any run of neighbours.
    basins = tree_of(count, chain, [60.0 - i for i in range(count - 1)], step=step)
    rows, columns = np.divmod(basins.top, SIDE)
    x, y = (columns - 207.5) / 200, (rows - 207.5) / 200
    sphere = np.stack([x, y, np.sqrt(1 - x**2 - y**2)])
    apart = np.degrees(np.arccos(np.clip(sphere.T @ sphere, -1, 1)))
    expected = {
        frozenset(range(first, last + 1))
        for first, last in itertools.combinations_with_replacement(range(count), 2)
        if apart[first, last] <= FARTHEST and last - first < MOST_BASINS
    }
    assert apart[0, MOST_BASINS - 1] > FARTHEST  # it is the angle that limits here
    assert set(sets_of(proposed_for(basins))) == expected


def test_crowd_is_proposed_in_smaller_unions() -> None:
    count = 30
    star = [(0, item) for item in range(1, count)]
    found = proposed_for(tree_of(count, star, [20.0 + i for i in range(count - 1)]))
    sizes = np.bincount(found.member.sum(1), minlength=MOST_BASINS + 1)
    assert sizes[:4].tolist() == [0, 30, 29, 29 * 28 / 2]
    assert sizes[4:].sum() == 0  # 3654 more
    assert len(found) <= MOST_UNIONS


def test_disk_full_of_noise_has_a_bounded_number() -> None:
    grey = np.random.default_rng(0).normal(0, 60, (SIDE, SIDE)).astype(np.float32)
    found = propose(disk_of(grey), replace(DEFAULT_RULE, smoothing=1.5, threshold=3.0))
    assert len(found.basins) > 50
    assert 0 < len(found) <= max(MOST_UNIONS, len(found.basins))


def test_quiet_disk_has_none() -> None:
    grey = np.random.default_rng(0).normal(0, 3, (SIDE, SIDE)).astype(np.float32)
    axis = np.arange(SIDE) - 207.5
    grey[np.hypot(axis[:, None], axis) > 199] = np.nan
    found = propose(disk_of(grey))
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)
    assert found.member.shape == (0, 0)


def test_field_beyond_the_scale_and_no_data_count_as_in_a_picture() -> None:
    grey = field_of((150, 180, 6, 400), (250, 230, 5, -90))
    cut = np.clip(grey, -127, 127)
    torn = grey.copy()
    torn[380:, :30] = np.nan
    expected = propose(disk_of(cut))
    for field in (grey, torn):
        found = propose(disk_of(field))
        np.testing.assert_array_equal(found.boxes, expected.boxes)
        np.testing.assert_array_equal(found.member, expected.member)


def test_mirrored_disk_has_mirrored_boxes() -> None:
    grey = field_of((150, 180, 7, 120), (178, 186, 6, -110), (260, 250, 5, 90))
    plain, mirrored = propose(disk_of(grey)), propose(disk_of(grey[:, ::-1]))
    back = mirrored.boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [SIDE, 0, SIDE, 0]
    assert len(plain) == len(mirrored) == 4
    assert sorted(plain.boxes.tolist()) == sorted(back.tolist())


def test_rule_is_followed() -> None:
    disk = disk_of(field_of((210, 200, 6, 120)))
    low, high = (
        propose(disk, replace(DEFAULT_RULE, threshold=level, margin=0.0)) for level in (14.0, 50.0)
    )
    assert (low.boxes[0, :2] < high.boxes[0, :2]).all()
    assert (low.boxes[0, 2:] > high.boxes[0, 2:]).all()
    assert len(propose(disk, replace(DEFAULT_RULE, threshold=126.0))) == 0
