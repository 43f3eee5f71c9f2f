"""A report: what it holds, as JSON and as one HTML page that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from halescope.classes import HIERARCHY
from halescope.evaluation.baselines.ceiling import Published, Repeatability
from halescope.evaluation.classification import ClassMetrics
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.predictions import MOVED, NETWORK, RAW, TREES
from halescope.evaluation.report import plots
from halescope.evaluation.report.asked import Split
from halescope.evaluation.report.classes import ClassesPart, HeldOutPart
from halescope.evaluation.report.detection import MAIN, DetectionPart
from halescope.evaluation.report.mistakes import Mistake, RegionRow
from halescope.evaluation.report.pictures import WINDOW, Picture
from halescope.render.pages import render_page

SECTIONS = (
    ("summary", "Summary"),
    ("detection", "Detection"),
    ("where", "Where it fails"),
    ("regions", "Region by region"),
    ("classes", "Classes"),
    ("uncertainty", "Uncertainty"),
    ("ceiling", "The human ceiling"),
    ("mistakes", "Worst mistakes"),
    ("method", "How it is measured"),
)
"""Identifier, which names the template too, and title."""

LISTED = 20
"""Regions in the table before the rest is hidden."""

_MODELS = {
    NETWORK: "network, regions held out",
    MOVED: "the same, boxes moved about",
    RAW: "the same, before calibration",
    TREES: "trees on features",
}
_SCORES = {
    "balanced_accuracy": "balanced accuracy",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "tss": "TSS",
    "calibration_error": "calibration error",
    "log_loss": "log loss",
}
_KINDS = (
    ("miss", "Missed regions", "The heaviest region first, each at its largest."),
    ("alarm", "False positives", "The surest first, plage counted, one for each region or place."),
    ("class", "Wrong classes", "The surest first, by networks that had not seen the region."),
)
_CONFUSIONS = (
    ("frame", "By frame"),
    ("region", "By region: mean probability over its frames of one class"),
)


@dataclass(frozen=True)
class CardMetrics:
    """Of the classifier's card: probability from which a class is sure, and balanced accuracy."""

    abstain: float | None = None
    balanced_accuracy: float | None = None


@dataclass(frozen=True)
class Ceiling:
    """How often people agree on a class: NOAA a day later, if asked for, and in print."""

    noaa: Repeatability | None
    published: tuple[Published, ...]


@dataclass(frozen=True)
class Document:
    """A report, with the version that wrote it and when, UTC."""

    halescope: str
    written: str
    split: Split
    detection: DetectionPart
    regions: list[RegionRow]
    classes: ClassesPart
    card: CardMetrics
    ceiling: Ceiling
    mistakes: list[Mistake]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them NaN."""
        out = asdict(self)
        held, human = self.classes.held_out, self.ceiling.noaa
        out["classes"]["held_out"] = held and held.to_json()
        out["ceiling"]["noaa"] = human and human.to_json()
        return out


def page(document: Document, pictures: Sequence[Picture]) -> str:
    """Return the report as HTML.

    `pictures`: of mistakes, worst first within each kind.
    """
    own, held = document.split.detector.name, document.classes.held_out
    held = held if held and held.models else None
    balanced = held.models[NETWORK].balanced_accuracy if held else None
    human = document.ceiling.noaa
    return render_page(
        "evaluation/report/templates/report.html",
        sections=SECTIONS,
        document=document,
        fixed=_fixed,
        share="{:.0%}".format,
        thousands="{:,}".format,
        listed=LISTED,
        levels=HIERARCHY,
        models=_MODELS,
        scores=_SCORES,
        readings=plots.READING_NAMES,
        confusions=_CONFUSIONS,
        tiles=_tiles(document, held),
        detection_charts=plots.detection_charts(document.detection, own),
        strata_charts=plots.strata_charts(document.detection.strata, own),
        held=held,
        balanced_chart=held and plots.balanced_chart(held, human),
        other_training=_differs(balanced, document.card.balanced_accuracy),
        uncertainty_charts=held and plots.uncertainty_charts(held, human),
        agreement_chart=plots.agreement_chart(held, human, document.ceiling.published),
        kinds=[(*kind, [p for p in pictures if p.mistake.kind == kind[0]]) for kind in _KINDS],
        window=WINDOW,
    )


def _tiles(document: Document, held: HeldOutPart | None) -> list[tuple[str, Estimate]]:
    """Return what the summary shows first: names and values."""
    main = document.detection.detectors[MAIN]
    tiles = [
        ("AP at IoU 0.5, plage ignored", main.lenient.ap50),
        ("AP at IoU 0.5, plage a false positive", main.strict.ap50),
        ("precision, plage ignored", main.lenient.precision),
        ("recall", main.lenient.recall),
    ]
    scores: ClassMetrics | None = None
    if held:
        scores, how = held.models[NETWORK], "regions held out"
    elif document.split.classifier.shared_regions == []:
        scores, how = document.classes.as_shipped, "of found regions"
    if scores:
        tiles += [
            (f"balanced accuracy of the class, {how}", scores.balanced_accuracy),
            ("calibration error of the class", scores.calibration_error),
        ]
    if document.ceiling.noaa:
        tiles.append(("NOAA with itself, a day later", document.ceiling.noaa.balanced))
    return tiles


def _differs(found: Estimate | None, card: float | None) -> bool:
    """Return whether predictions do not give the balanced accuracy that the card has."""
    if found is None or found.value is None or card is None:
        return False
    return abs(found.value - card) >= 2e-4


def _fixed(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
