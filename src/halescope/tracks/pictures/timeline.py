"""The timeline of one region: crops, class probabilities, area, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import map_coordinates

from halescope.classes import HIERARCHY
from halescope.errors import HalescopeError
from halescope.geometry import stonyhurst_to_pixel
from halescope.io import read
from halescope.normalize import normalize
from halescope.tensors import GREY_CLIP
from halescope.tracks.mean_rotation import epoch_hours
from halescope.tracks.pictures.canvas import (
    GRID,
    INK,
    NONE,
    PALE,
    SHORT,
    TimeAxis,
    color_of,
    line,
    sheet,
    write,
)
from halescope.tracks.sightings import box_sizes, numbers, take
from halescope.tracks.track import Tracks
from halescope.types import Catalog

WIDTH = 1180
LEFT, RIGHT, TOP = 74, 20, 42
CROPS, GAP = 10, 6
RIBBON, CURVE = 110, 120
"""Heights, pixels."""

Floats = NDArray[np.float64]
_NAMES = ("alpha", "beta", "beta-gamma")


def timeline(
    result: Tracks, track: int, images: Mapping[str, Path] | None = None,
    noaa: Mapping[float, str] | None = None,
) -> Image.Image:  # fmt: skip
    """Return the timeline of one track.

    Parameters
    ----------
    track : int
        Its number, from 1.
    images : mapping of str to Path, optional
        Name to file of images, for the crops.
    noaa : mapping of float to str, optional
        NOAA's class by the hour, since 1970, of the middle of the day that it describes.
    """
    rows = take(
        result.catalog, [i for i, t in enumerate(result.catalog.columns["track"]) if t == track]
    )
    about = result.tracks.rows()[track - 1]
    hours = np.array(epoch_hours(rows.columns["time"]))
    side = (WIDTH - LEFT - RIGHT - (CROPS - 1) * GAP) // CROPS
    crop_top = TOP
    ribbon_top = crop_top + (side + 34 if images else 6)
    curve_top = ribbon_top + RIBBON + 34
    events_top = curve_top + CURVE + 28
    happened = [e for e in result.events.rows() if e["track"] == track]
    height = events_top + 20 * min(len(happened), 12) + 16
    title = f"Track {track}" + (f", NOAA {about['noaa']}" if about["noaa"] else "")
    title += f": {about['came']} -> {about['went']}, {about['images']} images"
    picture, pen = sheet(WIDTH, height, title)
    axis = TimeAxis(float(hours[0]), float(hours[-1]), LEFT, WIDTH - RIGHT)
    if images:
        half = _reach(result.catalog, track)
        _draw_crops(picture, rows, hours, images, half, crop_top, side)
    _draw_ribbon(pen, rows, hours, axis, ribbon_top, noaa or {})
    _draw_curves(pen, rows, hours, axis, curve_top)
    axis.draw(pen, curve_top, curve_top + CURVE)
    _draw_events(pen, happened, axis, (ribbon_top, events_top))
    return picture


def _draw_crops(
    picture: Image.Image, rows: Catalog, hours: Floats, images: Mapping[str, Path],
    half: float, top: float, side: int,
) -> None:  # fmt: skip
    """Paste crops at a fixed cadence, centred on the region and free of foreshortening."""
    pen = ImageDraw.Draw(picture)
    steps = np.linspace(hours[0], hours[-1], CROPS)
    for k, hour in enumerate(steps):
        i = int(np.abs(hours - hour).argmin())
        left = LEFT + k * (side + GAP)
        row = {name: values[i] for name, values in rows.columns.items()}
        patch = _crop(images.get(str(row["image"])), row, half, side)
        if patch is None:
            pen.rectangle((left, top, left + side, top + side), fill=GRID)
        else:
            picture.paste(patch, (round(left), round(top)))
        color = color_of(row["class_track"])
        pen.rectangle((left, top, left + side - 1, top + side - 1), outline=color, width=2)
        text = f"{str(row['time'])[5:16].replace('T', ' ')} {SHORT.get(row['class_track'], '')}"
        write(pen, (left + side / 2, top + side + 3), text, 11, INK, "ma")


def _reach(catalog: Catalog, track: int) -> float:
    """Return half a crop's side, degrees: a little more than the track's boxes at their largest."""
    hours = np.array(epoch_hours(catalog.columns["time"]))
    own = np.array(catalog.columns["track"], object) == track
    sizes = np.fmax(*box_sizes(catalog, hours))[own]
    sizes = sizes[np.isfinite(sizes)]
    return float(np.clip(1.2 * np.percentile(sizes, 90), 4, 15)) if len(sizes) else 8.0


def _crop(path: Path | None, row: Mapping[str, Any], half: float, side: int) -> Image.Image | None:
    """Return the field about a region in heliographic coordinates, grey; None if unreadable."""
    if path is None or row["hgs_lon"] is None:
        return None
    try:
        disk = normalize(read(path, time=str(row["time"])))
    except HalescopeError:
        return None
    if not disk.geometry.is_located:
        return None
    shift = np.linspace(-half, half, side)
    latitude = np.clip(float(row["hgs_lat"]) - shift[:, None], -89, 89)
    across = np.cos(np.radians(float(row["hgs_lat"])))
    longitude = float(row["hgs_lon"]) + shift[None, :] / across
    x, y = stonyhurst_to_pixel(disk.geometry, *np.broadcast_arrays(longitude, latitude))
    grey = np.nan_to_num(disk.grey)
    found = map_coordinates(grey, [np.nan_to_num(y), np.nan_to_num(x)], order=1)
    level = np.where(np.isfinite(x), np.clip(found / GREY_CLIP, -1, 1) * 127 + 128, 255)
    return Image.fromarray(level.astype(np.uint8)).convert("RGB")


def _draw_ribbon(
    pen: ImageDraw.ImageDraw, rows: Catalog, hours: Floats, axis: TimeAxis, top: float,
    noaa: Mapping[float, str],
) -> None:  # fmt: skip
    """Draw the class probabilities stacked, and NOAA's class of each day as a bar below them."""
    shares = np.stack([numbers(rows, f"p_{n}_track") for n in HIERARCHY], 1)
    base = np.zeros(len(rows))
    for k, name in enumerate(_NAMES):
        upper = base + np.nan_to_num(shares[:, k])
        up = [(axis(h), top + RIBBON * (1 - v)) for h, v in zip(hours, upper, strict=True)]
        down = [(axis(h), top + RIBBON * (1 - v)) for h, v in zip(hours, base, strict=True)]
        if len(up) > 1:
            pen.polygon([*up, *down[::-1]], fill=color_of(name))
        base = upper
    pen.rectangle((axis.left, top, axis.right, top + RIBBON), outline=PALE)
    pen.line((axis.left, top + RIBBON / 2, axis.right, top + RIBBON / 2), fill=PALE)
    for text, share in (("1", 0.0), ("0.5", 0.5), ("0", 1.0)):
        write(pen, (axis.left - 6, top + RIBBON * share), text, 11, PALE, "rm")
    write(pen, (8, top + 22), "class", 12)
    low = top + RIBBON + 4
    write(pen, (8, low + 1), "NOAA", 12)
    for hour, name in noaa.items():
        x0, x1 = (min(max(axis(hour + d), axis.left), axis.right) for d in (-12, 12))
        if x1 > x0:
            pen.rectangle((x0 + 1, low, x1 - 1, low + 17), fill=color_of(name))
            write(pen, ((x0 + x1) / 2, low + 9), SHORT.get(name, ""), 11, INK, "mm")
    if not noaa:
        write(pen, (axis.left, low + 1), "no summary given", 11, NONE)


