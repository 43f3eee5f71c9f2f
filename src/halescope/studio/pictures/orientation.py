"""How a picture is turned for viewing: north up as far as quarter turns go, rows downwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.types import Array, Magnetogram


@dataclass(frozen=True)
class Orientation:
    """How file pixels lie in the view.

    Parameters
    ----------
    width, height : int
        Of the full file, pixels.
    quarters : int
        Quarter turns, 0..3, that bring north up.
    rows_down : bool
        Whether row 0 of the file is its top row.
    """

    width: int
    height: int
    quarters: int
    rows_down: bool

    @classmethod
    def of(cls, magnetogram: Magnetogram) -> Orientation:
        """Return that of a magnetogram: a roll near a multiple of 90 degrees is undone."""
        height, width = magnetogram.file_shape
        quarters = round(magnetogram.geometry.roll / 90) % 4
        return cls(width, height, quarters, magnetogram.rows_down)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the view, pixels."""
        turned = self.quarters % 2
        return (self.height, self.width) if turned else (self.width, self.height)

    def turn(self, field: Array) -> Array:
        """Return a field, (H, W) rows upwards, as it is viewed: rows downwards."""
        return np.ascontiguousarray(np.rot90(field[::-1], self.quarters))

    def to_view(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return view positions, (N, 2), of positions in the file's own row order.

        Both are pixel-edge coordinates, as boxes in a catalogue are.
        """
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        up = self.height - y if self.rows_down else y
        width, height = self.width, self.height
        for _ in range(self.quarters):
            x, up = height - up, x
            width, height = height, width
        return np.stack([x, height - up], -1)

    def affine(self) -> list[float]:
        """Return a, b, c, d, e, f with view x = a x + b y + c and view y = d x + e y + f."""
        origin, right, up = self.to_view(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
        across, along = right - origin, up - origin
        found = [across[0], along[0], origin[0], across[1], along[1], origin[1]]
        return [float(value) for value in found]
