"""`halescope evaluate`: score the shipped pipeline on labelled images."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.options import Jobs, MinScore, Root
from halescope.commands.progress import bar, bars
from halescope.commands.say import say

if TYPE_CHECKING:
    from halescope.evaluation.detection import DetectionMetrics
    from halescope.evaluation.metrics.bootstrap import Estimate
    from halescope.evaluation.report.asked import Asked


def evaluate(
    manifest: Annotated[Path, typer.Argument(help="From halescope dataset label.")],
    root: Root = Path(),
    days: Annotated[
        str, typer.Option(help="First and last day, as 2026-03-25..2026-04-01.")
    ] = "0000..9999",
    detector: Annotated[
        str | None, typer.Option(help="Name or card of a network; also threshold, smart.")
    ] = None,
    classifier: Annotated[str | None, typer.Option(help="Name or card of a network.")] = None,
    min_score: MinScore = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file for the metrics.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Folder for a page with all metrics and its JSON.")
    ] = None,
    class_predictions: Annotated[
        Path | None,
        typer.Option(help="predictions.csv of halescope train classifier, for the report."),
    ] = None,
    srs: Annotated[
        Path | None,
        typer.Option(help="Solar Region Summaries, for the ceiling drawn in the report."),
    ] = None,
    jobs: Jobs = 2,
) -> None:
    """Score the shipped pipeline on the labelled images of some days.

    Lenient metrics ignore a box on plage that no SRS row lists, strict ones call it a false
    positive. Average precision is of all boxes, precision and recall are of those that are shown,
    by the network's own least score or by --min-score. Intervals are 90 %, bootstrapped over whole
    regions.

    Example: halescope evaluate labels/manifest.csv --report out
    """
    from halescope.errors import ConfigError
    from halescope.evaluation.report.asked import Asked

    for name, value in (("--class-predictions", class_predictions), ("--srs", srs)):
        if value is not None and report is None:
            raise ConfigError(name, "has no report to go into", "", "add --report FOLDER")
    if report is not None and class_predictions is None:
        class_predictions = _beside(classifier)
    asked = Asked(
        manifest, root, _days(days), detector, classifier, class_predictions, srs, jobs, min_score
    )
    _check_images(asked)
    problems = _report(asked, report) if report is not None else _metrics(asked, output)
    for line in problems:
        say(line, err=True)
    if problems:
        raise typer.Exit(2)


def _beside(classifier: str | None) -> Path | None:
    """Return the out-of-fold predictions in the run folder that a card was exported to, told."""
    from halescope.evaluation.predictions import FILE

    card = Path(classifier or "")
    if not card.is_file():
        return None
    found = next((p for p in (card.parent / FILE, card.parent.parent / FILE) if p.is_file()), None)
    if found is not None:
        say(f"out-of-fold predictions: {found}", err=True)
    return found


def _days(text: str) -> tuple[str, str]:
    from halescope.errors import ConfigError

    first, dots, last = text.partition("..")
    if not dots:
        raise ConfigError("--days", f"is {text!r}", "FIRST..LAST", "e.g. 2026-03-25..2026-04-01")
    return first, last


def _check_images(asked: Asked) -> None:
    from halescope.errors import DatasetError
    from halescope.evaluation.run import listed

    if not listed(asked.manifest, asked.days) and listed(asked.manifest):
        raise DatasetError(str(asked.manifest), "has no image from {} to {}".format(*asked.days))


def _report(asked: Asked, folder: Path) -> list[str]:
    from halescope.evaluation.report.build import build_report, write_report
    from halescope.evaluation.report.detection import MAIN

    with bars() as progress:
        document, pictures, problems = build_report(asked, progress)
    path = write_report(folder, document, pictures)
    print_metrics(document.detection.detectors[MAIN])
    say(f"report: {path}")
    return problems


def _metrics(asked: Asked, output: Path | None) -> list[str]:
    from halescope.evaluation.classification import class_summary, found_classes
    from halescope.evaluation.detection import detection_metrics
    from halescope.evaluation.report.asked import trained_note
    from halescope.evaluation.run import listed, named_detector, run_pipeline, shown_from
    from halescope.io.atomic import atomic_text

    threshold = shown_from(named_detector(asked.detector).card, asked.min_score)
    work = listed(asked.manifest, asked.days)
    models = (asked.detector, asked.classifier)
    with bar("images", len(work)) as advance:
        seen, problems = run_pipeline(work, asked.root, models, jobs=asked.jobs, progress=advance)
    detection = detection_metrics(seen, threshold)
    classes = class_summary(found_classes(seen, threshold))
    print_metrics(detection)
    for key, value in classes.items():
        say(f"class {key}: {value}")
    if classes:
        say(trained_note(asked, seen))
    if output is not None:
        values = {
            "days": asked.days,
            "detection": asdict(detection),
            "classes": classes,
            "unread": len(problems),
        }
        atomic_text(output, json.dumps(values, indent=2) + "\n")
    return problems


def print_metrics(detection: DetectionMetrics) -> None:
    """Print detection metrics with their intervals, four lines."""
    say(f"{detection.disks} disks, score threshold {detection.threshold}")
    for name in ("lenient", "strict"):
        part = getattr(detection, name)
        line = ", ".join(
            f"{key} {_estimate(getattr(part, key))}"
            for key in ("ap50", "ap70", "precision", "recall", "f1")
        )
        say(f"{name}: {line} ({part.labels} labels, {part.regions} regions)")
    say(
        f"regions of 20 MSH and more within 60 degrees found: "
        f"{detection.large_inner_found:.3f} of {detection.large_inner_regions}, held by a box: "
        f"{_estimate(detection.large_inner_held)}; "
        f"stray boxes a disk: {detection.stray_per_disk:.3f}"
    )


def _estimate(estimate: Estimate) -> str:
    if estimate.value is None:
        return "none"
    if estimate.low is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f} {estimate.high:.3f}]"
