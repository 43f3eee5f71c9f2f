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

from halescope.errors import ConfigError, DatasetError, TimeError
from halescope.io.filetime import parse_time

_LETTERS = {"A": 1e-8, "B": 1e-7, "C": 1e-6, "M": 1e-5, "X": 1e-4}
_CLASS = re.compile(r"([ABCMX])\s*(\d+(?:\.\d*)?|\.\d+)?", re.IGNORECASE)
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
class Flare:
    """One X-ray flare.

    Parameters
    ----------
    start : datetime
        UTC, aware.
    goes_class : str
        As ``M5.2``.
    peak, end : datetime or None
    region : int or None
        NOAA number.
    location : str
        As ``N17E27``; empty where unknown.
    """

    start: datetime
    goes_class: str
    peak: datetime | None = None
    end: datetime | None = None
    region: int | None = None
    location: str = ""

    @property
    def time(self) -> datetime:
        """Peak, or start where the list has no peak."""
        return self.peak or self.start

    @property
    def flux(self) -> float:
        """Peak flux, W/m2, 1 to 8 angstroms, by the class."""
        return class_flux(self.goes_class)


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


def class_flux(text: str) -> float:
    """Return the flux of a GOES class, W/m2: M5 is 5e-5; a letter alone means its 1.0.

    Raises
    ------
    ConfigError
    """
    match = _CLASS.fullmatch(text.strip())
    if not match:
        raise ConfigError("flare class", f"is {text!r}", "a GOES class such as M5 or X1.2")
    return round(_LETTERS[match[1].upper()] * float(match[2] or 1), 12)


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

    Parameters
    ----------
    paths : sequence of Path

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
    rows = _report(lines) if is_report else _table(text, name)
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


_WORDS = {
    "class": ("class", "goes class", "goesclass", "classe", "flare class", "x-ray class"),
    "start": ("start", "begin", "início", "inicio", "start time", "time", "hora", "event_start"),
    "peak": ("peak", "max", "maximum", "pico", "máximo", "maximo"),
    "end": ("end", "stop", "fim", "final"),
    "date": ("date", "day", "data", "dia"),
    "region": ("noaa", "region", "região", "regiao", "active region", "ar", "noaa_ar"),
    "location": ("location", "position", "posição", "place"),
}


def _table(text: str, name: str) -> Iterator[tuple[int, Flare | str]]:
    """Yield line number and flare, or reason, of a delimited table."""
    sample = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(",;\t|", key=sample.count)
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in enumerate(csv.reader(text.splitlines(), delimiter=mark), 1)
        if any(cell.strip() for cell in row) and not row[0].startswith("#")
    ]
    if not rows:
        return
    columns = _columns(rows)
    if "class" not in columns or not {"start", "peak", "date"} & set(columns):
        raise DatasetError(name, "has no columns of flare classes and times", "both")
    for number, row in rows[0 if _is_data(rows[0][1]) else 1 :]:
        yield number, _flare(row, columns)


def _is_data(row: list[str]) -> bool:
    return any(_CLASS.fullmatch(cell) and len(cell) > 1 for cell in row)


def _columns(rows: list[tuple[int, list[str]]]) -> dict[str, int]:
    """Return which column holds what: by the header's words, else by the look of the cells."""
    found: dict[str, int] = {}
    head = [cell.lower().replace("_", " ").strip() for cell in rows[0][1]]
    if not _is_data(rows[0][1]):
        for meaning, words in _WORDS.items():
            exact = [i for i, cell in enumerate(head) if cell in words]
            near = [i for i, cell in enumerate(head) if set(cell.split()) & set(words)]
            for place in exact + near:
                if place not in found.values():
                    found.setdefault(meaning, place)
    cells = rows[-1][1] if len(rows) > 1 or not found else []
    for place, cell in enumerate(cells):
        if _CLASS.fullmatch(cell) and len(cell) > 1:
            # "Class_Type" says C where "GOES Class" says C1.7
            if len(cells[found["class"]]) < 2 if "class" in found else True:
                found["class"] = place
        elif place in found.values():
            continue
        elif re.fullmatch(r"\d{4}[-/.]\d\d[-/.]\d\d[T ].*", cell):
            found.setdefault(next(k for k in ("start", "peak", "end") if k not in found), place)
        elif re.fullmatch(r"\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.]\d{4}", cell):
            found.setdefault("date", place)
        elif re.fullmatch(r"\d\d:?\d\d(:\d\d)?", cell) and "date" in found and "end" not in found:
            found.setdefault(next(k for k in ("start", "peak", "end") if k not in found), place)
        elif re.fullmatch(r"(AR|NOAA)?\s*1?\d{4}", cell, re.IGNORECASE):
            found.setdefault("region", place)
    return found


def _flare(row: list[str], columns: dict[str, int]) -> Flare | str:
    def cell(name: str) -> str:
        place = columns.get(name)
        return row[place] if place is not None and place < len(row) else ""

    match = _CLASS.fullmatch(cell("class"))
    if not match or not match[2]:
        return f"has no GOES class: {cell('class')!r}"
    try:
        times = [_moment(cell("date"), cell(name)) for name in ("start", "peak", "end")]
    except (TimeError, ValueError) as error:
        return f"has no time: {error}"
    start = times[0] or times[1] or _moment(cell("date"), "00:00")
    if start is None:
        return "has no time"
    peak, end = (
        time + timedelta(days=1) if time and time < start and cell("date") else time
        for time in times[1:]
    )
    number = re.search(r"\d{4,5}", cell("region"))
    region = int(number[0]) if number and int(number[0]) else None
    strength = f"{match[1].upper()}{float(match[2]):.1f}"
    return Flare(start, strength, peak, end, region, cell("location"))


def _moment(date: str, clock: str) -> datetime | None:
    """Return the UTC time of a date cell and a clock cell, or of one cell that holds both."""
    if re.match(r"\d{4}[-/.]\d\d[-/.]\d\d", clock):
        return parse_time(clock.replace("/", "-"), "flare")
    if not clock or not date:
        return None
    turned = re.fullmatch(r"(\d\d)[-/.](\d\d)[-/.](\d{4})", date)  # day first
    day = "{2}-{1}-{0}".format(*turned.groups()) if turned else re.sub("[/.]", "-", date[:10])
    plain = clock if ":" in clock else f"{clock[:2]}:{clock[2:]}"
    return parse_time(f"{day}T{plain}Z", "flare")
