"""What the commands of `halescope fetch` share: which times, the run, its report and exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from halescope.commands.fetch.options import Job, TimeOptions
from halescope.commands.progress import bar
from halescope.commands.say import say
from halescope.errors import ConfigError

if TYPE_CHECKING:
    from halescope.fetch.helioviewer import Helioviewer
    from halescope.fetch.jsoc import Jsoc
    from halescope.fetch.run import Provider
    from halescope.fetch.transfer import Transfer

INCOMPLETE, NOTHING = 1, 2
"""Exit codes: something is missing; nothing came."""

MOST_LINES = 20
"""Of what went wrong, one each, before the rest is only counted."""


@dataclass(frozen=True)
class Fetched:
    """What a run brought: files that are here now, and the exit code."""

    paths: Sequence[Path] = ()
    code: int = 0

    def leave(self) -> None:
        """Leave the command with the exit code, unless all is here."""
        if self.code:
            raise typer.Exit(self.code)


def asked_times(times: TimeOptions, transfer: Transfer, hek_url: str | None) -> list[datetime]:
    """Return the times to ask for: around flares, of a file, or of a range."""
    from halescope.fetch import asked

    if times.flares is not None or times.top is not None:
        around = [timedelta(hours=hour) for hour in asked.parse_hours(times.around)]
        peaks = _flare_times(times, transfer, hek_url)
        found = asked.in_order(peak + apart for peak in peaks for apart in around)
        least = asked.parse_span(times.apart, "--apart") if times.apart else timedelta(0)
        return asked.thinned(found, least)
    if times.dates is not None:
        return asked.times_of_file(times.dates)
    if times.start is None:
        given = "--start, --dates, --latest or --flares"
        raise ConfigError("fetch", "was not told which times", given)
    first = asked.parse_moment(times.start, "--start")
    last = asked.parse_moment(times.end, "--end") if times.end else first
    return asked.times_of_range(first, last, asked.parse_span(times.cadence, "--cadence"))


def _flare_times(times: TimeOptions, transfer: Transfer, hek_url: str | None) -> list[datetime]:
    """Return the times of the flares that were chosen, from files or else from HEK."""
    from halescope.fetch.asked import parse_both, parse_bounds
    from halescope.fetch.flare_lists import parse_flares, read_flares
    from halescope.fetch.flares import parse_filter, select

    keep = parse_filter(times.flares or ">=A1")
    if times.flare_list:
        flares = list(read_flares(times.flare_list).flares)
    else:
        from halescope.fetch.hek import Hek

        begin, stop = parse_both(times.start, times.end)
        events = Hek(transfer, "FL", "SWPC", stop, hek_url)
        tables = events.tables(begin)
        flares = [flare for text in tables for flare in parse_flares(text, events.source).flares]
    chosen = select(flares, keep, parse_bounds(times.start, times.end), times.top)
    if not chosen:
        raise ConfigError("--flares", f"{times.flares or ''} fits no flare", "at least one")
    return [flare.time for flare in chosen]


def fetch_images(provider: Provider, asked: Sequence[datetime], job: Job) -> Fetched:
    """Fetch the file nearest to each time, and print the report."""
    from halescope.fetch.run import estimate, fetch_all

    if job.dry_run:
        say(f"{provider.source}: {estimate(provider, asked, job.run.folder)}")
        return Fetched()
    with bar("fetching", len(asked), job.quiet) as advance:
        outcome = fetch_all(provider, asked, job.run, lambda _: advance())
    for message in outcome.messages[:MOST_LINES]:
        say(message, err=True)
    if len(outcome.messages) > MOST_LINES:
        more = len(outcome.messages) - MOST_LINES
        say(f"... and {more} more such lines: see the notes in the manifest", err=True)
    say(*str(outcome.report).splitlines())
    say(f"manifest: {outcome.manifest}")
    code = 0 if outcome.report.is_complete else INCOMPLETE if outcome.report.got else NOTHING
    return Fetched(outcome.files, code)


def fetch_chosen(
    provider: Helioviewer | Jsoc, times: TimeOptions, hek_url: str | None, job: Job
) -> Fetched:
    """Fetch the newest image, or those near the chosen times, and print the report.

    `hek_url`: HEK's address, where flares are asked for and it is not the usual one.
    """
    asked = [provider.latest()] if times.latest else asked_times(times, job.run.transfer, hek_url)
    return fetch_images(provider, asked, job)


def fetch_months(
    kind: str, observer: str, span: tuple[str | None, str | None], url: str | None, job: Job
) -> Fetched:
    """Fetch HEK's events of one kind, a table for each month, and print the report.

    Parameters
    ----------
    kind : {"AR", "FL"}
        Active regions or flares.
    observer : str
        HEK's ``frm_name``.
    span : (str or None, str or None)
        From when to when, as the user says it.
    """
    from halescope.fetch.asked import parse_both
    from halescope.fetch.hek import Hek, months

    first, last = parse_both(*span)
    if last <= first:
        raise ConfigError("--end", f"is {span[1]}", "a time after --start")
    return fetch_images(Hek(job.run.transfer, kind, observer, last, url), months(first, last), job)


def fetch_summaries(days: Sequence[date], url: str | None, job: Job) -> Fetched:
    """Fetch the raw summaries of some days, and print the report."""
    from halescope.fetch.srs import SrsArchive

    asked = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in sorted(set(days))]
    return fetch_images(SrsArchive(job.run.transfer, url), asked, job)


def fetch_last_month(url: str | None, job: Job) -> None:
    """Fetch SWPC's regions of the last month into ``srs_today.csv``, and say what came."""
    if job.dry_run:
        say("srs/today: 1 file to fetch, about 150000 bytes (0.2 MB)")
        return
    from halescope.fetch.srs import region_rows_text, regions_of_today
    from halescope.io.atomic import atomic_text

    rows = regions_of_today(job.run.transfer, url)
    path = atomic_text(job.run.folder / "srs_today.csv", region_rows_text(rows))
    days = sorted({row["date"] for row in rows})
    span = f"{days[0]} .. {days[-1]}" if days else "no days"
    say(f"{len(rows)} rows, {span}, in {path}")
