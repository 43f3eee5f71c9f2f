"""`halescope archive build`, `update`, `retry` and `compact`: what writes to an archive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.options import Jobs
from halescope.commands.progress import bars
from halescope.commands.say import say
from halescope.errors import ConfigError

if TYPE_CHECKING:
    from halescope.archive.build import Plan, Summary, Waiting

Archive = Annotated[Path, typer.Argument(help="Folder of the archive.")]
Sources = Annotated[
    list[str],
    typer.Argument(
        help="Folders (searched through), globs, fetched.csv of 'fetch', .txt lists of paths, "
        "addresses that fsspec opens (s3://...)."
    ),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder of the archive.")]
Scheduler = Annotated[
    str, typer.Option(help="Address of a Dask scheduler, tcp://HOST:8786, in place of --jobs.")
]
Maps = Annotated[
    list[str] | None,
    typer.Option("--map", help="What a folder is called on Dask's workers: /mnt/a=/data/a."),
]
Every = Annotated[str, typer.Option(help="Take one file of each such step: 12m, 1h, 1d.")]
Physics = Annotated[
    bool, typer.Option("--physics", help="Add columns: flux, tilt, inversion line, cores.")
]
Crops = Annotated[bool, typer.Option("--crops", help="Cut the regions out as PNG.")]
Detector = Annotated[str | None, typer.Option(help="A network's name or card, or 'threshold'.")]
Classifier = Annotated[str | None, typer.Option(help="A network's name or card, or 'climatology'.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count files, days, bytes, time; no work.")]
Repair = Annotated[
    bool, typer.Option("--repair", help="Check all checksums; do damaged files' rows again.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.")]


def build(
    sources: Sources,
    output: Output,
    jobs: Jobs = 1,
    scheduler: Scheduler = "",
    maps: Maps = None,
    every: Every = "",
    physics: Physics = False,
    crops: Crops = False,
    detector: Detector = None,
    classifier: Classifier = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Analyse all files of the sources that the archive does not have yet.

    Files that are done already are skipped, so a build that was stopped is started again. A file
    that cannot be analysed becomes a row of the table faults, and is never a stop. Exit code 0
    also then; 'archive status' shows faults.

    For example:

    halescope archive build images/ -o sun --jobs 2

    halescope archive build '/data/hmi/20??/**/*.jpg' -o sun --every 1h --dry-run

    halescope archive build /mnt/hmi -o /mnt/sun --scheduler tcp://head:8786 --map /mnt=/data
    """
    from halescope.archive.build import Plan
    from halescope.archive.files import parse_step
    from halescope.archive.keys import Settings

    plan = Plan(
        tuple(sources),
        Settings(detector, classifier, physics, crops),
        parse_step(every) if every else 0.0,
        jobs,
        scheduler,
        _maps(maps or []),
    )
    _bring_up(output, plan, dry_run=dry_run, quiet=quiet)


def update(
    archive: Archive,
    jobs: Jobs = 1,
    scheduler: Scheduler = "",
    maps: Maps = None,
    repair: Repair = False,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Do what is new or changed in the sources, or made stale by another version or network.

    Sources and options are those of the last build.

    For example: halescope archive update sun --jobs 2
    """
    _again(archive, jobs, scheduler, maps, repair=repair, dry_run=dry_run, quiet=quiet)


def retry(
    archive: Archive,
    jobs: Jobs = 1,
    scheduler: Scheduler = "",
    maps: Maps = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Update, and do again the files that failed by a fault that may pass.

    These are files that could not be opened or had changed, or ended their worker.

    For example: halescope archive retry sun
    """
    _again(archive, jobs, scheduler, maps, retry=True, dry_run=dry_run, quiet=quiet)


def compact(archive: Archive, quiet: Quiet = False) -> None:
    """Join the parts of builds into one file a year, sorted by time.

    The same rows give the same bytes, however many processes made them.

    For example: halescope archive compact sun
    """
    from halescope.archive.store.compact import compact as join

    with bars(quiet) as draw:
        advance = [lambda: None]

        def start(years: int) -> None:
            advance[0] = draw("compacting", years)

        years = join(archive, start, lambda year: advance[0]())
    if not quiet:
        size = sum(year.size for year in years)
        say(f"{len(years)} years in {archive}, {size / 1e6:.1f} MB")


def _again(
    archive: Path,
    jobs: int,
    scheduler: str,
    maps: list[str] | None,
    *,
    retry: bool = False,
    repair: bool = False,
    dry_run: bool,
    quiet: bool,
) -> None:
    from halescope.archive.build import remembered

    plan = replace(
        remembered(archive),
        jobs=jobs,
        scheduler=scheduler,
        maps=_maps(maps or []),
        retry=retry,
        repair=repair,
    )
    _bring_up(archive, plan, dry_run=dry_run, quiet=quiet)


def _bring_up(archive: Path, plan: Plan, *, dry_run: bool, quiet: bool) -> None:
    from halescope.archive.build import build as run
    from halescope.archive.estimate import estimate

    if dry_run:
        waiting, seconds = estimate(archive, plan)
        say(_expected(waiting, seconds, plan.jobs))
        return
    with bars(quiet) as draw:
        advance = [lambda: None]

        def start(files: int) -> None:
            advance[0] = draw("analysing", files)

        def report(files: int) -> None:
            for _ in range(files):
                advance[0]()

        summary = run(archive, plan, start=start, report=lambda done: report(done.files))
    if not quiet:
        say(*_told(summary, archive))


def _told(summary: Summary, archive: Path) -> list[str]:
    faults = sum(summary.faults.values())
    lines = [
        f"{summary.images} images with {summary.regions} regions added to {archive}"
        f" ({summary.listed} files listed, {summary.known} done before, {faults} faults,"
        f" {summary.seconds:.1f} s)"
    ]
    for kind, count in summary.faults.most_common():
        lines.append(f"  {count} {kind}: {summary.examples[kind]}")
    return lines


def _expected(waiting: Waiting, seconds: float | None, jobs: int) -> str:
    text = (
        f"{waiting.listed} files listed, {waiting.known} done before; to do:"
        f" {len(waiting.listing)} files, {waiting.days} days, {waiting.bytes / 1e6:.1f} MB"
    )
    if seconds is None:
        return text
    return f"{text}, about {seconds * len(waiting.listing) / jobs / 60:.1f} minutes"


def _maps(given: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in given:
        here, equals, there = text.partition("=")
        if not equals or not here or not there:
            raise ConfigError("--map", f"is {text!r}", "HERE=THERE, such as /mnt/a=/data/a")
        pairs.append((here, there))
    return tuple(pairs)
