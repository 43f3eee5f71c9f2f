"""DetectNet's augmentation: shift, flip, scale and crop. The paper sets every probability to 0.

After NVIDIA/caffe ``src/caffe/layers/detectnet_transform_layer.cpp``. Hue and saturation are left
out: on grey pictures they do nothing; so is rotation, whose published probability is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Augmentation:
    """Probabilities and ranges (``detectnet_augmentation_param``).

    Parameters
    ----------
    crop_prob : float
        A random crop, else the middle.
    shift_x, shift_y : int
        How far a crop may reach beyond the picture, pixels.
    flip_prob : float
        Left to right: on the Sun that swaps leading and following polarity.
    """

    crop_prob: float = 0.0
    shift_x: int = 32
    shift_y: int = 32
    flip_prob: float = 0.0
    scale_prob: float = 0.0
    scale_min: float = 0.8
    scale_max: float = 1.2

    def __post_init__(self) -> None:
        for name in ("crop_prob", "flip_prob", "scale_prob"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0..1")


def augment(
    picture: Array,
    boxes: Array,
    size: tuple[int, int],
    options: Augmentation,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Return an altered picture of the network's size, (height, width), with its boxes.

    Parameters
    ----------
    picture : (C, H, W) float32
        After mean subtraction: what is beyond it becomes 0, the mean.
    boxes : (N, 4) float32, pixels
        They come back not cut to the picture.
    """
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    if rng.random() < options.flip_prob:
        picture, boxes = flip(picture, boxes)
    if rng.random() < options.scale_prob:
        factor = options.scale_min + (options.scale_max - options.scale_min) * rng.random()
        picture, boxes = rescale(picture, boxes, factor)
    share, reach = (0.5, 0.5), (0, 0)
    if rng.random() < options.crop_prob:
        share, reach = (rng.random(), rng.random()), (options.shift_x, options.shift_y)
    x = round(share[0] * (picture.shape[2] - size[1] + reach[0]) - reach[0] // 2)
    y = round(share[1] * (picture.shape[1] - size[0] + reach[1]) - reach[1] // 2)
    return crop(picture, boxes, (x, y), size)


def flip(picture: Array, boxes: Array) -> tuple[Array, Array]:
    """Return both mirrored left to right; a box's x becomes W - x - w - 1, as published."""
    out = boxes.copy()
    out[:, [0, 2]] = picture.shape[2] - boxes[:, [2, 0]] - 1
    return np.ascontiguousarray(picture[:, :, ::-1]), out


def rescale(picture: Array, boxes: Array, factor: float) -> tuple[Array, Array]:
    """Return both scaled, the picture by cubic interpolation (a = -0.75, as OpenCV's)."""
    height, width = round(picture.shape[1] * factor), round(picture.shape[2] * factor)
    x_scale, y_scale = width / picture.shape[2], height / picture.shape[1]
    resized = torch.nn.functional.interpolate(
        torch.from_numpy(np.ascontiguousarray(picture))[None],
        (height, width),
        mode="bicubic",
        align_corners=False,
    )
    scale = np.array([x_scale, y_scale, x_scale, y_scale], np.float32)
    return resized[0].numpy(), boxes * scale


def crop(
    picture: Array, boxes: Array, offset: tuple[int, int], size: tuple[int, int]
) -> tuple[Array, Array]:
    """Return a window of the picture, 0 where it reaches beyond, and the boxes moved with it.

    `offset`: x, y of the window's top left. `size`: (height, width) of the window.
    """
    x, y = offset
    out = np.zeros((picture.shape[0], *size), np.float32)
    top, left = max(0, y), max(0, x)
    bottom, right = min(picture.shape[1], y + size[0]), min(picture.shape[2], x + size[1])
    if bottom > top and right > left:
        out[:, top - y : bottom - y, left - x : right - x] = picture[:, top:bottom, left:right]
    return out, boxes - np.array([x, y, x, y], np.float32)
