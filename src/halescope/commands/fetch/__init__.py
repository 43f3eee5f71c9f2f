"""`halescope fetch`: magnetograms, region tables and flare lists from their services."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halescope.commands.fetch.flares import flare_list
from halescope.commands.fetch.options import (
    Apart,
    Around,
    Backoff,
    Cache,
    Cadence,
    Dates,
    DryRun,
    End,
    FlareFiles,
    Flares,
    Latest,
    Output,
    Pause,
    Quiet,
    Retries,
    Start,
    Timeout,
    Tolerance,
    Top,
    Verify,
)
from halescope.commands.fetch.run import (
    Choice,
    Run,
    asked_times,
    fetch_and_report,
    fetch_months,
    make_transfer,
    usual_tolerance,
)
from halescope.errors import ConfigError

if TYPE_CHECKING:
    from halescope.fetch.transfer import Transfer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Get magnetograms, region tables and flare lists from their services. Exit code 0: all "
    "is here; 1: something is missing; 2: wrong usage, or nothing came.",
)


@app.command()
def helioviewer(
    output: Output = Path("helioviewer"),
    instrument: Annotated[str, typer.Option(help="HMI or MDI.")] = "HMI",
    scale: Annotated[
        float | None,
        typer.Option(min=0.3, help="Arcsec per pixel of a PNG screenshot; else JPEG 2000 in full."),
    ] = None,
    start: Start = None,
    end: End = None,
    cadence: Cadence = "1h",
    dates: Dates = None,
    latest: Latest = False,
    flares: Flares = None,
    flare_list: FlareFiles = None,
    top: Top = None,
    around: Around = "0",
    apart: Apart = "",
    tolerance: Tolerance = "",
    url: Annotated[
        str | None,
        typer.Option(envvar="HALESCOPE_HELIOVIEWER_URL", help="Base address, ends in /v2/."),
    ] = None,
    hek_url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_HEK_URL", help="HEK's address, for --flares.")
    ] = None,
    dry_run: DryRun = False,
    verify: Verify = False,
    cache: Cache = None,
    timeout: Timeout = 60,
    retries: Retries = 4,
    backoff: Backoff = 1,
    pause: Pause = 0.5,
    quiet: Quiet = False,
) -> None:
    """Magnetograms of HMI or MDI from Helioviewer: the closest to each time.

    For example:

    halescope fetch helioviewer --start 2026-02-01 --end 2026-02-02 --cadence 1h -o hmi

    halescope fetch helioviewer --flares '>=M5' --flare-list goes-xrs-report_2014.txt --scale 4.8
    """
    from halescope.fetch import helioviewer as service
    from halescope.fetch.asked import parse_span

    if instrument.upper() not in service.PRODUCTS:
        raise ConfigError("--instrument", f"is {instrument!r}", ", ".join(service.PRODUCTS))
    transfer = make_transfer(cache, timeout, retries, backoff, pause)
    provider = service.Helioviewer(transfer, instrument.upper(), scale, url)
    if latest:
        asked = [service.latest(provider)]
    else:
        choice = Choice(start, end, cadence, dates, flares, flare_list, top, around, apart)
        asked = asked_times(choice, transfer, hek_url)
    window = parse_span(tolerance or usual_tolerance(instrument), "--tolerance")
    fetch_and_report(provider, asked, transfer, Run(output, window, dry_run, verify, quiet))


@app.command()
def jsoc(
    output: Output = Path("jsoc"),
    series: Annotated[
        str, typer.Option(help="hmi.M_720s, hmi.M_720s_nrt, hmi.M_45s or mdi.fd_M_96m_lev182.")
    ] = "hmi.M_720s",
    email: Annotated[
        str | None, typer.Option(envvar="JSOC_EMAIL", help="Registered at JSOC.")
    ] = None,
    start: Start = None,
    end: End = None,
    cadence: Cadence = "1h",
    dates: Dates = None,
    latest: Latest = False,
    flares: Flares = None,
    flare_list: FlareFiles = None,
    top: Top = None,
    around: Around = "0",
    apart: Apart = "",
    tolerance: Tolerance = "",
    url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_JSOC_URL", help="Base address.")
    ] = None,
    hek_url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_HEK_URL", help="HEK's address, for --flares.")
    ] = None,
    dry_run: DryRun = False,
    verify: Verify = False,
    cache: Cache = None,
    timeout: Timeout = 60,
    retries: Retries = 4,
    backoff: Backoff = 1,
    pause: Pause = 0.5,
    poll: Annotated[float, typer.Option(min=0, help="Seconds between looks at an export.")] = 5,
    wait: Annotated[float, typer.Option(min=0, help="Seconds that an export may take.")] = 3600,
    quiet: Quiet = False,
) -> None:
    """Magnetograms as FITS from JSOC: near each time the nearest without a fault.

    For example:

    halescope fetch jsoc --start 2014-10-24 --end 2014-10-25 --cadence 6h --email me@example.org
    """
    from halescope.fetch.asked import parse_span
    from halescope.fetch.jsoc import Jsoc

    transfer = make_transfer(cache, timeout, retries, backoff, pause)
    window = parse_span(tolerance or usual_tolerance(series), "--tolerance")
    provider = Jsoc(transfer, series, email, window, url, wait, poll)
    if latest:
        asked = [provider.latest()]
    else:
        choice = Choice(start, end, cadence, dates, flares, flare_list, top, around, apart)
        asked = asked_times(choice, transfer, hek_url)
    fetch_and_report(provider, asked, transfer, Run(output, window, dry_run, verify, quiet))


@app.command()
def srs(
    output: Output = Path("srs"),
    start: Start = None,
    end: End = None,
    dates: Dates = None,
    today: Annotated[
        bool, typer.Option("--today", "--latest", help="SWPC's last month, into srs_today.csv.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_SRS_URL", help="Base address of the archive.")
    ] = None,
    today_url: Annotated[
        str | None, typer.Option(envvar="HALESCOPE_SWPC_URL", help="Address of SWPC's JSON.")
    ] = None,
    dry_run: DryRun = False,
    verify: Verify = False,
    cache: Cache = None,
    timeout: Timeout = 60,
    retries: Retries = 4,
    backoff: Backoff = 1,
    pause: Pause = 0.5,
    quiet: Quiet = False,
) -> None:
    """NOAA's Solar Region Summaries: raw daily files, or SWPC's last month.

    For example:

    halescope fetch srs --start 2014-01-01 --end 2014-12-31 -o srs

    halescope fetch srs --today -o srs
    """
    from halescope.fetch import srs as service

    transfer = make_transfer(cache, timeout, retries, backoff, pause)
    if today:
        _today(service, transfer, output, today_url, dry_run)
        return
    asked = asked_times(Choice(start, end, "1d", dates), transfer, None)
    midnight = {time.replace(hour=0, minute=0, second=0, microsecond=0) for time in asked}
    run = Run(output, timedelta(0), dry_run, verify, quiet)
    fetch_and_report(service.SrsArchive(transfer, url), sorted(midnight), transfer, run)


@app.command()
def hek(
    start: Annotated[str, typer.Option("--start", help="First time, UTC.")],
    end: Annotated[str, typer.Option("--end", help="Last time, UTC.")],
    output: Output = Path("hek"),
    observer: Annotated[
        str, typer.Option(help="noaa, spoca, sharp, or a name as HEK has it.")
    ] = "noaa",
    url: Annotated[str | None, typer.Option(envvar="HALESCOPE_HEK_URL", help="Address.")] = None,
    dry_run: DryRun = False,
    verify: Verify = False,
    timeout: Timeout = 60,
    retries: Retries = 4,
    backoff: Backoff = 1,
    pause: Pause = 0.5,
    quiet: Quiet = False,
) -> None:
    """Active regions from HEK, a table with coordinates: regions.csv.

    For example:

    halescope fetch hek --start 2014-10-01 --end 2014-11-01 --observer noaa
    """
    from halescope.noaa.hek import OBSERVERS

    name = OBSERVERS.get(observer.lower(), observer)
    run = Run(output, timedelta(0), dry_run, verify, quiet)
    transfer = make_transfer(None, timeout, retries, backoff, pause)
    fetch_months(("AR", name, "regions.csv"), (start, end), url, transfer, run)


app.command("flares")(flare_list)


def _today(service: Any, transfer: Transfer, output: Path, url: str | None, dry: bool) -> None:
    if dry:
        typer.echo("srs/today: 1 file to fetch, about 150000 bytes (0.2 MB)")
        return
    from halescope.io.atomic import atomic_text

    rows = service.regions_of_today(transfer, url)
    path = atomic_text(output / "srs_today.csv", service.table(rows))
    days = sorted({row["date"] for row in rows})
    span = f"{days[0]} .. {days[-1]}" if days else "no days"
    typer.echo(f"{len(rows)} rows, {span}, in {path}")
