"""Numbers of links: by hand on drawn patches, the same for mirror images; likelihood by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_fields import SIDE, disk_of, drawn_patches, field_of, tree_of
from halescope.detection.proposals.basins import Basins, find_basins
from halescope.detection.proposals.links import (
    LEAST_LIKELY,
    LINK_FEATURES,
    SIDE_REACH,
    hale_order,
    hale_sense,
    inside_and_cut,
    likelihood,
    link_features,
)
from halescope.detection.proposals.sums import HIGHEST, SUMS, BasinSums, sum_basins

FIELDS = st.builds(drawn_patches, st.integers(0, 10**6), st.integers(2, 9), st.floats(15, 110))


def read(grey: np.ndarray, order: float | None = None) -> tuple[Basins, BasinSums, dict]:
    """Return basins, their sums, and the features of the tree's links by name."""
    disk = disk_of(grey)
    basins = find_basins(disk)
    sums = sum_basins(disk, basins)
    order = hale_order(sums, basins.links) if order is None else order
    features = link_features(sums, basins, order)
    assert features.dtype == np.float32
    return basins, sums, dict(zip(LINK_FEATURES, features.T, strict=True))


@given(FIELDS)
@settings(max_examples=15)
def test_a_row_for_each_link_of_the_tree(patches: list) -> None:
    basins, _, found = read(field_of(*patches))
    assert all(column.shape == (basins.links.tree.sum(),) for column in found.values())
    assert all(np.isfinite(column).all() for column in found.values())
    assert len(set(LINK_FEATURES)) == len(LINK_FEATURES)


PAIR = ((195, 230, 6, 120), (218, 230, 5, -90))


def test_two_patches_by_hand() -> None:
    basins, sums, found = read(field_of(*PAIR), order=1.0)
    greater, lesser = (0, 1) if basins.peak[0] > basins.peak[1] else (1, 0)
    height = basins.links.height[0]
    total = sums.total
    assert found["basins_height"][0] == height
    assert found["basins_gap"][0] == basins.links.gap[0]
    assert found["basins_of_lesser"][0] == pytest.approx(height / basins.peak[lesser])
    assert found["basins_of_greater"][0] == pytest.approx(height / basins.peak[greater])
    assert found["basins_flux_greater"][0] == pytest.approx(np.log1p(total[greater]))
    assert found["basins_flux_lesser"][0] == pytest.approx(np.log1p(total[lesser]))
    assert found["basins_strength_greater"][0] == basins.peak[greater]
    assert found["basins_pixels_lesser"][0] == pytest.approx(
        np.log1p(np.bincount(basins.owner)[lesser])
    )
    assert found["basins_flux_ratio"][0] == pytest.approx(
        np.log(total[lesser] / total[greater]), abs=1e-3
    )
    assert found["basins_strength_ratio"][0] == pytest.approx(
        float(basins.peak[lesser] - basins.peak[greater])
    )
    y = (230 - 207.5) / 200
    longitude = [np.degrees(np.arcsin((x - 207.5) / 200 / np.sqrt(1 - y**2))) for x in (195, 218)]
    apart = (longitude[1] - longitude[0]) * np.sqrt(1 - y**2)
    assert found["basins_longitude"][0] == pytest.approx(apart, rel=0.02)
    assert found["basins_latitude"][0] == pytest.approx(0, abs=0.05)
    assert found["basins_apart"][0] == pytest.approx(apart, rel=0.02)
    assert found["basins_balance"][0] == pytest.approx(total.min() / total.sum(), rel=0.05)
    assert found["basins_net_product"][0] == pytest.approx(-1, abs=0.05)
    # The negative one leads, where by the order given the positive one should.
    assert found["basins_hale"][0] == pytest.approx(longitude[0] - longitude[1], rel=0.05)
    assert found["basins_leader"][0] == pytest.approx(-1, abs=0.05)
    assert found["latitude"][0] == pytest.approx(y, rel=0.02)
    x = (195 - 207.5) / 200
    assert found["mu"][0] == pytest.approx(np.sqrt(1 - x**2 - y**2), rel=1e-3)
    assert found["order"][0] == 1


