"""What the commands of `halescope fetch` share: which times, the run, its report and exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from halescope.commands.progress import bar
from halescope.errors import ConfigError

if TYPE_CHECKING:
    from halescope.fetch.run import Outcome, Provider
    from halescope.fetch.transfer import Transfer

INCOMPLETE, NOTHING = 1, 2
"""Exit codes: something is missing; nothing came."""

MOST_LINES = 20
"""Of what went wrong, one each, before the rest is only counted."""

MOST_HOURS = 10_000
"""Around each flare."""


@dataclass(frozen=True)
class Run:
    """What all commands share."""

    folder: Path
    tolerance: timedelta
    dry_run: bool
    verify: bool
    quiet: bool


@dataclass(frozen=True)
class Choice:
    """The options that say which times to ask for."""

    start: str | None
    end: str | None
    cadence: str
    dates: Path | None
    flares: str | None = None
    files: list[Path] | None = None
    top: int | None = None
    around: str = "0"
    apart: str = ""


def asked_times(choice: Choice, transfer: Transfer, hek_url: str | None) -> list[datetime]:
    """Return the times to ask for."""
    from halescope.fetch.asked import in_order, parse_moment, parse_span, thinned, times_of_file
    from halescope.fetch.asked import times_of_range as times

    if choice.flares is not None or choice.top is not None:
        hours = [hour for word in choice.around.split(",") for hour in _hours(word)]
        peaks = _flare_times(choice, transfer, hek_url)
        asked = in_order(time + timedelta(hours=h) for time in peaks for h in hours)
        return thinned(asked, parse_span(choice.apart, "--apart")) if choice.apart else asked
    if choice.dates is not None:
        return times_of_file(choice.dates)
    if choice.start is None:
        given = "--start, --dates, --latest or --flares"
        raise ConfigError("fetch", "was not told which times", given)
    first = parse_moment(choice.start, "--start")
    last = parse_moment(choice.end, "--end") if choice.end else first
    return times(first, last, parse_span(choice.cadence, "--cadence"))


def _flare_times(choice: Choice, transfer: Transfer, hek_url: str | None) -> list[datetime]:
    """Return the times of the flares that were chosen, from files or else from HEK."""
    from halescope.fetch.flares import parse_filter, parse_flares, read_flares, strongest

    keep = parse_filter(choice.flares or ">=A1")
    if choice.files:
        flares = list(read_flares(choice.files).flares)
    else:
        from halescope.fetch.asked import parse_moment
        from halescope.fetch.hek import Hek

        first, last = need_span(choice.start, choice.end)
        begin, stop = parse_moment(first, "--start"), parse_moment(last, "--end")
        events = Hek(transfer, "FL", "SWPC", stop, hek_url)
        tables = events.tables(begin)
        flares = [flare for text in tables for flare in parse_flares(text, events.source).flares]
    chosen = [f for f in flares if keep(f) and is_within(f.start, choice.start, choice.end)]
    if not chosen:
        raise ConfigError("--flares", f"{choice.flares or ''} fits no flare", "at least one")
    return [flare.time for flare in strongest(chosen, choice.top)]


def fetch_months(
    what: tuple[str, str, str],
    span: tuple[str, str],
    url: str | None,
    transfer: Transfer,
    run: Run,
) -> tuple[list[Path], int]:
    """Fetch HEK's events month by month, join them to one table if it has a name, then leave."""
    from halescope.fetch.asked import parse_moment
    from halescope.fetch.hek import Hek, months, region_table

    kind, observer, joined = what
    first, last = parse_moment(span[0], "--start"), parse_moment(span[1], "--end")
    if last <= first:
        raise ConfigError("--end", f"is {span[1]}", "a time after --start")
    provider = Hek(transfer, kind, observer, last, url)
    paths, code = fetch_and_report(provider, months(first, last), transfer, run, leave=False)
    if joined and not run.dry_run:
        import csv

        from halescope.io.atomic import atomic_text

        rows: list[dict[str, Any]] = []
        for path in paths:
            with path.open(encoding="utf-8", newline="") as file:
                rows += csv.DictReader(file)
        atomic_text(run.folder / joined, region_table(rows))
        typer.echo(f"{len({row['id'] for row in rows})} events in {run.folder / joined}")
        if code:
            raise typer.Exit(code)
    return paths, code


