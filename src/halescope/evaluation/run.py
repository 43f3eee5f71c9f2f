"""Run the shipped pipeline, and baselines on the same disks, over the images of a manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.batch.processes import in_order, map_in_processes
from halescope.box_rule.extent import smooth_strength
from halescope.classes import MOUNT_WILSON
from halescope.classification.classify import Classifier, classify, load_classifier
from halescope.classification.crops import end_of, region_features
from halescope.classification.features import FEATURES
from halescope.datasets.disks import read_at
from halescope.datasets.manifest import Entry, entries
from halescope.datasets.predicates import is_firm
from halescope.detection.detect import Detector, detect, load_detector
from halescope.errors import ConfigError, HalescopeError
from halescope.evaluation.baselines.smart import SMART, smart_detector
from halescope.evaluation.truth import boxes_of
from halescope.normalize import normalize
from halescope.runtime.card import ModelCard
from halescope.tabulate import Positions, locate
from halescope.types import Array, Disk, Regions

LOWEST = 0.01
"""Detections below this score do not enter the precision-recall curve."""

UNPLACED = -1
"""Place of a detection whose position on the Sun is unknown."""

PLACE = 10.0
"""Detections outside every label are one thing within a cell of this size, degrees."""

ALL_DAYS = ("0000", "9999")


@dataclass(frozen=True)
class Detections:
    """What one detector found on one image.

    Parameters
    ----------
    boxes, score : (N, 4) float32, canonical pixels, and (N,) float32
    longitude : (N,) float64
        Stonyhurst, degrees; NaN where unknown.
    strength : (N,) float32
        Strongest smoothed |field| in each box, grey levels.
    place : (N,) int
        A number of each cell of the rotating Sun, from -2 downwards: plage that is called a
        region hour after hour is one mistake. `UNPLACED` where the time is unknown.
    """

    boxes: Array
    score: Array
    longitude: NDArray[np.float64]
    strength: Array
    place: NDArray[np.intp]


@dataclass(frozen=True)
class EvaluatedImage:
    """What the pipeline found on one labelled image, and baselines, by name, in `others`.

    Parameters
    ----------
    coarse : (N, 3) float32
        Probabilities of alpha, beta and complex of what was found.
    kind : str
        Instrument and file type, as ``HMI jpg``.
    label_strength : (M,) float32
        Strongest smoothed |field| in each label's box, grey levels.
    label_features : (M, F) float32
        Of `halescope.classification.features`; 0 for labels without a class.
    """

    image: str
    labels: list[Entry]
    found: Detections
    coarse: Array
    kind: str = ""
    label_strength: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    label_features: Array = field(default_factory=lambda: np.zeros((0, len(FEATURES)), np.float32))
    others: Mapping[str, Detections] = field(default_factory=dict)

    @property
    def firm(self) -> list[Entry]:
        """Labels that count: both neighbouring midnights agree, within 75 degrees."""
        return [e for e in self.labels if is_firm(e)]

    def by(self, name: str) -> Detections:
        """Return what a baseline found; an empty name is the detector that is evaluated."""
        return self.others[name] if name else self.found


def named_detector(name: str | None, score: float | None = None) -> Detector:
    """Return a detector as `load_detector` does, also ``smart``; networks from a lowest score."""
    return smart_detector() if name == SMART else load_detector(name, score)


def shown_from(detector: ModelCard | None, score: float | None = None) -> float:
    """Return the score from which a detector shows a region.

    That is `score` if it is given, else the card's own; a baseline has no card. Raises
    `ConfigError` below `LOWEST`, where boxes are not looked at.
    """
    if score is not None and score < LOWEST:
        raise ConfigError("min_score", f"is {score:g}", f"a score, {LOWEST} to 1")
    if score is not None:
        return score
    return 0.5 if detector is None else detector.thresholds["score"]


def listed(manifest: Path, days: tuple[str, str] = ALL_DAYS) -> list[tuple[str, list[Entry]]]:
    """Return the images of some days, first and last ``YYYY-MM-DD``, with their labels.

    Images without a time, and those without labels, which hold none in a manifest, are of every
    day.
    """
    return [
        (image, found)
        for image, found in entries(manifest)
        if not found or not found[0].time or days[0] <= found[0].time[:10] <= days[1]
    ]


def run_pipeline(
    work: Sequence[tuple[str, list[Entry]]],
    root: Path = Path(),
    models: tuple[str | None, str | None] = (None, None),
    baselines: tuple[str, ...] = (),
    jobs: int = 2,
    progress: Callable[[], None] | None = None,
) -> tuple[list[EvaluatedImage], list[str]]:
    """Run the pipeline over images as `listed`, and return a line for each that cannot be read.

    Parameters
    ----------
    root : Path
        Folder that relative image paths start from.
    models : (detector, classifier)
        Names or cards; the shipped ones for None.
    baselines : tuple of str
        Further detectors, on the same disks.
    progress : callable, optional
        Called after each image.
    """
    tasks = [(root, image, found) for image, found in work]
    seen, problems = [], []
    for outcome in in_order(
        map_in_processes(_one, tasks, jobs, shared=(*models, baselines), lost=_lost)
    ):
        if isinstance(outcome, str):
            problems.append(outcome)
        else:
            seen.append(outcome)
        if progress:
            progress()
    return seen, problems


def label_features(disk: Disk, labels: Sequence[Entry]) -> Array:
    """Return the features of each label's box, (M, F) float32; 0 for labels without a class."""
    out = np.zeros((len(labels), len(FEATURES)), np.float32)
    classed = np.array([e.mount_wilson in MOUNT_WILSON for e in labels], bool)
    if classed.any():
        boxes = boxes_of(labels)[classed]
        out[classed] = region_features(disk.grey, disk.geometry, boxes, end_of(disk.origin))
    return out


