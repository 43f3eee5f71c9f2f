"""The disk with the trails of its regions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from halescope.classes import COARSE
from halescope.geometry import ephemeris, stonyhurst_to_pixel
from halescope.io import read
from halescope.noaa.matching import catalog_time
from halescope.normalize import normalize
from halescope.render.letters import font
from halescope.render.overlay import BAND, COLORS, View, overlay, view_of
from halescope.tracks.mean_rotation import epoch_hours
from halescope.tracks.pictures.canvas import SHORT
from halescope.tracks.sightings import numbers, take
from halescope.tracks.track import Tracks
from halescope.types import Catalog, DiskGeometry

SIDE = 960
TRAIL = 24.0 * 7
"""Hours of a trail."""


def track_disk(result: Tracks, image: Path | None = None, time: str | None = None) -> Image.Image:
    """Return the disk of one image with the way that each region has come.

    Parameters
    ----------
    image : path, optional
        The picture below; black without one.
    time : str, optional
        Of the image; the newest if left out.
    """
    rows = result.catalog
    time = time or max(rows.columns["time"], default="")
    if not time:
        return Image.new("RGB", (SIDE, SIDE + BAND), (0, 0, 0))
    here = take(rows, [i for i, t in enumerate(rows.columns["time"]) if t == time])
    if image is not None:
        disk = normalize(read(image, time=time))
        view, picture = view_of(disk.origin), overlay(disk, _none(here)).convert("RGB")
    else:
        view, picture = _plain(time)
    pen = ImageDraw.Draw(picture)
    if view.geometry.b0 is None:
        return picture
    _draw_trails(pen, view, result, time)
    pen.rectangle((0, 0, picture.width, BAND - 1), fill=(0, 0, 0))
    name = here.columns["image"][0] if len(here) else ""
    text = f"{time[:16].replace('T', ' ')} UTC   {len(here)} regions, the way of {TRAIL:.0f} hours"
    pen.text((12, 9), text, fill=(230, 230, 230), font=font(16))
    pen.text((picture.width - 12, 11), str(name), fill=(130, 130, 130), font=font(13), anchor="ra")
    return picture


def _none(rows: Catalog) -> Catalog:
    return take(rows, [])


def _plain(time: str) -> tuple[View, Image.Image]:
    """Return a view of a disk without a picture, and its limb."""
    seen = ephemeris(catalog_time(time))
    middle, radius = (SIDE - 1) / 2, SIDE * 0.47
    geometry = DiskGeometry(middle, middle, radius, 0.0, seen.b0, seen.l0, seen.distance)
    picture = Image.new("RGB", (SIDE, SIDE + BAND), (0, 0, 0))
    edge = (middle - radius, BAND + middle - radius, middle + radius, BAND + middle + radius)
    ImageDraw.Draw(picture).ellipse(edge, outline=(110, 110, 110), fill=(28, 28, 30))
    return View(geometry, SIDE, SIDE), picture


def _draw_trails(pen: ImageDraw.ImageDraw, view: View, result: Tracks, time: str) -> None:
    rows = result.catalog
    hours = np.array(epoch_hours(rows.columns["time"]))
    now = epoch_hours([time])[0]
    track = numbers(rows, "track")
    lon, lat = numbers(rows, "hgs_lon"), numbers(rows, "hgs_lat")
    x, y = stonyhurst_to_pixel(view.geometry, lon, lat)
    x, y = x + 0.5, view.height - y - 0.5 + BAND
    recent = np.isfinite(track) & (hours <= now) & (hours > now - TRAIL) & np.isfinite(x)
    for number in np.unique(track[recent]).tolist():
        own = np.flatnonzero(recent & (track == number))
        names = [COARSE.get(rows.columns["class_track"][i] or "") for i in own.tolist()]
        for (a, b), name in zip(pairwise(own.tolist()), names[1:], strict=True):
            pen.line((x[a], y[a], x[b], y[b]), fill=_color(name), width=2)
        last = int(own[-1])
        gone = hours[last] < now
        color = (150, 150, 150) if gone else _color(names[-1])
        pen.ellipse((x[last] - 4, y[last] - 4, x[last] + 4, y[last] + 4), outline=color, width=2)
        noaa = rows.columns["noaa"][last]
        text = f"{int(number)}" + (f" ({noaa})" if noaa else "")
        text += "" if gone else f" {SHORT.get(rows.columns['class_track'][last], '')}"
        side = "ra" if x[last] > view.width - 150 else "la"
        spot = (x[last] + (-8 if side == "ra" else 8), y[last] - 16)
        pen.text(spot, text, fill=color, font=font(14), anchor=side,
                 stroke_width=2, stroke_fill=(0, 0, 0))  # fmt: skip


def _color(name: str | None) -> tuple[int, int, int]:
    return COLORS.get(name or "", (200, 200, 200))
