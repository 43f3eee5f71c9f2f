"""The default detector: the shipped card on drawn disks, and choices of made-up scores."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from drawn_fields import SIDE, disk_of, field_of
from halescope.boxes import area, intersection, iou
from halescope.detection.detect import detect, load_detector
from halescope.detection.proposals.candidates import propose
from halescope.detection.proposals.features import FEATURES, proposal_features
from halescope.detection.proposals.links import (
    LINK_FEATURES,
    hale_order,
    inside_and_cut,
    likelihood,
    link_features,
)
from halescope.detection.proposals.scorer import coverage, find, read_proposals, score_proposals
from halescope.detection.proposals.sums import sum_basins
from halescope.errors import ModelError
from halescope.normalize import from_origin_boxes, normalize
from halescope.runtime.card import ModelCard, ModelInput
from halescope.runtime.session import load
from halescope.synthetic import Drawing
from halescope.types import Disk


class Told:
    """A model that answers with logits it is given, and counts its calls."""

    def __init__(
        self, logits: list[float], links: list[float], *, score: float = 0.4, nms: float = 0.2,
        nested: float = 1.0, weight: float = 0.0, slope: float = 1.0, shift: float = 0.0,
    ) -> None:  # fmt: skip
        self.logits, self.links = np.array(logits, np.float32), np.array(links, np.float32)
        self.calls = 0
        self.card = ModelCard(
            "told", "2", "detector", "proposals", "x.onnx", "0" * 64,
            ModelInput(SIDE, len(FEATURES)), ("region",),
            {"score": score, "nms": nms, "nested": nested},
            calibration={"slope": slope, "shift": shift},
            options={"link_weight": weight, "link_features": len(LINK_FEATURES)},
        )  # fmt: skip

    def __call__(self, features: np.ndarray, links: np.ndarray) -> dict[str, np.ndarray]:
        assert features.shape == (len(self.logits), len(FEATURES))
        assert features.dtype == links.dtype == np.float32
        assert links.shape == (len(self.links) + 1, len(LINK_FEATURES))
        assert (links[-1] == 0).all()  # stands for no link, and its answer is nobody's
        self.calls += 1
        return {"logits": self.logits, "link_logits": np.append(self.links, np.float32(99))}


def model_of(*logits: float, links: tuple[float, ...] = (0.0,), **card: float) -> Any:
    return Told(list(logits), list(links), **card)


def sigmoid(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


@pytest.fixture(scope="module")
def pair() -> Disk:
    """Return a disk with two patches that touch: three proposals, the last of both."""
    disk = disk_of(field_of((195, 205, 7, 120), (221, 205, 7, -100)))
    assert propose(disk).member.sum(1).tolist() == [1, 1, 2]
    return disk


def test_reading_is_all_that_is_scored(small_drawing: Drawing) -> None:
    disk = normalize(small_drawing.magnetogram)
    found, proposals = read_proposals(disk), propose(disk)
    sums = sum_basins(disk, proposals.basins)
    order = hale_order(sums, proposals.basins.links)
    np.testing.assert_array_equal(found.proposals.boxes, proposals.boxes)
    np.testing.assert_array_equal(found.features, proposal_features(disk, proposals, sums))
    np.testing.assert_array_equal(found.link_features, link_features(sums, proposals.basins, order))


def test_best_of_overlapping_boxes_is_kept(pair: Disk) -> None:
    boxes = propose(pair).boxes
    whole = find(model_of(0.0, 1.0, 2.0), pair)
    assert whole.score.tolist() == pytest.approx([sigmoid(np.array(2.0))])
    np.testing.assert_array_equal(whole.boxes, boxes[2:])
    parts = find(model_of(0.5, 2.0, 1.0), pair)
    np.testing.assert_array_equal(parts.boxes, boxes[[1, 0]])
    assert parts.score.tolist() == pytest.approx(sigmoid(np.array([2.0, 0.5])).tolist())


def test_thresholds_of_the_card_are_used(pair: Disk) -> None:
    logits = (0.0, 2.0, 1.0)
    assert len(find(model_of(*logits, nms=1.0), pair)) == 3
    assert len(find(model_of(*logits, nms=1.0, score=0.6), pair)) == 2
    assert len(find(model_of(*logits, nms=0.99, nested=0.7), pair)) == 2  # the parts
    assert len(find(model_of(*logits, score=0.95), pair)) == 0


@pytest.mark.parametrize("link", [-3.0, 0.0, 3.0])
@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_score_by_hand(pair: Disk, link: float, weight: float) -> None:
    model = model_of(0.2, -0.4, 0.1, links=(link,), weight=weight, slope=1.5, shift=-0.3)
    _, score = score_proposals(model, pair)
    joined = sigmoid(np.array(link))
    whole = np.log([1 - joined, 1 - joined, joined])  # each alone cuts the link, both keep it
    expected = sigmoid(1.5 * (np.array([0.2, -0.4, 0.1]) + weight * whole) - 0.3)
    np.testing.assert_allclose(score, expected, rtol=1e-5)
    assert score.dtype == np.float32


def test_links_decide_between_one_region_and_two(pair: Disk) -> None:
    for link, count in ((3.0, 1), (-3.0, 2)):
        assert (
            len(find(model_of(1.0, 1.0, 1.0, links=(link,), weight=1.0, score=0.0), pair)) == count
        )


def test_lone_patch_has_no_link() -> None:
    alone = disk_of(field_of((210, 200, 6, 120)))
    model = model_of(1.0, links=(), weight=0.5)
    assert find(model, alone).score.tolist() == pytest.approx([sigmoid(np.array(1.0))])
    assert model.calls == 1


def test_coverage_is_the_best_score_of_each_basin(pair: Disk) -> None:
    found = propose(pair)
    for logits in ((2.0, -1.0, 0.5), (-3.0, -2.0, -1.0)):
        out = coverage(model_of(*logits), pair)
        best = [max(logits[0], logits[2]), max(logits[1], logits[2])]
        expected = np.zeros(SIDE * SIDE)
        expected[found.basins.pixels] = sigmoid(np.array(best))[found.basins.owner]
        first = int(found.member[0].argmax())  # proposals of one basin are in its order
        assert first == 0
        assert out.dtype == np.float32
        np.testing.assert_allclose(out.ravel(), expected, rtol=1e-5)


GOOD = {"link_weight": 0.3, "link_features": len(LINK_FEATURES)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"options": GOOD | {"link_features": 3}}, f"scores by {len(FEATURES)} and 3 numbers"),
        ({"options": {"link_weight": 0.3}}, f"scores by {len(FEATURES)} and None numbers"),
        ({"input": ModelInput(SIDE, 43)}, f"scores by 43 and {len(LINK_FEATURES)} numbers"),
        ({"options": {"link_features": len(LINK_FEATURES)}}, "lacks link_weight"),
        ({"calibration": {"slope": 1.0}}, "lacks shift"),
        ({"calibration": {}}, "lacks slope, shift"),
    ],
)
def test_card_that_does_not_fit_is_refused(pair: Disk, change: dict[str, Any], says: str) -> None:
    model = model_of(0.0, 0.0, 0.0)
    model.card = replace(model.card, **change)
    with pytest.raises(ModelError, match=says):
        find(model, pair)


def test_quiet_disk_gives_none_and_asks_no_network() -> None:
    quiet = disk_of(np.random.default_rng(1).normal(0, 3, (SIDE, SIDE)))
    model = model_of(score=0.0)
    assert len(find(model, quiet)) == 0
    proposals, score = score_proposals(model, quiet)
    assert len(proposals) == len(score) == model.calls == 0
    assert (coverage(model, quiet) == 0).all()


def test_shipped_detector_finds_none_on_a_quiet_disk() -> None:
    quiet = disk_of(np.random.default_rng(1).normal(0, 3, (SIDE, SIDE)))
    assert len(detect(quiet, load_detector())) == 0


def test_shipped_card_says_how_to_score() -> None:
    card = load_detector().card
    assert card is not None
    assert card.version == "3"
    assert card.options["link_features"] == len(LINK_FEATURES)
    assert card.options["link_weight"] >= 0
    assert card.calibration["slope"] > 0
    assert np.isfinite(card.calibration["shift"])


def truth_of(drawing: Drawing, disk: Disk) -> np.ndarray:
    rows = [row for row in drawing.truth.rows() if row["status"] == "firm"]
    sides = [[row[name] for name in ("x_min", "y_min", "x_max", "y_max")] for row in rows]
    return from_origin_boxes(disk, np.array(sides, np.float32))


def test_shipped_network_finds_every_drawn_region(drawing: Drawing) -> None:
    disk = normalize(drawing.magnetogram)
    truth = truth_of(drawing, disk)
    detector = load_detector()
    assert detector.name == "proposals"
    found = detect(disk, detector)
    assert (iou(truth, found.boxes).max(1) > 0.5).all()
    assert len(found) <= len(truth) + 2  # two patches of plage are drawn as well
    assert (np.diff(found.score) <= 0).all()


def test_shipped_network_finds_regions_of_a_small_picture(small_drawing: Drawing) -> None:
    disk = normalize(small_drawing.magnetogram)
    found = find(load("proposals", "detector"), disk)
    assert (iou(truth_of(small_drawing, disk), found.boxes).max(1) > 0.5).mean() >= 0.8


def test_what_is_found_are_proposals_above_the_threshold_and_apart(drawing: Drawing) -> None:
    disk = normalize(drawing.magnetogram)
    model = load("proposals", "detector")
    limits = model.card.thresholds
    proposals, score = score_proposals(model, disk)
    assert score.shape == (len(proposals),)
    assert ((score >= 0) & (score <= 1)).all()
    found = find(model, disk)
    overlap = iou(found.boxes, found.boxes) - np.eye(len(found))
    assert overlap.max() <= limits["nms"]
    assert found.score.min() >= limits["score"]
    assert found.score[0] == score.max()
    # No proposal above the threshold is left out but for a better one on its place.
    smaller = np.minimum(area(proposals.boxes)[:, None], area(found.boxes))
    nested = intersection(proposals.boxes, found.boxes) / smaller > limits["nested"]
    covers = (iou(proposals.boxes, found.boxes) > limits["nms"]) | nested
    best = np.where(covers, found.score, 0).max(1)
    shown = score >= limits["score"]
    assert (best[shown] >= score[shown]).all()


def test_shipped_score_is_of_both_logits(small_drawing: Drawing) -> None:
    disk = normalize(small_drawing.magnetogram)
    model = load("proposals", "detector")
    found = read_proposals(disk)
    out = model(found.features, found.link_features)
    same = sigmoid(out["link_logits"]).astype(np.float32)
    links, member = found.proposals.basins.links, found.proposals.member
    whole = likelihood(same, *inside_and_cut(links, member))
    logit = out["logits"] + model.card.options["link_weight"] * whole
    logit = model.card.calibration["slope"] * logit + model.card.calibration["shift"]
    np.testing.assert_allclose(score_proposals(model, disk)[1], sigmoid(logit), atol=1e-5)


def test_turned_polarity_finds_the_same(drawing: Drawing) -> None:
    disk = normalize(drawing.magnetogram)
    detector = load_detector()
    plain, negative = (detect(d, detector) for d in (disk, replace(disk, field=-disk.field)))
    np.testing.assert_array_equal(plain.boxes, negative.boxes)
    np.testing.assert_allclose(plain.score, negative.score, atol=1e-4)
