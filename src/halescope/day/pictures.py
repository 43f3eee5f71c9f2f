"""Pictures of the day's page: the newest disk with the regions' names, and a crop of each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from halescope.classes import COARSE
from halescope.day.content import short_names
from halescope.day.page import Pictures
from halescope.io.crops import cut, picture_of
from halescope.normalize import normalize
from halescope.render.overlay import overlay
from halescope.types import Catalog, Magnetogram

CROP_SIDE = 220
"""Longer side of a crop, pixels."""

MARGIN = 0.15
"""Of a box, that is shown around it."""


def draw(magnetogram: Magnetogram, regions: Sequence[dict[str, Any]]) -> Pictures:
    """Return the pictures of an image.

    Parameters
    ----------
    magnetogram : Magnetogram
        As it was read.
    regions : sequence of dict
        Of `halescope.day.describe`.
    """
    placed = [r for r in regions if None not in r["box"]]
    shown = [r for r in placed if r["class"] in COARSE]
    columns: dict[str, list[Any]] = {
        "region": short_names(
            [r["track"] for r in shown], [r["noaa"][0] if r["noaa"] else None for r in shown]
        ),
        "class": [r["class"] for r in shown],
        "p_class": [r["probability"] for r in shown],
    }
    for i, edge in enumerate(("x_min", "y_min", "x_max", "y_max")):
        columns[edge] = [r["box"][i] for r in shown]
    disk = overlay(normalize(magnetogram), Catalog(columns))
    crops = {}
    boxes = np.array([r["box"] for r in placed], np.float32).reshape(-1, 4)
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 1) * MARGIN
    grown = np.concatenate([boxes[:, :2] - size, boxes[:, 2:] + size], 1).astype(np.float32)
    for region, piece in zip(placed, cut(magnetogram, grown), strict=True):
        crops[int(region["track"])] = _png(_sized(picture_of(piece, magnetogram)))
    return Pictures(_png(disk), crops)


def _sized(picture: Image.Image) -> Image.Image:
    ratio = CROP_SIDE / max(picture.size)
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=3)
    return data.getvalue()
