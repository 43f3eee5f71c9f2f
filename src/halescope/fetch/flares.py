"""Lists of X-ray flares: NOAA's yearly reports, tables of several makes, and a filter by class."""

from __future__ import annotations

import csv
import io
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from halescope.errors import ConfigError, DatasetError
from halescope.fetch.flare import Flare, class_flux
from halescope.fetch.flare_table import table_rows

__all__ = [
    "Flare",
    "FlareList",
    "class_flux",
    "parse_filter",
    "parse_flares",
    "read_flares",
    "strongest",
    "write_flares",
]

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_REPORT = re.compile(
    r"^31777(?P<day>\d{6})[ *]{0,2}\s*(?P<start>\d{4})\s+(?P<end>\d{4}|/{4})\s+(?P<peak>\d{4}|/{4})"
    r"\s*(?P<place>[NS]\s?\d{1,2}[EW]\s?\d{1,2})?.*?\b(?P<letter>[ABCMX])\s?(?P<tenths>\d{2,3})\s"
    r"(?P<rest>.*)$"
)


@dataclass(frozen=True)
class FlareList:
    """What a list holds.

    Parameters
    ----------
    flares : tuple of Flare
        In order of time.
    problems : tuple of str
        ``file:line: reason`` for each line that could not be read.
    """

    flares: tuple[Flare, ...]
    problems: tuple[str, ...] = ()


def parse_filter(text: str) -> Callable[[Flare], bool]:
    """Return the test that an expression such as ``>=M5`` or ``X`` stands for.

    A class without a sign means that class and above.

    Raises
    ------
    ConfigError
    """
    match = re.fullmatch(r"\s*(>=|<=|==|=|>|<)?\s*([A-Za-z][\d.]*)\s*", text)
    if not match:
        raise ConfigError("--flares", f"is {text!r}", "a sign and a class, such as '>=M5'")
    compare, limit = _OPERATORS[match[1] or ">="], class_flux(match[2])
    return lambda flare: compare(flare.flux, limit)


def strongest(flares: Iterable[Flare], count: int | None = None) -> list[Flare]:
    """Return flares by strength, the strongest first, at most `count`."""
    ranked = sorted(flares, key=lambda flare: (-flare.flux, flare.start))
    return ranked[:count]


def read_flares(paths: Sequence[Path]) -> FlareList:
    """Return the flares of several files, each once.

    NOAA's ``goes-xrs-report`` files, and tables with a header (or without) in any order of
    columns: a column of GOES classes, a date and time of start and, if there are, of peak and
    end, a NOAA number. Gradvohl and Fernandes' samples and LMSAL's event lists are of this kind.

    Raises
    ------
    DatasetError
        A file is missing, or no line of it is a flare.
    """
    flares: dict[tuple[datetime, str], Flare] = {}
    problems: list[str] = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise DatasetError(str(path), "cannot be read", "a list of flares") from error
        found = parse_flares(text, str(path))
        flares.update({(flare.start, flare.goes_class): flare for flare in found.flares})
        problems += found.problems
    ordered = sorted(flares.values(), key=lambda flare: flare.start)
    return FlareList(tuple(ordered), tuple(problems))


def parse_flares(text: str, name: str) -> FlareList:
    """Return the flares of one list, whatever its make; see `read_flares`."""
    lines = text.splitlines()
    is_report = any(line.startswith("31777") for line in lines[:50])
    rows = _report(lines) if is_report else table_rows(text, name)
    flares, problems = [], []
    for number, found in rows:
        if isinstance(found, Flare):
            flares.append(found)
        else:
            problems.append(f"{name}:{number}: {found}")
    if not flares and (problems or len(lines) != 1):  # a header alone is an empty list
        expected = "NOAA's report or a table with times and GOES classes"
        raise DatasetError(name, "holds no flares", expected)
    return FlareList(tuple(sorted(flares, key=lambda f: f.start)), tuple(problems))


def write_flares(flares: Iterable[Flare]) -> str:
    """Return a table of flares as CSV, which `read_flares` reads again."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["start", "peak", "end", "goes_class", "noaa_number", "location"])
    for flare in flares:
        times = [_iso(flare.start), _iso(flare.peak), _iso(flare.end)]
        writer.writerow([*times, flare.goes_class, flare.region or "", flare.location])
    return text.getvalue()


def _iso(time: datetime | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""


def _report(lines: list[str]) -> Iterator[tuple[int, Flare | str]]:
    """Yield line number and flare, or reason, of NOAA's fixed columns (85 or 110 wide)."""
    for number, line in enumerate(lines, 1):
        if not line.strip(" \x1a"):
            continue
        match = _REPORT.match(line.rstrip() + " ")
        if not match:
            yield number, f"is no line of a flare report: {line.strip()[:60]!r}"
            continue
        try:
            day = datetime.strptime(_century(match["day"]), "%Y%m%d").replace(tzinfo=UTC)
            start = _clock(day, match["start"])
        except ValueError:
            yield number, f"has an impossible date: {line.strip()[:60]!r}"
            continue
        region = re.search(r"(?:^|\s)(\d{4,5})(?=\s|$)", match["rest"][8:])
        peak, end = (_after(start, day, match[name]) for name in ("peak", "end"))
        place = (match["place"] or "").replace(" ", "")
        number_of = int(region[1]) if region else None
        strength = f"{match['letter']}{int(match['tenths']) / 10:.1f}"
        yield number, Flare(start, strength, peak, end, number_of, place)


def _century(day: str) -> str:
    return ("19" if int(day[:2]) > 60 else "20") + day


def _clock(day: datetime, text: str) -> datetime:
    hours, minutes = int(text[:2]), int(text[2:])
    if hours > 24 or minutes > 59:
        raise ValueError(text)
    return day + timedelta(hours=hours, minutes=minutes)


def _after(start: datetime, day: datetime, text: str) -> datetime | None:
    """Return a clock time that follows `start`, on the next day where it must."""
    if not text.isdecimal():
        return None
    try:
        time = _clock(day, text)
    except ValueError:
        return None
    return time if time >= start else time + timedelta(days=1)