def _draw_curves(
    pen: ImageDraw.ImageDraw, rows: Catalog, hours: Floats, axis: TimeAxis, top: float
) -> None:
    """Draw area, and unsigned flux where there is one; dotted further than 60 degrees away."""
    near = np.abs(numbers(rows, "hgs_lon")) <= 60
    for name, label, color, row, form in (
        ("area_msh", "area, MSH", (60, 60, 68), 0, ",.0f"),
        ("flux_unsigned", "flux, Mx", (60, 110, 190), 1, ".2e"),
    ):
        values = numbers(rows, name)
        if not np.isfinite(values[near]).any():
            continue
        highest = float(np.nanmax(values[near])) * 1.08
        write(pen, (8, top + 4 + 34 * row), label, 12, color)
        write(pen, (8, top + 19 + 34 * row), f"to {highest:{form}}", 11, PALE)
        points = [
            (axis(h), top + CURVE * (1 - min(v / highest, 1)))
            for h, v, shown in zip(hours, values, near, strict=True)
            if np.isfinite(v) and shown
        ]
        line(pen, points, color)
    pen.rectangle((axis.left, top, axis.right, top + CURVE), outline=PALE)


def _draw_events(
    pen: ImageDraw.ImageDraw, happened: list[dict[str, Any]], axis: TimeAxis,
    tops: tuple[float, float],
) -> None:  # fmt: skip
    for k, event in enumerate(happened[:12]):
        x = min(max(axis(epoch_hours([event["time"]])[0]), axis.left), axis.right)
        pen.line((x, tops[0] - 4, x, tops[0] + RIBBON + 2), fill=INK)
        write(pen, (x, tops[0] - 6), str(k + 1), 10, INK, "mb")
        text = f"{k + 1}  {event['time'][:16].replace('T', ' ')}  {event['words']}"
        write(pen, (axis.left, tops[1] + 20 * k), text, 12)
