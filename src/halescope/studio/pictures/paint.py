"""Values as greys: mid grey is zero field, black and white either clip; no data are transparent."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from halescope.studio.pictures.levels import MISSING, TILE, Levels

OVERLAP = 1
"""Pixels that neighbouring tiles share on each side."""

_RUNS = 3
"""zlib's strategy Z_RLE, as in `halescope.io.crops`: quick on noise, and no larger."""


def grey(values: NDArray[np.int16], clip: float, step: float) -> NDArray[np.uint8]:
    """Return levels 1..255, and 0 for no data.

    `values`: in steps of `step`. `clip`: where black and white are, in the unit of the scale.
    """
    level = values.astype(np.float32)
    level *= np.float32(127 * step / clip)
    level += np.float32(128.5)
    np.clip(level, 1, 255, out=level)
    out: NDArray[np.uint8] = level.astype(np.uint8)
    out[values == MISSING] = 0
    return out


def png(levels: NDArray[np.uint8]) -> bytes:
    """Return a grey picture as PNG in which level 0 is transparent."""
    buffer = io.BytesIO()
    Image.fromarray(levels).save(
        buffer, "PNG", compress_level=1, compress_type=_RUNS, transparency=0
    )
    return buffer.getvalue()


def tile(picture: Levels, level: int, column: int, row: int, clip: float) -> bytes | None:
    """Return one tile as PNG; None where there is none."""
    if not 0 <= level < picture.count or min(column, row) < 0:
        return None
    values = picture.values(level)
    if row * TILE >= values.shape[0] or column * TILE >= values.shape[1]:
        return None
    part = values[_span(row), _span(column)]
    return png(grey(np.asarray(part), clip, picture.step))


def _span(number: int) -> slice:
    """Return the pixels of a tile along one axis: with one more on either side, so that tiles join
    smoothly.
    """
    return slice(max(number * TILE - OVERLAP, 0), (number + 1) * TILE + OVERLAP)


def whole(picture: Levels, side: int, clip: float) -> bytes:
    """Return the whole picture, its longer side `side` pixels at most, as PNG."""
    values = np.asarray(picture.values(picture.smallest(side)))
    return png(shrunk(grey(values, clip, picture.step), side))


def shrunk(levels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return greys whose longer side is at most `side` pixels."""
    height, width = levels.shape
    ratio = side / max(height, width)
    if ratio >= 1:
        return levels
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    return np.asarray(Image.fromarray(levels).resize(size, Image.Resampling.BOX))


def window(
    picture: Levels, level: int, part: tuple[int, int, int, int]
) -> tuple[NDArray[np.int16], tuple[int, int, int, int]]:
    """Return the values of a part of one level, and the part as it was cut: x, y, width, height.

    `part`: x, y, width, height, pixels of that level; clipped to it.
    """
    values = picture.values(level)
    x, y = (min(max(v, 0), n - 1) for v, n in zip(part[:2], values.shape[::-1], strict=True))
    found = np.asarray(values[y : y + max(part[3], 1), x : x + max(part[2], 1)])
    return found, (x, y, found.shape[1], found.shape[0])
