"""Coloured pictures: levels of field under a table of colours, known or the file's own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

Colours = NDArray[np.uint8]

COLOURED = 24
"""A tone whose red, green and blue differ by more is a colour, levels of 255."""

TABLES: dict[str, tuple[tuple[int, int, int, int], ...]] = {
    "hmimag": (
        (0, 137, 0, 20), (30, 226, 45, 4), (39, 255, 61, 0), (107, 255, 219, 188),
        (108, 255, 103, 0), (125, 255, 255, 0), (126, 199, 200, 130), (127, 181, 181, 166),
        (128, 154, 154, 167), (129, 95, 129, 104), (130, 0, 120, 14), (147, 0, 255, 92),
        (148, 200, 200, 255), (201, 56, 98, 251), (217, 0, 56, 251), (239, 0, 17, 172),
        (250, 0, 0, 133), (255, 0, 0, 73),
    ),
    "RdBu_r": (
        (0, 5, 48, 97), (26, 34, 103, 172), (51, 67, 147, 195), (78, 150, 199, 223),
        (103, 210, 230, 240), (128, 247, 246, 246), (154, 253, 217, 196), (179, 243, 164, 129),
        (205, 213, 93, 76), (230, 177, 24, 43), (255, 103, 0, 31),
    ),
    "seismic": (
        (0, 0, 0, 76), (64, 1, 1, 255), (127, 253, 253, 255), (128, 255, 253, 253),
        (191, 255, 1, 1), (255, 128, 0, 0),
    ),
    "bwr": ((0, 0, 0, 255), (127, 254, 254, 255), (129, 255, 252, 252), (255, 255, 0, 0)),
    "coolwarm": (
        (0, 59, 76, 192), (25, 89, 119, 227), (48, 119, 154, 247), (71, 151, 184, 255),
        (92, 179, 205, 251), (114, 206, 218, 235), (129, 222, 220, 219), (151, 241, 205, 186),
        (174, 247, 179, 150), (196, 242, 146, 116), (218, 227, 107, 84), (239, 203, 62, 56),
        (247, 192, 40, 47), (255, 180, 4, 38),
    ),
}  # fmt: skip
"""Tables that magnetograms are drawn with: level, red, green and blue at each bend, straight lines
between. The first is JSOC's for HMI (as in SolarSoft and sunpy), the others are matplotlib's; the
warm end of these is taken for positive field."""

NEAR, MOST_NEAR, TYPICAL = 12.0, 0.98, 1.5
"""A tone this near a table's colours, in red, green and blue, is one of them; the share of tones
that are in a picture of that table, and the largest mean of the distances. Of ten tables on three
disks the right one has 0.0 to 0.5, the nearest of the others 2 and more; JPEG blurs the right one
by 2 to 60, so that a coloured JPEG tells nothing."""


def is_levels(image: Image.Image) -> bool:
    """Say whether a palette picture's numbers are levels that a table of colours is laid upon.

    Such a table runs through its colours in small steps; the palette that a program chose for a
    photograph jumps, or is sorted from bright to dark, as Pillow sorts it. A grey palette is left
    to its greys.
    """
    table = np.array(image.getpalette("RGB") or [], np.int16).reshape(-1, 3)
    if len(table) < 200:
        return False
    steps = np.abs(np.diff(table, axis=0)).max(1)
    coloured = np.mean(table.max(1) - table.min(1) > COLOURED)
    light = table @ np.array([299, 587, 114])
    is_sorted = np.mean(np.diff(light) <= 0) > 0.98
    return bool(np.mean(steps <= 8) > 0.95 and coloured > 0.1 and not is_sorted)


def opaque(image: Image.Image) -> Image.Image:
    """Return a picture in red, green and blue, on black where one can see through it."""
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa", "P"):
        from PIL import Image as Pillow

        rgba = image.convert("RGBA")
        image = Pillow.alpha_composite(Pillow.new("RGBA", image.size, (0, 0, 0, 255)), rgba)
    return image.convert("RGB")


def middle_tones(image: Image.Image) -> Colours:
    """Return tones of a sparse grid on the middle half of a picture, (N, 3).

    Logos and captions beside the disk may have any colour.
    """
    width, height = image.size
    step = max(1, min(height, width) // 128)
    lines = []
    for row in range(height // 4, height - height // 4, step):
        line = opaque(image.crop((width // 4, row, width - width // 4, row + 1)))
        lines.append(np.asarray(line)[0, ::step])
    return np.concatenate(lines)


def is_coloured(tones: Colours) -> bool:
    """Say whether more than a few tones, (N, 3), are colours."""
    wide = tones.astype(np.int16)
    return float(np.mean(wide.max(1) - wide.min(1) > COLOURED)) > 0.02


def table_of(tones: Colours) -> str | None:
    """Return the name of the table that tones, (N, 3), are of; None where none of `TABLES` fits."""
    found = {name: _tree(name).query(tones.astype(float))[0] for name in TABLES}
    name = min(found, key=lambda one: float(found[one].mean()))
    near = found[name] <= NEAR
    is_of = near.mean() >= MOST_NEAR and found[name][near].mean() <= TYPICAL
    return name if is_of else None


def levels(picture: Colours, name: str) -> NDArray[np.uint8]:
    """Return the levels of a picture in red, green and blue, (H, W, 3), under one of `TABLES`.

    Returns (H, W) uint8; 0 where a colour is not the table's, as beside the disk.
    """
    packed = picture.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    kinds, place = np.unique(packed, return_inverse=True)
    tones = np.stack([kinds >> 16, kinds >> 8 & 255, kinds & 255], 1).astype(float)
    away, nearest = _tree(name).query(tones)
    out: NDArray[np.uint8] = np.where(away <= NEAR, nearest, 0).astype(np.uint8)
    return out[place.reshape(packed.shape)]


@lru_cache(maxsize=len(TABLES))
def _tree(name: str) -> Any:
    """Return a search tree over the 256 colours of a table."""
    from scipy.spatial import cKDTree

    bends = np.array(TABLES[name], float)
    at = np.arange(256)
    return cKDTree(np.stack([np.interp(at, bends[:, 0], bends[:, 1 + c]) for c in range(3)], 1))
