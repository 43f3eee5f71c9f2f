"""`halescope evaluate`: score the shipped pipeline on labelled images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halescope.commands.progress import bar, bars

if TYPE_CHECKING:
    from halescope.evaluation.report.asked import Asked


def evaluate(
    manifest: Annotated[Path, typer.Argument(help="From halescope dataset label.")],
    root: Annotated[Path, typer.Option(help="Folder that relative image paths start from.")] = (
        Path()
    ),
    days: Annotated[
        str, typer.Option(help="First and last day, as 2026-03-25..2026-04-01.")
    ] = "0000..9999",
    detector: Annotated[
        str | None, typer.Option(help="Name or card of a network; also threshold, smart.")
    ] = None,
    classifier: Annotated[str | None, typer.Option(help="Name or card of a network.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file for the figures.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Folder for a page with all figures and its JSON.")
    ] = None,
    class_predictions: Annotated[
        Path | None,
        typer.Option(help="predictions.csv of halescope train classifier, for the report."),
    ] = None,
    srs: Annotated[
        Path | None,
        typer.Option(help="Solar Region Summaries, for the ceiling drawn in the report."),
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Processes.")] = 2,
) -> None:
    """Score the shipped pipeline on the labelled images of some days.

    Lenient figures ignore a box on plage that no SRS row lists, strict ones call it a false
    alarm. Intervals are 90 %, bootstrapped over whole regions.

    Example: halescope evaluate labels/manifest.csv --days 2026-03-25..2026-04-01 --report out
    """
    from halescope.errors import ConfigError
    from halescope.evaluation.report.asked import Asked
    from halescope.evaluation.run import listed

    first, dots, last = days.partition("..")
    if not dots:
        raise ConfigError("--days", f"is {days!r}", "FIRST..LAST", "e.g. 2026-03-25..2026-04-01")
    for name, value in (("--class-predictions", class_predictions), ("--srs", srs)):
        if value is not None and report is None:
            raise ConfigError(name, "has no report to go into", "", "add --report FOLDER")
    asked = Asked(manifest, root, (first, last), detector, classifier, class_predictions, srs, jobs)
    work, total = listed(manifest, asked.days)
    if total and not work:
        from halescope.errors import DatasetError

        raise DatasetError(str(manifest), f"has no image from {first} to {last}")
    problems = _report(asked, report) if report is not None else _figures(asked, output)
    for line in problems:
        typer.echo(line, err=True)
    if problems:
        raise typer.Exit(2)


def _report(asked: Asked, folder: Path) -> list[str]:
    from halescope.evaluation.report.build import build_report, write_report

    with bars() as progress:
        document, html, problems = build_report(asked, progress)
    path = write_report(folder, document, html)
    _print(document["detection"]["detectors"][""])
    typer.echo(f"report: {path}")
    return problems


def _figures(asked: Asked, output: Path | None) -> list[str]:
    from halescope.evaluation.figures import class_figures, detection_figures
    from halescope.evaluation.report.asked import trained_note
    from halescope.evaluation.run import listed, named_detector, run_pipeline

    card = named_detector(asked.detector).card
    threshold = 0.5 if card is None else card.thresholds["score"]
    work, _ = listed(asked.manifest, asked.days)
    with bar("images", len(work)) as advance:
        seen, problems = run_pipeline(
            work,
            asked.root,
            (asked.detector, asked.classifier),
            jobs=asked.jobs,
            progress=advance,
        )
    figures: dict[str, Any] = {
        "days": list(asked.days),
        "detection": detection_figures(seen, threshold),
        "classes": class_figures(seen, threshold),
        "unread": len(problems),
    }
    _print(figures["detection"])
    for key, value in figures["classes"].items():
        typer.echo(f"class {key}: {value}")
    if figures["classes"]:
        typer.echo(trained_note(asked, seen))
    if output is not None:
        from halescope.io.atomic import atomic_text

        atomic_text(output, json.dumps(figures, indent=2) + "\n")
    return problems


def _print(detection: dict[str, Any]) -> None:
    typer.echo(f"{detection['disks']} disks, score threshold {detection['threshold']}")
    for name in ("lenient", "strict"):
        part = detection[name]
        line = ", ".join(
            f"{key} {_figure(part[key])}" for key in ("ap50", "ap70", "precision", "recall", "f1")
        )
        typer.echo(f"{name}: {line} ({part['labels']} labels, {part['regions']} regions)")
    typer.echo(
        f"regions of 20 MSH and more within 60 degrees found: "
        f"{detection['large_inner_found']:.3f} of {detection['large_inner_regions']}; "
        f"stray boxes a disk: {detection['stray_per_disk']:.3f}"
    )


def _figure(value: dict[str, float | None]) -> str:
    if value["value"] is None:
        return "none"
    if value["low"] is None:
        return f"{value['value']:.3f}"
    return f"{value['value']:.3f} [{value['low']:.3f} {value['high']:.3f}]"