def _lost(task: tuple[Path, str, list[Entry]]) -> str:
    return f"{task[0] / task[1]}: ended the process that read it"


def _one(
    task: tuple[Path, str, list[Entry]],
    detector: str | None,
    classifier: str | None,
    baselines: tuple[str, ...],
) -> EvaluatedImage | str:
    root, image, labels = task
    found_by, classed_by, others_by = _networks(detector, classifier, baselines)
    try:
        disk = normalize(read_at(root, image))
    except HalescopeError as error:
        return str(error)
    strength = smooth_strength(disk.grey)
    regions = classify(disk, detect(disk, found_by), classed_by)
    return EvaluatedImage(
        image,
        labels,
        detections_on(disk, regions, strength),
        regions.coarse,
        f"{disk.origin.instrument} {Path(image).suffix.lower().lstrip('.') or 'no ending'}",
        _strongest(strength, boxes_of(labels)),
        label_features(disk, labels),
        {
            name: detections_on(disk, detect(disk, other), strength)
            for name, other in others_by.items()
        },
    )


def detections_on(disk: Disk, regions: Regions, strength: Array | None = None) -> Detections:
    """Return regions of a disk as detections to be scored.

    `strength`, (N, N) float32: its smoothed |field|, if it is known already.
    """
    strength = smooth_strength(disk.grey) if strength is None else strength
    here = locate(disk, regions)
    none = np.full(len(regions), np.nan)
    return Detections(
        regions.boxes,
        regions.score,
        none if here.meridian is None else here.meridian,
        _strongest(strength, regions.boxes),
        places_of(here),
    )


def places_of(here: Positions) -> NDArray[np.intp]:
    """Return the place on the rotating Sun of each region of a disk, see `Detections`."""
    if here.carrington is None or here.latitude is None:
        return np.full(len(here.mu), UNPLACED)
    columns = (here.carrington % 360) // PLACE
    place: NDArray[np.intp] = (-2 - columns * 100 - (here.latitude + 90) // PLACE).astype(np.intp)
    return place


def _strongest(strength: Array, boxes: Array) -> Array:
    out = []
    for x0, y0, x1, y1 in boxes.astype(int):
        part = strength[max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1]
        out.append(float(part.max()) if part.size else 0.0)
    return np.array(out, np.float32)


@lru_cache(maxsize=1)
def _networks(
    detector: str | None, classifier: str | None, baselines: tuple[str, ...]
) -> tuple[Detector, Classifier, dict[str, Detector]]:
    return (
        named_detector(detector, LOWEST),
        load_classifier(classifier),
        {name: named_detector(name) for name in baselines},
    )
