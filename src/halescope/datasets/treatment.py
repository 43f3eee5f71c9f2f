"""Image treatment as DIGITS' data set form offered it: resize, padding, mean, grey or colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from halescope.errors import ConfigError

Array = NDArray[np.float32]
Mode = Literal["squash", "crop", "fill", "half_crop"]


@dataclass(frozen=True)
class Treatment:
    """How a picture becomes what the network sees.

    Parameters
    ----------
    width, height : int
        Pixels.
    mode : {"squash", "crop", "fill", "half_crop"}
        Squash ignores the aspect; crop cuts what is too long; fill pads what is too short;
        half_crop does half of each.
    channels : {1, 3}
        Grey or colour; a grey picture is repeated.
    mean : {"image", "pixel", "none"}
        What is subtracted.
    padding : float
        Grey value of what fill adds; below 0: noise, as in DIGITS.
    """

    width: int = 256
    height: int = 256
    mode: Mode = "squash"
    channels: int = 3
    mean: Literal["image", "pixel", "none"] = "image"
    padding: float = 127.0

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.channels not in (1, 3):
            raise ValueError("width and height must be positive, channels 1 or 3")

    def placed(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return where a picture of a size lies in the treated one: left, top, width and height.

        In pixels of the treated picture; left and top are below 0 where it is cut.
        """
        ratio = (width / self.width, height / self.height)
        if self.mode == "squash":
            return 0, 0, self.width, self.height
        scale = {"crop": min(ratio), "fill": max(ratio), "half_crop": sum(ratio) / 2}[self.mode]
        size = max(1, round(width / scale)), max(1, round(height / scale))
        left, top = (
            -((own - wanted) // 2) if own > wanted else (wanted - own) // 2
            for own, wanted in zip(size, (self.width, self.height), strict=True)
        )
        return left, top, *size


def parse_size(text: str) -> tuple[int, int]:
    """Return width and height of a text such as ``256x256`` or ``256``.

    Raises `ConfigError` where it is none, or a side is not 8 to 4096 pixels.
    """
    sides = [part.strip() for part in text.lower().replace("×", "x").split("x")]
    if len(sides) > 2 or not all(part.isdecimal() and 8 <= int(part) <= 4096 for part in sides):
        raise ConfigError("--size", f"is {text!r}", "256x256: width and height, 8 to 4096 pixels")
    return int(sides[0]), int(sides[-1])


def resize(picture: Array, width: int, height: int) -> Array:
    """Return a picture, (H, W) or (H, W, 3), resampled bilinearly, averaging where it shrinks."""
    from PIL import Image

    planes = picture[..., None] if picture.ndim == 2 else picture
    kind = Image.Resampling.BILINEAR
    out = [
        np.asarray(Image.fromarray(plane.astype(np.float32)).resize((width, height), kind))
        for plane in np.moveaxis(planes, 2, 0)
    ]
    stacked = np.stack(out, 2).astype(np.float32)
    return stacked[..., 0] if picture.ndim == 2 else stacked


def fit(picture: Array, treatment: Treatment, seed: int = 0) -> Array:
    """Return a picture, (H, W) or (H, W, 3), at the treatment's size.

    After ``resize_image`` of DIGITS ``digits/utils/image.py``. The seed is of the noise, where
    `padding` is below 0.
    """
    left, top, width, height = treatment.placed(picture.shape[1], picture.shape[0])
    out = resize(picture, width, height)
    if treatment.mode == "squash":
        return out
    row, column = max(0, -top), max(0, -left)
    out = out[row : row + treatment.height, column : column + treatment.width]
    return _padded(out, treatment, seed)


def _padded(picture: Array, treatment: Treatment, seed: int) -> Array:
    shape = (treatment.height, treatment.width, *picture.shape[2:])
    if treatment.padding < 0:
        out = np.random.default_rng(seed).integers(0, 255, shape).astype(np.float32)
    else:
        out = np.full(shape, treatment.padding, np.float32)
    top = (shape[0] - picture.shape[0]) // 2
    left = (shape[1] - picture.shape[1]) // 2
    out[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return out


def channels_of(picture: Array, channels: int) -> Array:
    """Return a picture as (channels, H, W).

    RGB comes out in Caffe's order BGR; grey from colour is by ITU-R 601 weights, as Pillow does.
    """
    if picture.ndim == 2:
        return np.repeat(picture[None], channels, 0)
    if channels == 1:
        grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
        return np.asarray(grey[None], np.float32)
    return np.ascontiguousarray(np.moveaxis(picture[..., ::-1], 2, 0))


def mean_of(pictures: Sequence[NDArray[Any]], kind: str) -> Any:
    """Return what is subtracted: the mean picture, the mean of each channel, or 0.

    Of the training part's pictures, (C, H, W) each; the answer is (C, H, W) or (C, 1, 1) float32.
    """
    if kind == "none" or not len(pictures):
        return np.zeros((1, 1, 1), np.float32)
    image = np.mean(np.stack(pictures), 0, dtype=np.float64).astype(np.float32)
    return image if kind == "image" else image.mean((1, 2), keepdims=True)


def center_crop(picture: Array, side: int) -> Array:
    """Return the middle square of a (C, H, W) picture."""
    top, left = (picture.shape[1] - side) // 2, (picture.shape[2] - side) // 2
    return picture[:, top : top + side, left : left + side]
