"""The butterfly diagram: when and at which latitude regions were, and which class they had."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from halescope.tracks.mean_rotation import epoch_hours
from halescope.tracks.pictures.canvas import GRID, PALE, TimeAxis, color_of, sheet, write
from halescope.tracks.sightings import numbers
from halescope.tracks.track import Tracks

WIDTH, HEIGHT = 1100, 520
LEFT, RIGHT, TOP, BOTTOM = 60, 24, 44, 40
HIGHEST = 45.0
"""Degrees of latitude at the edges."""


def butterfly(result: Tracks) -> Image.Image:
    """Return the diagram: a line for each track, as thick as its largest area tells."""
    table = result.tracks
    picture, pen = sheet(WIDTH, HEIGHT, "Latitude of regions in time")
    first, last = (np.array(epoch_hours(table.columns[n])) for n in ("first_seen", "last_seen"))
    axis = TimeAxis(
        float(first.min(initial=np.inf)) if len(first) else 0.0,
        float(last.max(initial=-np.inf)) if len(last) else 1.0,
        LEFT,
        WIDTH - RIGHT,
    )
    axis.draw(pen, TOP, HEIGHT - BOTTOM)
    scale = (HEIGHT - TOP - BOTTOM) / (2 * HIGHEST)
    for degrees in range(-40, 41, 10):
        y = TOP + (HIGHEST - degrees) * scale
        pen.line((LEFT, y, WIDTH - RIGHT, y), fill=PALE if degrees == 0 else GRID)
        write(pen, (LEFT - 6, y), f"{degrees:+d}" if degrees else "0", 11, PALE, "rm")
    area = np.nan_to_num(numbers(table, "area_max_msh"), nan=100.0)
    latitude = numbers(table, "hgs_lat")
    for track in np.argsort(-area).tolist():
        y = TOP + (HIGHEST - float(np.clip(latitude[track], -HIGHEST, HIGHEST))) * scale
        half = float(np.clip(np.sqrt(area[track]) / 14, 1, 5))
        x0, x1 = axis(float(first[track])), axis(float(last[track]))
        box = (x0 - half / 2, y - half, x1 + half / 2, y + half)
        pen.rectangle(box, fill=color_of(_highest(table.rows()[track])))
    _legend(pen)
    return picture


def _highest(row: dict[str, object]) -> str:
    """Return the class that a track had longest."""
    spent = {n: float(str(row.get(f"hours_{n}") or 0)) for n in ("alpha", "beta", "complex")}
    longest = max(spent, key=lambda name: spent[name])
    return {"complex": "beta-gamma"}.get(longest, longest)


def _legend(pen: ImageDraw.ImageDraw) -> None:
    x = WIDTH - 330.0
    for name, shown in (("alpha", "alpha"), ("beta", "beta"), ("beta-gamma", "complex")):
        pen.rectangle((x, 14, x + 14, 26), fill=color_of(name))
        write(pen, (x + 20, 12), shown, 13)
        x += 100
