"""An explanation as plain values, for ``explain.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from halescope.classes import HIERARCHY, MOUNT_WILSON
from halescope.detection.coverage import Coverage
from halescope.explain.attribution import Attribution
from halescope.types import Array, Disk

if TYPE_CHECKING:
    from halescope.explain.reasons import Explanation, Reason

UNITS = {
    "boxes": "pixels of the canonical disk, rows northwards",
    "support": "log-odds; positive where hiding the field lowers them; row 0 south",
    "measured": "as the columns of analyze --physics, see docs/measurements.md",
}


def record(explanation: Explanation) -> dict[str, Any]:
    """Return everything that the picture shows, and the maps behind it."""
    found, coverage = explanation.analysis, explanation.coverage
    return {
        "image": found.magnetogram.name,
        "time": found.magnetogram.time_string,
        "detector": explanation.detector,
        "classifier": explanation.classifier,
        "units": UNITS,
        "coverage": None if coverage is None else _coverage(coverage),
        "regions": [
            _reason(reason, found.disk, coverage, index, explanation)
            for index, reason in enumerate(explanation.reasons)
        ],
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    cells = coverage.geometry
    return {
        "threshold": coverage.threshold,
        "disk_center": [round(cells.x_center, 3), round(cells.y_center, 3)],
        "disk_radius": round(cells.radius, 3),
        "values": np.round(coverage.values.astype(float), 3).tolist(),
    }


def _reason(
    reason: Reason, disk: Disk, coverage: Coverage | None, index: int, explanation: Explanation
) -> dict[str, Any]:
    regions = explanation.analysis.regions
    probabilities = regions.probabilities[index]
    box = regions.boxes[index]
    return {
        "region": reason.row["region"],
        "class": reason.row["class"],
        "probabilities": dict(zip(MOUNT_WILSON, _rounded(probabilities), strict=True)),
        "box": _rounded(box, 2),
        "score": reason.row["score"],
        "coverage_peak": None if coverage is None else round(peak(coverage, disk, box), 4),
        "words": reason.words,
        "measured": reason.measured,
        "attribution": _attribution(reason.attribution),
    }


def _attribution(found: Attribution) -> dict[str, Any]:
    def levels(values: Array) -> dict[str, float]:
        return dict(zip(HIERARCHY, _rounded(values), strict=True))

    return {
        "level": found.level,
        "whole": levels(found.whole),
        "without_positive": levels(found.without_positive),
        "without_negative": levels(found.without_negative),
        "hidden_width_pixels": round(found.width, 2),
        "lowest": round(found.lowest, 4),
        "highest": round(found.highest, 4),
        "lowest_at": _rounded(np.array(found.lowest_at), 2),
        "highest_at": _rounded(np.array(found.highest_at), 2),
        "corner": list(found.corner),
        "support": np.round(found.support.astype(float), 3).tolist(),
    }


def peak(coverage: Coverage, disk: Disk, box: Array) -> float:
    """Return the largest value of a detector's map within a box.

    `box`, (4,) float32: on `disk`.
    """
    cells, seen = coverage.geometry, disk.geometry
    ratio = cells.radius / seen.radius
    x = (box[[0, 2]] - 0.5 - seen.x_center) * ratio + cells.x_center
    y = (box[[1, 3]] - 0.5 - seen.y_center) * ratio + cells.y_center
    columns = slice(max(int(np.floor(x[0])), 0), int(np.ceil(x[1])) + 1)
    rows = slice(max(int(np.floor(y[0])), 0), int(np.ceil(y[1])) + 1)
    inside = coverage.values[rows, columns]
    return float(inside.max()) if inside.size else 0.0


def _rounded(values: Array, digits: int = 4) -> list[float]:
    return [round(float(value), digits) for value in values]
