"""The default detector: the shipped card on drawn disks, and choices of made-up scores."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from halescope.boxes import iou
from halescope.detect import detect, load_detector
from halescope.detect_proposals import find, score_proposals
from halescope.normalize import from_origin_boxes, normalize
from halescope.proposals import propose
from halescope.proposals_features import FEATURES
from halescope.runtime.card import ModelCard, ModelInput
from halescope.runtime.session import load
from halescope.synthetic import Drawing
from halescope.types import Disk, DiskGeometry, Magnetogram


def disk_of(grey: np.ndarray) -> Disk:
    geometry = DiskGeometry(207.5, 207.5, 200.0)
    return Disk(grey, geometry, Magnetogram(grey, "display", geometry))


class Told:
    """A model that answers with logits it is given, and counts its calls."""

    def __init__(self, logits: list[float], score: float, nms: float) -> None:
        self.logits, self.calls = np.array(logits, np.float32), 0
        self.card = ModelCard(
            "told", "1", "detector", "proposals", "x.onnx", "0" * 64,
            ModelInput(416, len(FEATURES)), ("region",), {"score": score, "nms": nms},
        )  # fmt: skip

    def __call__(self, features: np.ndarray) -> dict[str, np.ndarray]:
        assert features.shape == (len(self.logits), len(FEATURES))
        self.calls += 1
        return {"logits": self.logits}


def run(model: Any, disk: Disk) -> Any:
    return find(model, disk)


@pytest.fixture
def one_patch() -> Disk:
    """Return a disk with one patch: four proposals, all the same box."""
    rows, columns = np.mgrid[:416, :416]
    patch = 120 * np.exp(-((columns - 210) ** 2 + (rows - 200) ** 2) / 72)
    return disk_of(patch.astype(np.float32))


def test_best_of_equal_boxes_is_kept(one_patch: Disk) -> None:
    found = run(Told([0.0, 2.0, 1.0, -3.0], score=0.4, nms=0.2), one_patch)
    assert found.score.tolist() == pytest.approx([1 / (1 + np.exp(-2.0))])
    np.testing.assert_array_equal(found.boxes, propose(one_patch).boxes[1:2])


def test_nms_of_the_card_is_used(one_patch: Disk) -> None:
    found = run(Told([0.0, 2.0, 1.0, -3.0], score=0.4, nms=1.0), one_patch)
    assert found.score.tolist() == pytest.approx(1 / (1 + np.exp([-2.0, -1.0, 0.0])))


def test_score_of_the_card_is_used(one_patch: Disk) -> None:
    assert len(run(Told([0.0, 2.0, 1.0, -3.0], score=0.9, nms=0.2), one_patch)) == 0
    assert len(run(Told([0.0, 2.0, 1.0, -3.0], score=0.01, nms=1.0), one_patch)) == 4


def test_quiet_disk_gives_none_and_asks_no_network() -> None:
    quiet = disk_of(np.random.default_rng(1).normal(0, 3, (416, 416)).astype(np.float32))
    model: Any = Told([], score=0.0, nms=0.2)
    assert len(run(model, quiet)) == 0
    proposals, score = score_proposals(model, quiet)
    assert len(proposals) == len(score) == model.calls == 0
    assert len(detect(quiet, load_detector())) == 0


def test_shipped_network_finds_every_drawn_region(drawing: Drawing) -> None:
    disk = normalize(drawing.magnetogram)
    rows = [row for row in drawing.truth.rows() if row["status"] == "firm"]
    sides = [[row[name] for name in ("x_min", "y_min", "x_max", "y_max")] for row in rows]
    truth = from_origin_boxes(disk, np.array(sides, np.float32))
    detector = load_detector()
    assert detector.name == "proposals"
    found = detect(disk, detector)
    assert (iou(truth, found.boxes).max(1) > 0.5).all()
    assert len(found) <= len(rows) + 2  # two patches of plage are drawn as well
    assert (np.diff(found.score) <= 0).all()


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
    best = np.where(iou(proposals.boxes, found.boxes) > limits["nms"], found.score, 0).max(1)
    assert (best[score >= limits["score"]] >= score[score >= limits["score"]]).all()


def test_turned_polarity_finds_the_same(drawing: Drawing) -> None:
    disk = normalize(drawing.magnetogram)
    detector = load_detector()
    plain, negative = (detect(d, detector) for d in (disk, replace(disk, field=-disk.field)))
    np.testing.assert_array_equal(plain.boxes, negative.boxes)
    np.testing.assert_allclose(plain.score, negative.score, atol=1e-4)
