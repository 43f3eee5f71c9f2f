"""The first stage of `halescope dataset build`: images and summaries from their services."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import typer

from halescope.commands.fetch import options
from halescope.commands.fetch.options import RunOptions, TimeOptions
from halescope.commands.fetch.run import fetch_chosen, fetch_last_month, fetch_summaries
from halescope.commands.say import say
from halescope.errors import HalescopeError

RECENT = timedelta(days=30)
"""How far back SWPC's JSON reaches; the archive lags behind by some of it."""

HMI_SINCE = datetime(2010, 12, 1, tzinfo=UTC)
"""From here on HMI's magnetograms are taken, before it MDI's, where nobody chooses."""


def fetch_magnetograms(
    instrument: str, times: TimeOptions, pause: float, folder: Path, dry_run: bool = False
) -> bool:
    """Fetch magnetograms from Helioviewer; say whether some are missing.

    Raises `HalescopeError`, `typer.Exit`: nothing came at all.

    Parameters
    ----------
    instrument : str
        HMI, MDI, or auto: see `by_instrument`.
    pause : float
        Seconds between requests.
    """
    from halescope.fetch.helioviewer import Helioviewer

    def fetch(name: str, chosen: TimeOptions) -> int:
        job = _how(pause, dry_run).job(folder, False, chosen.window(name))
        url = _environment(options.HELIOVIEWER_URL)
        provider = Helioviewer(job.run.transfer, name.upper(), url=url)
        return fetch_chosen(provider, chosen, _environment(options.HEK_URL), job).code

    parts = by_instrument(instrument, times, folder)
    must = len(parts) == 1
    return any([_is_incomplete(partial(fetch, *part), must) for part in parts])


def by_instrument(
    instrument: str, times: TimeOptions, folder: Path
) -> list[tuple[str, TimeOptions]]:
    """Return what to ask of each instrument; lists of dates for both are written by `folder`."""
    if instrument.lower() != "auto":
        return [(instrument, times)]
    from halescope.fetch.asked import parse_moment, times_of_file

    if times.dates is not None:
        given = times_of_file(times.dates)
        halves = [t for t in given if t < HMI_SINCE], [t for t in given if t >= HMI_SINCE]
        if all(halves):
            named = zip(("MDI", "HMI"), halves, strict=True)
            return [(n, replace(times, dates=_listed(folder, n, t))) for n, t in named]
        return [("MDI" if halves[0] else "HMI", times)]
    first = parse_moment(times.start, "--start") if times.start else HMI_SINCE
    last = parse_moment(times.end, "--end") if times.end else first
    if times.end is None and (times.flares or times.top):  # all flares since then
        last = max(first, HMI_SINCE)
    if first >= HMI_SINCE or last < HMI_SINCE:
        return [("HMI" if first >= HMI_SINCE else "MDI", times)]
    before = f"{HMI_SINCE - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    since = f"{HMI_SINCE:%Y-%m-%dT%H:%M:%SZ}"
    return [("MDI", replace(times, end=before)), ("HMI", replace(times, start=since))]


def fetch_srs(days: Sequence[date], folder: Path, pause: float = 0.5) -> bool:
    """Fetch the summaries of some days; say whether some are missing.

    Those of the last month, which the archive may not have yet, come from SWPC. `pause`: seconds
    between requests. Raises `HalescopeError`, `typer.Exit`: nothing came at all.
    """
    since = (datetime.now(UTC) - RECENT).date()
    old, new = [day for day in days if day < since], [day for day in days if day >= since]

    def fetch_old() -> int:
        job = _how(pause).job(folder, False)
        return fetch_summaries(old, _environment(options.SRS_URL), job).code

    def fetch_new() -> int:
        fetch_last_month(_environment(options.SWPC_URL), _how().job(folder, False))
        return 0

    incomplete = _is_incomplete(fetch_old, must=not new) if old else False
    return (_is_incomplete(fetch_new, must=not old) if new else False) or incomplete


def _is_incomplete(fetch: Callable[[], int], must: bool) -> bool:
    """Fetch; say whether something is missing, or leave where nothing came that must come."""
    try:
        code = fetch()
    except HalescopeError as error:
        if must:
            raise
        say(f"halescope: {error}", err=True)
        return True
    if code >= 2 and must:
        raise typer.Exit(code)
    return code != 0


def _how(pause: float = 0.5, dry_run: bool = False) -> RunOptions:
    cache = _environment(options.CACHE)
    return RunOptions(dry_run, cache=Path(cache) if cache else None, pause=pause)


def _environment(name: str) -> str | None:
    """Return what an option of `halescope fetch` is by default."""
    return os.environ.get(name) or None


def _listed(folder: Path, name: str, times: Sequence[datetime]) -> Path:
    """Write a list of dates beside the folder of images, and return its path."""
    from halescope.io.atomic import atomic_text

    lines = "".join(f"{time:%Y-%m-%dT%H:%M:%SZ}\n" for time in times)
    return atomic_text(folder.parent / f"asked_{name.lower()}.list", lines)
