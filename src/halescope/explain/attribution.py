"""What a region's class rests on: parts of it are hidden, and the classifier is asked again.

Occlusion (Zeiler & Fergus 2014, ECCV, LNCS 8689, 818) through the network that ships: nothing is
trained, differentiated or assumed about it, so any classifier can be explained. A hidden part is
field turned to zero, which is what quiet Sun looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halescope.classes import HIERARCHY
from halescope.classification.classify import Classifier, classify_variants
from halescope.types import Array, Disk, Regions

WINDOWS = 8
"""Steps of the hidden window along the longer side of a box."""

LEAST_STEP = 3.5
"""Width of the narrowest window at half its depth, canonical pixels (12 Mm at disk centre)."""

SURE = 1e-6
"""Probabilities nearer to 0 or 1 than this are taken as this, so that log-odds stay finite."""


@dataclass(frozen=True)
class Attribution:
    """How the probability of a region's level depends on its parts.

    Parameters
    ----------
    level : str
        The member of `HIERARCHY` that is explained: that of the region's class.
    whole : (3,) float32
        Probabilities of `HIERARCHY` of the untouched region.
    without_positive, without_negative : (3,) float32
        The same with one polarity turned to zero.
    support : (h, w) float32
        By how much hiding the field around a pixel lowers the log-odds of `level`; negative where
        it raises them. Natural logarithms; canonical pixels, row 0 south.
    corner : (int, int)
        Column and row on the disk of ``support[0, 0]``.
    width : float
        Full width at half depth of the hidden window, canonical pixels.
    lowest, highest : float
        Smallest and largest probability of `level` with a window hidden.
    lowest_at, highest_at : (float, float)
        Where that window is: from the box's middle, in half boxes, west and north.
    """

    level: str
    whole: Array
    without_positive: Array
    without_negative: Array
    support: Array
    corner: tuple[int, int]
    width: float
    lowest: float
    highest: float
    lowest_at: tuple[float, float]
    highest_at: tuple[float, float]


def attribute(disk: Disk, region: Regions, classifier: Classifier) -> Attribution:
    """Return what the class of one region rests on.

    `region`: of length 1, classified. `classifier`: the one that classified it.

    Windows fall off as a squared cosine and stand half a width apart, so that together they cover
    every pixel once: the map at a pixel is the mean of the changes of its windows, by their depth.
    """
    box = region.boxes[0]
    windows = _windows(box, disk.field.shape)
    answers = classify_variants(_versions(disk, windows), region, classifier)
    levels = _stacked(region, answers).coarse
    level = int(region.coarse[0].argmax())
    hidden = levels[3:, level]
    odds = _log_odds(levels[:, level])
    support, corner = _support_map(windows, odds[0] - odds[3:])
    low, high = int(hidden.argmin()), int(hidden.argmax())
    return Attribution(
        HIERARCHY[level],
        levels[0],
        levels[1],
        levels[2],
        support,
        corner,
        windows[0].step,
        float(hidden[low]),
        float(hidden[high]),
        _place(windows[low], box),
        _place(windows[high], box),
    )


def _log_odds(probability: Array) -> Array:
    kept = np.clip(probability.astype(np.float64), SURE, 1 - SURE)
    return np.log(kept / (1 - kept)).astype(np.float32)


@dataclass(frozen=True)
class _Window:
    """A soft window: its pixels, and by how much each is hidden, 0..1."""

    rows: slice
    columns: slice
    depth: Array
    step: float
    x: float
    y: float


def _windows(box: Array, shape: tuple[int, ...]) -> list[_Window]:
    """Return the windows that cover a box, those without any pixel on the disk left out."""
    x0, y0, x1, y1 = (float(v) for v in box)
    step = max(LEAST_STEP, max(x1 - x0, y1 - y0) / WINDOWS)
    found = []
    for y in _centers(y0, y1, step):
        for x in _centers(x0, x1, step):
            rows, down = _flank(y, step, shape[0])
            columns, across = _flank(x, step, shape[1])
            if len(down) and len(across):
                depth = (down[:, None] * across[None, :]).astype(np.float32)
                found.append(_Window(rows, columns, depth, step, x, y))
    return found


def _centers(low: float, high: float, step: float) -> NDArray[np.floating]:
    count = int(np.ceil((high - low) / step)) + 1
    middle = (low + high) / 2 - 0.5
    out: NDArray[np.floating] = middle + (np.arange(count) - (count - 1) / 2) * step
    return out


def _flank(center: float, step: float, size: int) -> tuple[slice, NDArray[np.float64]]:
    """Return the pixels within one step of a centre along one axis, and their depths."""
    first, last = max(int(np.ceil(center - step)), 0), min(int(np.floor(center + step)) + 1, size)
    pixels = np.arange(first, max(first, last))
    return slice(first, max(first, last)), np.cos((pixels - center) / step * np.pi / 2) ** 2


def _versions(disk: Disk, windows: list[_Window]) -> Iterator[Disk]:
    """Yield the disk, then without positive, without negative field, and with each part hidden."""
    yield disk
    for hidden in (disk.field > 0, disk.field < 0):
        yield replace(disk, field=np.where(hidden, np.float32(0), disk.field))
    for window in windows:
        field = disk.field.copy()
        field[window.rows, window.columns] *= 1 - window.depth
        yield replace(disk, field=field)


def _stacked(region: Regions, probabilities: Array) -> Regions:
    """Return the answers as regions, so that levels add up as everywhere else."""
    count = len(probabilities)
    copies = region[np.zeros(count, int)]
    return replace(copies, probabilities=np.asarray(probabilities, np.float32))


def _support_map(windows: list[_Window], change: Array) -> tuple[Array, tuple[int, int]]:
    """Return the map of changes and the disk position of its first pixel."""
    left, bottom = (min(getattr(w, s).start for w in windows) for s in ("columns", "rows"))
    right, top = (max(getattr(w, s).stop for w in windows) for s in ("columns", "rows"))
    total, depth = np.zeros((2, top - bottom, right - left), np.float32)
    for window, value in zip(windows, change, strict=True):
        rows = slice(window.rows.start - bottom, window.rows.stop - bottom)
        columns = slice(window.columns.start - left, window.columns.stop - left)
        total[rows, columns] += window.depth * value
        depth[rows, columns] += window.depth
    return total / np.maximum(depth, np.float32(1e-3)), (left, bottom)


def _place(window: _Window, box: Array) -> tuple[float, float]:
    """Return where a window is, from the middle of a box, in half boxes."""
    middle, half = (box[:2] + box[2:]) / 2 - 0.5, (box[2:] - box[:2]) / 2
    return float((window.x - middle[0]) / half[0]), float((window.y - middle[1]) / half[1])
