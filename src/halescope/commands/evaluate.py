"""`halescope evaluate`: score the shipped pipeline on labelled images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def evaluate(
    manifest: Annotated[Path, typer.Argument(help="From halescope dataset label.")],
    root: Annotated[Path, typer.Option(help="Folder that relative image paths start from.")] = (
        Path()
    ),
    days: Annotated[
        str, typer.Option(help="First and last day, as 2026-03-25..2026-04-01.")
    ] = "0000..9999",
    detector: Annotated[str | None, typer.Option(help="Name or card of a network.")] = None,
    classifier: Annotated[str | None, typer.Option(help="Name or card of a network.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file for the figures.")
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Processes.")] = 2,
) -> None:
    """Score the shipped pipeline on the labelled images of some days.

    Lenient figures ignore a box on plage that no SRS row lists, strict ones call it a false
    alarm. Intervals are 90 %, bootstrapped over whole regions.

    Example: halescope evaluate labels/manifest.csv --days 2026-03-25..2026-04-01
    """
    from halescope.detect import load_detector
    from halescope.errors import ConfigError, DatasetError
    from halescope.evaluation.run import class_figures, detection_figures, run_pipeline

    first, dots, last = days.partition("..")
    if not dots:
        raise ConfigError("--days", f"is {days!r}", "FIRST..LAST", "e.g. 2026-03-25..2026-04-01")
    card = load_detector(detector).card
    threshold = 0.5 if card is None else card.thresholds["score"]
    seen, problems = run_pipeline(manifest, root, (first, last), detector, classifier, jobs)
    for line in problems:
        typer.echo(line, err=True)
    if not seen:
        raise DatasetError(str(manifest), f"has no readable image from {first} to {last}")
    figures = {
        "days": [first, last],
        "detection": detection_figures(seen, threshold),
        "classes": class_figures(seen, threshold),
        "unread": len(problems),
    }
    _print(figures)
    if output is not None:
        from halescope.io.atomic import atomic_text

        atomic_text(output, json.dumps(figures, indent=2) + "\n")
    if problems:
        raise typer.Exit(2)


def _print(figures: dict[str, Any]) -> None:
    detection = figures["detection"]
    typer.echo(f"{detection['disks']} disks, score threshold {detection['threshold']}")
    for name in ("lenient", "strict"):
        part = detection[name]
        line = ", ".join(
            f"{key} {part[key]['value']:.3f} [{part[key]['low']:.3f} {part[key]['high']:.3f}]"
            for key in ("ap50", "ap70", "precision", "recall", "f1")
        )
        typer.echo(f"{name}: {line} ({part['labels']} labels, {part['regions']} regions)")
    typer.echo(
        f"regions of 20 MSH and more within 60 degrees found: "
        f"{detection['large_inner_found']:.3f} of {detection['large_inner_regions']}; "
        f"stray boxes a disk: {detection['stray_per_disk']:.3f}"
    )
    for key, value in figures["classes"].items():
        typer.echo(f"class {key}: {value}")
