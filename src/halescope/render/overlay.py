"""Draw the overlay: the disk, north up, with each region's box, number, class and probability."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from halescope.classes import COARSE, HIERARCHY
from halescope.flags import Flag
from halescope.geometry import offset_to_pixel, pixel_to_offset, stonyhurst_to_pixel
from halescope.normalize import block_mean, from_origin_boxes
from halescope.render.letters import GREYS, WHITE, draw_north, draw_scale, font, letters, write
from halescope.render.placement import Rectangle, place
from halescope.tensors import GREY_CLIP
from halescope.types import PICTURE_GAUSS, Array, Catalog, Disk, DiskGeometry, Magnetogram

OVERLAY_SIDE = 960
"""Longer side of the picture below its title band, pixels."""

BAND = 36
"""Height of the title band, pixels."""

MARGIN = 0.06
"""Empty margin around the disk, as a share of the side."""

RAMP = 16
"""Entries of each ramp, so that letters have smooth edges."""

COLORS: dict[str, tuple[int, int, int]] = {
    "alpha": (86, 190, 255),
    "beta": (250, 220, 60),
    "complex": (255, 120, 70),
}
"""Colour of each first-level class; told apart with any colour vision."""

UNLIKE, TOO_CLOSE = Flag.OUT_OF_DISTRIBUTION.words(), Flag.UNCERTAIN_CLASS.words()
"""Flags of a class that should not be believed; where the first holds, its probability neither."""

DASH, SPACE = 7, 5
"""Of the box about a region whose class is in doubt, pixels."""

_ROOMY = 400
"""Least side of a picture that has room for scale and arrows."""

_BACKGROUND, _GRID, _LIMB = 3, 25, 42


@dataclass(frozen=True)
class View:
    """What the picture shows.

    Parameters
    ----------
    geometry : DiskGeometry
        Of the picture, rows upwards, roll 0.
    width, height : int
        Pixels.
    """

    geometry: DiskGeometry
    width: int
    height: int

    def rectangle(self, disk: Disk, box: Array) -> Rectangle:
        """Return a canonical box in picture pixels, rows downwards."""
        ratio = self.geometry.radius / disk.geometry.radius
        x = (box[[0, 2]] - 0.5 - disk.geometry.x_center) * ratio + self.geometry.x_center + 0.5
        y = (box[[1, 3]] - 0.5 - disk.geometry.y_center) * ratio + self.geometry.y_center + 0.5
        return Rectangle(
            float(x[0]), self.height - float(y[1]), float(x[1]), self.height - float(y[0])
        )


def overlay(disk: Disk, catalog: Catalog, boxes: Array | None = None) -> Image.Image:
    """Return the annotated disk.

    `boxes`, (N, 4) float32: the regions' boxes on `disk`; taken from the catalogue if left out,
    which makes them a little larger where the image is rolled. Returns Image: palette picture, at
    most 960 pixels wide and 996 high; solar north up, west right.
    """
    view = view_of(disk.origin)
    picture = background(disk.origin, view)
    pen = ImageDraw.Draw(picture)
    if Flag.CUTOUT not in disk.origin.flags:
        _draw_limb(pen, view)
    if disk.geometry.is_located:
        _draw_grid(pen, view)
    if boxes is None:
        columns = [catalog.columns[name] for name in ("x_min", "y_min", "x_max", "y_max")]
        boxes = from_origin_boxes(disk, np.array(columns, np.float32).T)
    rectangles = [view.rectangle(disk, box) for box in boxes]
    _draw_regions(picture, rectangles, catalog)
    if view.width >= _ROOMY and view.height >= _ROOMY:
        draw_north(picture)
        draw_scale(picture, disk.origin)
        if any(map(is_doubted, catalog.columns.get("flags", ()))):
            write(picture, "dashed, ?: do not rely on the class", (-12, 10))
    return _framed(picture, disk.origin, len(catalog))


def view_of(magnetogram: Magnetogram) -> View:
    """Return the part of the sky that the picture shows: the disk, or all of a cut-out."""
    if Flag.CUTOUT not in magnetogram.flags:
        middle = (OVERLAY_SIDE - 1) / 2
        radius = OVERLAY_SIDE * (0.5 - MARGIN / 2)
        return View(
            _placed(magnetogram.geometry, middle, middle, radius), OVERLAY_SIDE, OVERLAY_SIDE
        )
    height, width = magnetogram.field.shape
    x = np.array([0, width, 0, width]) - 0.5
    y = np.array([0, 0, height, height]) - 0.5
    west, north = pixel_to_offset(magnetogram.geometry, x, y)
    radius = OVERLAY_SIDE / float(max(np.ptp(west), np.ptp(north)))
    return View(
        _placed(magnetogram.geometry, -west.min() * radius, -north.min() * radius, radius),
        max(1, round(np.ptp(west) * radius)),
        max(1, round(np.ptp(north) * radius)),
    )


def background(magnetogram: Magnetogram, view: View) -> Image.Image:
    """Return the magnetogram in grey, resampled to the view; palette indices in mode L."""
    factor = max(1, int(magnetogram.geometry.radius / view.geometry.radius))
    values = block_mean(magnetogram.field, factor)
    limit = PICTURE_GAUSS if magnetogram.scale == "gauss" else GREY_CLIP
    zero = GREYS // 2
    with np.errstate(invalid="ignore"):
        index = values * np.float32((zero - 1) / limit) + np.float32(zero + 0.5)
        np.clip(index, 0, GREYS - 1, out=index)
        index[np.isnan(index)] = _BACKGROUND
    out = _resampled(index.astype(np.uint8), _affine(view, magnetogram.geometry, factor), view)
    if Flag.CUTOUT not in magnetogram.flags:
        out.paste(_BACKGROUND, (0, 0), _outside(view.width, view.geometry.radius))
    return out


def _placed(geometry: DiskGeometry, x: float, y: float, radius: float) -> DiskGeometry:
    return replace(geometry, x_center=float(x), y_center=float(y), radius=float(radius), roll=0.0)


def _affine(view: View, source: DiskGeometry, factor: int) -> tuple[float, ...]:
    """Return Pillow's six numbers: picture pixels (rows down) to pixels of the reduced array."""
    u = np.array([0.0, 1.0, 0.0])
    v = np.array([0.0, 0.0, 1.0])
    west, north = pixel_to_offset(view.geometry, u - 0.5, view.height - v - 0.5)
    x, y = offset_to_pixel(source, west, north)
    x, y = (x + 0.5) / factor, (y + 0.5) / factor
    return (x[1] - x[0], x[2] - x[0], x[0], y[1] - y[0], y[2] - y[0], y[0])


