"""Train DetectNet: pictures and grids, losses, and validation as DIGITS does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from halescope.detection.detectnet import decode
from halescope.detection.grouping import Clustering
from halescope.evaluation.metrics.digits import Scored
from halescope.models.detectnet import DetectNetConfig
from halescope.tensors import detectnet_tensor
from halescope.training.data.field_change import FieldChange
from halescope.training.data.frames import DataConfig, Frame, evenly
from halescope.training.paper.detectnet_augment import Augmentation, augment, crop, rescale
from halescope.training.paper.detectnet_targets import (
    CORNERS,
    FOREGROUND,
    OBJ_NORM,
    GroundTruth,
    label_grid,
    truths,
)
from halescope.training.paper.schedule import DIGITS_README, Solver
from halescope.training.run import RunConfig
from halescope.types import Array

MARGIN = 2.0
"""Pixels by which a window about a region is wider than its box, and boxes may reach out of it."""


@dataclass(frozen=True)
class WindowConfig:
    """Training on windows of the picture: for where no GPU is at hand. Not in the paper.

    Parameters
    ----------
    side : int
        Pixels; 0 trains on whole pictures.
    per_epoch : int
        Windows an epoch.
    on_region : float
        Share of windows that hold a whole region, at random where in them.
    validate_on : int
        Whole pictures validated after an epoch, spread evenly; 0 takes all.
    mirrors : bool
        Whether windows are mirrored left to right and top to bottom and change polarity, each
        with a chance of a half.
    """

    side: int = 0
    per_epoch: int = 1000
    on_region: float = 0.85
    validate_on: int = 0
    mirrors: bool = False


@dataclass(frozen=True)
class DetectNetTraining:
    """Everything that decides a training run of DetectNet; the defaults are the paper's.

    Parameters
    ----------
    loss : {"nvidia", "paper"}
        Form of the box loss.
    coverage_loss : {"euclidean", "entropy"}
        As published, or cross entropy, which also learns from scratch.
    start_from : str
        What to start from (DIGITS advises ImageNet's weights): a snapshot of a run, a state dict,
        an exported network with its card, or the name of one that ships; empty for xavier.
    change : FieldChange
        Copies of the training frames that train beside them: none by default, as published.
    freeze : tuple of str
        Layers that no longer learn, by how their names begin: ``conv`` is everything before the
        inception modules.
    """

    data: DataConfig = field(default_factory=DataConfig)
    model: DetectNetConfig = field(default_factory=DetectNetConfig)
    target: GroundTruth = field(default_factory=GroundTruth)
    augment: Augmentation = field(default_factory=Augmentation)
    window: WindowConfig = field(default_factory=WindowConfig)
    change: FieldChange = field(default_factory=lambda: FieldChange(copies=0))
    solver: Solver = DIGITS_README
    clustering: Clustering = field(default_factory=Clustering)
    loss: Literal["nvidia", "paper"] = "nvidia"
    coverage_loss: Literal["euclidean", "entropy"] = "euclidean"
    start_from: str = ""
    freeze: tuple[str, ...] = ()
    run: RunConfig = field(default_factory=RunConfig)

    def __post_init__(self) -> None:
        if self.target.stride != self.model.stride:
            raise ValueError(
                f"target.stride is {self.target.stride}, the network's is {self.model.stride}"
            )


class PictureSet(Dataset[tuple[Tensor, Tensor]]):
    """Pictures with their label grids.

    Parameters
    ----------
    pictures : (N, H, W) uint8
    train : bool
        Whether windows and augmentation apply.
    """

    def __init__(
        self,
        pictures: NDArray[np.uint8],
        frames: Sequence[Frame],
        config: DetectNetTraining,
        train: bool,
    ) -> None:
        self.pictures, self.frames, self.config, self.train = pictures, frames, config, train
        self.random = np.random.default_rng(config.run.seed)

    def __len__(self) -> int:
        windows = self.train and self.config.window.side
        return self.config.window.per_epoch if windows else len(self.frames)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        size = (self.config.model.height, self.config.model.width)
        if self.train and self.config.window.side:
            index = int(self.random.integers(len(self.frames)))
        boxes = self.frames[index].boxes[::-1]  # the first label is drawn last, as DIGITS does it
        image = detectnet_tensor(self.pictures[index], self.config.model.in_channels)
        if self.train and self.config.window.side:
            size = (self.config.window.side,) * 2
            image, boxes = self._window(image, boxes)
        elif self.train:
            image, boxes = augment(image, boxes, size, self.config.augment, self.random)
        kinds = np.zeros(len(boxes), np.int64)
        rule, count = self.config.target, self.config.model.classes
        if self.train and self.config.window.side:
            grid = label_grid(boxes, kinds, size, replace(rule, crop_bboxes=False), count)
            forget_cut_corners(grid, rule.stride)
        else:
            grid = label_grid(boxes, kinds, size, rule, count)
        return torch.from_numpy(image), torch.from_numpy(grid)

    def _window(self, image: Array, boxes: Array) -> tuple[Array, Array]:
        """Return a window of a picture: scaled and mirrored where that is asked for."""
        window, scale, rng = self.config.window, self.config.augment, self.random
        side, factor = window.side, 1.0
        if rng.random() < scale.scale_prob:
            side = round(side / rng.uniform(scale.scale_min, scale.scale_max))
            factor = window.side / side
        corner = self._corner(boxes, image.shape[1:], side)
        image, boxes = crop(image, boxes, corner, (side, side))
        if factor != 1.0:
            image, boxes = rescale(image, boxes, factor)
        return mirrored(image, boxes, rng) if window.mirrors else (image, boxes)

    def _corner(self, boxes: Array, shape: tuple[int, ...], side: int) -> tuple[int, int]:
        """Return where a window starts: mostly so that it holds a whole region."""
        rng = self.random
        spare = np.maximum(0, np.array(shape[::-1]) - side)
        low, high = np.zeros(2), spare.astype(float)
        if len(boxes) and rng.random() < self.config.window.on_region:
            box = boxes[rng.integers(len(boxes))]
            middle = (box[:2] + box[2:] - side) / 2
            low = np.minimum(box[2:] - side + MARGIN, middle)
            high = np.maximum(box[:2] - MARGIN, middle)
        x, y = np.clip(np.rint(rng.uniform(low, high)), 0, spare).astype(int)
        return int(x), int(y)


def mirrored(image: Array, boxes: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a window in one of its eight forms: two mirrors, and the other polarity.

    Parameters
    ----------
    image : (C, side, side) float32
    boxes : (N, 4) float32, pixels
    rng : numpy Generator
    """
    side, boxes = image.shape[-1], boxes.copy()
    for axis, (low, high) in ((2, (0, 2)), (1, (1, 3))):
        if rng.random() < 0.5:
            image = np.flip(image, axis)
            boxes[:, [low, high]] = side - boxes[:, [high, low]]
    sign = 1.0 if rng.random() < 0.5 else -1.0
    return np.ascontiguousarray(image * np.float32(sign)), boxes


def forget_cut_corners(grid: Array, stride: int) -> None:
    """Take the boxes that a window cuts out of the box loss: their corners cannot be seen.

    Cells of those that reach beyond the grid, (8 + classes, rows, columns), keep their coverage and
    lose their weight, in place.
    """
    y, x = np.nonzero(grid[FOREGROUND])
    origin = np.stack((x, y, x, y)).astype(np.float32) * stride
    low = grid[CORNERS, y, x] + origin
    limit = np.array([grid.shape[2], grid.shape[1]], np.float32)[:, None] * stride
    cut = (low[:2] < -MARGIN).any(0) | (low[2:] > limit + MARGIN).any(0)
    grid[OBJ_NORM, y[cut], x[cut]] = 0.0


def score_picture(
    coverage: Array, corners: Array, grid: Array, config: DetectNetTraining
) -> Scored:
    """Return what a label grid, (9, rows, columns), still holds and what its maps propose."""
    stride = config.model.stride
    boxes, confidence = decode(coverage, corners, stride, config.clustering)
    return Scored(np.concatenate(truths(grid, stride)), boxes, confidence)


def make_loaders(
    pictures: dict[str, NDArray[np.uint8]],
    frames: dict[str, list[Frame]],
    config: DetectNetTraining,
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Return loaders of the training and the validation part, from pictures and frames by part."""
    train = PictureSet(pictures["train"], frames["train"], config, train=True)
    held = frames["validation"]
    used = evenly(len(held), config.window.validate_on)
    held = [held[index] for index in used]
    valid = PictureSet(pictures["validation"][used], held, config, train=False)
    return (
        DataLoader(train, config.solver.batch_size, shuffle=True),
        DataLoader(valid, config.solver.batch_size),
    )
