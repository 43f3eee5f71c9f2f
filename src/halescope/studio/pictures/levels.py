"""A picture decoded once: its field at full size and at halves of it, as files that are mapped.

Values are whole numbers of 16 bits, so that a tile needs no more than the pages it lies in.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.batch.run import DAMAGE
from halescope.errors import HalescopeError, ReadError, TimeError
from halescope.io import read
from halescope.studio.pictures.describe import describe
from halescope.studio.pictures.orientation import Orientation
from halescope.types import Array

TILE = 512
"""Side of a tile, pixels."""

MISSING = -32768
"""Stands for no data."""

STEPS = {"gauss": 0.25, "display": 1 / 64}
"""What one unit of a stored value is, in the unit of the scale: up to 8,191 G and 511 greys."""

RECORD = "picture.json"


@dataclass(frozen=True)
class Levels:
    """A decoded picture on the disk.

    Parameters
    ----------
    folder : Path
    facts : dict
        See `halescope.studio.pictures.describe.describe`.
    """

    folder: Path
    facts: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Levels | None:
        """Return those in a folder, None where there are none."""
        try:
            return cls(folder, json.loads((folder / RECORD).read_text("utf-8")))
        except (OSError, ValueError):
            return None

    @property
    def step(self) -> float:
        """What one unit of a value is, gauss or grey levels."""
        return float(STEPS[self.facts["scale"]])

    @property
    def count(self) -> int:
        """How many sizes there are."""
        return int(self.facts["levels"])

    def values(self, level: int) -> NDArray[np.int16]:
        """Return one size, (H, W) rows downwards; level 0 is the smallest.

        Raises
        ------
        ReadError
            There is no such level, or it was removed.
        """
        try:
            found = np.load(self.folder / f"{level}.npy", mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise ReadError(self.facts["name"], f"has no size {level} here") from error
        return found  # type: ignore[no-any-return]

    def smallest(self, side: int) -> int:
        """Return the smallest level whose longer side is at least `side` pixels."""
        longest = max(self.facts["width"], self.facts["height"])
        level = self.count - 1
        while level and (longest >> (self.count - level)) >= side:
            level -= 1
        return level


def ready() -> None:
    """Do nothing, in a process that has loaded what reading needs."""


def decode(path: str, folder: str, name: str, time: str | None = None) -> None:
    """Read a picture and write its levels into a folder, which appears whole or not at all.

    Called in a process of its own, which a picture may end.

    Raises
    ------
    HalescopeError
        It cannot be read.
    """
    try:
        _decode(Path(path), Path(folder), name, time)
    except HalescopeError:
        raise
    except DAMAGE as error:
        detail = " ".join(str(error).split())[:200]
        raise ReadError(name, f"cannot be read ({type(error).__name__}: {detail})") from error


def _decode(path: Path, folder: Path, name: str, time: str | None) -> None:
    try:
        found = read(path, full=True, name=name)
    except TimeError:
        if time is None:
            raise
        found = read(path, full=True, name=name, time=time)
    if found.time is None and time is not None:
        found = read(path, full=True, name=name, time=time)
    view = Orientation.of(found)
    pyramid = list(sizes(view.turn(found.field)))
    fresh = folder.with_name(f".part-{os.getpid()}-{secrets.token_hex(4)}")
    fresh.mkdir(parents=True)
    try:
        for level, field in enumerate(reversed(pyramid)):
            np.save(fresh / f"{level}.npy", packed(field, STEPS[found.scale]))
        facts = describe(found, view, len(pyramid))
        (fresh / RECORD).write_text(json.dumps(facts, allow_nan=False), "utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def sizes(field: Array) -> Iterator[Array]:
    """Yield a field and its halves until one tile holds it."""
    yield field
    while max(field.shape) > TILE:
        field = half(field)
        yield field


def half(field: Array) -> Array:
    """Return the means of blocks of 2 by 2 pixels that have data; an odd edge is repeated."""
    rows, columns = field.shape
    if rows % 2 or columns % 2:
        field = np.pad(field, ((0, rows % 2), (0, columns % 2)), mode="edge")
    parts = [field[i::2, j::2] for i in (0, 1) for j in (0, 1)]
    if not np.isnan(field).any():
        return np.asarray(sum(parts) / np.float32(4), np.float32)
    known = sum(np.isfinite(part).astype(np.float32) for part in parts)
    total = sum(np.nan_to_num(part, nan=0.0) for part in parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, total / known, np.nan), np.float32)


def packed(field: Array, step: float) -> NDArray[np.int16]:
    """Return a field in steps of `step`, int16; no data are `MISSING`."""
    scaled = np.clip(np.rint(field / np.float32(step)), -32767, 32767)
    return np.where(np.isnan(field), np.float32(MISSING), scaled).astype(np.int16)
