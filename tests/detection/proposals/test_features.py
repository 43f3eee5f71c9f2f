"""Numbers of a proposal: direct sums over its pixels, loops over its links, mirror images."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_fields import SIDE, disk_of, drawn_patches, field_of
from halescope.detection.proposals.basins import WIDEST_GAP
from halescope.detection.proposals.candidates import Proposals, propose
from halescope.detection.proposals.features import FEATURES, proposal_features
from halescope.detection.proposals.scorer import read_proposals
from halescope.detection.proposals.sums import SMOOTHINGS, sum_basins
from halescope.normalize import normalize
from halescope.runtime.store import default_card
from halescope.synthetic import Drawing
from halescope.types import Disk

PEAK = FEATURES.index("strength")
FIELDS = st.builds(drawn_patches, st.integers(0, 10**6), st.integers(1, 9), st.floats(15, 60))


def read(disk: Disk, boxes: np.ndarray | None = None) -> tuple[Proposals, dict]:
    """Return proposals and their features by name; with other boxes, if there are any."""
    found = propose(disk)
    found = found if boxes is None else replace(found, boxes=boxes)
    features = proposal_features(disk, found, sum_basins(disk, found.basins))
    return found, dict(zip(FEATURES, features.T, strict=True))


def test_a_column_for_each_name(small_drawing: Drawing) -> None:
    disk = normalize(small_drawing.magnetogram)
    found = read_proposals(disk)
    assert found.features.shape == (len(found.proposals), len(FEATURES))
    assert found.features.dtype == np.float32
    assert np.isfinite(found.features).all()
    assert len(set(FEATURES)) == len(FEATURES)


def test_shipped_network_takes_them() -> None:
    card = default_card("detector")
    assert card is not None
    assert card.input.channels == len(FEATURES)


def test_no_proposals_is_a_normal_answer() -> None:
    _, found = read(disk_of(np.zeros((SIDE, SIDE))))
    assert all(column.shape == (0,) for column in found.values())


@given(FIELDS)
@settings(max_examples=20)
def test_field_of_a_proposal_is_that_of_its_pixels(patches: list) -> None:
    noise = np.random.default_rng(len(patches)).normal(0, 12, (SIDE, SIDE))
    disk = disk_of(np.rint(field_of(*patches) + noise))
    proposals, found = read(disk)
    grey = np.clip(disk.grey.astype(float), -127, 127).ravel()
    y, x = (np.mgrid[:SIDE, :SIDE].reshape(2, -1) - 207.5) / 200
    surface = 1 / np.sqrt(np.maximum(1 - x**2 - y**2, 0.002))
    for row, member in enumerate(proposals.member):
        mine = proposals.basins.pixels[member[proposals.basins.owner]]
        flux = np.abs(grey[mine]).sum()
        positive, negative = (np.maximum(sign * grey[mine], 0).sum() for sign in (1, -1))
        expected = {
            "log_surface": np.log1p(surface[mine].sum()),
            "log_flux": np.log1p(flux),
            "balance": min(positive, negative) / (flux + 1),
            "mean": flux / len(mine),
            "strength": proposals.basins.strength[member[proposals.basins.owner]].max(),
        }
        for name, value in expected.items():
            assert found[name][row] == pytest.approx(value, rel=1e-4, abs=1e-5), name


def test_place_is_that_of_the_box() -> None:
    disk = disk_of(field_of((275, 265, 6, 110)))
    _, found = read(disk)
    x, y = (275 - 207.5) / 200, (265 - 207.5) / 200
    assert found["mu"][0] == pytest.approx(np.sqrt(1 - x**2 - y**2), rel=1e-3)
    assert found["latitude"][0] == pytest.approx(y, rel=1e-3)
    foreshortened = np.log1p(np.expm1(found["core_35_strong"][0]) / found["mu"][0])
    assert found["core_35_foreshortened"][0] == pytest.approx(foreshortened, rel=1e-4)


def test_peaks_and_cores_of_each_polarity() -> None:
    """Two squares of +100 on 120 and of -50 on 100 pixels, in one union and each alone."""
    grey = np.zeros((SIDE, SIDE), np.float32)
    grey[250:260, 260:272] = 100
    grey[250:260, 236:246] = -50
    proposals, found = read(disk_of(grey))
    assert len(proposals) == 3
    both = int(proposals.member.sum(1).argmax())
    # The middle of ten equal pixels: a Gaussian cut at three widths of 0.8 sees no edge.
    assert found["peak_0.8_strong"][both] == pytest.approx(100, rel=1e-4)
    assert found["peak_0.8_weak"][both] == pytest.approx(50, rel=1e-4)
    wider = [found[f"peak_{s}_strong"][both] for s in SMOOTHINGS]
    assert wider == sorted(wider, reverse=True)
    for level, strong, weak in ((35, 120, 100), (90, 120, 0), (120, 0, 0)):
        assert found[f"core_{level}_strong"][both] == pytest.approx(np.log1p(strong), rel=1e-5)
        assert found[f"core_{level}_weak"][both] == pytest.approx(np.log1p(weak), rel=1e-5)
        unshortened = np.log1p(strong / found["mu"][both])
        assert found[f"core_{level}_foreshortened"][both] == pytest.approx(unshortened, rel=1e-4)
    assert sorted(found["peak_0.8_strong"].tolist()) == pytest.approx([50, 100, 100], rel=1e-4)
    assert sorted(found["core_35_weak"].tolist()) == pytest.approx([0, 0, np.log1p(100)])


@given(FIELDS)
@settings(max_examples=20)
def test_what_is_cut_and_what_is_kept(patches: list) -> None:
    """The same by a loop over all links of each proposal."""
    proposals, found = read(disk_of(field_of(*patches)))
    basins = proposals.basins
    links = list(
        zip(
            basins.links.first.tolist(), basins.links.second.tolist(),
            basins.links.height.tolist(), basins.links.gap.tolist(),
            basins.links.tree.tolist(), strict=True,
        )
    )  # fmt: skip
    for row, member in enumerate(proposals.member):
        lowest, widest, highest, nearest = 1.0, 0.0, 0.0, WIDEST_GAP
        for a, b, height, gap, tree in links:
            share = height / float(min(basins.peak[a], basins.peak[b]))
            if member[a] and member[b]:
                lowest = min(lowest, share) if height else lowest
                widest = max(widest, gap) if tree else widest
            elif member[a] or member[b]:
                highest = max(highest, share)
                nearest = nearest if height else min(nearest, gap)
        assert found["lowest_inside"][row] == pytest.approx(lowest, rel=1e-5)
        assert found["widest_inside"][row] == pytest.approx(widest, rel=1e-5)
        assert found["highest_cut"][row] == pytest.approx(highest, rel=1e-5)
        assert found["nearest_cut"][row] == pytest.approx(nearest, rel=1e-5)


def test_how_a_box_lies_among_others() -> None:
    whole, part, apart = (100, 100, 140, 120), (100, 100, 120, 120), (300, 100, 310, 110)
    nearly = (100, 100, 136, 120)
    disk = disk_of(field_of((190, 205, 6, 110), (210, 205, 6, 110), (300, 205, 6, 110)))
    _, found = read(disk, np.array([whole, part, apart, nearly], np.float32))
    assert found["alike"].tolist() == [2, 1, 1, 2]  # itself among them
    assert found["holds"].tolist() == [3, 1, 1, 3]  # 36 of the whole's 40 lie in `nearly`
    assert found["held"].tolist() == [2, 3, 1, 2]
    np.testing.assert_allclose(
        found["larger"], [0, np.log(2), 0, np.log(40 / 36)], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        found["crowd"],
        [1 + 20 / 40 + 36 / 40, 1 + 20 / 40 + 20 / 36, 1, 1 + 36 / 40 + 20 / 36],
        rtol=1e-5,
    )


def test_no_data_counts_as_no_field() -> None:
    grey = field_of((200, 230, 6, 110), (226, 230, 6, -90))
    torn = np.where(np.abs(grey) < 1e-4, np.nan, grey)
    for name, column in read(disk_of(grey))[1].items():
        np.testing.assert_allclose(
            read(disk_of(torn))[1][name], column, rtol=1e-3, atol=1e-3, err_msg=name
        )


def test_negative_disk_has_the_same(small_drawing: Drawing) -> None:
    disk = normalize(small_drawing.magnetogram)
    negative = Disk(-disk.field, disk.geometry, disk.origin)
    plain, turned = read(disk)[1], read(negative)[1]
    for name, column in plain.items():
        np.testing.assert_allclose(turned[name], column, rtol=1e-4, atol=1e-4, err_msg=name)


def by_box(disk: Disk, columns: bool, rows: bool) -> tuple[int, dict[tuple, np.ndarray]]:
    """Return the number of links, and features by box, with boxes mirrored as told."""
    found = read_proposals(disk)
    boxes = found.proposals.boxes.copy()
    for axis, mirrored in enumerate((columns, rows)):
        if mirrored:
            boxes[:, [axis, axis + 2]] = SIDE - boxes[:, [axis + 2, axis]]
    keys = [
        tuple(box) for box in np.column_stack([boxes, found.features[:, [PEAK]].round(2)]).tolist()
    ]
    return len(found.proposals.basins.links), dict(zip(keys, found.features, strict=True))


@pytest.mark.parametrize(("columns", "rows"), [(True, False), (False, True), (True, True)])
def test_mirror_images_change_nothing_but_gaps(columns: bool, rows: bool) -> None:
    """See the test of the same name in `test_basin_links`."""
    compared = 0
    for seed in range(10):
        grey = field_of(*drawn_patches(seed, 12, 60))
        turned = grey[:: -1 if rows else 1, :: -1 if columns else 1]
        links, plain = by_box(disk_of(grey), False, False)
        turned_links, mirrored = by_box(disk_of(turned), columns, rows)
        if links != turned_links or plain.keys() != mirrored.keys():
            continue
        compared += len(plain)
        for key, row in plain.items():
            for name, a, b in zip(FEATURES, row, mirrored[key], strict=True):
                gap = name in ("widest_inside", "nearest_cut")
                assert abs(a - b) <= (3 if gap else 1e-3 * (1 + abs(a))), name
    assert compared > 50
