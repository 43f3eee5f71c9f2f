"""Basins of strong field: against fields whose saddles are known, and direct hill climbing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist

from drawn_fields import SIDE, disk_of, drawn_patches, field_of
from halescope.box_rule.extent import DEFAULT_RULE, smooth_strength
from halescope.detection.proposals.basins import (
    GAP_STEP,
    MOST_SURFACE,
    SHALLOW,
    SMALLEST,
    WIDEST_GAP,
    Basins,
    find_basins,
)

MIDDLE = (SIDE - 1) / 2
WIDTH = 6.0
SMOOTHED = np.hypot(WIDTH, DEFAULT_RULE.smoothing)

FIELDS = st.builds(drawn_patches, st.integers(0, 10**6), st.integers(1, 9), st.floats(15, 60))


def profile(apart: float, place: np.ndarray | float) -> np.ndarray:
    """Return the smoothed strength between two equal patches, with the first at 0."""
    strength = 110 * (WIDTH / SMOOTHED) ** 2
    return sum(strength * np.exp(-((place - x) ** 2) / (2 * SMOOTHED**2)) for x in (0, apart))


def whole_of(basins: Basins) -> np.ndarray:
    """Return the basin of each pixel of the disk, -1 for none."""
    whole = np.full(basins.shape, -1)
    whole.ravel()[basins.pixels] = basins.owner
    return whole


def climb(strength: np.ndarray, row: int, column: int) -> tuple[int, int]:
    """Return the summit above a pixel, always up to the highest neighbour."""
    while True:
        around = [(r, c) for r in range(row - 1, row + 2) for c in range(column - 1, column + 2)]
        best = max(around, key=lambda place: strength[place])
        if strength[best] <= strength[row, column]:
            return row, column
        row, column = best


def test_pass_between_two_patches_is_the_field_at_the_midpoint() -> None:
    basins = find_basins(disk_of(field_of((190, 205, WIDTH, 110), (210, 205, WIDTH, 110))))
    assert len(basins) == 2
    assert (basins.links.first.tolist(), basins.links.second.tolist()) == ([0], [1])
    assert basins.links.height[0] == pytest.approx(float(profile(20, 10.0)), rel=0.01)
    assert basins.links.gap.tolist() == [0]
    assert basins.links.tree.tolist() == [True]
    highest = profile(20, np.linspace(-5, 5, 500)).max()
    np.testing.assert_allclose(basins.peak, highest, rtol=0.01)
    assert sorted(basins.top // SIDE) == [205, 205]
    assert sorted(basins.top % SIDE) == pytest.approx([190, 210], abs=1)


@pytest.mark.parametrize(("apart", "count"), [(14, 1), (16, 1), (18, 2), (24, 2)])
def test_shallow_basin_is_part_of_its_neighbour(apart: int, count: int) -> None:
    along = profile(apart, np.linspace(-5, apart + 5, 2000))
    share = profile(apart, apart / 2) / along.max()
    assert (share < SHALLOW) == (count == 2)
    assert abs(share - SHALLOW) > 0.02  # so that it is no matter of rounding
    found = find_basins(disk_of(field_of((190, 205, WIDTH, 110), (190 + apart, 205, WIDTH, 110))))
    assert len(found) == count


def test_small_basin_is_part_of_a_stronger_one_that_it_touches() -> None:
    rule = replace(DEFAULT_RULE, smoothing=0.8)
    grey = field_of((200, 200, 8, 110))
    for side, count in ((2, 1), (5, 2)):
        field = grey.copy()
        field[200 - side // 2 : 200 - side // 2 + side, 218 : 218 + side] = 60
        strength = smooth_strength(field, rule)
        low, high = strength[200, 210:219].min(), strength[196:205, 217:225].max()
        assert rule.threshold < low < SHALLOW * high  # it touches, and not by a shallow pass
        assert len(find_basins(disk_of(field), rule)) == count
    alone = np.zeros_like(grey)
    alone[199:201, 199:201] = 60
    found = find_basins(disk_of(alone), rule)
    assert len(found) == 1  # there is no other to join
    assert found.surface[0] < SMALLEST


@given(FIELDS)
@settings(max_examples=15)
def test_pixels_climb_to_the_summit_of_their_basin(patches: list) -> None:
    grey = field_of(*patches)
    strength, basins = smooth_strength(grey), find_basins(disk_of(grey))
    strong = strength > DEFAULT_RULE.threshold
    np.testing.assert_array_equal(basins.pixels, np.flatnonzero(strong))
    np.testing.assert_array_equal(basins.strength, strength[strong])
    basin_of_summit: dict[tuple[int, int], set[int]] = {}
    for pixel, owner in zip(basins.pixels[::7], basins.owner[::7], strict=True):
        summit = climb(strength, *divmod(int(pixel), SIDE))
        basin_of_summit.setdefault(summit, set()).add(int(owner))
    assert all(len(owners) == 1 for owners in basin_of_summit.values())
    whole = whole_of(basins)
    for summit, owners in basin_of_summit.items():
        assert whole[summit] in owners
    for index in range(len(basins)):
        inside = np.where(whole == index, strength, 0)
        assert basins.top[index] == inside.argmax()
        assert basins.peak[index] == inside.max()
        assert climb(strength, *divmod(int(basins.top[index]), SIDE)) == divmod(
            int(basins.top[index]), SIDE
        )


@given(FIELDS)
@settings(max_examples=20)
def test_touching_basins_are_deep_and_sizeable(patches: list) -> None:
    basins = find_basins(disk_of(field_of(*patches)))
    links = basins.links
    touch = links.height > 0
    ends = np.stack([links.first, links.second], 1)[touch]
    lesser = np.take_along_axis(ends, basins.peak[ends].argmin(1)[:, None], 1)[:, 0]
    assert (links.height[touch] < SHALLOW * basins.peak[lesser]).all()
    assert (basins.surface[lesser] >= SMALLEST).all()


@given(FIELDS)
@settings(max_examples=15)
def test_saddles_are_the_highest_ways_across_a_border(patches: list) -> None:
    grey = field_of(*patches)
    strength, basins = smooth_strength(grey), find_basins(disk_of(grey))
    whole = whole_of(basins)
    expected: dict[tuple[int, int], float] = {}
    rows, columns = np.nonzero(whole >= 0)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        for r, c in (
            (row, column + 1),
            (row + 1, column - 1),
            (row + 1, column),
            (row + 1, column + 1),
        ):
            a, b = sorted((int(whole[row, column]), int(whole[r, c])))
            if a >= 0 and a != b:
                level = float(min(strength[row, column], strength[r, c]))
                expected[a, b] = max(expected.get((a, b), 0), level)
    links = basins.links
    touch = links.height > 0
    pairs = zip(links.first[touch].tolist(), links.second[touch].tolist(), strict=True)
    assert dict(zip(pairs, links.height[touch].tolist(), strict=True)) == expected
    assert (links.gap[touch] == 0).all()
    every = list(zip(links.first.tolist(), links.second.tolist(), strict=True))
    assert len(set(every)) == len(every)
    assert all(a < b for a, b in every)


@given(
    st.integers(5, 30), st.integers(5, 30), st.integers(-25, 25), st.integers(0, 1),
    st.integers(12, 40),
)  # fmt: skip
@settings(max_examples=25)
def test_gap_is_the_distance_of_two_squares(
    width: int, height: int, up: int, odd: int, away: int
) -> None:
    grey = np.zeros((SIDE, SIDE), np.float32)
    left, bottom = 150 + odd, 200 + odd
    grey[bottom : bottom + height, left : left + width] = 60
    grey[bottom + up : bottom + up + 12, left + width + away : left + width + away + 12] = -60
    basins = find_basins(disk_of(grey))
    first, second = (
        np.stack(np.divmod(basins.pixels[basins.owner == index], SIDE), 1) for index in (0, 1)
    )
    between = cdist(first, second).min() - 1  # pixels of weak field
    links = basins.links
    if len(links):
        assert links.height.tolist() == [0]
        assert links.tree.tolist() == [True]
        assert links.gap[0] == pytest.approx(between, abs=1.5 * GAP_STEP)
        assert links.gap[0] <= WIDEST_GAP
    else:
        assert between > WIDEST_GAP - 1.5 * GAP_STEP
    if between > WIDEST_GAP + 1.5 * GAP_STEP:
        assert not len(links)


@given(FIELDS)
@settings(max_examples=25)
def test_tree_spans_each_group_by_the_best_links(patches: list) -> None:
    basins = find_basins(disk_of(field_of(*patches)))
    links, count = basins.links, len(basins)
    rank = np.where(links.height > 0, links.height, -links.gap)
    cost = 1000.0 - rank.astype(float)  # above zero: a zero would be no link
    graph = coo_array((cost, (links.first, links.second)), shape=(count, count)).tocsr()
    tree = coo_array(
        (cost[links.tree], (links.first[links.tree], links.second[links.tree])),
        shape=(count, count),
    )
    groups, of = connected_components(graph, directed=False)
    tree_groups, of_tree = connected_components(tree, directed=False)
    assert links.tree.sum() == count - groups
    assert tree_groups == groups
    np.testing.assert_array_equal(of, of_tree)
    assert cost[links.tree].sum() == pytest.approx(minimum_spanning_tree(graph).sum())


@given(FIELDS)
@settings(max_examples=15)
def test_sizes_and_edges_are_those_of_the_pixels(patches: list) -> None:
    basins = find_basins(disk_of(field_of(*patches)))
    whole = whole_of(basins)
    assert basins.edges.shape == (len(basins), 4)
    for index in range(len(basins)):
        rows, columns = np.nonzero(whole == index)
        rho2 = ((rows - MIDDLE) ** 2 + (columns - MIDDLE) ** 2) / 200**2
        flat = np.clip(1 / np.sqrt(np.maximum(1 - rho2, 1e-9)), 1, MOST_SURFACE)
        assert basins.surface[index] == pytest.approx(flat.sum())
        assert basins.edges[index].tolist() == [
            columns.min(), rows.min(), columns.max() + 1, rows.max() + 1,
        ]  # fmt: skip


def test_polarity_does_not_matter() -> None:
    grey = field_of(*drawn_patches(4, 8))
    plain, negative = find_basins(disk_of(grey)), find_basins(disk_of(-grey))
    np.testing.assert_array_equal(plain.owner, negative.owner)
    np.testing.assert_array_equal(plain.links.height, negative.links.height)


@pytest.mark.parametrize("turn", [np.fliplr, np.flipud])
def test_mirrored_disk_has_mirrored_basins(turn) -> None:
    grey = field_of(*drawn_patches(4, 8))
    plain, mirrored = find_basins(disk_of(grey)), find_basins(disk_of(turn(grey)))
    there, back = whole_of(plain), turn(whole_of(mirrored))
    pairs = set(zip(there.ravel().tolist(), back.ravel().tolist(), strict=True))
    assert len(plain) > 3
    assert len(pairs) == len(plain) + 1  # each basin is one of the other's; the rest is the rest


def test_quiet_disk_has_none() -> None:
    grey = np.random.default_rng(0).normal(0, 3, (SIDE, SIDE)).astype(np.float32)
    grey[:40] = np.nan
    for basins in (find_basins(disk_of(grey)), find_basins(disk_of(np.zeros((SIDE, SIDE))))):
        assert len(basins) == len(basins.links) == len(basins.pixels) == 0
        assert basins.edges.shape == (0, 4)
        assert basins.surface.shape == (0,)


def test_outermost_pixels_belong_to_none() -> None:
    basins = find_basins(disk_of(np.full((SIDE, SIDE), 60)), replace(DEFAULT_RULE, threshold=1.0))
    edges = basins.edges
    assert len(basins) >= 1
    assert edges[:, :2].min() >= 1
    assert edges[:, 2:].max() <= SIDE - 1


@pytest.mark.parametrize("place", [(200, 200), (201, 201), (200, 201)])
def test_single_pixel_has_no_link(place: tuple[int, int]) -> None:
    """Also where gaps, which are measured on every second pixel, do not see it."""
    grey = np.zeros((SIDE, SIDE), np.float32)
    grey[place] = 100
    strength = smooth_strength(grey)
    level = float(np.sort(strength.ravel())[-2:].mean())
    basins = find_basins(disk_of(grey), replace(DEFAULT_RULE, threshold=level))
    assert basins.surface == pytest.approx([1], abs=0.01)
    assert len(basins.links) == 0


def test_threshold_is_followed() -> None:
    disk = disk_of(field_of((210, 200, 6, 120)))
    low, high = (
        find_basins(disk, replace(DEFAULT_RULE, threshold=level)) for level in (14.0, 50.0)
    )
    assert high.strength.min() > 50
    assert set(high.pixels.tolist()) < set(low.pixels.tolist())


@pytest.mark.parametrize(("x", "count"), [(207, 1), (394, 2)])
def test_small_patches_count_by_their_surface(x: int, count: int) -> None:
    """Beside a strong patch, one of 15 pixels is a basin of its own near the limb alone."""
    rule = replace(DEFAULT_RULE, smoothing=0.8)
    grey = np.zeros((SIDE, SIDE), np.float32)
    grey[200:208, x - 12 : x - 2] = 110
    grey[203:206, x : x + 3] = 60
    grey[203:206, x - 2 : x] = 25
    basins = find_basins(disk_of(grey), rule)
    sizes = np.bincount(basins.owner)
    assert len(basins) == count
    assert count == 1 or sizes.min() < SMALLEST
