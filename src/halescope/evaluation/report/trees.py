"""Trees on features on the evaluated days, which learned on all other days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.batch.processes import in_order, map_in_processes
from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.classification.features import FEATURES
from halescope.datasets.manifest import Entry
from halescope.datasets.splits.returned import returned
from halescope.errors import HalescopeError, MissingExtraError
from halescope.evaluation.baselines.trees import fit_trees, tree_shares
from halescope.evaluation.classification import ClassSample
from halescope.evaluation.report.asked import Asked, Progress
from halescope.evaluation.run import EvaluatedImage, label_features, listed
from halescope.io import read
from halescope.normalize import normalize
from halescope.types import Array

EVERY = 3
"""The trees learn from one image of this many: neighbours in time are near duplicates."""

INNER, OUTER = 60.0, 75.0
"""Classes are scored, and learned from, within these longitudes, degrees."""


def trees_here(
    asked: Asked, seen: Sequence[EvaluatedImage], progress: Progress
) -> ClassSample | str:
    """Return what trees say of the evaluated regions that learned on all other days.

    Returns
    -------
    ClassSample or str
        A reason where there can be none. Regions of the evaluated days, and those that a rotation
        parts from them, do not train.
    """
    everything, _ = listed(asked.manifest)
    here = {s.image for s in seen}
    group = returned([e for _, labels in everything for e in labels])
    evaluated = [(s.labels, s.label_features) for s in seen]
    test, truth, region = _classed(evaluated, INNER, firm=True)
    if not len(test):
        return "no region of these days has a firm class within 60 degrees"
    known = {group.get(n, n) for n in region.tolist()}
    others = [
        (image, kept)
        for image, labels in everything
        if image not in here
        and (kept := [e for e in labels if group.get(e.noaa_number, e.noaa_number) not in known])
    ][::EVERY]
    features = read_features(others, asked.root, asked.jobs, progress("trees", len(others)))
    found = [(labels, f) for (_, labels), f in zip(others, features, strict=True) if len(f)]
    train = _classed(found, OUTER, firm=False)
    if len(np.unique(train[1])) < len(HIERARCHY):
        return "no other days hold regions of all three levels for trees to learn from"
    try:
        forest = fit_trees(*train)
    except MissingExtraError as error:
        return f"trees are left out: {error}"
    return ClassSample(truth, tree_shares(forest, test), region)


def read_features(
    work: Sequence[tuple[str, list[Entry]]],
    root: Path,
    jobs: int,
    progress: Callable[[], None] = lambda: None,
) -> list[Array]:
    """Return the features of the labels of each image; none for an image that cannot be read.

    Parameters
    ----------
    work : sequence of (image, labels)
    root : Path
        Folder that relative image paths start from.
    progress : callable
        Called after each image.
    """
    tasks, out = [(str(root / image), found) for image, found in work], []
    for features in in_order(map_in_processes(_features, tasks, jobs, lost=_none)):
        out.append(features)
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


def _classed(
    found: Iterable[tuple[Sequence[Entry], Array]], longitude: float, firm: bool
) -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
    """Return features, level and NOAA number of the regions with a class."""
    features, level, region = [], [], []
    for labels, values in found:
        for entry, row in zip(labels, values, strict=True):
            wanted = entry.status == "firm" if firm else bool(entry.noaa_number)
            near = not abs(entry.hgs_lon) > longitude  # an unknown one is kept
            if wanted and near and entry.mount_wilson in MOUNT_WILSON:
                features.append(row)
                level.append(HIERARCHY.index(COARSE[entry.mount_wilson]))
                region.append(entry.noaa_number)
    return (
        np.array(features, np.float32).reshape(len(features), len(FEATURES)),
        np.array(level, np.intp),
        np.array(region, np.intp),
    )
