"""One region's panel: its field with cores and inversion lines, what its class rests on, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from halescope.classes import COARSE, HIERARCHY
from halescope.explain.attribution import Attribution
from halescope.explain.paint import (
    FAINT,
    PAGE,
    TEXT,
    blend,
    grey,
    image_of,
    outline,
    signed,
    wrap,
    write_lines,
)
from halescope.geometry import offset_to_pixel
from halescope.measure.cores import core_masks
from halescope.measure.inversion import trace_lines
from halescope.measure.patch import Patch, seen_from, unproject
from halescope.render.letters import font
from halescope.render.overlay import COLORS, caption
from halescope.types import PICTURE_GAUSS, Array, Disk

WIDTH = 800
"""Of a panel, pixels; its height is what it holds."""

VIEW_WIDTH, VIEW_HEIGHT = 382, 250
"""Largest size of both pictures, pixels."""

TRUE_GAUSS = 600.0
"""True gauss are drawn between plus and minus this; clipped pictures between 250."""

CORE_COLORS = ((255, 214, 70), (90, 220, 255))
LINE_COLOR = (255, 80, 190)
"""Outlines of positive and negative cores; inversion lines."""

LEAST_SCALE = 0.5
"""Log-odds that full colour stands for at least, so that nothing is made to look like something."""


@dataclass(frozen=True)
class Grid:
    """The pixels of both pictures, on the solar surface.

    `x`, (W,) float32, Mm: west of the patch's centre. `y`, (H,) float32, Mm: north of it, the top
    row first.
    """

    x: Array
    y: Array

    @classmethod
    def over(cls, patch: Patch) -> Grid:
        """Return the grid that shows all of a patch in `VIEW_WIDTH` x `VIEW_HEIGHT` pixels."""
        height, width = (n * patch.pixel for n in patch.radial.shape)
        step = max(height / VIEW_HEIGHT, width / VIEW_WIDTH)
        across, down = (max(2, round(n / step)) for n in (width, height))
        x = (np.arange(across) - (across - 1) / 2) * step
        y = ((down - 1) / 2 - np.arange(down)) * step
        return cls(x.astype(np.float32), y.astype(np.float32))

    @property
    def step(self) -> float:
        """Mm of one pixel."""
        return float(self.x[1] - self.x[0])

    def sample(self, values: Any, patch: Patch) -> Array:
        """Return an array of a patch's shape (or a cell less) on this grid."""
        from scipy.ndimage import map_coordinates

        height, width = values.shape
        columns = self.x / patch.pixel + (width - 1) / 2
        rows = self.y / patch.pixel + (height - 1) / 2
        at = np.meshgrid(rows, columns, indexing="ij")
        out: Array = map_coordinates(values.astype(np.float32), at, order=1, mode="nearest")
        return out


