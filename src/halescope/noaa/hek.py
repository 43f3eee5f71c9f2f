"""HEK's events of NOAA's observers as rows of the Solar Region Summary.

HEK keeps each region of each summary as an event that lasts from 00:00 to 23:59:59 of the day of
issue: position, area and class are those of the summary of that day. Compared with the compiled
table on days of 2011, 2013 and 2019 they agree, but for the class texts of the early years: HEK
wrote a shorter name over a longer one and left its end (``ALPHAGAMMA-DELTA`` is alpha,
``BETAAGAMMA`` is beta), so that ``BETA-GAMMA`` of those days may be beta.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from halescope.classes import parse_class
from halescope.errors import DatasetError, HalescopeError, ReadError
from halescope.fetch.hek import OBSERVERS, REGION_COLUMNS
from halescope.io.filetime import parse_time
from halescope.noaa.srs_row import SrsProblem, SrsRow, SrsTable, full_number

KM2_PER_MSH = 3_043_675.4
"""HEK gives spot areas in km2: NOAA's millionths of the hemisphere times this."""

LEFTOVER = re.compile(r"ALPHA-?(?:GAMMA|DELTA).*|BETAA.*")
"""A class text with the end of another behind it."""

NEAR = timedelta(days=3)
"""Complex classes this near to a damaged text are not believed."""


def read_hek(path: str | Path) -> SrsTable:
    """Read a table of HEK's active regions, as ``halescope fetch hek`` writes it.

    Returns
    -------
    SrsTable
        Section I, one row for each region and day.

    Raises
    ------
    ReadError
        The file cannot be opened, or is no such table.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(path), "cannot be read", "a table of fetch hek") from error
    return parse_hek(text, path.name)


def parse_hek(text: str, name: str) -> SrsTable:
    """Return the rows of a table of HEK's active regions.

    Parameters
    ----------
    text : str
        CSV with `halescope.fetch.hek.REGION_COLUMNS`.
    name : str
        For messages.

    Raises
    ------
    ReadError
        Columns are missing.
    """
    reader = csv.DictReader(io.StringIO(text))
    missing = set(REGION_COLUMNS) - set(reader.fieldnames or ())
    if missing:
        expected = "start, noaa_number, class, hgs_lon and the other columns of fetch hek"
        raise ReadError(name, f"has no column {min(missing)!r}", expected)
    found: dict[tuple[date, int], SrsRow] = {}
    problems = []
    damaged: set[date] = set()
    for line, entry in enumerate(reader, 2):
        if entry["observer"] != OBSERVERS["noaa"] or not entry["noaa_number"]:
            continue
        try:
            row = _row(entry)
        except (HalescopeError, ValueError) as error:
            problems.append(SrsProblem(name, line, ",".join(map(str, entry.values())), str(error)))
            continue
        if LEFTOVER.fullmatch(row.mag_text.upper()):
            damaged.add(row.date)
        found[row.date, row.number] = row  # a later event mends an earlier one
    rows, doubts = _without_leftovers(found.values(), damaged, name)
    days = frozenset(row.date for row in rows)
    return SrsTable(tuple(rows), (*problems, *doubts), days)


def hek_class(text: str) -> str:
    """Return the Mount Wilson class of HEK's text, empty where it names none.

    Parameters
    ----------
    text : str
        As HEK has it; the end of another name is passed over.
    """
    cleaned = text.strip().upper()
    if LEFTOVER.fullmatch(cleaned):
        return "alpha" if cleaned.startswith("ALPHA") else "beta"
    try:
        return parse_class(cleaned) if cleaned else ""
    except DatasetError:
        return ""


def span_of(times: Iterable[datetime]) -> tuple[datetime, datetime]:
    """Return which events images of these times need: from their first day to two days later.

    Parameters
    ----------
    times : iterable of datetime
        Aware; at least one.
    """
    days = [time.replace(hour=0, minute=0, second=0, microsecond=0) for time in times]
    return min(days), max(days) + timedelta(days=2)


def _row(entry: Mapping[str, str]) -> SrsRow:
    """Return one event; ValueError where a number is none."""
    day = parse_time(entry["start"], "HEK").date()
    area = float(entry["area"]) if entry["area"] else 0.0
    if entry["area_unit"] == "km2":
        area /= KM2_PER_MSH
    return SrsRow(
        date=day,
        number=full_number(int(entry["noaa_number"]), day),
        section="I",
        lat=round(float(entry["hgs_lat"])),
        lon=round(float(entry["hgs_lon"])),
        area=round(area),
        z_class=entry["mcintosh"].capitalize(),
        mag_class=hek_class(entry["class"]),
        mag_text=entry["class"],
    )


def _without_leftovers(
    rows: Iterable[SrsRow], damaged: set[date], name: str
) -> tuple[list[SrsRow], list[SrsProblem]]:
    """Return the rows without complex classes that may be a leftover, and a word on those."""
    kept, doubted = [], 0
    for row in sorted(rows, key=lambda r: (r.date, r.number)):
        near = any(abs(row.date - day) <= NEAR for day in damaged)
        if near and row.mag_class not in ("", "alpha", "beta"):
            row = replace(row, mag_class="")
            doubted += 1
        kept.append(row)
    if not doubted:
        return kept, []
    reason = f"{doubted} complex classes are not used: texts of those days are damaged in HEK"
    return kept, [SrsProblem(name, 0, "", reason)]


def ask_hek(times: Sequence[datetime], url: str | None = None) -> SrsTable:
    """Return the rows that HEK itself has for the days of some images.

    Parameters
    ----------
    times : sequence of datetime
        Of the images, aware; none at all gives no rows, unasked.
    url : str, optional
        Base address, which ends in a question mark.

    Raises
    ------
    FetchError, MissingExtraError
    """
    from halescope.fetch.hek import Hek, months
    from halescope.fetch.transfer import Limits, Transfer

    if not times:
        return SrsTable(())
    first, stop = span_of(times)
    service = Hek(Transfer(Limits()), "AR", OBSERVERS["noaa"], stop, url)
    bodies = [service.locate(month).body or b"" for month in months(first, stop)]
    head, *_ = bodies[0].decode().splitlines()
    lines = [line for body in bodies for line in body.decode().splitlines()[1:]]
    return parse_hek("\n".join([head, *lines]) + "\n", "HEK")
