"""`halescope track`: regions in time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.say import say

if TYPE_CHECKING:
    from halescope.noaa.srs_row import SrsRow
    from halescope.tracks import Mode, Tracks


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
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Draw butterfly.png, disk.png, timelines.")
    ] = False,
    images: Annotated[
        Path | None, typer.Option(help="Folder of the images, for the pictures.")
    ] = None,
    animation: Annotated[
        str | None,
        typer.Option(help="Write the disk in motion, of --images: png (APNG), or mp4 by ffmpeg."),
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

    halescope track out/catalog.csv -o tracks --pictures --images images/ --animation png
    """
    from halescope.commands.analyze import catalog_formats
    from halescope.errors import ConfigError
    from halescope.tracks.output import check_folder

    if mode not in ("filter", "smooth"):
        raise ConfigError("--mode", f"is {mode!r}", "filter or smooth")
    if animation not in (None, "png", "mp4"):
        raise ConfigError("--animation", f"is {animation!r}", "png or mp4")
    if animation is not None and images is None:
        raise ConfigError("--animation", "has nothing to draw", "", "give the folder with --images")
    kinds = catalog_formats(formats or [])
    check_folder(output)
    summaries = () if srs is None else _summaries(srs)
    result = _tracked(catalogs, None if srs is None else summaries, mode, gap)
    write(result, output, kinds, quiet)
    if pictures:
        _draw(result, output, images, summaries, quiet)
    if animation is not None and images is not None:
        _animate(result, output, images, animation, quiet)


def write(result: Tracks, output: Path, kinds: tuple[str, ...], quiet: bool) -> None:
    """Write tracks, and print what there is."""
    from halescope.tracks import write_tracks

    paths = write_tracks(result, output, kinds)
    for note in result.notes:
        say(f"note: {note}", err=True)
    if not quiet:
        changes = result.events.columns["kind"].count("class")
        say(
            f"{len(result.tracks)} tracks of {len(result.catalog)} boxes, "
            f"{len(result.events)} events ({changes} changes of class) in {paths[0].parent}"
        )


def _summaries(srs: Path) -> tuple[SrsRow, ...]:
    from halescope.noaa.srs import read_srs

    return read_srs(srs).section("I")


def _draw(
    result: Tracks, output: Path, images: Path | None, summaries: tuple[SrsRow, ...], quiet: bool
) -> None:
    from halescope.commands.progress import bar
    from halescope.tracks.pictures.write import files_by_name, with_timeline, write_pictures

    files = None if images is None else files_by_name(images)
    with bar("drawing", len(with_timeline(result)), quiet) as advance:
        write_pictures(result, output, files, summaries, advance)


def _animate(result: Tracks, output: Path, images: Path, kind: str, quiet: bool) -> None:
    from halescope.commands.progress import bar
    from halescope.tracks.pictures.animation import animate, chosen
    from halescope.tracks.pictures.write import files_by_name

    files = files_by_name(images)
    with bar("animating", len(chosen(result, files)), quiet) as advance:
        animate(result, files, output / f"animation.{kind}", advance)


def _tracked(
    catalogs: list[Path], summaries: tuple[SrsRow, ...] | None, mode: str, gap: float | None
) -> Tracks:
    from halescope.batch.summary import analysed_images
    from halescope.io.catalog import read_catalog
    from halescope.tracks import track as track_tables
    from halescope.tracks.linking import LinkRule

    tables = [read_catalog(path) for path in catalogs]
    images = [each for path in catalogs for each in analysed_images(path.parent)]
    rule = None if gap is None else LinkRule(gap_hours=gap)
    kind: Mode = "smooth" if mode == "smooth" else "filter"
    return track_tables(tables, summaries, kind, images, rule)
