"""The baseline of the classifier: trees on the features of `halescope.classification.features`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.batch.processes import in_order, map_in_processes
from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.classification.features import FEATURES
from halescope.datasets.disks import read_at
from halescope.datasets.manifest import Entry
from halescope.datasets.predicates import is_firm
from halescope.datasets.splits.returned import returned
from halescope.errors import HalescopeError, MissingExtraError
from halescope.evaluation.classification import ClassSample
from halescope.evaluation.run import EvaluatedImage, label_features
from halescope.normalize import normalize
from halescope.types import Array

TREES = 300
LEAF = 5
"""Number of trees, and fewest regions in a leaf: scikit-learn's forest, little to tune."""

EVERY = 3
"""The trees learn from one image of this many: neighbours in time are near duplicates."""

INNER, OUTER = 60.0, 75.0
"""Classes are scored, and learned from, within these longitudes, degrees."""

Labelled = Sequence[tuple[str, list[Entry]]]


def fit_trees(
    features: NDArray[np.floating],
    level: NDArray[np.integer],
    region: NDArray[np.integer],
    seed: int = 0,
) -> Any:
    """Return scikit-learn's random forest fitted to regions.

    Raises `MissingExtraError` where scikit-learn is not installed.

    Parameters
    ----------
    features, level : (N, F) float, (N,) int
        Levels are indices into `HIERARCHY`; they are balanced.
    region : (N,) int
        A region seen n times weighs n ** -0.5 in each of its frames, as for the network.
    """
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    _, index, counts = np.unique(region, return_inverse=True, return_counts=True)
    weight = counts[index] ** -0.5
    shares = np.bincount(level, weight, len(HIERARCHY))
    weight = weight / np.maximum(shares, 1e-9)[level]
    forest = RandomForestClassifier(TREES, min_samples_leaf=LEAF, random_state=seed, n_jobs=1)
    return forest.fit(features, level, weight)


def tree_shares(forest: Any, features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return a forest's probabilities, (N, 3) float32; 0 for a level that it never saw."""
    out = np.zeros((len(features), len(HIERARCHY)), np.float32)
    if len(features):
        out[:, forest.classes_] = forest.predict_proba(features)
    return out


def trees_on(
    seen: Sequence[EvaluatedImage],
    everything: Labelled,
    root: Path,
    jobs: int,
    progress: Callable[[str, int], Callable[[], None]],
) -> ClassSample | str:
    """Return what trees that learned on the manifest's other images say of evaluated regions.

    Those regions, and others that a rotation parts from them, do not train. A text says why there
    can be no trees.
    """
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
    features = read_features(others, root, jobs, progress("trees", len(others)))
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
    work: Labelled, root: Path, jobs: int, progress: Callable[[], None] = lambda: None
) -> list[Array]:
    """Return the features of the labels of each image; none for an image that cannot be read."""
    tasks, out = [(root, image, found) for image, found in work], []
    for features in in_order(map_in_processes(_features, tasks, jobs, lost=_none)):
        out.append(features)
        progress()
    return out


def _features(task: tuple[Path, str, list[Entry]]) -> Array:
    root, image, labels = task
    try:
        return label_features(normalize(read_at(root, image)), labels)
    except HalescopeError:
        return _none(task)


def _none(task: tuple[Path, str, list[Entry]]) -> Array:
    return np.zeros((0, len(FEATURES)), np.float32)


def _classed(
    found: Iterable[tuple[Sequence[Entry], Array]], longitude: float, firm: bool
) -> tuple[Array, NDArray[np.intp], NDArray[np.intp]]:
    """Return features, level and NOAA number of the regions with a class."""
    rows = [
        (row, HIERARCHY.index(COARSE[entry.mount_wilson]), entry.noaa_number)
        for labels, values in found
        for entry, row in zip(labels, values, strict=True)
        if (is_firm(entry) if firm else entry.noaa_number)
        and not abs(entry.hgs_lon) > longitude  # an unknown one is kept
        and entry.mount_wilson in MOUNT_WILSON
    ]
    features, level, region = zip(*rows, strict=True) if rows else [()] * 3
    return (
        np.array(features, np.float32).reshape(len(rows), len(FEATURES)),
        np.array(level, np.intp),
        np.array(region, np.intp),
    )
