"""`halescope dataset label`: boxes and classes from NOAA's or HEK's tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.options import Jobs
from halescope.commands.progress import bar
from halescope.commands.say import say

if TYPE_CHECKING:
    from halescope.datasets.labels.label import Sources


Images = Annotated[list[str], typer.Argument(help="Magnetograms: files, folders, globs.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")]
Srs = Annotated[Path | None, typer.Option(help="SRS: CSV table, raw file, folder or tar archive.")]
Hek = Annotated[
    Path | None, typer.Option(help="Instead of --srs: regions.csv of halescope fetch hek.")
]
Harps = Annotated[
    Path | None,
    typer.Option(help="Boxes from HARPs: SHARP files, or regions.csv of --observer sharp."),
]
HarpNumbers = Annotated[
    Path | None, typer.Option(help="all_harps_with_noaa_ars.txt, where headers lack NOAA's.")
]


def label(
    images: Images,
    output: Output,
    srs: Srs = None,
    hek: Hek = None,
    harps: Harps = None,
    harp_numbers: HarpNumbers = None,
    form: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    sheets: Annotated[int, typer.Option(min=0, help="Disks on overlay sheets; 0 for none.")] = 48,
    jobs: Jobs = 2,
) -> None:
    """Box, class and status for every region of full-disk magnetograms, from NOAA's table.

    For example:

    halescope dataset label hmi/ --srs srs_1996_2026.csv -o labels

    halescope dataset label hmi/ --hek hek/regions.csv --harps sharp/ -o labels
    """
    from halescope.datasets.labels.images import label_images, write_provenance, write_sheets
    from halescope.datasets.manifest import write_manifest
    from halescope.errors import ConfigError, DatasetError
    from halescope.io import expand

    if form not in ("csv", "parquet"):
        raise ConfigError("--format", f"is {form!r}", "csv or parquet")
    sources, origin = _sources(srs, hek, harps, harp_numbers)
    paths = expand(images)
    with bar("labelling", len(paths)) as advance:
        report = label_images(paths, sources, jobs, advance)
    for line in report.problems:
        say(line, err=True)
    if not report.rows:
        found = f"fits none of {len(paths)} images ({len(report.unlabelled)} on other days)"
        raise DatasetError(str(origin), found, "rows of both midnights around an image")
    target = output / f"manifest.{form}"
    count = write_manifest(target, report.rows)
    write_provenance(output, origin, report, count, sources)
    done = list(dict.fromkeys(str(row["image"]) for row in report.rows))
    if sheets:
        step = max(1, -(-len(done) // sheets))
        write_sheets([Path(name) for name in done[::step]], sources, output / "sheets")
    say(
        f"{target}: {count} rows of {len(done)} images; {len(report.unlabelled)} images without "
        f"{sources.name} days, {len(report.problems)} unreadable"
    )
    if report.problems:
        raise typer.Exit(2)


def _sources(
    srs: Path | None, hek: Path | None, harps: Path | None, numbers: Path | None
) -> tuple[Sources, Path]:
    """Return what to label from, and the table's path; list the lines that cannot be read."""
    from halescope.datasets.labels.harp import read_harp_numbers, read_harps
    from halescope.datasets.labels.label import sources_of
    from halescope.errors import ConfigError
    from halescope.noaa.hek import read_hek
    from halescope.noaa.srs import read_srs

    if (srs is None) == (hek is None):
        found = "is told of both --srs and --hek" if srs else "has no table of regions"
        raise ConfigError("dataset label", found, "one of --srs and --hek")
    path = srs or hek or Path()
    table = read_srs(path) if srs else read_hek(path)
    for problem in table.problems:
        say(f"{'SRS' if srs else 'HEK'} {problem}", err=True)
    boxes = None
    if harps is not None:
        boxes = read_harps(harps, read_harp_numbers(numbers) if numbers else None)
        for line in boxes.problems:
            say(f"HARP {line}", err=True)
    return sources_of(table, boxes, "SRS" if srs else "HEK"), path
