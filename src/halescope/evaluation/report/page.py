"""Lay a report out as one HTML page that needs no network: tables, tiles, and the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from halescope.classes import HIERARCHY
from halescope.evaluation.baselines.ceiling import Published, Repeatability
from halescope.evaluation.classification import ClassMetrics
from halescope.evaluation.metrics.bootstrap import Estimate, Interval
from halescope.evaluation.predictions import MOVED, NETWORK, RAW, TREES
from halescope.evaluation.report import plots
from halescope.evaluation.report.charts import Chart
from halescope.evaluation.report.classes import ClassesPart, HeldOutPart
from halescope.evaluation.report.detection import MAIN, DetectionPart
from halescope.evaluation.report.document import Document
from halescope.evaluation.report.mistakes import RegionRow
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


@dataclass(frozen=True)
class Cell:
    """A table's cell: text with an interval in small letters, or a share drawn as a bar."""

    text: str
    small: str = ""
    bold: bool = False
    bar: float | None = None


@dataclass(frozen=True)
class Table:
    """Names of columns, and rows."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Tile:
    """A value with its interval in words and what it is."""

    value: str
    interval: str
    name: str


@dataclass(frozen=True)
class ConfusionCell:
    """A count, its share of the row, and whether it is on the diagonal."""

    count: int
    share: float
    right: bool


def page(document: Document, pictures: Sequence[Picture]) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    pictures : sequence of Picture
        Of mistakes, worst first within each kind.
    """
    own, classes = document.split.detector.name, document.classes
    held = classes.held_out if classes.held_out and classes.held_out.models else None
    human = document.ceiling.noaa
    regions = _regions(document.regions)
    here = {
        f"{_MODELS.get(n, n)} ({m.frames} frames, {m.regions} regions)": m
        for n, m in classes.here.models.items()
    }
    return render_page(
        "evaluation/report/templates/report.html",
        sections=SECTIONS,
        document=document,
        fixed=_fixed,
        percent="{:.0%}".format,
        tiles=_tiles(document),
        detectors=_detectors(document.detection, own),
        detection_charts=plots.detection_charts(document.detection, own),
        strata_charts=plots.strata_charts(document.detection.strata, own),
        regions=Table(regions.head, regions.rows[:LISTED]),
        more_regions=Table(regions.head, regions.rows[LISTED:]),
        held=held,
        held_scores=held and _scores({_MODELS.get(n, n): m for n, m in held.models.items()}),
        balanced_chart=held and plots.balanced_chart(held, human),
        levels=held and _levels(held),
        confusions=_confusions(held),
        here_scores=here and _scores(here),
        shipped_scores=classes.as_shipped and _scores({"as shipped": classes.as_shipped}),
        other_training=_other_training(held, document.card.balanced_accuracy),
        calibration=held and _estimate(held.models[NETWORK].calibration_error),
        uncertainty_charts=_uncertainty_charts(held, human),
        human_table=human and _human(human),
        agreement_chart=plots.agreement_chart(held, document.ceiling),
        published_table=_published(document.ceiling.published),
        levels_known=len(HIERARCHY),
        window=WINDOW,
        kinds=[(*kind, [p for p in pictures if p.mistake.kind == kind[0]]) for kind in _KINDS],
    )


def _tiles(document: Document) -> list[Tile]:
    main = document.detection.detectors[MAIN]
    values = [
        ("AP at IoU 0.5, plage ignored", main.lenient.ap50),
        ("AP at IoU 0.5, plage a false positive", main.strict.ap50),
        ("precision, plage ignored", main.lenient.precision),
        ("recall", main.lenient.recall),
    ]
    if (best := _best_scores(document.classes, document)) is not None:
        scores, how = best
        values += [
            (f"balanced accuracy of the class, {how}", scores.balanced_accuracy),
            ("calibration error of the class", scores.calibration_error),
        ]
    if document.ceiling.noaa:
        values.append(("NOAA with itself, a day later", document.ceiling.noaa.balanced))
    return [
        Tile(
            _fixed(v.value),
            "no interval" if v.low is None else f"{_fixed(v.low)} to {_fixed(v.high)}",
            name,
        )
        for name, v in values
    ]


def _best_scores(classes: ClassesPart, document: Document) -> tuple[ClassMetrics, str] | None:
    """Return the class metrics that are a test, and of what; None where none are."""
    if classes.held_out and classes.held_out.models:
        return classes.held_out.models[NETWORK], "regions held out"
    if classes.as_shipped is not None and document.split.classifier.shared_regions == []:
        return classes.as_shipped, "of found regions"
    return None


