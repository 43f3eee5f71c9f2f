"""`halescope archive status` and `query`: what an archive holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.archive.build import Archive
from halescope.commands.say import say

if TYPE_CHECKING:
    from halescope.archive.status import Status

Verify = Annotated[bool, typer.Option("--verify", help="Compare all checksums; reads everything.")]
AllGaps = Annotated[bool, typer.Option("--gaps", help="List every gap.")]
Format = Annotated[str, typer.Option("--format", help="table, csv, json or parquet.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="File for the answer.")]


def status(archive: Archive, verify: Verify = False, gaps: AllGaps = False) -> None:
    """Show what is done, what failed and why, which hours are missing, and time left of a build.

    Exit code 1 if a file of the archive is not as it was written.

    For example: halescope archive status sun
    """
    from halescope.archive.status import status as ask

    found = ask(archive, verify)
    say(*_lines(found, gaps))
    for line in found.wrong:
        say(f"damaged: {line}", err=True)
    if found.wrong:
        say("'halescope archive update --repair' makes their rows again", err=True)
        raise typer.Exit(1)


def query(
    archive: Archive,
    sql: Annotated[str, typer.Argument(help="One SELECT in DuckDB's SQL.")],
    format: Format = "table",
    output: Output = None,
) -> None:
    """Ask the tables regions, images, faults and tracks; nothing can be written or reached.

    For example:

    halescope archive query sun "SELECT year(time), class, count(*) FROM regions GROUP BY ALL"

    halescope archive query sun "FROM regions WHERE area_msh > 2000" --format csv -o big.csv
    """
    from halescope.archive import open as open_archive
    from halescope.archive.questions.answers import check_format, write_answer

    check_format(format, output)
    found = open_archive(archive).query(sql)
    if output is None:
        sys.stdout.flush()
    write_answer(found, format, output)


def _lines(found: Status, gaps: bool) -> list[str]:
    from halescope.archive.status import SHOWN

    span = "" if found.first is None else f", {found.first}:00 to {found.last}:00 UTC"
    lines = [
        f"images   {found.images}{span}" + (f", {found.undated} undated" if found.undated else ""),
        f"regions  {found.regions}",
        f"faults   {found.faults}",
    ]
    for kind, (count, example, passing) in found.kinds.items():
        again = " (archive retry)" if passing else ""
        lines.append(f"  {count} {kind}{again}, such as {example}")
    lines.append(
        f"hours    {found.hours - found.missing} of {found.hours}, {found.missing} missing"
    )
    shown = found.gaps if gaps else found.gaps[:SHOWN]
    lines += [f"  {gap.first}:00 to {gap.last}:59, {gap.hours} h" for gap in shown]
    if len(found.gaps) > len(shown):
        lines.append(f"  and {len(found.gaps) - len(shown)} more gaps (--gaps)")
    lines.append(
        f"files    {found.years} years, {found.parts} parts not compacted, "
        f"{found.bytes / 1e6:.1f} MB"
    )
    if found.running is not None:
        lines.append(_running(dict(found.running)))
    return lines


def _running(note: dict[str, object]) -> str:
    left = note.get("left")
    when = f", {float(left) / 60:.1f} minutes left" if isinstance(left, int | float) else ""
    return f"running  {note.get('done')} of {note.get('total')} files{when}"
