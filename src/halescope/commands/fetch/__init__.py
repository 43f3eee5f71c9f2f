"""`halescope fetch`: magnetograms, region tables and flare lists from their services."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halescope.commands.fetch import options
from halescope.commands.fetch.options import RunOptions, TimeOptions, with_groups
from halescope.commands.fetch.run import (
    Fetched,
    asked_times,
    fetch_chosen,
    fetch_images,
    fetch_last_month,
    fetch_months,
    fetch_summaries,
)
from halescope.commands.say import say
from halescope.errors import ConfigError
from halescope.guards.cells import dict_reader

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Get magnetograms, region tables and flare lists from their services. Exit code 0: all "
    "is here; 1: something is missing; 2: wrong usage, or nothing came.",
)


@app.command()
@with_groups()
def helioviewer(
    *,
    output: options.Output = Path("helioviewer"),
    instrument: Annotated[str, typer.Option(help="HMI or MDI.")] = "HMI",
    scale: Annotated[
        float | None,
        typer.Option(min=0.3, help="Arcsec per pixel of a PNG screenshot; else JPEG 2000 in full."),
    ] = None,
    times: TimeOptions,
    url: Annotated[
        str | None, typer.Option(envvar=options.HELIOVIEWER_URL, help="Base address, ends in /v2/.")
    ] = None,
    hek_url: options.HekUrl = None,
    how: RunOptions,
    quiet: options.Quiet = False,
) -> None:
    """Magnetograms of HMI or MDI from Helioviewer: the closest to each time.

    For example:

    halescope fetch helioviewer --start 2026-02-01 --end 2026-02-02 --cadence 1h -o hmi

    halescope fetch helioviewer --flares '>=M5' --flare-list goes-xrs-report_2014.txt --scale 4.8
    """
    from halescope.fetch.helioviewer import Helioviewer

    job = how.job(output, quiet, times.window(instrument))
    provider = Helioviewer(job.run.transfer, instrument.upper(), scale, url)
    fetch_chosen(provider, times, hek_url, job).leave()


@app.command()
@with_groups()
def jsoc(
    *,
    output: options.Output = Path("jsoc"),
    series: Annotated[
        str, typer.Option(help="hmi.M_720s, hmi.M_720s_nrt, hmi.M_45s or mdi.fd_M_96m_lev182.")
    ] = "hmi.M_720s",
    email: Annotated[
        str | None, typer.Option(envvar="JSOC_EMAIL", help="Registered at JSOC.")
    ] = None,
    times: TimeOptions,
    url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_JSOC_URL", help="Base address.")
    ] = None,
    hek_url: options.HekUrl = None,
    how: RunOptions,
    poll: Annotated[float, typer.Option(min=0, help="Seconds between looks at an export.")] = 5,
    wait: Annotated[float, typer.Option(min=0, help="Seconds that an export may take.")] = 3600,
    quiet: options.Quiet = False,
) -> None:
    """Magnetograms as FITS from JSOC: near each time the nearest without a fault.

    For example:

    halescope fetch jsoc --start 2014-10-24 --end 2014-10-25 --cadence 6h --email me@example.org
    """
    from halescope.fetch.jsoc import Jsoc

    job = how.job(output, quiet, times.window(series))
    provider = Jsoc(job.run.transfer, series, email, job.run.tolerance, url, wait, poll)
    fetch_chosen(provider, times, hek_url, job).leave()


@app.command()
@with_groups()
def srs(
    *,
    output: options.Output = Path("srs"),
    start: options.Start = None,
    end: options.End = None,
    dates: options.Dates = None,
    today: Annotated[
        bool, typer.Option("--today", "--latest", help="SWPC's last month, into srs_today.csv.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(envvar=options.SRS_URL, help="Base address of the archive.")
    ] = None,
    today_url: Annotated[
        str | None, typer.Option(envvar=options.SWPC_URL, help="Address of SWPC's JSON.")
    ] = None,
    how: RunOptions,
    quiet: options.Quiet = False,
) -> None:
    """NOAA's Solar Region Summaries: raw daily files, or SWPC's last month.

    For example:

    halescope fetch srs --start 2014-01-01 --end 2014-12-31 -o srs

    halescope fetch srs --today -o srs
    """
    job = how.job(output, quiet)
    if today:
        fetch_last_month(today_url, job)
        return
    asked = asked_times(TimeOptions(start, end, "1d", dates), job.run.transfer, None)
    fetch_summaries([time.date() for time in asked], url, job).leave()


@app.command()
@with_groups("cache")
def hek(
    *,
    start: Annotated[str, typer.Option("--start", help="First time, UTC.")],
    end: Annotated[str, typer.Option("--end", help="Last time, UTC.")],
    output: options.Output = Path("hek"),
    observer: Annotated[
        str, typer.Option(help="noaa, spoca, sharp, or a name as HEK has it.")
    ] = "noaa",
    url: Annotated[str | None, typer.Option(envvar=options.HEK_URL, help="Address.")] = None,
    how: RunOptions,
    quiet: options.Quiet = False,
) -> None:
    """Active regions from HEK, a table with coordinates: regions.csv.

    For example:

    halescope fetch hek --start 2014-10-01 --end 2014-11-01 --observer noaa
    """
    from halescope.fetch.hek import region_table
    from halescope.io.atomic import atomic_text
    from halescope.noaa.hek import OBSERVERS

    name = OBSERVERS.get(observer.lower(), observer)
    job = how.job(output, quiet)
    fetched = fetch_months("AR", name, (start, end), url, job)
    if how.dry_run:
        return
    rows: list[dict[str, str]] = []
    for path in fetched.paths:
        with path.open(encoding="utf-8", newline="") as file:
            rows += dict_reader(file, path)
    joined = atomic_text(output / "regions.csv", region_table(rows))
    say(f"{len({row['id'] for row in rows})} events in {joined}")
    fetched.leave()


@app.command("flares")
@with_groups("cache")
def flare_list(
    *,
    output: options.Output = Path("flares"),
    start: options.Start = None,
    end: options.End = None,
    source: Annotated[str, typer.Option(help="hek, or noaa: the yearly reports to 2017.")] = "hek",
    files: Annotated[
        list[Path] | None, typer.Option("--file", help="Read lists that are here instead.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", "--flares", help="Such as '>=M5'.")] = None,
    top: options.Top = None,
    url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_FLARES_URL", help="Base address.")
    ] = None,
    hek_url: Annotated[
        str | None, typer.Option(envvar=options.HEK_URL, help="HEK's address.")
    ] = None,
    how: RunOptions,
    quiet: options.Quiet = False,
) -> None:
    """A list of X-ray flares: flares.csv, by strength where --top is given.

    For example:

    halescope fetch flares --source noaa --start 2014-01-01 --end 2014-12-31 --only '>=M5'

    halescope fetch flares --file samples.csv --top 50
    """
    from halescope.fetch.asked import parse_bounds
    from halescope.fetch.flare_lists import read_flares
    from halescope.fetch.flares import parse_filter, select, write_flares
    from halescope.io.atomic import atomic_text

    keep = parse_filter(only) if only else (lambda _: True)
    fetched = Fetched(files or ())
    if not files:
        fetched = _flare_files(source, (start, end), (url, hek_url), how.job(output, quiet))
        if how.dry_run:
            return
        if not fetched.paths:
            raise typer.Exit(fetched.code)
    found = read_flares(fetched.paths)
    for problem in found.problems:
        say(problem, err=True)
    chosen = select(found.flares, keep, parse_bounds(start, end), top)
    path = atomic_text(output / "flares.csv", write_flares(chosen))
    say(f"{len(chosen)} flares of {len(found.flares)} in {path}")
    fetched.leave()


def _flare_files(
    source: str,
    span: tuple[str | None, str | None],
    urls: tuple[str | None, str | None],
    job: options.Job,
) -> Fetched:
    """Fetch flare lists from HEK or NOAA; an address of flares goes before that of HEK."""
    from halescope.fetch.asked import parse_both
    from halescope.fetch.flare_lists import FlareReports, years

    if source == "hek":
        return fetch_months("FL", "SWPC", span, urls[0] or urls[1], job)
    if source != "noaa":
        raise ConfigError("--source", f"is {source!r}", "hek or noaa")
    return fetch_images(FlareReports(urls[0]), years(*parse_both(*span)), job)
