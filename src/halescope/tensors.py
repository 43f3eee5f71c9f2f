"""From a canonical disk to the networks' inputs, and from their logits to probabilities.

Training and use both call these. The default networks see the field itself. The paper's two see
what its authors fed them: 8-bit pictures of 512 x 512 pixels, grey 127 at zero field, black off the
limb, north up with the first row on top.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.types import Array

GREY_CLIP = 127.0
"""Grey levels: the end of Helioviewer's scale, 250 G at 1.96 G a level."""

LEAST_SATURATION = 120.0
"""Grey levels: pictures whose scale ends before are cut off where features of spots still grow."""

ZERO_GREY = 127.0
"""Grey of zero field in Helioviewer's HMI pictures, and the mean that DetectNet subtracts."""

PICTURE_SIDE = 512
"""Side of the paper's pictures, pixels."""

PICTURE_RADIUS = 200.0
"""Solar radius in them, pixels: that of Helioviewer's HMI pictures at 512 x 512 (199..203)."""


def sigmoid(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the probability of each log-odds, in the type of the input."""
    out: NDArray[np.floating] = 1 / (1 + np.exp(-logits))
    return out


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the probabilities, (N, C), of rows of logits, in the type of the input."""
    from scipy import special

    out: NDArray[np.floating] = special.softmax(logits, axis=1)
    return out


def disk_tensor(grey: Array) -> Array:
    """Return the centre-point detector's input for one disk.

    `grey`, (N, N) float32, grey levels: canonical field, north up, row 0 south; NaN off the limb.
    Returns (1, N, N) float32: field divided by 127 and clipped to -1..1; 0 off the limb. Gauss data
    are thereby clipped as Helioviewer's pictures are, so that the network sees one kind of image.
    """
    scaled: Array = (grey / np.float32(GREY_CLIP)).astype(np.float32, copy=False)
    np.clip(scaled, -1, 1, out=scaled)
    scaled[np.isnan(scaled)] = 0
    return scaled[None]


def picture(grey: Array) -> NDArray[np.uint8]:
    """Return the picture of a canonical disk.

    `grey`, (N, N) float32, grey levels of field: row 0 is south; NaN off the limb. Returns (N, N)
    uint8: row 0 is the top; 127 at zero field, 0 off the limb.
    """
    levels = np.clip(np.rint(grey + np.float32(ZERO_GREY)), 0, 255)
    out: NDArray[np.uint8] = np.nan_to_num(levels, nan=0.0)[::-1].astype(np.uint8)
    return out


def flip_rows(boxes: Array, side: int) -> Array:
    """Return boxes, (N, 4), with rows counted from the other end of `side`; its own inverse."""
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    out = boxes[:, [0, 3, 2, 1]]
    out[:, [1, 3]] = side - out[:, [1, 3]]
    return out


def detectnet_tensor(levels: NDArray[np.uint8], channels: int = 3) -> Array:
    """Return DetectNet's input of a picture, (H, W): less 127, (channels, H, W) float32."""
    centred = levels.astype(np.float32) - np.float32(ZERO_GREY)
    return np.repeat(centred[None], channels, 0)


def cut(levels: NDArray[np.uint8], box: Array) -> NDArray[np.uint8]:
    """Return the part of a picture in a box, at least one pixel.

    `levels` is (H, W) uint8. `box`, (4,) float: x1, y1, x2, y2 in the picture's own rows; cut to
    it.
    """
    height, width = levels.shape
    left, right = _span(float(box[0]), float(box[2]), width)
    top, bottom = _span(float(box[1]), float(box[3]), height)
    return levels[top:bottom, left:right]


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    start = min(max(int(np.floor(low)), 0), size - 1)
    return start, min(max(int(np.ceil(high)), start + 1), size)


def squash(levels: NDArray[np.uint8], side: int) -> Array:
    """Return a picture, (H, W), at `side` x `side`, its aspect given up, bilinearly."""
    from PIL import Image

    resized = Image.fromarray(levels.astype(np.float32)).resize(
        (side, side), Image.Resampling.BILINEAR
    )
    return np.asarray(resized, np.float32)


def googlenet_tensor(
    levels: NDArray[np.uint8], mean: float, size: tuple[int, int] = (256, 224), channels: int = 3
) -> Array:
    """Return GoogLeNet's input for one region: squashed, its middle cut out, less the mean.

    Returns (channels, size[1], size[1]) float32.

    Parameters
    ----------
    levels : (h, w) uint8
        The region's part of the picture.
    mean : float
        Grey level of the mean pixel of the training part.
    size : tuple of int
        Sides of the squashed picture and of its middle.
    """
    whole = squash(levels, size[0])
    start = (size[0] - size[1]) // 2
    middle = whole[start : start + size[1], start : start + size[1]] - np.float32(mean)
    return np.repeat(middle[None], channels, 0)
