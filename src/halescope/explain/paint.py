"""Colour for explanations: ramps, blends, outlines and wrapped text, in numpy and Pillow alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from halescope.render.letters import font
from halescope.types import Array

Picture = NDArray[np.float32]
"""(H, W, 3), 0..255, row 0 at the top."""

PAGE = (19, 20, 24)
TEXT = (224, 226, 230)
FAINT = (140, 144, 152)

_HEAT = ((0.0, 60, 20, 110), (0.35, 190, 40, 90), (0.7, 250, 140, 30), (1.0, 255, 245, 160))
"""Dark violet to light yellow: evenly brighter, legible with any colour vision."""

FOR, AGAINST = (255, 150, 40), (40, 150, 255)
"""What supports a class, and what speaks against it."""


def heat(values: Array) -> Picture:
    """Return the colours of values 0..1, (H, W, 3)."""
    stops = np.array(_HEAT, np.float32)
    parts = [np.interp(values, stops[:, 0], stops[:, i]) for i in (1, 2, 3)]
    return np.stack(parts, -1).astype(np.float32)


def blend(under: Picture, over: Picture, share: Array) -> Picture:
    """Return one picture over another; `share` (H, W), 0..1, is the upper one's."""
    alpha = np.clip(share, 0, 1)[..., None].astype(np.float32)
    out: Picture = under * (1 - alpha) + over * alpha
    return out


def grey(values: Array, limit: float) -> Picture:
    """Return a field as grey levels: -limit black, zero mid grey, limit white; (H, W, 3)."""
    level = np.clip(values / np.float32(2 * limit) + np.float32(0.5), 0, 1) * np.float32(255)
    return np.repeat(level[..., None], 3, -1)


def signed(values: Array) -> tuple[Picture, Array]:
    """Return colour and share of values -1..1: `FOR` above zero, `AGAINST` below."""
    warm = np.array(FOR, np.float32)
    cool = np.array(AGAINST, np.float32)
    color = np.where((values > 0)[..., None], warm, cool).astype(np.float32)
    return color, np.minimum(np.abs(values), np.float32(1)) * np.float32(0.75)


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels just outside a mask."""
    from scipy.ndimage import binary_dilation

    grown: NDArray[np.bool_] = binary_dilation(mask, np.ones((3, 3)))
    return grown & ~mask


def image_of(picture: Picture) -> Image.Image:
    """Return an RGB picture."""
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def wrap(text: str, size: int, width: int) -> list[str]:
    """Return a text in lines no wider than `width` pixels; a single long word stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write_lines(
    pen: ImageDraw.ImageDraw, spot: tuple[int, int], lines: list[str], size: int = 13
) -> int:
    """Write lines below each other; return the y where the next would start."""
    x, y = spot
    for line in lines:
        pen.text((x, y), line, fill=TEXT, font=font(size))
        y += size + 4
    return y
