"""Target maps and losses of the centre-point network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from halescope.models.centerpoint import CHANNELS, SIZE_UNIT, STRIDE
from halescope.training.data.augment import Objects
from halescope.types import Array


@dataclass(frozen=True)
class Targets:
    """What the network should say about one disk, or a batch of them.

    Parameters
    ----------
    heat : (2, n, n) float32
        Gaussian peaks at the centres of spotted regions and of plage.
    counted : (2, n, n) float32
        Weight of each cell of `heat`; 0 inside uncertain boxes.
    shape : (6, n, n) float32
        Left, bottom, right, top distances and offset, in units of 16 pixels.
    inside : (n, n) float32
        Weight of `shape`: 1 at centres, less about them.
    """

    heat: Array
    counted: Array
    shape: Array
    inside: Array


def make_targets(objects: Objects, side: int) -> Targets:
    """Return the target maps of one disk of `side` pixels."""
    n = side // STRIDE
    heat = np.zeros((2, n, n), np.float32)
    counted = np.ones((2, n, n), np.float32)
    shape = np.zeros((CHANNELS - 2, n, n), np.float32)
    inside = np.zeros((n, n), np.float32)
    axis = (np.arange(n) + 0.5) * STRIDE
    # Uncertain boxes first, so that a sure region inside one still counts.
    for index in np.argsort(objects.kind, kind="stable"):
        box, point = objects.boxes[index], objects.points[index]
        kind, weight = int(objects.kind[index]), float(objects.weight[index])
        peak = _peak(box, axis)
        if kind < 0:
            low = np.clip(np.floor(box[:2] / STRIDE).astype(int), 0, n)
            high = np.clip(np.ceil(box[2:] / STRIDE).astype(int), 0, n)
            counted[:, low[1] : high[1], low[0] : high[0]] = 0
            continue
        channel = 0 if kind == 1 else 1
        counted[channel] = np.where(peak == 1, weight, np.maximum(counted[channel], peak * weight))
        heat[channel] = np.maximum(heat[channel], peak)
        if kind == 1:
            _put_shape(shape, inside, box, point, peak * weight, axis)
    return Targets(heat, counted, shape, inside)


def _peak(box: Array, axis: NDArray[np.floating]) -> Array:
    """Gaussian about the box's centre, 1 at its cell; as wide as a sixth of the box."""
    center = (box[:2] + box[2:]) / 2
    sigma = np.maximum((box[2:] - box[:2]) / 6, STRIDE * 0.75)
    # The centre is moved to its cell's, so that exactly one cell is 1.
    cell = (np.clip(np.floor(center / STRIDE), 0, len(axis) - 1) + 0.5) * STRIDE
    gx = np.exp(-(((axis - cell[0]) / sigma[0]) ** 2) / 2)
    gy = np.exp(-(((axis - cell[1]) / sigma[1]) ** 2) / 2)
    out: Array = (gy[:, None] * gx[None, :]).astype(np.float32)
    return out


def _put_shape(
    shape: Array, inside: Array, box: Array, point: Array, peak: Array, axis: NDArray[np.floating]
) -> None:
    """Write distances into the cells where this region's peak is the highest so far."""
    mine = (peak > inside) & (peak > 0.3)
    rows, columns = np.nonzero(mine)
    x, y = axis[columns], axis[rows]
    edges = (x - box[0], y - box[1], box[2] - x, box[3] - y)
    values = (*edges, point[0] + 0.5 - x, point[1] + 0.5 - y)
    for channel, value in enumerate(values):
        shape[channel, rows, columns] = value / SIZE_UNIT
    inside[mine] = peak[mine]


def focal_loss(logits: Tensor, heat: Tensor, counted: Tensor) -> Tensor:
    """Return the penalty-reduced focal loss of Objects as Points, equation (1).

    Logits, heat and counted are (B, K, n, n).
    """
    probability = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    positive = (heat == 1).float()
    hit = -torch.log(probability) * (1 - probability) ** 2 * positive
    miss = -torch.log(1 - probability) * probability**2 * (1 - heat) ** 4 * (1 - positive)
    return ((hit + miss) * counted).sum() / positive.sum().clamp(min=1)


def shape_loss(predicted: Tensor, shape: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss of the boxes, 1 - GIoU, and of the offsets, L1.

    Predicted and shape are (B, 6, n, n), inside (B, n, n).
    """
    total = inside.sum().clamp(min=1e-6)
    p, t = predicted[:, :4].clamp(min=0.01), shape[:, :4].clamp(min=0.01)
    low, high = torch.minimum(p, t), torch.maximum(p, t)
    shared = (low[:, 0] + low[:, 2]) * (low[:, 1] + low[:, 3])
    hull = (high[:, 0] + high[:, 2]) * (high[:, 1] + high[:, 3])
    areas = (p[:, 0] + p[:, 2]) * (p[:, 1] + p[:, 3]) + (t[:, 0] + t[:, 2]) * (t[:, 1] + t[:, 3])
    union = areas - shared
    giou = shared / union - (hull - union) / hull
    boxes = ((1 - giou) * inside).sum() / total
    offsets = ((predicted[:, 4:] - shape[:, 4:]).abs().sum(1) * inside).sum() / total
    return boxes, offsets
