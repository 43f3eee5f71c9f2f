"""The baseline finds what is drawn; boxes come back in the disk's own pixels."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.boxes import iou
from halescope.detection.detect import THRESHOLD, Detector, detect, find_by_threshold, load_detector
from halescope.errors import ModelError
from halescope.normalize import normalize
from halescope.runtime.card import ModelCard, ModelInput
from halescope.types import Disk, DiskGeometry, Magnetogram, Regions


def spotted(scale: str = "display") -> Disk:
    field = np.zeros((512, 512), np.float32)
    field[300:330, 300:340] = 100
    field[180:200, 200:230] = -100
    field *= 1 if scale == "display" else 500 / 255
    return normalize(Magnetogram(field, scale, DiskGeometry(255.5, 255.5, 200.0)))  # type: ignore[arg-type]


def test_threshold_boxes_lie_on_the_spots() -> None:
    found = find_by_threshold(spotted())
    assert len(found) == 2
    truth = np.array([[252, 252, 292, 282], [152, 132, 182, 152]], np.float32)  # less 48
    grown = truth + np.array([-4, -4, 4, 4])
    overlap = iou(found.boxes, grown)
    assert overlap.max(0).min() > 0.75
    assert ((found.score > 0) & (found.score < 1)).all()


def test_gauss_and_display_agree() -> None:
    np.testing.assert_allclose(
        find_by_threshold(spotted()).boxes, find_by_threshold(spotted("gauss")).boxes
    )


def test_quiet_sun_has_no_regions() -> None:
    disk = spotted()
    quiet = replace(disk, field=np.where(np.isnan(disk.field), np.nan, 0).astype(np.float32))
    assert len(detect(quiet, load_detector(THRESHOLD))) == 0


def test_best_score_first_and_clipped_to_the_disk() -> None:
    boxes = np.array([[-5, 10, 20, 30], [400, 400, 500, 500], [500, 0, 510, 9]], np.float32)
    score = np.array([0.2, 0.9, 0.8], np.float32)
    tool = Detector("made up", lambda disk: Regions.from_boxes(boxes, score))
    found = detect(spotted(), tool)
    assert found.score.tolist() == pytest.approx([0.9, 0.2])  # the one off the array is gone
    assert found.boxes.tolist() == [[400, 400, 416, 416], [0, 10, 20, 30]]


def test_detector_of_another_size_gets_its_own_disk() -> None:
    card = ModelCard(
        "big", "1", "detector", "x", "x.onnx", "0" * 64, ModelInput(832, radius=400.0), ("region",)
    )
    seen: list[Disk] = []

    def find(disk: Disk) -> Regions:
        seen.append(disk)
        return find_by_threshold(disk)

    found = detect(spotted(), Detector("big", find, card))
    assert seen[0].field.shape == (832, 832)
    np.testing.assert_allclose(
        found.boxes, detect(spotted(), load_detector(THRESHOLD)).boxes, atol=1.5
    )


def test_unknown_detector() -> None:
    with pytest.raises(ModelError, match="no detector"):
        load_detector("oracle")
