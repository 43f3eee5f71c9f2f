"""Numbers of basins: by hand on drawn squares, and direct sums over masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, label, maximum_filter, minimum_filter

from drawn_fields import SIDE, disk_of, drawn_patches, field_of
from halescope.box_rule.extent import smooth_strength
from halescope.detection.proposals.basins import Basins, find_basins
from halescope.detection.proposals.sums import (
    CORE_LEVELS,
    HIGHEST,
    LEVELS,
    SMOOTHINGS,
    SUMS,
    WIDE,
    BasinSums,
    patch_sizes,
    sum_basins,
)
from halescope.types import Disk

FIELDS = st.builds(drawn_patches, st.integers(0, 10**6), st.integers(1, 8), st.floats(15, 150))


def masks_of(basins: Basins) -> np.ndarray:
    """Return the pixels of each basin, (M, N, N)."""
    out = np.zeros((len(basins), SIDE * SIDE), bool)
    out[basins.owner, basins.pixels] = True
    return out.reshape(-1, SIDE, SIDE)


def largest_patch(strong: np.ndarray, mask: np.ndarray) -> int:
    """Return the size of the largest patch, joined by sides, that has a pixel in a mask."""
    left = set(zip(*(axis.tolist() for axis in np.nonzero(strong)), strict=True))
    best = 0
    while left:
        waiting, patch = [left.pop()], []
        while waiting:
            row, column = waiting.pop()
            patch.append((row, column))
            for place in (
                (row + 1, column),
                (row - 1, column),
                (row, column + 1),
                (row, column - 1),
            ):
                if place in left:
                    left.remove(place)
                    waiting.append(place)
        if any(mask[place] for place in patch):
            best = max(best, len(patch))
    return best


def within_blocks(found: float, smooth: np.ndarray, mask: np.ndarray, step: int) -> bool:
    """Return whether a maximum that was taken on blocks is one of the field at that place."""
    least, most = (
        max(0, around(smooth, 2 * step - 1)[mask].max())
        for around in (minimum_filter, maximum_filter)
    )
    return 0.96 * least - 1 <= found <= 1.03 * most + 1


def noisy(patches: list, seed: int = 3) -> Disk:
    """Return a disk whose field has both polarities everywhere, in whole levels."""
    noise = np.random.default_rng(seed).normal(0, 12, (SIDE, SIDE))
    return disk_of(np.rint(field_of(*patches) + noise))


@given(FIELDS)
@settings(max_examples=15)
def test_sums_equal_direct_sums(patches: list) -> None:
    disk = noisy(patches)
    basins = find_basins(disk)
    found = sum_basins(disk, basins)
    assert found.sums.shape == (len(basins), len(SUMS))
    grey = np.clip(disk.grey.astype(float), -127, 127)
    y, x = (np.mgrid[:SIDE, :SIDE] - 207.5) / 200
    mu = np.sqrt(np.maximum(1 - x**2 - y**2, 0.002))
    for index, mask in enumerate(masks_of(basins)):
        assert found["pixels"][index] == mask.sum()
        assert found["surface"][index] == pytest.approx((1 / mu[mask]).sum())
        for sign, name in ((1, "+"), (-1, "-")):
            flux = np.maximum(sign * grey[mask], 0)
            longitude = np.arctan2(x, mu)[mask]
            assert found[f"flux_{name}"][index] == pytest.approx(flux.sum())
            assert found[f"longitude_{name}"][index] == pytest.approx(longitude @ flux, abs=1e-6)
            assert found[f"latitude_{name}"][index] == pytest.approx(y[mask] @ flux, abs=1e-6)
            for level in LEVELS:
                count = (sign * grey[mask] >= level).sum()
                assert found[f"count_{level}_{name}"][index] == count


@given(FIELDS)
@settings(max_examples=6)
def test_highest_equal_direct_maxima(patches: list) -> None:
    disk = noisy(patches)
    basins = find_basins(disk)
    found = sum_basins(disk, basins)
    assert found.highest.shape == (len(basins), len(HIGHEST))
    grey = np.clip(disk.grey, -127, 127)
    wide = gaussian_filter(np.abs(grey), WIDE)
    strength = smooth_strength(disk.grey)
    for index, mask in enumerate(masks_of(basins)):
        assert found["strength"][index] == strength[mask].max()
        assert within_blocks(found["wide"][index], wide, mask, 4)
        for sign, name in ((1, "+"), (-1, "-")):
            for smoothing in SMOOTHINGS:
                smooth = sign * gaussian_filter(grey, smoothing)
                peak = found[f"peak_{smoothing}_{name}"][index]
                if smoothing > 3:
                    assert within_blocks(peak, smooth, mask, 2)
                else:  # the filter's tail is cut
                    assert peak == pytest.approx(max(0, smooth[mask].max()), rel=0.01, abs=0.3)
            for level in CORE_LEVELS:
                patch = largest_patch(sign * grey >= level, mask)
                assert found[f"core_{level}_{name}"][index] == patch


@pytest.fixture(scope="module")
def squares() -> Disk:
    """Return a disk with +100 on 120 pixels in the west, -50 on 100 pixels in the east of it."""
    grey = np.zeros((SIDE, SIDE), np.float32)
    grey[250:260, 260:272] = 100
    grey[250:260, 236:246] = -50
    return disk_of(grey)


def test_squares_by_hand(squares: Disk) -> None:
    basins = find_basins(squares)
    found = sum_basins(squares, basins)
    west = int(basins.peak.argmax())
    east = 1 - west
    assert len(basins) == 2
    np.testing.assert_allclose(found.total[[west, east]], [12000, 5000])
    np.testing.assert_allclose(found.net[[west, east]], [1, -1], rtol=1e-3)
    np.testing.assert_allclose(found.balance, 0, atol=1e-6)
    np.testing.assert_allclose(found.pair("flux")[west], [12000, 0])
    np.testing.assert_allclose(found.pair("core_35")[[west, east]], [[120, 0], [0, 100]])
    # The middle of ten equal pixels: a Gaussian cut at three widths of 0.8 sees no edge.
    np.testing.assert_allclose(found.pair("peak_0.8")[[west, east]], [[100, 0], [0, 50]], rtol=1e-4)
    wider = [found[f"peak_{s}_+"][west] for s in SMOOTHINGS] + [found["wide"][west]]
    assert wider == sorted(wider, reverse=True)


def test_place_and_dipole_by_hand(squares: Disk) -> None:
    basins = find_basins(squares)
    found = sum_basins(squares, basins).join(np.array([[True, True]]))
    y = (254.5 - 207.5) / 200
    longitude = [
        np.arcsin((x - 207.5) / 200 / np.sqrt(1 - y**2)) for x in (265.5, 240.5)
    ]  # the sphere's own: sin(longitude) cos(latitude) = x
    assert found.balance[0] == pytest.approx(5000 / 17000, rel=1e-3)
    assert found.net[0] == pytest.approx(7000 / 17000, rel=1e-3)
    assert found.place[0, 1] == pytest.approx(y, rel=1e-3)
    weighted = (12000 * longitude[0] + 5000 * longitude[1]) / 17000
    assert found.place[0, 0] == pytest.approx(weighted, rel=1e-3)
    assert found.dipole[0, 0] == pytest.approx(np.degrees(longitude[0] - longitude[1]), rel=2e-3)
    assert found.dipole[0, 1] == pytest.approx(0, abs=0.01)


def test_negative_swaps_the_polarities() -> None:
    disk = noisy(drawn_patches(8, 6))
    basins = find_basins(disk)
    plain, negative = sum_basins(disk, basins), sum_basins(disk_of(-disk.field), basins)
    for name in ("flux", "longitude", "count_60", "peak_0.8", "peak_4.0", "core_35"):
        np.testing.assert_allclose(plain.pair(name), negative.pair(name)[:, ::-1], rtol=1e-5)
    np.testing.assert_allclose(plain.net, -negative.net)
    np.testing.assert_allclose(plain.dipole, -negative.dipole, atol=1e-9)
    np.testing.assert_allclose(plain.balance, negative.balance)


def test_no_data_and_field_beyond_the_scale() -> None:
    grey = field_of((200, 200, 6, 400), (240, 220, 5, -300))
    torn = np.where(np.abs(grey) < 1e-3, np.nan, grey)
    basins = find_basins(disk_of(np.clip(grey, -127, 127)))
    expected = sum_basins(disk_of(np.clip(grey, -127, 127)), basins)
    for field in (grey, torn):
        found = sum_basins(disk_of(field), basins)
        np.testing.assert_allclose(found.sums, expected.sums, rtol=1e-4, atol=0.2)
        np.testing.assert_allclose(found.highest, expected.highest, rtol=1e-4, atol=1e-2)


def test_no_basins_is_a_normal_answer() -> None:
    disk = disk_of(np.zeros((SIDE, SIDE)))
    found = sum_basins(disk, find_basins(disk))
    assert found.sums.shape == (0, len(SUMS))
    assert found.highest.shape == (0, len(HIGHEST))
    assert found.place.shape == (0, 2)
    assert found.join(np.zeros((2, 0), bool)).sums.tolist() == [[0] * len(SUMS)] * 2


@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(1, 9))
@settings(max_examples=20)
def test_union_has_the_sums_and_the_largest(seed: int, basins: int, unions: int) -> None:
    random = np.random.default_rng(seed)
    each = BasinSums(
        random.normal(0, 100, (basins, len(SUMS))),
        random.uniform(0, 100, (basins, len(HIGHEST))).astype(np.float32),
    )
    member = random.random((unions, basins)) < 0.5
    found = each.join(member)
    for index in range(unions):
        own = np.flatnonzero(member[index])
        np.testing.assert_allclose(found.sums[index], sum(each.sums[own], np.zeros(len(SUMS))))
        expected = each.highest[own].max(0, initial=0)
        np.testing.assert_array_equal(found.highest[index], expected)


def test_sums_of_a_union_are_those_of_its_mask() -> None:
    disk = noisy(drawn_patches(8, 6))
    basins = find_basins(disk)
    member = np.random.default_rng(1).random((5, len(basins))) < 0.5
    found = sum_basins(disk, basins).join(member)
    masks = masks_of(basins)
    grey = np.clip(disk.grey, -127, 127)
    for index in range(5):
        mask = masks[member[index]].any(0)
        assert found.total[index] == pytest.approx(np.abs(grey[mask].astype(float)).sum())
        positive = np.maximum(grey[mask], 0).sum(dtype=float)
        negative = np.maximum(-grey[mask], 0).sum(dtype=float)
        assert found.balance[index] == pytest.approx(
            min(positive, negative) / (positive + negative + 1)
        )


def test_names_are_told_apart() -> None:
    assert len(set(SUMS + HIGHEST)) == len(SUMS) + len(HIGHEST)
    one = BasinSums(
        np.arange(len(SUMS))[None].astype(float),
        100 + np.arange(len(HIGHEST), dtype=np.float32)[None],
    )
    assert [one[name][0] for name in SUMS] == list(range(len(SUMS)))
    assert [one[name][0] for name in HIGHEST] == [100 + i for i in range(len(HIGHEST))]
    for name in (name for name in SUMS + HIGHEST if name.endswith("+")):
        both = [one[name][0], one[name[:-1] + "-"][0]]
        assert one.pair(name.removesuffix("_+"))[0].tolist() == both
    with pytest.raises(KeyError, match="nothing"):
        one["nothing"]


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 30), st.floats(20, 140))
def test_patches_are_those_of_scipy(seed: int, height: int, width: int, strength: float) -> None:
    field = np.random.default_rng(seed).normal(0, strength, (height, width)).astype(np.float32)
    found = patch_sizes(field, np.arange(field.size))
    expected = []
    for level in CORE_LEVELS:
        for mask in (field >= level, field <= -level):
            patches, _ = label(mask)
            sizes = np.bincount(patches.ravel())
            sizes[0] = 0
            expected.append(sizes[patches].ravel())
    np.testing.assert_array_equal(found, expected)
