"""Features of labelled boxes, without any detector: what the trees learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from halescope.batch.processes import in_order, map_in_processes
from halescope.classification.features import FEATURES
from halescope.datasets.manifest import Entry
from halescope.errors import HalescopeError
from halescope.evaluation.run import label_features
from halescope.io import read
from halescope.normalize import normalize
from halescope.types import Array


def read_features(
    work: Sequence[tuple[str, list[Entry]]],
    root: Path = Path(),
    jobs: int = 2,
    progress: Callable[[], None] | None = None,
) -> list[Array]:
    """Return the features of the labels of each image; none for an image that cannot be read.

    Parameters
    ----------
    work : sequence of (image, labels)
    progress : callable, optional
        Called after each image.
    """
    out = []
    tasks = [(str(root / image), found) for image, found in work]
    for features in in_order(map_in_processes(_features, tasks, jobs, lost=_none)):
        out.append(features)
        if progress:
            progress()
    return out


def _features(task: tuple[str, list[Entry]]) -> Array:
    path, labels = task
    try:
        return label_features(normalize(read(path)), labels)
    except HalescopeError:
        return _none(task)


def _none(task: tuple[str, list[Entry]]) -> Array:
    return np.zeros((0, len(FEATURES)), np.float32)
