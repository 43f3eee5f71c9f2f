"""`halescope match`: a catalogue against NOAA's Solar Region Summary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SHOWN = 20


def match(
    catalog: Annotated[Path, typer.Argument(help="Catalogue that `halescope analyze` wrote.")],
    srs: Annotated[
        Path, typer.Option(help="Solar Region Summary: raw file, folder, tar archive or CSV table.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder for match.csv, queue.csv, match.json."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="Largest distance of a match, heliocentric degrees.")
    ] = 6.0,
    images: Annotated[
        Path | None, typer.Option(help="Folder of the images: draw overlays with NOAA's numbers.")
    ] = None,
) -> None:
    """Compare a catalogue with NOAA's regions, and list what a forecaster should look at."""
    from halescope.datasets.srs import read_srs
    from halescope.errors import ConfigError
    from halescope.evaluation.noaa import compare
    from halescope.evaluation.noaa_report import queue, write_report
    from halescope.io.catalog import read_catalog

    if not 0 < tolerance <= 30:
        raise ConfigError("--tolerance", f"is {tolerance:g}", "more than 0 and at most 30 degrees")
    if images is not None and output is None:
        raise ConfigError("--images", "has nowhere to draw to", "", "give a folder with -o")
    comparison = compare(read_catalog(catalog), read_srs(srs).section("I"), tolerance)
    typer.echo(_summary(comparison))
    tasks = queue(comparison)
    for task in tasks[:SHOWN]:
        typer.echo(f"{task.weight:4.0f}  {task.verdict.time}  {task.reason}")
    if len(tasks) > SHOWN:
        typer.echo(f"      and {len(tasks) - SHOWN} more" + (" in queue.csv" if output else ""))
    for note in comparison.notes:
        typer.echo(f"note: {note}", err=True)
    if output is not None:
        write_report(comparison, output)
    if output is not None and images is not None:
        from halescope.evaluation.noaa_overlay import draw_overlays

        draw_overlays(comparison, read_catalog(catalog), images, output)


def _summary(comparison: object) -> str:
    from halescope.evaluation.noaa_report import counts

    found = counts(comparison)  # type: ignore[arg-type]
    agreement = found["class_agreement"]
    said = "" if agreement is None else f", class agrees in {agreement:.0%}"
    return (
        f"{found['images']} images: {found['matched']} matched{said}, {found['missed']} missed, "
        f"{found['extra']} extra, {found['merged']} merged, {found['split']} split "
        f"(within {found['tolerance_deg']:g} degrees)"
    )
