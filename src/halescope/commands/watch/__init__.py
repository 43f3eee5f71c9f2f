"""`halescope watch`: near real time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from halescope.commands.say import say


def watch(
    path: Annotated[Path | None, typer.Argument(help="With --source folder: the folder.")] = None,
    source: Annotated[
        str, typer.Option("--source", help="folder (with PATH), helioviewer or jsoc.")
    ] = "folder",
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for a web server to serve.")
    ] = Path("halescope-watch"),
    every: Annotated[str, typer.Option(help="How often to look: 12m, 1h.")] = "12m",
    once: Annotated[bool, typer.Option("--once", help="Look once and end, as for cron.")] = False,
    srs: Annotated[
        Path | None,
        typer.Option(help="Solar Region Summary (raw, folder, tar, CSV), read when it changes."),
    ] = None,
    notify: Annotated[
        list[str] | None,
        typer.Option(envvar="HALESCOPE_NOTIFY", help="Address of Apprise; give several."),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(help="Program with arguments that gets each alert as JSON; no shell."),
    ] = None,
    quiet_hours: Annotated[
        str | None, typer.Option(help="UTC, such as 22:00-06:00: alerts wait.")
    ] = None,
    silent: Annotated[str, typer.Option(help="Say that the source is silent after: 6h.")] = "6h",
    old: Annotated[
        str, typer.Option(help="Images older than this are shown, but send no alert.")
    ] = "1d",
    test_alert: Annotated[
        bool, typer.Option("--test-alert", help="Send one alert as a test, and end.")
    ] = False,
    email: Annotated[
        str | None, typer.Option(envvar="JSOC_EMAIL", help="Registered at JSOC.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Base address of the service.")] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.")] = False,
) -> None:
    """Analyse each new magnetogram as it comes; keep page, feed and history; send alerts.

    Writes into OUTPUT the day's page (index.html, day.json, solar_regions.json), latest.json,
    feed.xml, scores.csv and history/DAY.parquet, each whole at every moment. An alert is sent at
    most once. Ends at Ctrl-C, or after one look with --once.

    For example:

    halescope watch --source folder /data/hmi --srs srs/ -o /var/www/sun

    halescope watch --source helioviewer --every 12m --notify mailto://user:pass@example.org -o sun

    halescope watch --command '/usr/local/bin/page-me --urgent' --test-alert -o sun
    """
    from halescope.commands.watch.parts import channels_of, send_test, source_of
    from halescope.fetch.asked import parse_span
    from halescope.watch.loop import Settings, Watch
    from halescope.watch.notify import parse_hours

    span = parse_span(every, "--every")
    channels = channels_of(notify or [], command)
    if test_alert:
        send_test(channels)
        return
    hours = None if quiet_hours is None else parse_hours(quiet_hours)
    settings = Settings(
        output, srs, parse_span(silent, "--silent"), parse_span(old, "--old"), hours
    )
    origin = source_of(source, path, output, span, (email, url))
    with closing(Watch(origin, settings, channels, report=_teller(quiet))) as working:
        if once:
            working.step()
        else:
            working.run(span)


def _teller(quiet: bool) -> Callable[[str], None]:
    def tell(line: str) -> None:
        if not quiet:
            say(f"{datetime.now(UTC):%H:%M:%S} {line}", err=True)

    return tell