def fetch_and_report(
    provider: Provider,
    asked: Sequence[datetime],
    transfer: Transfer,
    run: Run,
    leave: bool = True,
) -> tuple[list[Path], int]:
    """Fetch, print the report, and leave with the exit code unless told to return it."""
    from halescope.fetch.run import Options, estimate, fetch_all

    if run.dry_run:
        typer.echo(f"{provider.source}: {estimate(provider, asked, run.folder)}")
        return [], 0
    options = Options(tolerance=run.tolerance, verify=run.verify)
    with bar("fetching", len(asked), run.quiet) as advance:
        outcome = fetch_all(provider, asked, run.folder, transfer, options, lambda _: advance())
    for message in outcome.messages[:MOST_LINES]:
        typer.echo(message, err=True)
    if len(outcome.messages) > MOST_LINES:
        more = len(outcome.messages) - MOST_LINES
        typer.echo(f"... and {more} more such lines: see the notes in the manifest", err=True)
    typer.echo(str(outcome.report))
    typer.echo(f"manifest: {outcome.manifest}")
    code = _code(outcome)
    if leave and code:
        raise typer.Exit(code)
    return _files(outcome, provider, asked, run.folder), code


def _files(
    outcome: Outcome, provider: Provider, asked: Sequence[datetime], folder: Path
) -> list[Path]:
    from halescope.fetch.record import HAVE, read_manifest
    from halescope.types import format_time

    times = {format_time(time) for time in asked}
    return [
        folder / row.file
        for row in read_manifest(outcome.manifest)
        if row.source == provider.source and row.asked in times and row.status in HAVE
    ]


def _code(outcome: Outcome) -> int:
    if outcome.report.is_complete:
        return 0
    return INCOMPLETE if outcome.report.got else NOTHING


def make_transfer(
    cache: Path | None, timeout: float, retries: int, backoff: float, pause: float
) -> Transfer:
    """Return the transfer that the options describe."""
    from halescope.fetch.transfer import Limits, Transfer

    limits = Limits(timeout=timeout, retries=retries, backoff=backoff, pause=pause)
    return Transfer(replace(limits, longest_wait=max(60.0, backoff)), cache)


def usual_tolerance(product: str) -> str:
    """Return how far an image may be from its asked time, by the cadence of its instrument."""
    return "50m" if "mdi" in product.lower() else "30m"


def need_span(start: str | None, end: str | None) -> tuple[str, str]:
    """Return both ends of a range; ConfigError where one is missing."""
    if start is None or end is None:
        raise ConfigError("flares", "need to know from when to when", "--start and --end")
    return start, end


def is_within(time: datetime, start: str | None, end: str | None) -> bool:
    """Say whether a time lies between two given ones, either of which may be missing."""
    from halescope.fetch.asked import parse_moment

    early = datetime.min.replace(tzinfo=UTC)
    first = parse_moment(start, "--start") if start else early
    last = parse_moment(end, "--end") if end else datetime.max.replace(tzinfo=UTC)
    return first <= time <= last


def _hours(word: str) -> list[float]:
    """Return the hours of one item of ``--around``: a number, or ``first:last:step``."""
    wanted = "hours such as -24,-12,0 or -24:24:6"
    try:
        parts = [float(part) for part in word.split(":")]
    except ValueError as error:
        raise ConfigError("--around", f"has {word!r}", wanted) from error
    if len(parts) == 1:
        return parts
    first, last, step = (*parts, 1.0)[:3]
    if len(parts) > 3 or step <= 0 or last < first or (last - first) / step > MOST_HOURS:
        raise ConfigError("--around", f"has {word!r}", wanted)
    return [first + i * step for i in range(int((last - first) / step + 1e-9) + 1)]