def _resampled(index: NDArray[np.uint8], affine: tuple[float, ...], view: View) -> Image.Image:
    """Return the array on the view's pixels; a plain resize, several times faster, if unturned."""
    image, size = Image.fromarray(index), (view.width, view.height)
    a, b, c, d, e, f = affine
    if max(abs(b), abs(d)) > 5e-4 * abs(a):  # more than half a pixel across the picture
        how = (Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)
        return image.transform(size, *how, fillcolor=_BACKGROUND)
    left, right, top, bottom = c, c + a * size[0], f, f + e * size[1]
    if a < 0:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        left, right = image.width - left, image.width - right
    if e < 0:
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        top, bottom = image.height - top, image.height - bottom
    over = max(-left, -top, right - image.width, bottom - image.height)
    if over > 0:
        margin = int(np.ceil(over))
        grown = (image.width + 2 * margin, image.height + 2 * margin)
        inner, image = image, Image.new("L", grown, _BACKGROUND)
        image.paste(inner, (margin, margin))
        left, right, top, bottom = (v + margin for v in (left, right, top, bottom))
    return image.resize(size, Image.Resampling.BILINEAR, (left, top, right, bottom))


@lru_cache(maxsize=2)
def _outside(side: int, radius: float) -> Image.Image:
    """Return the mask of what lies off the limb of a centred disk."""
    axis = np.arange(side) - (side - 1) / 2
    off = np.hypot(axis[:, None], axis[None, :]) > radius
    return Image.fromarray(off.astype(np.uint8) * np.uint8(255))


def _draw_limb(pen: ImageDraw.ImageDraw, view: View) -> None:
    middle, radius = view.width / 2, view.geometry.radius
    edges = (middle - radius, middle - radius, middle + radius, middle + radius)
    pen.ellipse(edges, outline=_LIMB, width=1)


def _draw_grid(pen: ImageDraw.ImageDraw, view: View) -> None:
    for line in _grid(round(float(view.geometry.b0 or 0), 1), round(view.geometry.observer_lon, 1)):
        x = line[:, 0] * view.geometry.radius + view.geometry.x_center + 0.5
        y = view.height - (line[:, 1] * view.geometry.radius + view.geometry.y_center + 0.5)
        pen.line(np.stack([x, y], 1).ravel().tolist(), fill=_GRID, width=1)


@lru_cache(maxsize=64)
def _grid(b0: float, observer_lon: float) -> tuple[NDArray[np.float64], ...]:
    """Return Stonyhurst meridians and parallels every 30 degrees, (K, 2) offsets each."""
    unit = DiskGeometry(0.0, 0.0, 1.0, b0=b0, l0=0.0, observer_lon=observer_lon)
    along, first = np.linspace(-90, 90, 61), 30 * int(np.ceil((observer_lon - 90) / 30))
    lines = [(np.full(61, lon), along) for lon in range(first, first + 181, 30)]
    lines += [(along + observer_lon, np.full(61, lat)) for lat in range(-60, 61, 30)]
    drawn = []
    for longitude, latitude in lines:
        x, y = stonyhurst_to_pixel(unit, longitude, latitude)
        seen = np.isfinite(x)
        drawn.append(np.stack([x[seen], y[seen]], 1).astype(np.float64))
    return tuple(line for line in drawn if len(line) > 1)


