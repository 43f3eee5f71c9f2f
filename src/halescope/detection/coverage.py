"""What a detector sees before boxes are made of it: its heat or coverage map over the disk."""

from __future__ import annotations

from dataclasses import dataclass, replace

from halescope.detection.detect import Detector, as_card_asks
from halescope.types import Array, Disk, DiskGeometry


@dataclass(frozen=True)
class Coverage:
    """A map over the disk.

    Parameters
    ----------
    values : (n, n) float32
        0..1; row 0 is solar south.
    geometry : DiskGeometry
        In cells of `values`, roll 0.
    threshold : float or None
        Value from which a region is reported.
    """

    values: Array
    geometry: DiskGeometry
    threshold: float | None = None


def cover(disk: Disk, detector: Detector) -> Coverage | None:
    """Return a detector's map of a disk, None where it has none.

    `detector`: where its card asks for another size or radius, the disk is made anew for it.
    """
    if detector.coverage is None:
        return None
    card = detector.card
    disk = as_card_asks(disk, card)
    values = detector.coverage(disk)
    cell = disk.field.shape[0] / values.shape[0]
    seen = disk.geometry
    geometry = replace(
        seen,
        x_center=(seen.x_center + 0.5) / cell - 0.5,
        y_center=(seen.y_center + 0.5) / cell - 0.5,
        radius=seen.radius / cell,
    )
    threshold = 0.5 if card is None else card.thresholds.get("score")
    if card is not None and "clustering" in card.options:  # a DetectNet's score is of its boxes
        threshold = card.options["clustering"]["coverage_threshold"]
    return Coverage(values, geometry, threshold)