def draw_panel(
    disk: Disk, patch: Patch | None, row: dict[str, Any], attribution: Attribution, words: list[str]
) -> Image.Image:
    """Return the panel of one region, 800 pixels wide and as high as it needs.

    `disk`: that the attribution was made on. `patch`: the region at the file's resolution; None
    where nothing of it can be laid out. `row`: catalogue row.
    """
    panel = Image.new("RGB", (WIDTH, 1000), PAGE)
    pen = ImageDraw.Draw(panel)
    _draw_title(pen, row)
    bottom = 50
    if patch is not None:
        grid = Grid.over(patch)
        scale = f"what {attribution.level} rests on (full colour {scale_of(attribution):.1f})"
        bottom += len(grid.y) + 6
        for left, picture, title in (
            (12, field_picture(patch, grid), "field, cores, inversion lines"),
            (24 + VIEW_WIDTH, support_picture(disk, patch, grid, attribution), scale),
        ):
            panel.paste(picture, (left + (VIEW_WIDTH - picture.width) // 2, 50))
            pen.text((left, bottom), title, fill=FAINT, font=font(14))
        _draw_scale(pen, grid, bottom)
        bottom += 30
    height = max(_draw_bars(pen, row, bottom), _draw_words(pen, words, bottom)) + 10
    panel = panel.crop((0, 0, WIDTH, height))
    ImageDraw.Draw(panel).rectangle((0, 0, WIDTH - 1, height - 1), outline=(52, 54, 60))
    return panel


def field_picture(patch: Patch, grid: Grid) -> Image.Image:
    """Return the line-of-sight field of a region with its cores and inversion lines outlined."""
    cores, lines = core_masks(patch), trace_lines(patch)
    picture = _field(patch, grid)
    near = grid.sample(lines.cells, lines.patch) > 0.35
    picture[near] = LINE_COLOR
    for mask, color in zip((cores.positive, cores.negative), CORE_COLORS, strict=True):
        picture[outline(grid.sample(mask, cores.patch) > 0.5)] = color
    return image_of(picture)


def support_picture(disk: Disk, patch: Patch, grid: Grid, attribution: Attribution) -> Image.Image:
    """Return the attribution in colour over the same field."""
    from scipy.ndimage import map_coordinates

    sphere = patch.frame.T @ unproject(*_mesh(grid), patch.projection).reshape(3, -1)
    _, west, north = seen_from(disk.geometry.distance, sphere)
    x, y = offset_to_pixel(disk.geometry, west, north)
    at = [y - attribution.corner[1], x - attribution.corner[0]]
    values = map_coordinates(attribution.support, at, order=1, mode="constant")
    values = values.reshape(len(grid.y), len(grid.x)) * _inside(patch, grid)
    color, share = signed(values / np.float32(scale_of(attribution)))
    return image_of(blend(_field(patch, grid), color, share))


def scale_of(attribution: Attribution) -> float:
    """Return the change of the log-odds that full colour stands for."""
    return max(LEAST_SCALE, float(np.abs(attribution.support).max()))


def _field(patch: Patch, grid: Grid) -> Array:
    """Return the field in grey, dimmed outside the box."""
    seen = patch.binned(grid.step)
    limit = TRUE_GAUSS if patch.calibrated else PICTURE_GAUSS
    picture = grey(grid.sample(seen.radial * seen.mu, seen), limit)
    picture *= (0.35 + 0.65 * _inside(patch, grid))[..., None]
    return picture


def _inside(patch: Patch, grid: Grid) -> Array:
    return (grid.sample(patch.inside, patch) > 0.5).astype(np.float32)


def _mesh(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.meshgrid(grid.x.astype(float), grid.y.astype(float))
    return x, y


def _draw_scale(pen: ImageDraw.ImageDraw, grid: Grid, y: int) -> None:
    """Draw a bar of 50 Mm, or 20 where that is too long, at the right end of the caption line."""
    length = 50.0 if 50.0 / grid.step < VIEW_WIDTH * 0.4 else 20.0
    right = 12 + VIEW_WIDTH
    left = right - length / grid.step
    pen.line((left, y + 10, right, y + 10), fill=TEXT, width=2)
    text = f"{length:.0f} Mm"
    pen.text((left - font(14).getlength(text) - 6, y), text, fill=TEXT, font=font(14))


def _draw_title(pen: ImageDraw.ImageDraw, row: dict[str, Any]) -> None:
    """Write number, class and probability on the class's colour, with a "?" where in doubt."""
    pen.rectangle((12, 10, WIDTH - 13, 40), fill=COLORS[COARSE[row["class"]]])
    pen.text((22, 13), caption(row), fill=(0, 0, 0), font=font(19))


def _draw_bars(pen: ImageDraw.ImageDraw, row: dict[str, Any], y: int) -> int:
    """Draw the catalogue's probabilities of the three levels, then the flags; return their end."""
    for name in HIERARCHY:
        value = float(row[f"p_{name}"])
        pen.text((12, y), name, fill=TEXT, font=font(15))
        start, length = 84, 130
        pen.rectangle((start, y + 5, start + length, y + 15), fill=(44, 46, 52))
        pen.rectangle((start, y + 5, start + length * value, y + 15), fill=COLORS[name])
        pen.text((start + length + 8, y), f"{value:.2f}", fill=TEXT, font=font(15))
        y += 21
    y += 8
    flags = str(row.get("flags") or "").replace("_", " ").replace("|", ", ")
    for line in wrap(flags, 14, 240) if flags else ():
        pen.text((12, y), line, fill=FAINT, font=font(14))
        y += 18
    return y


def _draw_words(pen: ImageDraw.ImageDraw, words: list[str], y: int) -> int:
    """Write the words, one sentence below the other; return where they end."""
    left = 282
    for sentence in words:
        pen.text((left, y), "·", fill=FAINT, font=font(15))
        lines = wrap(sentence, 15, WIDTH - left - 24)
        y = write_lines(pen, (left + 12, y), lines, 15)
    return y