def _draw_regions(picture: Image.Image, boxes: list[Rectangle], catalog: Catalog) -> None:
    pen = ImageDraw.Draw(picture)
    tiles = []
    rows = catalog.rows()
    for row, box in zip(rows, boxes, strict=True):
        ramp = _ramp(row["class"])
        pen.rectangle(box.grown(2), outline=0, width=1)
        for grow in (1, 0):
            edge = (round(v) for v in box.grown(grow))
            draw_box(pen, tuple(edge), ramp, is_doubted(row.get("flags")))
        tiles.append(_tile(caption(row), ramp))
    places = place(boxes, [tile.size for tile in tiles], picture.size)
    for row, box, spot in zip(rows, boxes, places, strict=True):
        if spot.gap(box) > 6:
            pen.line((*spot.center, *box.nearest(spot.center)), fill=_ramp(row["class"]))
    for tile, spot in zip(tiles, places, strict=True):  # over all lines
        picture.paste(tile, (round(spot.left), round(spot.top)))


def caption(row: dict[str, Any]) -> str:
    """Return number, class, "?" where it is in doubt, and its probability where that may hold."""
    number = f"{row['region']:02d}" if isinstance(row["region"], int) else str(row["region"])
    probability, flags = row.get("p_class"), str(row.get("flags") or "")
    known = probability is not None and UNLIKE not in flags.split("|")
    mark = "?" if is_doubted(flags) else ""
    return f"{number} {row['class']}{mark}" + (f" {probability:.2f}" if known else "")


def is_doubted(flags: Any) -> bool:
    """Say whether a row's flags, in words, tell that its class should not be believed."""
    return bool({UNLIKE, TOO_CLOSE} & set(str(flags or "").split("|")))


def draw_box(
    pen: ImageDraw.ImageDraw, edges: tuple[int, ...], color: Any, is_dashed: bool = False
) -> None:
    """Draw a box of one pixel's width; dashed where its class is in doubt.

    `edges`: left, top, right, bottom, pixels.
    """
    if not is_dashed:
        pen.rectangle(edges, outline=color, width=1)
        return
    left, top, right, bottom = edges
    for x in range(left, right + 1, DASH + SPACE):
        end = min(x + DASH - 1, right)
        pen.line((x, top, end, top), fill=color)
        pen.line((x, bottom, end, bottom), fill=color)
    for y in range(top, bottom + 1, DASH + SPACE):
        end = min(y + DASH - 1, bottom)
        pen.line((left, y, left, end), fill=color)
        pen.line((right, y, right, end), fill=color)


def _ramp(name: str) -> int:
    return GREYS + RAMP * HIERARCHY.index(COARSE[name])


def _tile(text: str, ramp: int) -> Image.Image:
    """Return black letters on a class's colour, as palette indices."""
    black = letters(text, 15)
    tile = Image.new("L", (black.width + 8, black.height + 6), 0)
    tile.paste(black, (4, 3))
    return tile.point(_fading(ramp))


@lru_cache(maxsize=8)
def _fading(ramp: int) -> list[int]:
    """Return the palette index of each coverage by black, 0..255, on a class's colour."""
    return [ramp + value * (RAMP - 1) // 255 for value in range(256)]


def _framed(picture: Image.Image, magnetogram: Magnetogram, count: int) -> Image.Image:
    """Return the picture below a band with time, instrument, count and file name."""
    width = max(picture.width, OVERLAY_SIDE // 2)
    out = Image.new("L", (width, picture.height + BAND), 0)
    out.paste(picture, ((width - picture.width) // 2, BAND))
    regions = "no regions" if not count else f"{count} region" + "s" * (count > 1)
    time = magnetogram.time_string.replace("T", "  ") or "time unknown"
    title = letters(f"{time}   {magnetogram.instrument}   {regions}", 20)
    room = width - title.width - 36
    name = magnetogram.name
    while len(name) > 4 and font(14).getlength(name) > room:
        name = name[: len(name) // 2 - 2] + "…" + name[len(name) // 2 + 1 :]
    subtitle = letters(name, 14)
    grey = [value * WHITE // 255 for value in range(256)]
    out.paste(title.point(grey), (12, (BAND - title.height) // 2))
    if subtitle.width <= room:
        spot = (width - subtitle.width - 12, (BAND - subtitle.height) // 2)
        out.paste(subtitle.point(grey), spot)
    out.putpalette(_palette())
    return out


@lru_cache(maxsize=1)
def _palette() -> list[int]:
    greys = [round(i * 255 / (GREYS - 1)) for i in range(GREYS)]
    entries = [value for grey in greys for value in (grey, grey, grey)]
    for level in HIERARCHY:
        for step in range(RAMP):
            entries += [round(part * (1 - step / (RAMP - 1))) for part in COLORS[level]]
    return entries
