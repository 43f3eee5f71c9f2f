"""`halescope match`: our regions against NOAA's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from halescope.noaa.matching import Comparison
    from halescope.noaa.srs import SrsTable

SHOWN = 20
"""Entries of the queue that are printed; all are in ``queue.csv``."""


Srs = Annotated[
    Path | None,
    typer.Option(help="Solar Region Summary: a raw file, a folder, a tar archive, a CSV."),
]
AskHek = Annotated[
    bool, typer.Option("--hek", help="Ask HEK for NOAA's regions of the images' days.")
]
HekTable = Annotated[
    Path | None, typer.Option(help="regions.csv of an earlier 'fetch hek', in their place.")
]
HekUrl = Annotated[str | None, typer.Option(envvar="HALESCOPE_HEK_URL", help="HEK's address.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="Folder for match.csv, queue.csv, regions.csv, match.json."
    ),
]
Tolerance = Annotated[
    float, typer.Option(help="Largest distance of a match, heliocentric degrees.")
]
Images = Annotated[
    Path | None, typer.Option(help="Folder of the images: draw overlays with NOAA's numbers.")
]


def match(
    catalog: Annotated[Path, typer.Argument(help="catalog.csv or .ecsv of analyze.")],
    srs: Srs = None,
    hek: AskHek = False,
    hek_table: HekTable = None,
    output: Output = None,
    tolerance: Tolerance = 6.0,
    images: Images = None,
    hek_url: HekUrl = None,
) -> None:
    """Compare a catalogue with NOAA's regions, and list what a forecaster should look at.

    Verdicts: matched; missed (of NOAA's, near no box of ours); extra (ours, not listed); merged
    (a second NOAA region in one box); split (a second box on one NOAA region); limb (of NOAA's,
    in no box, beyond 75 degrees from the central meridian); outside (of NOAA's, not in the image).

    For example:

    halescope match out/catalog.csv --srs srs.csv -o out/noaa

    halescope match out/catalog.csv --hek -o out/noaa --images images/
    """
    from halescope.batch.summary import analysed_frames, analysed_images
    from halescope.errors import ConfigError
    from halescope.io.catalog import read_catalog
    from halescope.noaa.matching import catalog_time, compare, grouped
    from halescope.noaa.report import write_comparison

    if not 0 < tolerance <= 30:
        raise ConfigError("--tolerance", f"is {tolerance:g}", "more than 0 and at most 30 degrees")
    if images is not None and output is None:
        raise ConfigError("--images", "has nowhere to draw to", "", "give a folder with -o")
    if (srs is not None) + hek + (hek_table is not None) != 1:
        raise ConfigError("match", "needs NOAA's regions", "one of --srs, --hek, --hek-table")
    rows = read_catalog(catalog)
    known = analysed_images(catalog.parent)
    stamps = [*(seen.time for seen in grouped(rows)), *(time for _, time in known)]
    listed = _summaries(srs, hek_table, [catalog_time(t) for t in stamps if t], hek_url)
    comparison = compare(
        rows, listed.section("I"), tolerance, known, analysed_frames(catalog.parent)
    )
    show(comparison, output is not None)
    for problem in listed.problems[:SHOWN]:
        say(f"note: {problem}", err=True)
    if output is not None:
        write_comparison(comparison, output)
    if output is not None and images is not None:
        from halescope.noaa.overlay import draw_overlays

        draw_overlays(comparison, rows, images, output)


def show(comparison: Comparison, written: bool) -> None:
    """Print counts, the head of the queue, what could not be compared; the rest is `written`."""
    from halescope.noaa.queue import queue
    from halescope.noaa.report import summary

    say(summary(comparison))
    tasks = queue(comparison)
    for task in tasks[:SHOWN]:
        say(f"{task.weight:4.0f}  {task.verdict.time[:10]}  {task.reason}")
    if len(tasks) > SHOWN:
        say(f"      and {len(tasks) - SHOWN} more" + (" in queue.csv" if written else ""))
    for warning in comparison.warnings[-3:]:
        say(f"note: {warning}", err=True)
    notes = comparison.notes
    for note in notes[:3]:
        say(f"note: {note}", err=True)
    if len(notes) > 3:
        where = ", all in match.json" if written else ""
        say(f"note: and {len(notes) - 3} more images not compared{where}", err=True)


def _summaries(
    srs: Path | None, table: Path | None, times: Sequence[datetime], url: str | None
) -> SrsTable:
    """Return NOAA's regions, from files or else from HEK itself."""
    if srs is not None:
        from halescope.noaa.srs import read_srs

        return read_srs(srs)
    if table is not None:
        from halescope.noaa.hek import read_hek

        return read_hek(table)
    from halescope.fetch.hek import noaa_regions

    return noaa_regions(times, url)
