"""Numbers of a proposal's field: by hand on drawn patches, and the same for mirrored disks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.normalize import normalize
from halescope.proposals import KINDS, Proposals, propose
from halescope.proposals_features import FEATURES, proposal_features
from halescope.runtime.store import default_card
from halescope.synthetic import Drawing
from halescope.types import Disk, DiskGeometry, Magnetogram


def disk_of(grey: np.ndarray) -> Disk:
    geometry = DiskGeometry(207.5, 207.5, 200.0)
    return Disk(grey, geometry, Magnetogram(grey, "display", geometry))


def given_boxes(*boxes: tuple[float, ...], kind: int = 0) -> Proposals:
    return Proposals(np.array(boxes, np.float32), np.full(len(boxes), kind, np.int8))


def named(disk: Disk, proposals: Proposals) -> dict[str, np.ndarray]:
    return dict(zip(FEATURES, proposal_features(disk, proposals).T, strict=True))


@pytest.fixture(scope="module")
def patches() -> Disk:
    """Return a disk with +100 on 120 and on 80 pixels, -50 on 100, and one speck of -127."""
    grey = np.zeros((416, 416), np.float32)
    grey[250:260, 260:272] = 100
    grey[250:260, 276:284] = 100
    grey[270:280, 264:274] = -50
    grey[200, 100] = -127
    return disk_of(grey)


BOX = (256.0, 246.0, 296.0, 286.0)


def test_a_column_for_each_name(small_drawing: Drawing) -> None:
    disk = normalize(small_drawing.magnetogram)
    found = propose(disk)
    features = proposal_features(disk, found)
    assert features.shape == (len(found), len(FEATURES))
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert len(set(FEATURES)) == len(FEATURES)
    card = default_card("detector")
    assert card is not None
    assert card.input.channels == len(FEATURES)


def test_no_proposals_is_a_normal_answer(patches: Disk) -> None:
    none = Proposals(np.zeros((0, 4), np.float32), np.zeros(0, np.int8))
    assert proposal_features(patches, none).shape == (0, len(FEATURES))


def test_place_and_size(patches: Disk) -> None:
    found = named(patches, given_boxes(BOX))
    x, y = (275.5 - 207.5) / 200, (265.5 - 207.5) / 200
    mu = np.sqrt(1 - x**2 - y**2)
    assert found["mu"][0] == pytest.approx(mu, rel=1e-5)
    assert found["latitude"][0] == pytest.approx(y, rel=1e-5)
    assert found["log_width"][0] == pytest.approx(np.log(40), rel=1e-5)
    assert found["log_height"][0] == pytest.approx(np.log(40), rel=1e-5)
    assert found["log_area"][0] == pytest.approx(np.log(1600 / mu), rel=1e-5)


def test_flux_and_its_balance(patches: Disk) -> None:
    found = named(patches, given_boxes(BOX))
    assert found["log_flux"][0] == pytest.approx(np.log1p(20000 + 5000), rel=1e-5)
    assert found["balance"][0] == pytest.approx(5000 / 25001, rel=1e-5)
    assert found["mean"][0] == pytest.approx(25000 / 1600, rel=1e-5)


@pytest.mark.parametrize(
    ("level", "strong", "weak"), [(35, 200, 100), (60, 200, 0), (100, 200, 0), (120, 0, 0)]
)
def test_counts_above_levels(patches: Disk, level: int, strong: int, weak: int) -> None:
    found = named(patches, given_boxes(BOX))
    assert found[f"count_{level}_strong"][0] == pytest.approx(np.log1p(strong), rel=1e-5)
    assert found[f"count_{level}_weak"][0] == pytest.approx(np.log1p(weak), rel=1e-5)


@pytest.mark.parametrize(("level", "strong", "weak"), [(35, 120, 100), (90, 120, 0), (120, 0, 0)])
def test_core_is_the_largest_patch(patches: Disk, level: int, strong: int, weak: int) -> None:
    found = named(patches, given_boxes(BOX))
    assert found[f"core_{level}_strong"][0] == pytest.approx(np.log1p(strong), rel=1e-5)
    assert found[f"core_{level}_weak"][0] == pytest.approx(np.log1p(weak), rel=1e-5)
    unshortened = np.log1p(strong / found["mu"][0])
    assert found[f"core_{level}_foreshortened"][0] == pytest.approx(unshortened, rel=1e-4)


def test_peaks_of_each_polarity(patches: Disk) -> None:
    found = named(patches, given_boxes(BOX))
    # The middle of ten equal pixels: a Gaussian cut at three widths of 0.8 sees no edge.
    assert found["peak_0.8_strong"][0] == pytest.approx(100, rel=1e-4)
    assert found["peak_0.8_weak"][0] == pytest.approx(50, rel=1e-4)
    wider = [found[f"peak_{s}_strong"][0] for s in (0.8, 1.5, 2.5, 4.0)]
    assert wider == sorted(wider, reverse=True)
    assert 0 < found["wide"][0] < wider[-1]


def test_field_outside_the_box_does_not_count(patches: Disk) -> None:
    found = named(patches, given_boxes(BOX, (255.0, 262.0, 280.0, 290.0)))
    assert found["log_flux"][1] == pytest.approx(np.log1p(5000), rel=1e-5)
    assert found["balance"][1] == 0
    assert found["core_35_strong"][1] == pytest.approx(np.log1p(100), rel=1e-5)
    assert found["count_120_strong"].max() == 0  # the speck is in neither


def test_no_data_counts_as_no_field(patches: Disk) -> None:
    torn = np.where(patches.field == 0, np.nan, patches.field).astype(np.float32)
    np.testing.assert_array_equal(
        proposal_features(disk_of(torn), given_boxes(BOX)),
        proposal_features(patches, given_boxes(BOX)),
    )


def test_kind_is_one_column_of_four(patches: Disk) -> None:
    for kind, name in enumerate(KINDS):
        found = named(patches, given_boxes(BOX, kind=kind))
        assert [found[other][0] for other in KINDS] == [float(other == name) for other in KINDS]


def test_how_a_box_lies_among_others(patches: Disk) -> None:
    whole, part, apart = (100, 100, 140, 120), (100, 100, 120, 120), (300, 100, 310, 110)
    nearly = (100, 100, 136, 120)
    found = named(patches, given_boxes(whole, part, apart, nearly))
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


def test_field_of_a_box_is_the_same_whoever_its_neighbours_are(small_drawing: Drawing) -> None:
    disk = normalize(small_drawing.magnetogram)
    found = propose(disk)
    field = slice(FEATURES.index("log_flux"), FEATURES.index("alike"))
    together = proposal_features(disk, found)[:, field]
    for index in range(0, len(found), 3):
        alone = Proposals(found.boxes[index : index + 1], found.kind[index : index + 1])
        np.testing.assert_allclose(
            proposal_features(disk, alone)[0, field], together[index], rtol=1e-4, atol=1e-4
        )


def mirrored(boxes: np.ndarray, axis: int) -> np.ndarray:
    low, high = 416 - boxes[:, 2:], 416 - boxes[:, :2]
    out = boxes.copy()
    out[:, axis], out[:, axis + 2] = low[:, axis], high[:, axis]
    return out


@pytest.mark.parametrize("change", ["east-west", "north-south", "polarity"])
def test_mirrors_and_polarity_change_nothing(small_drawing: Drawing, change: str) -> None:
    disk = normalize(small_drawing.magnetogram)
    found = propose(disk)
    field, boxes = {
        "east-west": (disk.field[:, ::-1], mirrored(found.boxes, 0)),
        "north-south": (disk.field[::-1], mirrored(found.boxes, 1)),
        "polarity": (-disk.field, found.boxes),
    }[change]
    other = Disk(np.ascontiguousarray(field), disk.geometry, disk.origin)
    np.testing.assert_allclose(
        proposal_features(other, Proposals(boxes, found.kind)),
        proposal_features(disk, found),
        rtol=2e-4,
        atol=2e-4,
    )


NOISE = np.random.default_rng(5).integers(-150, 150, (416, 416)).astype(np.float32)
SIDE = st.integers(-5, 415)


@given(st.lists(st.tuples(SIDE, SIDE, st.integers(2, 60), st.integers(2, 60)), max_size=4))
@settings(max_examples=15)
def test_sums_equal_direct_sums(corners: list[tuple[int, int, int, int]]) -> None:
    boxes = [(x, y, x + width, y + height) for x, y, width, height in [(10, 20, 30, 40), *corners]]
    found = named(disk_of(NOISE), given_boxes(*boxes))
    for index, (x0, y0, x1, y1) in enumerate(boxes):
        left, low = min(max(x0, 0), 414), min(max(y0, 0), 414)
        window = np.clip(NOISE, -127, 127)[low : max(y1, low + 2), left : max(x1, left + 2)]
        positive, negative = window[window > 0].sum(), -window[window < 0].sum()
        total = float(positive + negative)
        assert found["log_flux"][index] == pytest.approx(np.log1p(total), rel=1e-5)
        assert found["mean"][index] == pytest.approx(total / window.size, rel=1e-5)
        assert found["balance"][index] == pytest.approx(
            min(positive, negative) / (total + 1), rel=1e-5
        )
        counts = sorted([(window >= 60).sum(), (window <= -60).sum()])
        assert found["count_60_weak"][index] == pytest.approx(np.log1p(counts[0]), rel=1e-5)
        assert found["count_60_strong"][index] == pytest.approx(np.log1p(counts[1]), rel=1e-5)