def test_order_turns_the_sense_of_hale_only() -> None:
    _, _, plain = read(field_of(*PAIR), order=0.8)
    _, _, turned = read(field_of(*PAIR), order=-0.8)
    for name in LINK_FEATURES:
        sign = -1 if name.endswith(("hale", "leader")) else 1
        np.testing.assert_allclose(turned[name], sign * plain[name], rtol=1e-6)
    assert plain["order"][0] == turned["order"][0] == pytest.approx(0.8)


def test_two_basins_are_the_sides_of_their_only_link() -> None:
    _, _, found = read(field_of(*PAIR))
    for name in (name.removeprefix("basins_") for name in LINK_FEATURES if "basins_" in name):
        np.testing.assert_array_equal(found[f"basins_{name}"], found[f"sides_{name}"])
    np.testing.assert_allclose(found["count_first"], np.log1p(1), rtol=1e-6)


def test_sides_are_all_that_hangs_on_a_link_nearby() -> None:
    xs = (110, 133, 156, 179, 202)  # in a row; each is linked with the next
    basins, sums, found = read(field_of(*((x, 205, 5, 100) for x in xs)))
    links = basins.links
    assert links.tree.sum() == 4
    east_first = np.argsort(sums.place[:, 0])
    position = np.argsort(east_first)
    longitude = np.degrees(sums.place[:, 0])
    for row, (a, b) in enumerate(
        zip(links.first[links.tree], links.second[links.tree], strict=True)
    ):
        a, b = (a, b) if position[a] < position[b] else (b, a)
        east = [
            i
            for i in range(5)
            if position[i] <= position[a] and longitude[a] - longitude[i] < SIDE_REACH
        ]
        west = [
            i
            for i in range(5)
            if position[i] >= position[b] and longitude[i] - longitude[b] < SIDE_REACH
        ]
        assert len(east) + len(west) <= 5
        flux = [sums.total[side].sum() for side in (east, west)]
        of_sides = [found[f"sides_flux_{end}"][row] for end in ("greater", "lesser")]
        np.testing.assert_allclose(sorted(of_sides), sorted(np.log1p(flux)), rtol=1e-5)
        counts = [found["count_first"][row], found["count_second"][row]]
        np.testing.assert_allclose(counts, sorted(np.log1p([len(east), len(west)])), rtol=1e-6)


def test_no_links_is_a_normal_answer() -> None:
    for grey in (np.zeros((SIDE, SIDE)), field_of((200, 200, 6, 110))):
        basins, _, found = read(grey)
        assert len(basins.links) == 0
        assert all(column.shape == (0,) for column in found.values())
        inside, cut = inside_and_cut(basins.links, np.ones((3, len(basins)), bool))
        assert inside.shape == cut.shape == (3, 0)
        assert likelihood(np.zeros(0, np.float32), inside, cut).tolist() == [0, 0, 0]


def rows_of(grey: np.ndarray) -> tuple[set, dict]:
    """Return all links, and the features of the tree's, by the peaks of their ends.

    No mirror changes these peaks.
    """
    basins, _, found = read(grey)
    links = basins.links
    peaks = np.sort(np.stack([basins.peak[links.first], basins.peak[links.second]], 1)).round(2)
    keys = [tuple(pair) for pair in peaks.tolist()]
    tree = [key for key, own in zip(keys, links.tree, strict=True) if own]
    return set(keys), dict(zip(tree, np.stack(list(found.values()), 1), strict=True))


