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
    """Return the boxes of a disk that count and those that are ignored, canonical pixels.

    `strict`: whether a box on unlisted plage is a false positive; else it is ignored. `dropped`:
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
            truth.append(entry)
        elif entry.status != "plage" or not strict:
            ignored.append(entry)
    return boxes_of(truth), boxes_of(ignored)


def boxes_of(labels: Iterable[Entry]) -> Array:
    """Return the boxes of labels, (N, 4) float32, canonical pixels."""
    return np.array([e.box for e in labels], np.float32).reshape(-1, 4)
