"""Lists of X-ray flares as they come: NOAA's yearly reports, and tables of many makes.

A report has fixed columns, 85 or 110 wide. A table may have its columns in any order and call them
as it likes, in English or Portuguese; where it has no header, columns are told by their looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from halescope.errors import DatasetError, TimeError
from halescope.fetch.answers import ContentError
from halescope.fetch.content import Content
from halescope.fetch.files import describe
from halescope.fetch.flares import CLASS, Flare
from halescope.fetch.run import Located, Provider
from halescope.guards.cells import CellReader
from halescope.io.filetime import parse_time

FLARE_ARCHIVE = (
    "https://www.ngdc.noaa.gov/stp/space-weather/solar-data/solar-features/solar-flares/"
    "x-rays/goes/xrs/"
)
_ODD = {2015: "2015_modifiedreplacedmissingrows", 2017: "2017-ytd"}

_REPORT = re.compile(
    r"^31777(?P<day>\d{6})[ *]{0,2}\s*(?P<start>\d{4})\s+(?P<end>\d{4}|/{4})\s+(?P<peak>\d{4}|/{4})"
    r"\s*(?P<place>[NS]\s?\d{1,2}[EW]\s?\d{1,2})?.*?\b(?P<letter>[ABCMX])\s?(?P<tenths>\d{2,3})\s"
    r"(?P<rest>.*)$"
)
_WORDS = {
    "class": ("class", "goes class", "goesclass", "classe", "flare class", "x-ray class"),
    "start": ("start", "begin", "início", "inicio", "start time", "time", "hora", "event_start"),
    "peak": ("peak", "max", "maximum", "pico", "máximo", "maximo"),
    "end": ("end", "stop", "fim", "final"),
    "date": ("date", "day", "data", "dia"),
    "region": ("noaa", "region", "região", "regiao", "active region", "ar", "noaa_ar"),
    "location": ("location", "position", "posição", "place"),
}


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


def read_flares(paths: Sequence[Path]) -> FlareList:
    """Return the flares of several files, each once.

    NOAA's ``goes-xrs-report`` files, and tables with a header (or without) in any order of columns:
    a column of GOES classes, a date and time of start and, if there are, of peak and end, a NOAA
    number. Gradvohl and Fernandes' samples and LMSAL's event lists are of this kind. Raises
    `DatasetError` where a file is missing, or no line of it is a flare.
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


class FlareReports(Provider):
    """NOAA's reports, one text file a year from 1975 to 2017; HEK has the later flares.

    `url`: base address.
    """

    source = "noaa/goes-xrs-report"
    typical_bytes = 220_000

    def __init__(self, url: str | None = None) -> None:
        self._base = (url or FLARE_ARCHIVE).rstrip("/") + "/"

    def locate(self, asked: datetime) -> Located:
        """Return the report of a year."""
        name = f"goes-xrs-report_{_ODD.get(asked.year, asked.year)}.txt"
        return Located(self._base + name, asked, f"goes-xrs-report_{asked.year}.txt")

    def inspect(self, path: Path) -> Content:
        """Check that a file is a report, and return the year of its first flare."""
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            first = parse_flares(text, path.name).flares[0]
        except DatasetError as error:
            found = f"is {describe(text.encode()[:512])}"
            raise ContentError(path.name, found, "a report of flares") from error
        return Content(datetime(first.start.year, 1, 1, tzinfo=UTC))


def years(start: datetime, end: datetime) -> list[datetime]:
    """Return the first moments of the years from `start` to `end`."""
    return [datetime(year, 1, 1, tzinfo=UTC) for year in range(start.year, end.year + 1)]


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


def _table(text: str, name: str) -> Iterator[tuple[int, Flare | str]]:
    """Yield line number and flare, or reason; DatasetError where no column has classes or times."""
    plain = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    sample = next(plain, "")
    mark = max(",;\t|", key=sample.count)
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in enumerate(CellReader(text.splitlines(), name, mark), 1)
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
    return any(CLASS.fullmatch(cell) and len(cell) > 1 for cell in row)


def _unknown(found: Mapping[str, int]) -> str:
    """Return which time a further column holds: start, peak and end follow one another."""
    return next((name for name in ("start", "peak", "end") if name not in found), "end")


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
        if CLASS.fullmatch(cell) and len(cell) > 1:
            # "Class_Type" says C where "GOES Class" says C1.7
            if len("".join(cells[found.get("class", len(cells)) :][:1])) < 2:
                found["class"] = place
        elif place in found.values():
            continue
        elif re.fullmatch(r"\d{4}[-/.]\d\d[-/.]\d\d[T ].*", cell):
            found.setdefault(_unknown(found), place)
        elif re.fullmatch(r"\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.]\d{4}", cell):
            found.setdefault("date", place)
        elif re.fullmatch(r"\d\d:?\d\d(:\d\d)?", cell) and "date" in found and "end" not in found:
            found.setdefault(_unknown(found), place)
        elif re.fullmatch(r"(AR|NOAA)?\s*1?\d{4}", cell, re.IGNORECASE):
            found.setdefault("region", place)
    return found


def _flare(row: list[str], columns: dict[str, int]) -> Flare | str:
    def cell(name: str) -> str:
        place = columns.get(name)
        return row[place] if place is not None and place < len(row) else ""

    match = CLASS.fullmatch(cell("class"))
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
