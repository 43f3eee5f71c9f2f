"""Delimited lists of flares, whatever their columns are called and in whatever order they stand."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from halescope.errors import DatasetError, TimeError
from halescope.fetch.flare import CLASS, Flare
from halescope.io.filetime import parse_time

_WORDS = {
    "class": ("class", "goes class", "goesclass", "classe", "flare class", "x-ray class"),
    "start": ("start", "begin", "início", "inicio", "start time", "time", "hora", "event_start"),
    "peak": ("peak", "max", "maximum", "pico", "máximo", "maximo"),
    "end": ("end", "stop", "fim", "final"),
    "date": ("date", "day", "data", "dia"),
    "region": ("noaa", "region", "região", "regiao", "active region", "ar", "noaa_ar"),
    "location": ("location", "position", "posição", "place"),
}


def table_rows(text: str, name: str) -> Iterator[tuple[int, Flare | str]]:
    """Yield line number and flare, or reason, of a delimited table.

    Parameters
    ----------
    name : str
        For the error.

    Raises
    ------
    DatasetError
        No column holds classes, or none holds times.
    """
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
    return any(CLASS.fullmatch(cell) and len(cell) > 1 for cell in row)


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
