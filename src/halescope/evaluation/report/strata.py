"""Where regions are found or missed: by size, longitude, field, class and file type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.predicates import is_firm
from halescope.evaluation.detection import mistake_groups, result_of
from halescope.evaluation.metrics.bootstrap import Estimate, mean_interval
from halescope.evaluation.metrics.detection import match
from halescope.evaluation.run import EvaluatedImage

Bools = NDArray[np.bool_]

AREAS = (0, 20, 50, 100, 200, np.inf)
LONGITUDES = (0, 15, 30, 45, 60, 75)
STRENGTHS = (0, 30, 45, 60, 80, np.inf)
"""Edges: spot area, MSH; degrees from the central meridian; smoothed |field|, grey levels."""


@dataclass(frozen=True)
class Stratum:
    """Firm labels of one kind, of how many regions, and shown boxes; at IoU 0.5, plage ignored.

    There are no boxes, and no precision, where a box cannot be of this kind.
    """

    label: str
    labels: int
    regions: int
    recall: Estimate
    boxes: int
    precision: Estimate


@dataclass(frozen=True)
class Outcomes:
    """Every firm label, or every shown box that counts, of all images; arrays of one length.

    Parameters
    ----------
    region : int
        NOAA number; of a false positive see `halescope.evaluation.detection.mistake_groups`.
    hit : bool
        Whether the label was found by a shown box, or the box found a label, at IoU 0.5.
    longitude, strength : float
        Stonyhurst, degrees; strongest smoothed |field|, grey levels.
    kind : str
        Instrument and file type.
    area, mount_wilson : float, str
        NOAA's spot area, MSH, and class; of boxes NaN and empty.
    """

    region: NDArray[np.intp]
    hit: Bools
    longitude: NDArray[np.float64]
    strength: NDArray[np.float64]
    kind: NDArray[np.str_]
    area: NDArray[np.float64]
    mount_wilson: NDArray[np.str_]

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[int, bool, float, float, str, float, str]]) -> Outcomes:
        """Return outcomes from one tuple for each, in the order of the fields."""
        columns = list(zip(*rows, strict=True)) or [()] * 7
        types = (np.intp, np.bool_, np.float64, np.float64, np.str_, np.float64, np.str_)
        return cls(*(np.array(c, t) for c, t in zip(columns, types, strict=True)))


def strata(
    seen: Sequence[EvaluatedImage], threshold: float, name: str = ""
) -> dict[str, list[Stratum]]:
    """Return recall by size, longitude, field, class and file type, and precision where known.

    `threshold` is the score from which a box is shown, `name` that of a baseline.
    """
    labels, boxes = label_outcomes(seen, threshold, name), box_outcomes(seen, threshold, name)

    def spans(field: str, edges: Sequence[float]) -> list[tuple[str, Bools, Bools]]:
        of_labels, of_boxes = (np.abs(getattr(o, field)) for o in (labels, boxes))
        return [
            (
                f"{low:g} and more" if np.isinf(high) else f"{low:g} to {high:g}",
                (of_labels >= low) & (of_labels < high),
                (of_boxes >= low) & (of_boxes < high),
            )
            for low, high in pairwise(edges)
        ]

    def names(field: str, every: NDArray[np.str_]) -> list[tuple[str, Bools, Bools]]:
        of_labels, of_boxes = getattr(labels, field), getattr(boxes, field)
        return [(str(n), of_labels == n, of_boxes == n) for n in np.unique(every)]

    parts = {
        "size": spans("area", AREAS),
        "longitude": spans("longitude", LONGITUDES),
        "field": spans("strength", STRENGTHS),
        "class": names("mount_wilson", labels.mount_wilson),
        "file": names("kind", np.append(labels.kind, boxes.kind)),
    }
    return {
        key: [
            _stratum(label, labels, at, boxes, of) for label, at, of in rows if at.any() or of.any()
        ]
        for key, rows in parts.items()
    }


def label_outcomes(seen: Sequence[EvaluatedImage], threshold: float, name: str = "") -> Outcomes:
    """Return every firm label, and whether a shown box found it at IoU 0.5."""
    rows = []
    for s in seen:
        scores = match(result_of(s, strict=False, name=name), 0.5).found.tolist()
        firm = [(i, e) for i, e in enumerate(s.labels) if is_firm(e)]
        for score, (index, e) in zip(scores, firm, strict=True):
            strength = float(s.label_strength[index]) if len(s.label_strength) else np.nan
            words = (s.kind or "unknown", e.area, e.mount_wilson or "none")
            rows.append((e.noaa_number, score >= threshold, e.hgs_lon, strength, *words))
    return Outcomes.of_rows(rows)


def box_outcomes(seen: Sequence[EvaluatedImage], threshold: float, name: str = "") -> Outcomes:
    """Return every shown box that counts, plage ignored, and whether it found a label."""
    rows = []
    for s in seen:
        found, groups = s.by(name), mistake_groups(s, name)
        matching = match(result_of(s, strict=False, name=name), 0.5)
        firm = [e.noaa_number for e in s.firm]
        for score, hit, truth, index in zip(
            matching.score, matching.hit, matching.truth, matching.index, strict=True
        ):
            if score >= threshold:
                region = firm[truth] if hit else groups[index]
                place = (found.longitude[index], found.strength[index])
                rows.append((region, hit, *place, s.kind or "unknown", np.nan, ""))
    return Outcomes.of_rows(rows)


def _stratum(label: str, labels: Outcomes, at: Bools, boxes: Outcomes, of: Bools) -> Stratum:
    return Stratum(
        label,
        int(at.sum()),
        len(np.unique(labels.region[at])),
        _mean(labels.hit[at], labels.region[at]),
        int(of.sum()),
        _mean(boxes.hit[of], boxes.region[of]),
    )


def _mean(hit: Bools, group: NDArray[np.intp]) -> Estimate:
    return Estimate.of(hit.mean(), mean_interval(hit, group)) if len(hit) else Estimate.of(np.nan)
