"""The losses, by hand."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from halescope.training.paper.detectnet_loss import (
    bbox_loss,
    bbox_loss_paper,
    coverage_loss,
    detectnet_loss,
)
from halescope.training.paper.detectnet_targets import GroundTruth, label_grid


@pytest.fixture
def label():
    """Two pictures: one box of 40 x 20 in one cell of 16 px, and none."""
    rule = GroundTruth(stride=16, min_cvg_len=4, scale_cvg=0.1)
    one = label_grid(np.array([[4, 14, 44, 34]], np.float32), np.zeros(1, int), (48, 48), rule)
    assert np.argwhere(one[0]).tolist() == [[1, 1]]  # coverage 4 x 4 about (24, 24)
    return torch.from_numpy(np.stack((one, np.zeros_like(one))))


def test_coverage_loss_is_half_the_squares_per_picture(label):
    coverage = torch.zeros(2, 1, 3, 3)
    assert coverage_loss(coverage, label).item() == 1 / 4
    coverage[:] = 0.5  # eighteen cells off by a half
    assert coverage_loss(coverage, label).item() == pytest.approx(18 * 0.25 / 4)


def test_bbox_losses_see_covered_cells_only(label):
    boxes = label[:, 1:5].clone()
    boxes[:, :, 0, 0] += 1000
    assert bbox_loss(boxes, label) == 0
    assert bbox_loss_paper(boxes, label) == 0
    boxes[0, :, 1, 1] += torch.tensor([1.0, -2.0, 3.0, 4.0])
    assert bbox_loss_paper(boxes, label).item() == pytest.approx(10 / 4)
    weighted = (1 / 40 + 2 / 20 + 3 / 40 + 4 / 20) * 256 / 16  # obj_norm = 16^2 / (4 x 4)
    assert bbox_loss(boxes, label).item() == pytest.approx(weighted / 2)


def test_the_total_weighs_boxes_twice(label):
    logits, boxes = torch.full((2, 1, 3, 3), -50.0), torch.zeros(2, 4, 3, 3)
    for form, box in (("nvidia", bbox_loss), ("paper", bbox_loss_paper)):
        parts = detectnet_loss(logits, boxes, label, form)
        assert parts["loss"].item() == pytest.approx(0.25 + 2 * box(boxes, label).item())


def test_entropy_still_pulls_where_the_sigmoid_has_saturated(label):
    pull = {}
    for form in ("euclidean", "entropy"):
        logits = torch.full((2, 1, 3, 3), -20.0, requires_grad=True)
        detectnet_loss(logits, label[:, 1:5], label, "nvidia", form)["loss"].backward()
        pull[form] = -logits.grad[0, 0, 1, 1].item()
    assert pull["euclidean"] < 1e-6
    assert pull["entropy"] == pytest.approx(0.25)
