"""DetectNet's losses: the paper's equations (1) and (2), and the weighted form of NVIDIA/caffe."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

BBOX_WEIGHT = 2.0
"""loss_weight of ``bbox_loss``."""

COVERAGE_WEIGHT = 1.0
"""loss_weight of ``coverage_loss``."""


def coverage_loss(coverage: Tensor, label: Tensor) -> Tensor:
    """Return the sum of squared coverage differences over 2 N: equation (1), EuclideanLoss.

    Over every cell of N pictures, without class balance; coverage is 0..1.
    """
    return ((coverage - label[:, 8:]) ** 2).sum() / (2 * len(label))


def bbox_loss_paper(boxes: Tensor, label: Tensor) -> Tensor:
    """Return the sum of absolute corner differences in covered cells over 2 N: equation (2)."""
    covered = label[:, 0:1]
    return (covered * (boxes - label[:, 1:5]).abs()).sum() / (2 * len(label))


def bbox_loss(boxes: Tensor, label: Tensor) -> Tensor:
    """Return NVIDIA's box loss: corners weighted by 1/w, 1/h and obj_norm, L1, over N."""
    inverse = label[:, 5:7].repeat(1, 2, 1, 1)  # 1/w, 1/h, 1/w, 1/h
    weight = label[:, 0:1] * inverse * label[:, 7:8]
    return (weight * (boxes - label[:, 1:5]).abs()).sum() / len(label)


def coverage_entropy(logits: Tensor, label: Tensor) -> Tensor:
    """Return the cross entropy of coverage over N, for training from scratch. Not published.

    The squared difference of a sigmoid has no gradient left where the sigmoid has saturated. From
    ImageNet's weights, as DIGITS advises, it does not; from xavier it saturates at no coverage
    within a hundred steps on these pictures, and mAP stays 0.
    """
    total = F.binary_cross_entropy_with_logits(logits, label[:, 8:], reduction="sum")
    return total / (2 * len(label))


def detectnet_loss(
    logits: Tensor,
    boxes: Tensor,
    label: Tensor,
    form: str = "nvidia",
    coverage_form: str = "euclidean",
) -> dict[str, Tensor]:
    """Return both losses and their weighted sum: ``loss``, ``coverage_loss``, ``bbox_loss``.

    Parameters
    ----------
    logits : (N, classes, rows, columns)
        Coverage before its sigmoid.
    boxes : (N, 4, rows, columns)
        Corners, pixels relative to the cell.
    label : (N, 8 + classes, rows, columns)
        From `halescope.training.paper.detectnet_targets.label_grid`.
    form : {"nvidia", "paper"}
        Which box loss.
    coverage_form : {"euclidean", "entropy"}
        Which coverage loss; the first is the published one.
    """
    if coverage_form == "euclidean":
        cover = coverage_loss(torch.sigmoid(logits), label)
    else:
        cover = coverage_entropy(logits, label)
    corners = (bbox_loss if form == "nvidia" else bbox_loss_paper)(boxes, label)
    total = COVERAGE_WEIGHT * cover + BBOX_WEIGHT * corners
    return {"loss": total, "coverage_loss": cover, "bbox_loss": corners}
