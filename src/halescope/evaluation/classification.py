"""Class metrics of regions: of those that a run found, or of out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY
from halescope.evaluation.detection import INNER
from halescope.evaluation.metrics.bootstrap import Estimate, bootstrap, interval
from halescope.evaluation.metrics.classification import class_scores
from halescope.evaluation.metrics.detection import DiskResult, match
from halescope.evaluation.run import EvaluatedImage
from halescope.evaluation.truth import truth_boxes

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class ClassSample:
    """Regions with a class, each once a frame.

    `truth`, `region`, (N,) int: index into `HIERARCHY`; NOAA number. `share`, (N, 3) float:
    probabilities.
    """

    truth: Ints
    share: Floats
    region: Ints

    def __len__(self) -> int:
        return len(self.truth)


@dataclass(frozen=True)
class LevelMetrics:
    """Metrics of one of `HIERARCHY` against the other two."""

    recall: Estimate
    precision: Estimate
    f1: Estimate
    tss: Estimate


@dataclass(frozen=True)
class ClassMetrics:
    """Metrics of a sample, see `halescope.evaluation.metrics.classification.ClassScores`."""

    balanced_accuracy: Estimate
    accuracy: Estimate
    macro_f1: Estimate
    tss: Estimate
    calibration_error: Estimate
    log_loss: Estimate
    classes: dict[str, LevelMetrics]


@dataclass(frozen=True)
class SizedClassMetrics(ClassMetrics):
    """The same, with the size of the sample."""

    frames: int
    regions: int


def found_classes(seen: Sequence[EvaluatedImage], threshold: float) -> ClassSample:
    """Return labels and probabilities of the firm regions within 60 degrees that are shown."""
    truth, share, region = [], [], []
    for s in seen:
        shown = s.found.score >= threshold
        boxes, _ = truth_boxes(s.labels, strict=False)
        shown_boxes = DiskResult(s.found.boxes[shown], s.found.score[shown], boxes, boxes[:0])
        matching = match(shown_boxes, 0.5)
        for found, index in zip(matching.index, matching.truth, strict=True):
            if index >= 0 and s.firm[index].mu >= INNER:
                truth.append(HIERARCHY.index(COARSE[s.firm[index].mount_wilson]))
                share.append(s.coarse[shown][found])
                region.append(s.firm[index].noaa_number)
    return ClassSample(
        np.array(truth, np.intp),
        np.array(share, np.float32).reshape(-1, len(HIERARCHY)),
        np.array(region, np.intp),
    )


def class_metrics(sample: ClassSample) -> ClassMetrics:
    """Return all metrics of a sample that is not empty, with intervals by region.

    Means over classes leave out draws that lack a class that occurs.
    """
    occurs = np.isin(np.arange(len(HIERARCHY)), sample.truth)

    def metrics(weight: Floats | None = None) -> Floats:
        s = class_scores(sample.truth, sample.share, weight)
        whole = 1.0 if np.isfinite(s.recall[occurs]).all() else float("nan")
        means = s.balanced_accuracy * whole, s.accuracy, s.macro_f1 * whole, s.tss * whole
        rest = s.calibration_error, s.log_loss
        return np.concatenate([means, rest, s.recall, s.precision, s.f1, s.tss_of])

    drawn = bootstrap(metrics, sample.region)
    found = [Estimate.of(v, interval(d)) for v, d in zip(metrics(), drawn.T, strict=True)]
    names = ("balanced_accuracy", "accuracy", "macro_f1", "tss", "calibration_error", "log_loss")
    overall, by_level = dict(zip(names, found, strict=False)), found[len(names) :]
    levels = {n: LevelMetrics(*by_level[i :: len(HIERARCHY)]) for i, n in enumerate(HIERARCHY)}
    return ClassMetrics(**overall, classes=levels)


def sized_metrics(sample: ClassSample) -> SizedClassMetrics:
    """Return all metrics of a sample that is not empty, and its size."""
    return SizedClassMetrics(
        **vars(class_metrics(sample)), frames=len(sample), regions=len(np.unique(sample.region))
    )


def class_summary(sample: ClassSample) -> dict[str, int | float | list[float | None] | None]:
    """Return the metrics that `halescope evaluate` prints and writes; none of an empty sample."""
    if not len(sample):
        return {}
    found = sized_metrics(sample)
    balanced = found.balanced_accuracy
    return {
        "frames": found.frames,
        "regions": found.regions,
        "accuracy": found.accuracy.value,
        "balanced_accuracy": balanced.value,
        "balanced_accuracy_interval": [balanced.low, balanced.high],
        "macro_f1": found.macro_f1.value,
        "tss": found.tss.value,
        "calibration_error": found.calibration_error.value,
    }
