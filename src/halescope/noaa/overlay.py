"""Draw what was matched: the disk with our boxes and NOAA's numbers at NOAA's positions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from halescope.errors import DatasetError
from halescope.geometry import stonyhurst_to_pixel
from halescope.io import read
from halescope.io.atomic import atomic_path
from halescope.noaa.matching import Comparison
from halescope.noaa.pairs import Verdict
from halescope.normalize import from_origin_boxes, normalize
from halescope.render.letters import font
from halescope.render.overlay import BAND, View, overlay, view_of
from halescope.types import Array, Catalog, Disk

NOAA_PICTURE = "noaa.png"

MARKS = {
    "matched": (110, 255, 120),
    "merged": (255, 170, 60),
    "missed": (255, 70, 70),
    "extra": (230, 130, 255),
    "limb": (185, 185, 185),
}
"""Colour by verdict: of NOAA's cross, for ``extra`` of a word in our box."""

LEGEND = {
    "matched": "matched",
    "merged": "in another region's box",
    "missed": "not found",
    "extra": "not listed by NOAA",
    "limb": "near the limb",
}


def draw_overlays(
    comparison: Comparison, catalog: Catalog, images: Path, output: Path
) -> list[Path]:
    """Write ``<stem>/noaa.png`` for every compared image.

    `images`: folder that is searched for the images' names. Raises `DatasetError` where an image is
    not there, or two have its name.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(images.rglob("*")):
        for name in (path.name, f"{path.parent.name}/{path.name}", path.as_posix()):
            found.setdefault(name, []).append(path)
    written = []
    for name in dict.fromkeys(verdict.image for verdict in comparison.verdicts):
        paths = found.get(name, [])
        if len(paths) != 1:
            told = "is not in the folder" if not paths else f"is there {len(paths)} times"
            raise DatasetError(name, told, "one file of this name", str(images))
        kept = [i for i, image in enumerate(catalog.columns["image"]) if image == name]
        rows = Catalog({k: [v[i] for i in kept] for k, v in catalog.columns.items()}, catalog.units)
        verdicts = [v for v in comparison.verdicts if v.image == name]
        stem = str(Path(name).with_suffix("")).strip("/").replace("/", "_")
        target = output / stem / NOAA_PICTURE
        written.append(write_overlay(paths[0], rows, verdicts, target))
    return written


def write_overlay(source: Path, catalog: Catalog, verdicts: list[Verdict], path: Path) -> Path:
    """Write the annotated disk of one image, see `draw_overlay`, as PNG; return the path."""
    with atomic_path(path) as fresh:
        draw_overlay(source, catalog, verdicts).save(fresh, "PNG", compress_level=1)
    return path


def draw_overlay(source: Path, catalog: Catalog, verdicts: list[Verdict]) -> Image.Image:
    """Return the annotated disk of one image with its own NOAA regions on it."""
    magnetogram = read(source, time=verdicts[0].time if verdicts else None)
    disk = normalize(magnetogram)
    picture = overlay(disk, catalog).convert("RGB")
    view = view_of(magnetogram)
    pen = ImageDraw.Draw(picture)
    corner = ((picture.width - view.width) // 2, BAND)
    _draw_legend(pen, picture.height)
    boxes = dict(zip(catalog.columns["region"], _boxes(disk, catalog), strict=True))
    for verdict in verdicts:
        if verdict.verdict == "extra" and verdict.row is not None:
            box = view.rectangle(disk, boxes[verdict.row["region"]])
            spot = (box.left + corner[0] + 3, box.bottom + corner[1] - 18)
            _write(pen, spot, "not listed", MARKS["extra"])
        elif verdict.verdict in MARKS and verdict.listed is not None:
            _draw_place(picture, view, corner, verdict)
    return picture


def _boxes(disk: Disk, catalog: Catalog) -> Array:
    columns = [catalog.columns[name] for name in ("x_min", "y_min", "x_max", "y_max")]
    return from_origin_boxes(disk, np.array(columns, np.float32).T)


def _draw_place(
    picture: Image.Image, view: View, corner: tuple[int, int], verdict: Verdict
) -> None:
    """Draw a cross at NOAA's position, with its number and class where they cover least."""
    place, color = verdict.listed, MARKS[verdict.verdict]
    if place is None or view.geometry.b0 is None:
        return
    at = np.array(place.longitude), np.array(place.latitude)
    px, py = (float(v) for v in stonyhurst_to_pixel(view.geometry, *at))
    if px != px:  # behind the limb
        return
    x, y = px + 0.5 + corner[0], view.height - py - 0.5 + corner[1]
    text = f"{place.number} {place.name}" + (f" ({place.note})" if place.note else "")
    spot = _free_spot(picture, x, y, font(14).getlength(text))
    pen = ImageDraw.Draw(picture)
    pen.line((x - 7, y, x + 7, y), fill=color, width=2)
    pen.line((x, y - 7, x, y + 7), fill=color, width=2)
    _write(pen, spot, text, color)


def _free_spot(picture: Image.Image, x: float, y: float, width: float) -> tuple[float, float]:
    """Return where a text beside a place covers least colour: boxes, captions, other texts."""
    spots = [
        (min(max(left, 2), picture.width - width - 4), top)
        for left in (x + 9, x - 9 - width, x - width / 2)
        for top in (y + 3, y - 20, y + 18, y - 34)
    ]

    def covered(spot: tuple[float, float]) -> int:
        left, top = round(spot[0]), round(spot[1])
        under = np.asarray(picture.crop((left, top, left + round(width), top + 18)), int)
        return int((np.ptp(under, axis=2) > 40).sum())

    return min(spots, key=covered)


def _draw_legend(pen: ImageDraw.ImageDraw, height: int) -> None:
    x = 12.0
    _write(pen, (x, height - 24), "NOAA:", (255, 255, 255))
    x += font(14).getlength("NOAA:  ")
    for name, color in MARKS.items():
        text = LEGEND[name]
        _write(pen, (x, height - 24), text, color)
        x += font(14).getlength(text) + 18


def _write(
    pen: ImageDraw.ImageDraw, spot: tuple[float, float], text: str, color: tuple[int, int, int]
) -> None:
    pen.text(spot, text, fill=color, font=font(14), stroke_width=2, stroke_fill=(0, 0, 0))
