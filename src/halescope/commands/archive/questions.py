"""`halescope archive butterfly`, `classes`, `counts`, `region`, `track` and `export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halescope.commands.archive.build import Archive
from halescope.commands.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halescope.noaa.srs_row import SrsRow

Picture = Annotated[Path | None, typer.Option("-o", "--output", help="Picture: .png, .svg, .pdf.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="The numbers behind it.")]
Srs = Annotated[
    Path | None, typer.Option(help="Solar Region Summary (raw, folder, tar, CSV) to compare with.")
]
Every = Annotated[str, typer.Option(help="Take the first image of each such step.")]
Instrument = Annotated[str, typer.Option(help="Images of this one alone: HMI, MDI, GONG.")]
Where = Annotated[
    str, typer.Option(help="SQL over regions as r and images as i, such as 'r.area_msh > 500'.")
]
Format = Annotated[str, typer.Option("--format", help="ecsv, votable, fits, coco, kitti, hek.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="File; a folder for kitti.")]
Number = Annotated[int, typer.Argument(help="NOAA's number, five digits.", min=1)]


def butterfly(archive: Archive, output: Picture = None, csv: Csv = None) -> None:
    """Draw latitude against time: one image a day, coloured by class, sized by area.

    For example: halescope archive butterfly sun -o butterfly.png
    """
    from halescope.archive import open as open_archive
    from halescope.archive.questions.ready import butterfly as ask

    _show("butterfly", ask(open_archive(archive)), output, csv, "Butterfly diagram")


def classes(archive: Archive, output: Picture = None, csv: Csv = None) -> None:
    """Show the share of each class by month, within 60 degrees of the central meridian.

    For example: halescope archive classes sun -o classes.png --csv classes.csv
    """
    from halescope.archive import open as open_archive
    from halescope.archive.questions.ready import classes as ask

    _show("classes", ask(open_archive(archive)), output, csv, "Classes by month")


def counts(archive: Archive, srs: Srs = None, output: Picture = None, csv: Csv = None) -> None:
    """Show how many regions the disk has by day, beside those that NOAA lists.

    For example: halescope archive counts sun --srs srs.csv -o counts.png
    """
    from halescope.archive import open as open_archive
    from halescope.archive.questions.ready import counts as ask

    found = ask(open_archive(archive), _summaries(srs))
    _show("counts", found, output, csv, "Regions on the disk")


def region(
    archive: Archive,
    number: Number,
    srs: Srs = None,
    output: Picture = None,
    csv: Csv = None,
) -> None:
    """Show the life of one NOAA region: area, class and its probabilities, image by image.

    From the tracks of 'archive track --srs', or with --srs from where NOAA has the region.

    For example: halescope archive region sun 13664 --srs srs.csv -o 13664.png
    """
    from halescope.archive import open as open_archive
    from halescope.archive.questions.region import life

    found = life(open_archive(archive), number, _summaries(srs))
    _show("region", found, output, csv, f"NOAA {number}")


def track(
    archive: Archive, srs: Srs = None, every: Every = "1h", instrument: Instrument = ""
) -> None:
    """Link regions into tracks, and add the tables tracks, tracked and events to the archive.

    Tracks are those of 'halescope track' with all that is known, earlier and later.

    For example: halescope archive track sun --srs srs.csv
    """
    from halescope.archive.tracking import track_archive

    found = track_archive(archive, _summaries(srs), every, instrument)
    for note in found.notes:
        say(f"note: {note}", err=True)
    say(f"{len(found.tracks)} tracks of {len(found.catalog)} boxes, {len(found.events)} events")


def export(
    archive: Archive, output: Output, format: Format = "ecsv", where: Where = "true"
) -> None:
    """Write a selection of regions as a table, as labels, or as events like HEK's.

    For example:

    halescope archive export sun -o big.vot --format votable --where "r.area_msh > 1000"

    halescope archive export sun -o labels --format kitti --where "year(r.time) = 2014"
    """
    from halescope.archive import open as open_archive
    from halescope.archive.questions.export import export as write

    count = write(open_archive(archive), where, format, output)
    say(f"{count} regions in {output}")


def _summaries(path: Path | None) -> Sequence[SrsRow] | None:
    from halescope.noaa.srs import read_srs

    return None if path is None else read_srs(path).section("I")


def _show(name: str, found: Any, output: Path | None, csv: Path | None, title: str) -> None:
    from halescope.archive.questions.answers import write_answer
    from halescope.archive.questions.pictures import draw

    if output is not None:
        draw(name, found, output, title)
        say(f"{output}: {len(found)} rows drawn")
    if csv is not None:
        write_answer(found, "csv", csv)
    if output is None and csv is None:
        write_answer(found, "table", whole="--csv FILE gives all, -o FILE a picture")
