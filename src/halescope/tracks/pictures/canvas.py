"""What the pictures of tracks share: colours, axes of time, text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from PIL import Image, ImageDraw

from halescope.classes import COARSE, SYMBOLS
from halescope.render.letters import font
from halescope.render.overlay import COLORS

PAPER, INK, PALE, GRID = (255, 255, 255), (30, 30, 34), (120, 120, 128), (222, 222, 228)
NONE = (170, 170, 178)
"""Colour of what has no class."""

SHORT = {name: "".join(part[0] for part in name.split("-")).upper() for name in SYMBOLS}
"""Letters of a class, as SWPC writes them: the font has no Greek."""

Spot = tuple[float, float]


def sheet(width: int, height: int, title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return a white picture with a title, and the pen for it."""
    picture = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((14, 9), title, fill=INK, font=font(18))
    return picture, pen


def color_of(name: str | None) -> tuple[int, int, int]:
    """Return the colour of a class, darker than on the disk's black so that it stands on white."""
    level = COARSE.get(name or "")
    if level is None:
        return NONE
    red, green, blue = COLORS[level]
    return round(red * 0.82), round(green * 0.82), round(blue * 0.82)


def write(
    pen: ImageDraw.ImageDraw, spot: Spot, text: str, size: int = 12,
    color: tuple[int, int, int] = INK, anchor: str = "la",
) -> None:  # fmt: skip
    """Write a text; the anchor is Pillow's."""
    pen.text(spot, text, fill=color, font=font(size), anchor=anchor)


class TimeAxis:
    """Hours since 1970 along a picture.

    Parameters
    ----------
    first, last : float
        Hours.
    left, right : float
        Pixels.
    """

    def __init__(self, first: float, last: float, left: float, right: float) -> None:
        self.first, self.last = first, max(last, first + 1)
        self.left, self.right = left, right

    def __call__(self, hour: float) -> float:
        """Return the pixel of an hour."""
        share = (hour - self.first) / (self.last - self.first)
        return float(self.left + share * (self.right - self.left))

    def ticks(self) -> list[float]:
        """Return hours of round times, at most about a dozen."""
        span = (self.last - self.first) / 12
        steps = (1, 3, 6, 12, 24, 48, 120, 240, 720, 2190, 8766)
        step = next((s for s in steps if s >= span), steps[-1] * np.ceil(span / steps[-1]))
        start = np.ceil(self.first / step) * step
        return [float(v) for v in np.arange(start, self.last + 1e-6, step)]

    def draw(self, pen: ImageDraw.ImageDraw, top: float, bottom: float) -> None:
        """Draw lines and labels below them."""
        ticks = self.ticks()
        daily = len(ticks) < 2 or ticks[1] - ticks[0] >= 24
        for hour in ticks:
            x = self(hour)
            pen.line((x, top, x, bottom), fill=GRID)
            time = datetime.fromtimestamp(hour * 3600, UTC)
            form = "%Y-%m-%d" if self.last - self.first > 9000 else "%m-%d"
            text = time.strftime(form if daily or time.hour == 0 else "%H:%M")
            write(pen, (x, bottom + 3), text, 11, PALE, "ma")


def line(
    pen: ImageDraw.ImageDraw, points: Sequence[Spot], color: tuple[int, int, int], width: int = 2
) -> None:
    """Draw a line, or a dot where it is of one point."""
    if len(points) > 1:
        pen.line([*points], fill=color, width=width, joint="curve")
    elif points:
        x, y = points[0]
        pen.ellipse((x - width, y - width, x + width, y + width), fill=color)
