"""Explain a finished analysis: look at each region again, say what its class rests on, write it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from halescope.classification.classify import Classifier
from halescope.detection.coverage import Coverage, cover
from halescope.detection.detect import Detector
from halescope.explain.attribution import Attribution, attribute
from halescope.explain.words import sentences
from halescope.io import read_full
from halescope.measure import measure_full
from halescope.measure.area import image_noise
from halescope.measure.patch import Patch, cut_patch
from halescope.pipeline import Analysis

PICTURE, RECORD = "explain.png", "explain.json"


@dataclass(frozen=True)
class Reason:
    """Why one region has its class.

    Parameters
    ----------
    row : dict
        Catalogue row.
    measured : dict
        Columns of `halescope.measure.measure_full`.
    words : list of str
        In the order in which they are read.
    patch : Patch or None
        The region at the file's resolution.
    """

    row: dict[str, Any]
    measured: dict[str, Any]
    attribution: Attribution
    words: list[str]
    patch: Patch | None


@dataclass(frozen=True)
class Explanation:
    """Why an analysis came out as it did.

    `detector`, `classifier`: names. `reasons`: one for each region.
    """

    analysis: Analysis
    detector: str
    classifier: str
    coverage: Coverage | None
    reasons: tuple[Reason, ...]

    @property
    def picture(self) -> Image.Image:
        """The page, a Pillow image."""
        from halescope.explain.page import draw_page
        from halescope.explain.panel import draw_panel

        found = self.analysis
        panels = [
            draw_panel(found.disk, r.patch, r.row, r.attribution, r.words) for r in self.reasons
        ]
        origin = found.magnetogram
        time = origin.time_string.replace("T", "  ") or "time unknown"
        title = f"{time}   {origin.instrument}   {origin.name}   {self.detector}, {self.classifier}"
        return draw_page(title, found.disk, found.regions, self.coverage, panels)


def explain(analysis: Analysis, detector: Detector, classifier: Classifier) -> Explanation:
    """Return why an analysis came out as it did.

    `detector`, `classifier`: those that made it.

    Examples
    --------
    >>> from halescope import analyze
    >>> from halescope.classification.classify import load_classifier
    >>> from halescope.detection.detect import load_detector
    >>> from halescope.synthetic import draw
    >>> detector, classifier = load_detector(), load_classifier()
    >>> disk = draw(3, size=512, regions=["beta"], plage=0).magnetogram
    >>> result = analyze(disk, detector=detector, classifier=classifier)
    >>> explain(result, detector, classifier).picture.save("explain.png")
    """
    disk, regions = analysis.disk, analysis.regions
    full = read_full(analysis.magnetogram)
    columns = measure_full(full, disk, regions)
    noise = image_noise(full) if len(regions) else 0.0
    reasons = []
    for index, row in enumerate(analysis.catalog.rows()):
        region = regions[index : index + 1]
        measured = {name: values[index] for name, values in columns.items()}
        attribution = attribute(disk, region, classifier)
        patch = cut_patch(full, region.boxes[0], disk.geometry, noise)
        words = sentences(measured, attribution, str(row["flags"]), row["class_note"] or "")
        reasons.append(Reason(row, measured, attribution, words, patch))
    return Explanation(
        analysis, detector.name, classifier.name, cover(disk, detector), tuple(reasons)
    )


def write_explanation(explanation: Explanation, folder: Path) -> list[Path]:
    """Write ``explain.png`` and ``explain.json``, each whole or not at all."""
    import json

    from halescope.explain.record import record
    from halescope.io.atomic import atomic_path, atomic_text

    picture = folder / PICTURE
    with atomic_path(picture) as fresh:
        explanation.picture.save(fresh, "PNG", compress_level=4)
    text = json.dumps(record(explanation), allow_nan=False)
    return [picture, atomic_text(folder / RECORD, text + "\n")]
