"""The label of one region of one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["firm", "doubtful", "plage"]
Edges = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """One region of one image.

    Parameters
    ----------
    number : int
        NOAA number, 0 for unlisted plage.
    mount_wilson : str
        Class at the nearest midnight, empty for plage.
    status : {"firm", "doubtful", "plage"}
        Firm: both midnights list it with the same class. Doubtful neither trains nor counts.
    box : tuple of float
        Canonical pixels, rows upwards.
    x, y : float
        Position, canonical pixels.
    longitude, latitude : float
        Stonyhurst, degrees, at the image's time.
    mu : float
        Cosine of the heliocentric angle.
    area : float
        NOAA's spot area, MSH; 0 for plage.
    note : str
        Why it is doubtful, in words, for the eye.
    flags : tuple of str
        Of `halescope.datasets.labels.quality.FLAGS`.
    source : str
        Table and day that position and class are from: ``SRS 2026-02-02``; ``field`` where only
        the image shows it.
    box_source : str
        ``field`` for the extent of strong field, ``point`` for a stand-in, ``HARP 377``.
    class_before, class_after : str
        At the preceding and at the following midnight, empty where that one gives none.
    """

    number: int
    mount_wilson: str
    status: Status
    box: Edges
    x: float
    y: float
    longitude: float
    latitude: float
    mu: float
    area: float
    note: str = ""
    flags: tuple[str, ...] = ()
    source: str = ""
    box_source: str = "field"
    class_before: str = ""
    class_after: str = ""


def enclosing(mask: NDArray[np.bool_], margin: float) -> Edges | None:
    """Return the box about a mask's pixels, with a margin on each side; None without pixels."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    return (
        float(columns.min() - margin),
        float(rows.min() - margin),
        float(columns.max() + 1 + margin),
        float(rows.max() + 1 + margin),
    )
