"""Which times to ask for: a range, a file of dates, or the dates of strong flares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from halescope.errors import ConfigError, TimeError
from halescope.io.filetime import parse_time

MOST = 2_000_000
"""Times of one range."""

MOST_HOURS = 10_000
"""Around each flare."""

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def parse_span(text: str, option: str) -> timedelta:
    """Return a duration such as ``12m``, ``1h``, ``1.5d`` or ``90`` (seconds).

    A ConfigError for another text names `option`.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?\s*", text, re.IGNORECASE)
    if not match or float(match[1]) == 0:
        raise ConfigError(option, f"is {text!r}", "a duration such as 12m, 1h or 1d")
    return timedelta(seconds=float(match[1]) * _UNITS[(match[2] or "s").lower()])


def parse_moment(text: str, option: str) -> datetime:
    """Return a time, UTC; a date alone means its 00:00, for which NOAA's positions hold.

    A TimeError for another text names `option`.
    """
    plain = text.strip()
    match = re.fullmatch(r"(\d{4})[-./]?(\d\d)[-./]?(\d\d)", plain)
    return parse_time("{}-{}-{}T00:00:00Z".format(*match.groups()) if match else plain, option)


def parse_both(start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """Return from when to when; ConfigError where one is missing, TimeError where it is none."""
    if start is None or end is None:
        raise ConfigError("flares", "need to know from when to when", "--start and --end")
    return parse_moment(start, "--start"), parse_moment(end, "--end")


def parse_bounds(start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """Return from when to when, the first or last time there is where one is None."""
    first = parse_moment(start, "--start") if start else datetime.min.replace(tzinfo=UTC)
    return first, parse_moment(end, "--end") if end else datetime.max.replace(tzinfo=UTC)


def parse_hours(text: str) -> list[float]:
    """Return hours from a list of numbers and ``first:last:step`` (step 1 if left out).

    A ConfigError names an item that is neither, or stands for more than `MOST_HOURS`.
    """
    hours: list[float] = []
    wanted = "hours such as -24,-12,0 or -24:24:6"
    for word in text.split(","):
        try:
            parts = [float(part) for part in word.split(":")]
        except ValueError as error:
            raise ConfigError("--around", f"has {word!r}", wanted) from error
        first, last, step = (*(parts * 2 if len(parts) == 1 else parts), 1.0)[:3]
        is_range = len(parts) <= 3 and step > 0 and 0 <= (last - first) / step <= MOST_HOURS
        if not is_range:
            raise ConfigError("--around", f"has {word!r}", wanted)
        hours += [first + i * step for i in range(int((last - first) / step + 1e-9) + 1)]
    return hours


def times_of_range(start: datetime, end: datetime, cadence: timedelta) -> list[datetime]:
    """Return the times from `start` to `end`, both included, every `cadence`.

    A ConfigError says that the end comes first, or that there are more than `MOST`.
    """
    if end < start:
        raise ConfigError("--end", f"{end:%Y-%m-%d %H:%M} lies before --start", "a later time")
    count = (end - start) // cadence + 1
    if count > MOST:
        raise ConfigError("--cadence", f"asks for {count} times", f"at most {MOST}")
    return [start + i * cadence for i in range(count)]


def times_of_file(path: Path) -> list[datetime]:
    """Return the times in a text file, one a line, first column of a CSV; # starts a comment.

    ConfigError for a file that is missing or empty; a TimeError names a line without a time.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise ConfigError(str(path), "cannot be read", "a text file of dates") from error
    times = []
    for number, line in enumerate(lines, 1):
        word = re.split(r"[,;\t]", line.split("#")[0])[0].strip().strip('"')
        if not word:
            continue
        try:
            times.append(parse_moment(word, f"{path}:{number}"))
        except TimeError:
            if number > 1:  # the first line may be a header
                raise
    if not times:
        raise ConfigError(str(path), "holds no dates", "one a line, such as 2014-10-24T12:00Z")
    return in_order(times)


def thinned(times: Sequence[datetime], apart: timedelta) -> list[datetime]:
    """Return times, in order, without those that follow a kept one by less than `apart`."""
    kept: list[datetime] = []
    for time in times:
        if not kept or time - kept[-1] >= apart:
            kept.append(time)
    return kept


def in_order(times: Iterable[datetime]) -> list[datetime]:
    """Return times in order, each once, whole seconds, UTC."""
    return sorted({time.astimezone(UTC).replace(microsecond=0) for time in times})