def _detectors(part: DetectionPart, own: str) -> Table:
    rows = []
    for name, found in part.detectors.items():
        for reading, words in plots.READING_NAMES.items():
            metrics = getattr(found, reading)
            keys = ("ap50", "ap70", "precision", "recall", "f1")
            rows.append(
                [
                    Cell(name or own, bold=True),
                    Cell(words),
                    *(_estimate(getattr(metrics, key)) for key in keys),
                    _with_limits(found.large_inner_found, found.large_inner_interval),
                    _with_limits(found.stray_per_disk, found.stray_interval),
                ]
            )
    head = ("detector", "", "AP at 0.5", "AP at 0.7", "precision", "recall", "F1")
    return Table((*head, "large found", "on no label, a disk"), rows)


def _regions(rows: Sequence[RegionRow]) -> Table:
    head = ("NOAA", "classes", "largest area, MSH", "frames", "found", "mean IoU")
    cells = [
        [
            Cell(str(row.region), bold=True),
            Cell(row.classes),
            Cell(f"{row.area_msh:g}"),
            Cell(str(row.frames)),
            Cell(f"{row.found:.2f}", bar=row.found),
            Cell(f"{row.iou:.2f}"),
            Cell(row.reason),
        ]
        for row in rows
    ]
    return Table((*head, "what happens where it is missed"), cells)


def _scores(models: Mapping[str, ClassMetrics]) -> Table:
    rows = [
        [Cell(name, bold=True), *(_estimate(getattr(found, key)) for key in _SCORES)]
        for name, found in models.items()
    ]
    return Table(("", *_SCORES.values()), rows)


def _levels(held: HeldOutPart) -> Table:
    rows = [
        [Cell(level, bold=True), *map(_estimate, (m.recall, m.precision, m.f1, m.tss))]
        for level, m in held.models[NETWORK].classes.items()
    ]
    return Table(("", "recall", "precision", "F1", "TSS"), rows)


def _confusions(
    held: HeldOutPart | None,
) -> list[tuple[str, list[tuple[str, list[ConfusionCell]]]]]:
    """Return each confusion table: its title, and its rows with their names."""
    if held is None or held.confusion is None:
        return []
    titles = (
        ("frame", "By frame"),
        ("region", "By region: mean probability over its frames of one class"),
    )
    return [
        (
            title,
            [
                (
                    HIERARCHY[i],
                    [ConfusionCell(n, n / max(sum(row), 1), i == j) for j, n in enumerate(row)],
                )
                for i, row in enumerate(held.confusion[key])
            ],
        )
        for key, title in titles
    ]


def _other_training(held: HeldOutPart | None, card: float | None) -> bool:
    """Return whether the predictions do not give the balanced accuracy that the card has."""
    found = None if held is None else held.models[NETWORK].balanced_accuracy.value
    return found is not None and card is not None and abs(found - card) >= 2e-4


def _uncertainty_charts(held: HeldOutPart | None, human: Repeatability | None) -> list[Chart]:
    if held is None or held.reliability is None or held.abstention is None:
        return []
    return [plots.reliability_chart(held.reliability), plots.risk_chart(held.abstention, human)]


def _human(human: Repeatability) -> Table:
    rows = [
        [Cell("alpha, beta or complex"), _estimate(human.agreement)],
        [Cell("mean of the three"), _estimate(human.balanced)],
        *([Cell(f"that begin as {n}"), _estimate(v)] for n, v in human.by_level.items()),
        [Cell("all seven classes"), _estimate(human.exact)],
    ]
    return Table(("", "agreement"), rows)


def _published(rows: Sequence[Published]) -> Table:
    cells = [[Cell(p.what), Cell(f"{p.agreement:.3f}"), Cell(p.source)] for p in rows]
    return Table(("between", "agreement", "source"), cells)


def _estimate(value: Estimate) -> Cell:
    limits = None if value.low is None or value.high is None else (value.low, value.high)
    return Cell("–") if value.value is None else _with_limits(value.value, limits)


def _with_limits(value: float, limits: Interval | None) -> Cell:
    return Cell(f"{value:.3f}", "" if limits is None else f"[{limits[0]:.3f} {limits[1]:.3f}]")


def _fixed(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
