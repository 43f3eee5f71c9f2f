"""`halescope fetch flares`: lists of X-ray flares, from HEK, from NOAA's reports or from files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halescope.commands.fetch.options import (
    Backoff,
    DryRun,
    End,
    Output,
    Pause,
    Quiet,
    Retries,
    Start,
    Timeout,
    Top,
    Verify,
)
from halescope.commands.fetch.run import (
    Run,
    fetch_and_report,
    fetch_months,
    is_within,
    make_transfer,
    need_span,
)
from halescope.errors import ConfigError

if TYPE_CHECKING:
    from halescope.fetch.transfer import Transfer


def flare_list(
    output: Output = Path("flares"),
    start: Start = None,
    end: End = None,
    source: Annotated[str, typer.Option(help="hek, or noaa: the yearly reports to 2017.")] = "hek",
    files: Annotated[
        list[Path] | None, typer.Option("--file", help="Read lists that are here instead.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", "--flares", help="Such as '>=M5'.")] = None,
    top: Top = None,
    url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_FLARES_URL", help="Base address.")
    ] = None,
    hek_url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_HEK_URL", help="HEK's address.")
    ] = None,
    dry_run: DryRun = False,
    verify: Verify = False,
    timeout: Timeout = 60,
    retries: Retries = 4,
    backoff: Backoff = 1,
    pause: Pause = 0.5,
    quiet: Quiet = False,
) -> None:
    """A list of X-ray flares: flares.csv, by strength where --top is given.

    For example:

    halescope fetch flares --source noaa --start 2014-01-01 --end 2014-12-31 --only '>=M5'

    halescope fetch flares --file samples.csv --top 50
    """
    from halescope.fetch.flares import parse_filter, read_flares, strongest, write_flares
    from halescope.io.atomic import atomic_text

    keep = parse_filter(only) if only else (lambda _: True)
    code, paths = 0, list(files or [])
    if not paths:
        run = Run(output, timedelta(0), dry_run, verify, quiet)
        transfer = make_transfer(None, timeout, retries, backoff, pause)
        span = need_span(start, end)
        address = url or (hek_url if source == "hek" else None)
        paths, code = _flare_files(source, span, address, transfer, run)
        if dry_run:
            return
        if not paths:
            raise typer.Exit(code)
    found = read_flares(paths)
    for problem in found.problems:
        typer.echo(problem, err=True)
    chosen = [flare for flare in found.flares if keep(flare) and is_within(flare.start, start, end)]
    chosen = strongest(chosen, top) if top else chosen
    path = atomic_text(output / "flares.csv", write_flares(chosen))
    typer.echo(f"{len(chosen)} flares of {len(found.flares)} in {path}")
    if code:
        raise typer.Exit(code)


def _flare_files(
    source: str, span: tuple[str, str], url: str | None, transfer: Transfer, run: Run
) -> tuple[list[Path], int]:
    """Fetch flare lists and return their files and the exit code."""
    from halescope.fetch.asked import parse_moment
    from halescope.fetch.reports import FlareReports, years

    if source == "hek":
        return fetch_months(("FL", "SWPC", ""), span, url, transfer, run)
    if source != "noaa":
        raise ConfigError("--source", f"is {source!r}", "hek or noaa")
    asked = years(parse_moment(span[0], "--start"), parse_moment(span[1], "--end"))
    return fetch_and_report(FlareReports(url), asked, transfer, run, leave=False)
