"""DetectNet's losses: the paper's equations (1) and (2), and the weighted form of NVIDIA/caffe."""

from __future__ import annotations

from torch import Tensor

BBOX_WEIGHT = 2.0
"""loss_weight of ``bbox_loss``."""

COVERAGE_WEIGHT = 1.0
"""loss_weight of ``coverage_loss``."""


def coverage_loss(coverage: Tensor, label: Tensor) -> Tensor:
    """Return the sum of squared coverage differences over 2 N: equation (1), EuclideanLoss.

    Parameters
    ----------
    coverage : (N, classes, rows, columns)
        Predicted, 0..1.
    label : (N, 8 + classes, rows, columns)
        From `halescope.training.detectnet_targets.label_grid`.

    Notes
    -----
    Over every cell, without class balance. N is the number of pictures.
    """
    return ((coverage - label[:, 8:]) ** 2).sum() / (2 * len(label))


def bbox_loss_paper(boxes: Tensor, label: Tensor) -> Tensor:
    """Return the sum of absolute corner differences in covered cells over 2 N: equation (2).

    Parameters
    ----------
    boxes : (N, 4, rows, columns)
        Predicted corners, pixels relative to the cell.
    label : (N, 8 + classes, rows, columns)
    """
    covered = label[:, 0:1]
    return (covered * (boxes - label[:, 1:5]).abs()).sum() / (2 * len(label))


def bbox_loss(boxes: Tensor, label: Tensor) -> Tensor:
    """Return NVIDIA's box loss: corners weighted by 1/w, 1/h and obj_norm, L1, over N.

    Parameters
    ----------
    boxes : (N, 4, rows, columns)
        Predicted corners, pixels relative to the cell.
    label : (N, 8 + classes, rows, columns)
    """
    inverse = label[:, 5:7].repeat(1, 2, 1, 1)  # 1/w, 1/h, 1/w, 1/h
    weight = label[:, 0:1] * inverse * label[:, 7:8]
    return (weight * (boxes - label[:, 1:5]).abs()).sum() / len(label)


def detectnet_loss(
    coverage: Tensor, boxes: Tensor, label: Tensor, form: str = "nvidia"
) -> dict[str, Tensor]:
    """Return both losses and their weighted sum.

    Parameters
    ----------
    coverage, boxes, label : Tensor
        As above.
    form : {"nvidia", "paper"}
        Which box loss.

    Returns
    -------
    dict of str to Tensor
        ``loss``, ``coverage_loss``, ``bbox_loss``.
    """
    cover = coverage_loss(coverage, label)
    corners = (bbox_loss if form == "nvidia" else bbox_loss_paper)(boxes, label)
    total = COVERAGE_WEIGHT * cover + BBOX_WEIGHT * corners
    return {"loss": total, "coverage_loss": cover, "bbox_loss": corners}
