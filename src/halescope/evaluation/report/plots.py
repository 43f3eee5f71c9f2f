"""The charts of a report: which values are drawn, and how they are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from halescope.classes import HIERARCHY
from halescope.evaluation.baselines.ceiling import Published, Repeatability
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.predictions import NETWORK, RAW
from halescope.evaluation.report.charts import Chart, Line, Mark, dot_rows, line_chart
from halescope.evaluation.report.classes import AbstentionPart, ConfidenceBin, HeldOutPart
from halescope.evaluation.report.detection import MAIN, DetectionPart
from halescope.evaluation.report.strata import Stratum

READING_NAMES = {"lenient": "plage ignored", "strict": "plage a false positive"}
SHORT_NAMES = {"network": "network", "moved_box": "boxes moved about", "trees": "trees on features"}
HUMAN = 4
"""Color of NOAA with itself."""

_STRATA = (
    ("size", "NOAA's spot area, MSH", False),
    ("longitude", "distance from the central meridian, degrees", True),
    ("field", "the strongest smoothed field, grey levels", True),
    ("class", "NOAA's class", False),
    ("file", "instrument and file type", True),
)
"""Key, words, and whether a false positive has such a property too."""


def detection_charts(part: DetectionPart, own: str) -> list[Chart]:
    """Return precision and recall, and average precision by IoU; `own` names the main detector."""
    return [draw(part, r, own) for draw in (_curves, _overlaps) for r in READING_NAMES]


def strata_charts(strata: Mapping[str, Mapping[str, list[Stratum]]], own: str) -> list[Chart]:
    """Return recall and precision by size, longitude, and so on; `own` names the main detector."""
    return [
        _stratum_rows(f"{what.capitalize()} by {words}", strata, key, what, own)
        for key, words, of_boxes in _STRATA
        for what in (("recall", "precision") if of_boxes else ("recall",))
    ]


def balanced_chart(held: HeldOutPart, human: Repeatability | None) -> Chart:
    """Return balanced accuracies of out-of-fold predictions beside that of NOAA with itself."""
    rows = []
    for index, name in enumerate(n for n in held.models if n != RAW):
        value = held.models[name].balanced_accuracy
        rows.append(_row(SHORT_NAMES.get(name, name), value, index))
    guides = [(1 / len(HIERARCHY), "chance")]
    if human is not None:
        rows.append(_row("NOAA, a day later", human.balanced, HUMAN))
        guides.append((human.balanced.value or 0.0, "NOAA with itself"))
    return dot_rows(
        "Against the ceiling", rows, "balanced accuracy of alpha, beta, complex", guides
    )


def agreement_chart(
    held: HeldOutPart | None, human: Repeatability | None, published: Sequence[Published]
) -> Chart:
    """Return agreement of the network with NOAA, of NOAA with itself, and of others in print."""
    rows = []
    if held and held.models:
        rows.append(_row("the network, NOAA", held.models[NETWORK].accuracy, 0))
    if human is not None:
        rows.append(_row("NOAA, NOAA next day", human.agreement, HUMAN))
    rows += [_row(p.short, Estimate(p.agreement, None, None), 3) for p in published]
    return dot_rows("Agreement", rows, "share of regions with the same class")


def uncertainty_charts(held: HeldOutPart, human: Repeatability | None) -> list[Chart]:
    """Return the reliability diagram, before and after calibration, and risk against coverage."""
    if held.reliability is None or held.abstention is None:
        return []
    return [_reliability(held.reliability), _risk(held.abstention, human)]


def _reliability(bins_by_set: Mapping[str, list[ConfidenceBin]]) -> Chart:
    names = {NETWORK: "calibrated", RAW: "before calibration"}
    lines = [Line("perfect", [0.3, 1], [0.3, 1], dashed=True, color=3)]
    for color, (name, bins) in enumerate(bins_by_set.items()):
        lines.append(
            Line(
                names.get(name, name),
                [b.confidence for b in bins],
                [b.accuracy.value or 0.0 for b in bins],
                [b.accuracy.low for b in bins],
                [b.accuracy.high for b in bins],
                dots=True,
                color=color,
            )
        )
    labels = ("probability of the winning class", "share that is right")
    return line_chart("Reliability", lines, labels, ((0.3, 1), (0, 1)), ticks=(7, 5))


def _risk(part: AbstentionPart, human: Repeatability | None) -> Chart:
    """Return risk against coverage, with the chosen threshold and NOAA's own risk."""
    curve = part.curve
    lines = [Line("", curve.coverage, curve.risk, curve.low, curve.high)]
    guides = []
    if human is not None and human.agreement.value is not None:
        guides.append((1 - human.agreement.value, "NOAA with itself, a day later"))
    points = []
    if part.coverage and part.risk is not None:
        points.append((part.coverage, part.risk, 1))
    labels = ("coverage: share of regions that get a class", "risk: share of those that is wrong")
    return line_chart("Risk against coverage", lines, labels, ((0, 1), (0, 0.5)), guides, points)


def _curves(part: DetectionPart, reading: str, own: str) -> Chart:
    lines, points = [], []
    for color, (name, curve) in enumerate(part.curves[reading].items()):
        low, high = (curve.low, curve.high) if name == MAIN else ((), ())
        points_ = (curve.recall, curve.precision, low, high)
        lines.append(Line(name or own, *points_, dashed=name != MAIN, color=color))
        found = getattr(part.detectors[name], reading)
        recall, precision = found.recall.value, found.precision.value
        if curve.recall and recall is not None and precision is not None:
            points.append((recall, precision, color))
    title = f"Precision and recall, {READING_NAMES[reading]}"
    return line_chart(title, lines, ("recall", "precision"), points=points)


def _overlaps(part: DetectionPart, reading: str, own: str) -> Chart:
    lines = []
    for color, (name, rows) in enumerate(part.by_overlap[reading].items()):
        known = [r for r in rows if isinstance(r.iou, float) and r.value is not None]
        mean = rows[-1].value
        lines.append(
            Line(
                (name or own) + ("" if mean is None else f", mean {mean:.3f}"),
                [float(r.iou) + 0.006 * (color - 1) for r in known],  # side by side
                [r.value or 0.0 for r in known],
                [r.low for r in known],
                [r.high for r in known],
                name != MAIN,
                True,
                color,
            )
        )
    title = f"Average precision by IoU, {READING_NAMES[reading]}"
    labels = ("least IoU of a match", "average precision")
    return line_chart(title, lines, labels, ((0.45, 1), (0, 1)), ticks=(11, 5))


def _stratum_rows(
    title: str, strata: Mapping[str, Mapping[str, list[Stratum]]], key: str, what: str, own: str
) -> Chart:
    labels = dict.fromkeys(s.label for parts in strata.values() for s in parts[key])
    rows = []
    for label in labels:
        marks, note = [], ""
        for color, (name, parts) in enumerate(strata.items()):
            found = next((s for s in parts[key] if s.label == label), None)
            if found is None:
                continue
            value: Estimate = getattr(found, what)
            marks.append(Mark(value.value, value.low, value.high, color))
            if name == MAIN:
                of_labels = f"{found.labels} of {found.regions}"
                note = of_labels if what == "recall" else f"{found.boxes} boxes"
        if any(mark.value is not None for mark in marks):
            rows.append((label, note, marks))
    return dot_rows(title, rows, what, names=[name or own for name in strata])


def _row(name: str, value: Estimate, color: int) -> tuple[str, str, list[Mark]]:
    note = "" if value.value is None else f"{value.value:.3f}"
    return name, note, [Mark(value.value, value.low, value.high, color)]
