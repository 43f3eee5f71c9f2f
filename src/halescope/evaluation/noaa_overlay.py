"""Draw what was matched: the disk with our boxes and NOAA's numbers at NOAA's positions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from halescope.errors import DatasetError
from halescope.evaluation.noaa import Comparison, Verdict
from halescope.geometry import stonyhurst_to_pixel
from halescope.io import read
from halescope.io.atomic import atomic_path
from halescope.normalize import normalize
from halescope.render import BAND, font, overlay, view_of
from halescope.types import Catalog

MARKS = {
    "matched": (110, 255, 120),
    "merged": (255, 170, 60),
    "missed": (255, 70, 70),
}
"""Colour of NOAA's cross by verdict."""


def draw_overlays(
    comparison: Comparison, catalog: Catalog, images: Path, output: Path
) -> list[Path]:
    """Write ``<stem>/noaa.png`` for every compared image.

    Parameters
    ----------
    comparison : Comparison
    catalog : Catalog
        The one that was compared.
    images : path
        Folder that is searched for the images' names.
    output : path

    Raises
    ------
    DatasetError
        An image is not there, or two have its name.
    """
    written = []
    for name in dict.fromkeys(verdict.image for verdict in comparison.verdicts):
        found = sorted(images.rglob(name))
        if len(found) != 1:
            told = "is not in the folder" if not found else f"is there {len(found)} times"
            raise DatasetError(name, told, "one file of this name", str(images))
        kept = [i for i, image in enumerate(catalog.columns["image"]) if image == name]
        rows = Catalog({k: [v[i] for i in kept] for k, v in catalog.columns.items()}, catalog.units)
        verdicts = [v for v in comparison.verdicts if v.image == name]
        path = output / Path(name).stem / "noaa.png"
        with atomic_path(path) as fresh:
            draw_overlay(found[0], rows, verdicts).save(fresh)
        written.append(path)
    return written


def draw_overlay(source: Path, catalog: Catalog, verdicts: list[Verdict]) -> Image.Image:
    """Return the annotated disk of one image with NOAA's regions on it.

    Parameters
    ----------
    source : path
    catalog : Catalog
        Rows of this image.
    verdicts : list of Verdict
        Of this image.
    """
    magnetogram = read(source, time=verdicts[0].time if verdicts else None)
    disk = normalize(magnetogram)
    picture = overlay(disk, catalog).convert("RGB")
    view = view_of(magnetogram)
    pen = ImageDraw.Draw(picture)
    shift = (picture.width - view.width) // 2
    for verdict in verdicts:
        color = MARKS.get(verdict.verdict)
        if color is None or verdict.listed is None or magnetogram.geometry.b0 is None:
            continue
        place = verdict.listed
        geometry = view.geometry
        px, py = stonyhurst_to_pixel(geometry, np.array(place.longitude), np.array(place.latitude))
        if px != px:
            continue
        x, y = float(px) + 0.5 + shift, view.height - float(py) - 0.5 + BAND
        pen.line((x - 7, y, x + 7, y), fill=color, width=2)
        pen.line((x, y - 7, x, y + 7), fill=color, width=2)
        text = f"{place.number} {place.name}"
        spot = (min(x + 9, picture.width - font(14).getlength(text) - 4), y + 3)
        pen.text(spot, text, fill=color, font=font(14), stroke_width=2, stroke_fill=(0, 0, 0))
    return picture
