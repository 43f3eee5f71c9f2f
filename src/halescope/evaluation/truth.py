"""What a manifest says should be found on a disk, under lenient and strict rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from halescope.datasets.manifest import Entry
from halescope.datasets.predicates import is_firm
from halescope.types import Array


def truth_boxes(
    found: Iterable[Entry], strict: bool, dropped: Collection[int] = ()
) -> tuple[Array, Array]:
    """Return the boxes that count and those that are ignored, canonical pixels.

    Parameters
    ----------
    found : iterable of Entry
        Labels of one disk.
    strict : bool
        Whether a box on unlisted plage is a false alarm; else it is ignored.
    dropped : collection of int
        NOAA numbers that are ignored, as they were trained on.

    Returns
    -------
    truth : (M, 4) float32
        Firm labels.
    ignored : (K, 4) float32
        Doubtful labels, and plage unless `strict`.
    """
    truth, ignored = [], []
    for entry in found:
        if is_firm(entry) and entry.noaa_number not in dropped:
            truth.append(entry.box)
        elif entry.status != "plage" or not strict:
            ignored.append(entry.box)
    return _array(truth), _array(ignored)


def _array(boxes: list[tuple[float, float, float, float]]) -> Array:
    return np.array(boxes, np.float32).reshape(-1, 4)