@given(FIELDS)
@settings(max_examples=15)
def test_negative_changes_nothing(patches: list) -> None:
    grey = field_of(*patches)
    _, _, plain = read(grey)
    _, _, negative = read(-grey)
    for name, column in plain.items():
        np.testing.assert_allclose(negative[name], column, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("turn", [np.fliplr, np.flipud])
def test_mirror_images_change_nothing_but_gaps(turn) -> None:
    """Gaps are measured on every second pixel, and it is the other half in a mirror.

    So a pair that is just near enough to be linked may not be linked there, and then the order
    of the disk is another; such disks are left out here.
    """
    compared = 0
    for seed in range(10):
        grey = field_of(*drawn_patches(seed, 12, 60))
        (links, plain), (mirrored_links, mirrored) = rows_of(grey), rows_of(turn(grey))
        if links != mirrored_links or plain.keys() != mirrored.keys():
            continue
        compared += len(plain)
        for key, row in plain.items():
            for name, a, b in zip(LINK_FEATURES, row, mirrored[key], strict=True):
                # A gap counts twice as a rival, and it may be set against another gap.
                of_gap = 3 if name.endswith("gap") else 12 if "rival" in name else 0
                assert abs(a - b) <= (of_gap or 1e-3 * (1 + abs(a))), name
    assert compared > 30


TREES = st.integers(2, 8).flatmap(
    lambda count: st.tuples(*(st.integers(0, index) for index in range(count - 1)))
)
"""For each basin but the first, an earlier one that it is linked with."""


@given(TREES, st.integers(0, 10**6))
@settings(max_examples=20)
def test_likelihood_is_the_sum_of_logarithms(parents: tuple, seed: int) -> None:
    random = np.random.default_rng(seed)
    count = len(parents) + 1
    ends = [(parent, child + 1) for child, parent in enumerate(parents)]
    basins = tree_of(count, ends, random.uniform(15, 60, len(ends)))
    member = np.array(list(itertools.product((False, True), repeat=count)))
    same = random.uniform(0, 1, len(ends)).astype(np.float32)
    inside, cut = inside_and_cut(basins.links, member)
    found = likelihood(same, inside, cut)
    for row, union in enumerate(member):
        expected = 0.0
        for (a, b), chance in zip(ends, np.clip(same.astype(float), 1e-3, 0.999), strict=True):
            both, one = union[a] and union[b], union[a] != union[b]
            expected += np.log(chance) if both else np.log(1 - chance) if one else 0.0
        assert found[row] == pytest.approx(max(expected, LEAST_LIKELY))


def test_certain_links_stay_finite() -> None:
    yes, no = np.ones((1, 1), bool), np.zeros((1, 1), bool)
    for same in (0.0, 1.0):
        for inside, cut in ((yes, no), (no, yes)):
            found = likelihood(np.array([same], np.float32), inside, cut)
            assert LEAST_LIKELY <= found[0] <= 0


def sums_of(**values: float) -> BasinSums:
    sums = np.array([[values.get(name.replace("+", "p").replace("-", "n"), 0.0) for name in SUMS]])
    return BasinSums(sums, np.zeros((1, len(HIGHEST)), np.float32))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("weak", "degrees", "expected"),
    [(400, 5, 5), (400, 30, 12), (100, 5, 5 * 400 / 1100), (0, 5, 0)],
)
def test_sense_of_hale_by_hand(sign: int, weak: float, degrees: float, expected: float) -> None:
    """Positive field of 1000 in the west of some negative field, 0.2 north or south."""
    west = np.radians(degrees)
    found = hale_sense(
        sums_of(
            flux_p=1000, longitude_p=1000 * west, latitude_p=1000 * 0.2 * sign,
            flux_n=weak, latitude_n=weak * 0.2 * sign,
        ),
        order=1.0,
    )  # fmt: skip
    assert found[0] == pytest.approx(sign * expected, rel=2e-3, abs=1e-6)


@given(FIELDS)
@settings(max_examples=15)
def test_rivals_are_the_other_links_of_each_end(patches: list) -> None:
    basins, _, found = read(field_of(*patches))
    links = basins.links
    rank = [
        float(h) if h > 0 else -2 * float(g) for h, g in zip(links.height, links.gap, strict=True)
    ]
    ends = list(zip(links.first.tolist(), links.second.tolist(), strict=True))
    for row, link in enumerate(np.flatnonzero(links.tree).tolist()):
        lesser, greater = sorted(ends[link], key=lambda end: basins.peak[end])
        for name, end in (("lesser", lesser), ("greater", greater)):
            others = [rank[k] for k, pair in enumerate(ends) if end in pair and k != link]
            rival = max(others, default=-40.0)
            assert found[f"links_{name}"][row] == len(others) + 1
            assert found[f"rival_{name}"][row] == pytest.approx(rival)
            over = min(max(rank[link] - rival, -60), 60)
            assert found[f"over_rival_{name}"][row] == pytest.approx(over, abs=1e-4)
