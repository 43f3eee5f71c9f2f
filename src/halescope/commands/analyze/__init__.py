"""`halescope analyze`: from files to catalogue, crops and overlays."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.options import Jobs, MinScore
from halescope.commands.progress import bar, is_drawn
from halescope.commands.say import say
from halescope.errors import ConfigError

if TYPE_CHECKING:
    from halescope.batch.outputs import Options
    from halescope.batch.run import Limits, Outcome

Inputs = Annotated[
    list[str], typer.Argument(help="Files, folders (searched through), globs; - is standard input.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.")]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format", help="Further catalogues beside catalog.csv: ecsv,json,parquet,votable."
    ),
]
Time = Annotated[str | None, typer.Option(help="Time of images that hold none, UTC.")]
Detector = Annotated[str | None, typer.Option(help="A network's name or card, or 'threshold'.")]
Classifier = Annotated[str | None, typer.Option(help="A network's name or card, or 'climatology'.")]
TableOnly = Annotated[
    bool, typer.Option("--table-only", help="No pictures and no crops: the quickest.")
]
Overlay = Annotated[bool, typer.Option(help="Draw overlay.png.")]
Crops = Annotated[bool, typer.Option(help="Cut the regions out.")]
FitsCrops = Annotated[bool, typer.Option(help="Also as FITS, for FITS and JPEG 2000 input.")]
Physics = Annotated[
    bool, typer.Option("--physics", help="Add columns: flux, tilt, inversion line, cores.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Draw explain.png: why this class; seconds a disk.")
]
Srs = Annotated[
    Path | None,
    typer.Option(help="Solar Region Summary (raw, folder, tar, CSV): compares as 'match' does."),
]
Track = Annotated[
    bool, typer.Option("--track", help="Link the regions into tracks, as 'track' does, in tracks/.")
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Do finished images again, and begin the catalogue anew."),
]
FlareClimatology = Annotated[
    bool,
    typer.Option(
        "--flare-climatology",
        help="Add columns: share of days with C, M, X flares of regions of that class; "
        "climatology, no forecast.",
    ),
]
FileTimeout = Annotated[
    float, typer.Option(min=1, help="Seconds that one file may take; the others are done.")
]
MaxSize = Annotated[
    float, typer.Option(min=0.01, help="Largest file, MB; a larger one is not read.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.")]


def analyze(
    inputs: Inputs,
    output: Output = Path("halescope-out"),
    formats: Formats = None,
    time: Time = None,
    detector: Detector = None,
    classifier: Classifier = None,
    min_score: MinScore = None,
    table_only: TableOnly = False,
    overlay: Overlay = True,
    crops: Crops = True,
    fits_crops: FitsCrops = True,
    physics: Physics = False,
    explain: Explain = False,
    srs: Srs = None,
    track: Track = False,
    jobs: Jobs = 1,
    file_timeout: FileTimeout = 60.0,
    max_size: MaxSize = 600.0,
    overwrite: Overwrite = False,
    flare_climatology: FlareClimatology = False,
    quiet: Quiet = False,
) -> None:
    """Find, classify and measure the active regions of magnetograms.

    Writes OUTPUT/catalog.csv with a row for each region, OUTPUT/<name>/overlay.png and crops/ for
    each image, and OUTPUT/run.json. Images that are done already are skipped. The catalogue holds
    all images of OUTPUT, those of earlier runs too, but with --overwrite this run's alone. Exit
    code 2 if an image could not be analysed; the others are done all the same.

    For example:

    halescope analyze disk.fits -o out

    halescope analyze images/ 'more/**/*.jp2' -o out --jobs 2 --format ecsv,json

    halescope analyze images/ --table-only --min-score 0.6 -o out

    halescope analyze images/ --srs srs.csv -o out

    cat disk.jpg | halescope analyze - --time 2026-02-01T00:00:00Z -o out
    """
    from halescope.batch.processes import warmed

    with warmed("halescope.batch.run"):  # begins while this process still imports
        from halescope.batch.outputs import Options
        from halescope.batch.run import Limits, earlier_outcomes
        from halescope.batch.summary import write_summary
        from halescope.commands.analyze.noaa import compare_outcomes, numbered, read_days
        from halescope.commands.analyze.told import closing_lines

        kinds, begin = catalog_formats(formats or []), datetime.now(UTC)
        overlay, crops = overlay and not table_only, crops and not table_only
        wanted = ("auto" if fits_crops else "png") if crops else "none"
        when = _given_time(time)
        options = Options(detector, classifier, when, overlay, wanted, physics, explain, min_score)
        days = None if srs is None else read_days(srs)
        limits = Limits(file_timeout, int(max_size * 1e6))
        outcomes = _analyze_files(inputs, output, (options, limits), jobs, overwrite, quiet)
    earlier = earlier_outcomes(output, outcomes)
    outcomes = outcomes if overwrite else [*earlier, *outcomes]
    if flare_climatology:
        outcomes = [_with_climatology(outcome) for outcome in outcomes]
    if days is not None:
        outcomes = [numbered(outcome, days) for outcome in outcomes]
    seconds = (datetime.now(UTC) - begin).total_seconds()
    paths = write_summary(output, outcomes, options, kinds, begin, seconds)
    if not quiet:
        if earlier and overwrite:
            say(f"left out: {_images(len(earlier))} of earlier runs (--overwrite)")
        say(*closing_lines(outcomes, paths[0], seconds))
    if days is not None:
        compare_outcomes(outcomes, days, output, overlay, quiet)
    if track:
        _track(outcomes, srs, output, kinds, quiet)
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(2)


def _track(
    outcomes: Sequence[Outcome], srs: Path | None, output: Path, kinds: tuple[str, ...], quiet: bool
) -> None:
    """Link the regions of all images that were analysed."""
    from halescope.commands.track import write
    from halescope.noaa.srs import read_srs
    from halescope.tracks import track

    done = [outcome for outcome in outcomes if outcome.catalog is not None]
    tables = [outcome.catalog for outcome in done if outcome.catalog is not None]
    images = [(outcome.job.image, outcome.time) for outcome in done]
    rows = None if srs is None else read_srs(srs).section("I")
    write(track(tables, rows, images=images), output / "tracks", kinds, quiet)


def _analyze_files(
    inputs: Sequence[str],
    output: Path,
    asked: tuple[Options, Limits],
    jobs: int,
    overwrite: bool,
    quiet: bool,
) -> list[Outcome]:
    """Return what became of every image, shown one by one."""
    from halescope.batch.plan import STDIN, plan
    from halescope.batch.run import analyze_files, load_networks
    from halescope.io.atomic import check_writable

    options, limits = asked
    load_networks(options)  # a wrong name is told before a folder is made
    check_writable(output)
    # One byte more than may be: the reader says so.
    batch = plan(
        inputs, output, sys.stdin.buffer.read(limits.most + 1) if STDIN in inputs else None
    )
    with bar("analysing", len(batch), quiet) as advance:
        report = _reporter(len(batch), quiet, advance)
        return analyze_files(
            batch, options, workers=jobs, overwrite=overwrite, report=report, limits=limits
        )


def catalog_formats(given: list[str]) -> tuple[str, ...]:
    """Return the catalogue formats, CSV first, each once."""
    from halescope.io.catalog import FORMATS

    names = ["csv", *(n.strip().lower() for text in given for n in text.split(",") if n.strip())]
    unknown = sorted(set(names) - set(FORMATS))
    if unknown:
        raise ConfigError("--format", f"does not know {', '.join(unknown)}", ", ".join(FORMATS))
    return tuple(dict.fromkeys(names))


def _reporter(total: int, quiet: bool, advance: Callable[[], None]) -> Callable[[Outcome], None]:
    """Return what shows each outcome: by the bar where there is one, else by a line."""
    count = itertools.count(1)
    brief = quiet or is_drawn(total)

    def report(outcome: Outcome) -> None:
        prefix = f"[{next(count)}/{total}] " if total > 1 else ""
        _show(outcome, prefix, brief)
        advance()

    return report


def _show(outcome: Outcome, prefix: str, quiet: bool) -> None:
    if outcome.status == "failed":
        say(f"{prefix}{outcome.message}", err=True)
    elif not quiet and outcome.catalog is not None:
        count = len(outcome.catalog)
        found = f"{count} region{'s' if count != 1 else ''}"
        how = "done before" if outcome.status == "skipped" else f"{outcome.seconds:.2f} s"
        say(f"{prefix}{outcome.job.image}: {found}, {how}")


def _images(count: int) -> str:
    return f"{count} image{'s' if count != 1 else ''}"


def _given_time(text: str | None) -> str | None:
    """Return the time of images that hold none; a plain date is its midnight, which is told."""
    if text is None:
        return None
    from halescope.io.filetime import is_date, parse_time
    from halescope.types import format_time

    if is_date(text):
        say(f"note: --time {text.strip()} is taken as 00:00 UTC of that day", err=True)
    return format_time(parse_time(text, date_only=True))


def _with_climatology(outcome: Outcome) -> Outcome:
    """Return the outcome with the flare climatology of each class in its catalogue."""
    from halescope.measure.climatology import with_flare_climatology

    if outcome.catalog is None:
        return outcome
    return replace(outcome, catalog=with_flare_climatology(outcome.catalog))
