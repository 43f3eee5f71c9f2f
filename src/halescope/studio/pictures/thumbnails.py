"""Small pictures for galleries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from halescope.batch.run import DAMAGE
from halescope.errors import HalescopeError, ReadError, TimeError
from halescope.io import read
from halescope.io.atomic import atomic_path
from halescope.io.sniff import check_size
from halescope.normalize import block_mean
from halescope.studio.pictures.describe import CLIPS
from halescope.studio.pictures.levels import STEPS, packed
from halescope.studio.pictures.orientation import Orientation
from halescope.studio.pictures.paint import grey, shrunk

QUALITY = 88
"""Of the JPEG files."""

_NO_TIME = "2000-01-01T00:00:00Z"
"""Stands for the time of a picture that needs one to be read; a thumbnail shows none."""


def draw_thumbnail(path: str, target: str, side: int, clip: float | None) -> None:
    """Write a picture, at most `side` pixels, as JPEG; called in a process of its own.

    Raises
    ------
    HalescopeError
        It cannot be read.
    """
    try:
        _draw(Path(path), Path(target), side, clip)
    except HalescopeError:
        raise
    except DAMAGE as error:
        raise ReadError(Path(path).name, f"cannot be read ({type(error).__name__})") from error


def shrink_picture(path: str, target: str, side: int) -> None:
    """Write a drawn picture, such as an overlay, smaller and as JPEG; in a process of its own.

    Raises
    ------
    ReadError
        It is no picture.
    """
    try:
        with Image.open(path) as found:
            check_size(*found.size, Path(path).name)
            small = found.convert("RGB")
        small.thumbnail((side, side))
        with atomic_path(target) as fresh:
            small.save(fresh, "JPEG", quality=QUALITY)
    except DAMAGE as error:
        raise ReadError(Path(path).name, f"cannot be read ({type(error).__name__})") from error


def _draw(path: Path, target: Path, side: int, clip: float | None) -> None:
    try:
        found = read(path)
    except TimeError:
        found = read(path, time=_NO_TIME)
    view = Orientation.of(found)
    factor = max(1, max(found.field.shape) // (2 * side))
    field = view.turn(block_mean(found.field, factor))
    step = STEPS[found.scale]
    levels = grey(packed(field, step), clip or CLIPS[found.scale].default, step)
    image = Image.fromarray(np.maximum(shrunk(levels, side), 3))
    with atomic_path(target) as fresh:
        image.save(fresh, "JPEG", quality=QUALITY)
