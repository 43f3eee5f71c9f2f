"""Letters, arrows and scale in pictures whose pixels are palette indices: greys first."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from halescope.tensors import GREY_CLIP
from halescope.types import PICTURE_GAUSS, Magnetogram

GREYS = 64
"""Palette entries for the magnetogram, 8 G each: the eye sees no more in its noise, and the file
is a quarter smaller. The others are ramps from a colour to black."""

WHITE = GREYS - 1
"""Palette index of white."""


@lru_cache(maxsize=32)
def font(size: int) -> Any:
    """Return Pillow's own font, which is there on every machine; it has no Greek letters."""
    return ImageFont.load_default(size)


def letters(text: str, size: int) -> Image.Image:
    """Return white letters on black, as tall as the font's ascent and descent."""
    ascent, descent = font(size).getmetrics()
    width = int(font(size).getlength(text)) + 1
    image = Image.new("L", (width, ascent + descent), 0)
    ImageDraw.Draw(image).text((0, 0), text, fill=255, font=font(size))
    return image


def draw_north(picture: Image.Image) -> None:
    """Draw arrows to solar north and west into the upper left corner of a picture, mode L."""
    pen, x, y, length = ImageDraw.Draw(picture), 20, 62, 30
    pen.line((x, y, x, y - length), fill=WHITE, width=2)
    pen.line((x, y, x + length, y), fill=WHITE, width=2)
    pen.polygon([(x - 4, y - length), (x + 5, y - length), (x, y - length - 8)], fill=WHITE)
    pen.polygon([(x + length, y - 4), (x + length, y + 5), (x + length + 8, y)], fill=WHITE)
    write(picture, "N", (x - 5, y - length - 30))
    write(picture, "W", (x + length + 12, y - 10))


def draw_scale(picture: Image.Image, magnetogram: Magnetogram) -> None:
    """Draw the scale of the field into the lower right corner of a picture, mode L."""
    ends, unit = scale_words(magnetogram)
    width, right, y = 128, picture.width - 14, picture.height - 22
    bar = Image.fromarray(np.tile(np.linspace(1, GREYS - 1, width).astype(np.uint8), (10, 1)))
    end = letters(f"+{ends}", 14).width
    left = right - end - 8 - width
    picture.paste(bar, (left, y))
    ImageDraw.Draw(picture).rectangle((left - 1, y - 1, left + width, y + 10), outline=42)
    write(picture, f"+{ends}", (left + width + 8, y - 5))
    write(picture, f"-{ends}", (left - 10 - letters(f"-{ends}", 14).width, y - 5))
    write(picture, unit, (-14, y - 26))


def scale_words(magnetogram: Magnetogram) -> tuple[str, str]:
    """Return the field at which the picture is white, and its unit in words."""
    if magnetogram.scale == "gauss":
        return f"{PICTURE_GAUSS:.0f}", "line-of-sight field, G"
    if magnetogram.instrument in ("HMI", "synthetic"):
        return (
            f"{GREY_CLIP * magnetogram.gauss_per_unit:.0f}",
            "line-of-sight field, about G (8 bit)",
        )
    return f"{GREY_CLIP:.0f}", "line-of-sight field, grey levels (8 bit)"


def write(picture: Image.Image, text: str, spot: tuple[int, int]) -> None:
    """Write white letters on black; a negative x counts from the right edge to the text's end."""
    white = letters(text, 14)
    x = spot[0] if spot[0] >= 0 else picture.width + spot[0] - white.width
    picture.paste(white.point([value * WHITE // 255 for value in range(256)]), (x, spot[1]))
