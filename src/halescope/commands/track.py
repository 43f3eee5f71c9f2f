"""`halescope track`: regions in time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from halescope.tracks import Tracks


def track(
    catalogs: Annotated[
        list[Path],
        typer.Argument(help="catalog.csv, .ecsv or .parquet of analyze, of one instrument."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.")],
    srs: Annotated[
        Path | None,
        typer.Option(
            help="Solar Region Summary (raw, folder, tar, CSV): each counts from its issue."
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(help="filter: nothing later than each image; smooth: all there is.")
    ] = "filter",
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="Further tables beside CSV: ecsv,parquet,json."),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(help="Hours that a track lives without a box; 48, or 2.5 times the cadence."),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.")] = False,
) -> None:
    """Link the regions of many images into tracks, and tell the class along each.

    Writes catalog.csv (the rows given, with track, NOAA's number, class along the track),
    tracks.csv (a row for each track) and events.csv (what comes, goes, merges, splits, returns and
    changes class).

    For example:

    halescope track out/catalog.csv -o out/tracks

    halescope track 2026-0?/catalog.csv --srs srs.csv --mode smooth -o tracks --format parquet
    """
    from halescope.commands.analyze import catalog_formats
    from halescope.errors import ConfigError
    from halescope.tracks.output import check_folder

    if mode not in ("filter", "smooth"):
        raise ConfigError("--mode", f"is {mode!r}", "filter or smooth")
    kinds = catalog_formats(formats or [])
    check_folder(output)
    write(_tracked(catalogs, srs, mode, gap), output, kinds, quiet)


def write(result: Tracks, output: Path, kinds: tuple[str, ...], quiet: bool) -> None:
    """Write tracks, and print what there is."""
    from halescope.tracks import write_tracks

    paths = write_tracks(result, output, kinds)
    for note in result.notes:
        typer.echo(f"note: {note}", err=True)
    if not quiet:
        changes = result.events.columns["kind"].count("class")
        typer.echo(
            f"{len(result.tracks)} tracks of {len(result.catalog)} boxes, "
            f"{len(result.events)} events ({changes} changes of class) in {paths[0].parent}"
        )


def _tracked(catalogs: list[Path], srs: Path | None, mode: str, gap: float | None) -> Tracks:
    from halescope.batch.summary import analysed_images
    from halescope.io.catalog import read_catalog
    from halescope.noaa.srs import read_srs
    from halescope.tracks import track as track_tables
    from halescope.tracks.linking import LinkRule

    tables = [read_catalog(path) for path in catalogs]
    images = [each for path in catalogs for each in analysed_images(path.parent)]
    rows = None if srs is None else read_srs(srs).section("I")
    rule = None if gap is None else LinkRule(gap_hours=gap)
    return track_tables(tables, rows, "smooth" if mode == "smooth" else "filter", images, rule)
