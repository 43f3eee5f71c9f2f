"""`halescope day`: the page that a forecaster opens in the morning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halescope.commands.options import Jobs
from halescope.commands.progress import bar
from halescope.commands.say import say

if TYPE_CHECKING:
    from halescope.day import Pictures
    from halescope.types import Catalog

TABLES = (".csv", ".ecsv", ".parquet", ".json")


@dataclass(frozen=True)
class Seen:
    """What the page is made of.

    Parameters
    ----------
    tables : list of Catalog
    images : list of (name, time)
        All that were analysed, those without any region too.
    source : Path or None
        The file of the newest one, where it is still there.
    failed : int
        Images that could not be analysed.
    """

    tables: list[Catalog]
    images: list[tuple[str, str]]
    source: Path | None
    failed: int = 0

    @property
    def newest(self) -> tuple[str, str] | None:
        """Name and time of the newest image."""
        return max((each for each in self.images if each[1]), key=lambda i: i[1], default=None)


def day(
    inputs: Annotated[
        list[str],
        typer.Argument(help="Images, folders or globs of them; or catalogues of analyze."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the page.")],
    srs: Annotated[
        Path | None,
        typer.Option(
            help="Solar Region Summary (raw, folder, tar, CSV): each counts from its issue."
        ),
    ] = None,
    jobs: Jobs = 1,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.")] = False,
) -> None:
    """Write the day's page: regions now, what changed in 24 hours, what differs from NOAA.

    Writes index.html (one file, works from disk, prints on two sheets), day.json, and
    solar_regions.json in SWPC's form. Images are analysed first, into OUTPUT/images; several days
    of them show how each region came to be. Ages on the page are told from this computer's clock.

    For example:

    halescope day hmi/2026/02/ --srs srs.csv -o today

    halescope day out/catalog.csv --srs srs/ -o today
    """
    from datetime import UTC, datetime

    from halescope.day import describe, render_day, solar_regions, write_day
    from halescope.io.atomic import check_writable
    from halescope.noaa.srs import read_srs
    from halescope.tracks import track

    check_writable(output)
    rows = None if srs is None else read_srs(srs).section("I")
    seen = _read_inputs(inputs, output / "images", jobs, quiet)
    tracks = track(seen.tables, rows, "filter", seen.images)
    document = describe(tracks, rows, datetime.now(UTC), seen.newest)
    pictures, notice = _pictures(seen.source, document)
    page = render_day(document, pictures, [notice] if notice else [])
    paths = write_day(output, document, page, solar_regions(tracks.catalog, rows))
    if not quiet:
        count = len(document["regions"])
        say(f"{paths[0]}: {count} regions at {document['image']['time']}")
    if seen.failed:
        raise typer.Exit(2)


def _read_inputs(inputs: list[str], folder: Path, jobs: int, quiet: bool) -> Seen:
    """Return catalogues read, or made of images."""
    from halescope.errors import ConfigError

    tables = [Path(text).suffix.lower() in TABLES for text in inputs]
    if all(tables):
        return _read_catalogs([Path(text) for text in inputs])
    if any(tables):
        raise ConfigError("inputs", "are images and catalogues at once", "either of them")
    return _analyse(inputs, folder, jobs, quiet)


def _read_catalogs(paths: list[Path]) -> Seen:
    from halescope.batch.summary import analysed_images, image_sources
    from halescope.io.catalog import read_catalog

    tables = [read_catalog(path) for path in paths]
    images: dict[tuple[str, str], None] = {}
    for table, path in zip(tables, paths, strict=True):
        images |= dict.fromkeys(zip(table.columns["image"], table.columns["time"], strict=True))
        images |= dict.fromkeys(analysed_images(path.parent))
    seen = Seen(tables, list(images), None)
    sources = [s for path in paths for s in image_sources(path.parent) if s[0] == seen.newest]
    return Seen(tables, list(images), sources[-1][1] if sources else None)


def _analyse(inputs: list[str], folder: Path, jobs: int, quiet: bool) -> Seen:
    from halescope.batch.outputs import Options
    from halescope.batch.plan import plan
    from halescope.batch.run import analyze_files, load_networks

    options = Options(overlay=False, crops="none")
    load_networks(options)
    batch = plan(inputs, folder)
    with bar("analysing", len(batch), quiet) as advance:
        outcomes = analyze_files(batch, options, workers=jobs, report=lambda _: advance())
    for outcome in outcomes:
        if outcome.message:
            say(outcome.message, err=True)
    done = [o for o in outcomes if o.catalog is not None]
    images = [(o.job.image, o.time) for o in done]
    newest = max(done, key=lambda o: o.time, default=None)
    source = None if newest is None else Path(str(newest.job.source))
    tables = [o.catalog for o in done if o.catalog is not None]
    return Seen(tables, images, source, len(outcomes) - len(done))


def _pictures(source: Path | None, document: dict[str, Any]) -> tuple[Pictures | None, str]:
    """Return the pictures of the newest image, or why there are none."""
    from halescope.day import draw
    from halescope.errors import HalescopeError
    from halescope.io import read

    if source is None:
        return None, "The newest image is not at hand: the page has no pictures."
    try:
        return draw(read(source), document["regions"]), ""
    except HalescopeError as error:
        return None, f"The newest image cannot be shown: {error}."
