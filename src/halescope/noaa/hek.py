"""HEK's events of NOAA's observers as rows of the Solar Region Summary.

The Heliophysics Events Knowledgebase keeps each region of each summary as an event that lasts from
00:00 to 23:59:59 of the day of issue: position, area and class are those of the summary of that
day. Compared with the compiled table on days of 2011, 2013 and 2019 they agree, but for the class
texts of the early years: HEK wrote a shorter name over a longer one and left its end
(``ALPHAGAMMA-DELTA`` is alpha, ``BETAAGAMMA`` is beta), so that ``BETA-GAMMA`` of those days may be
beta. `halescope.fetch.hek` asks HEK for the events.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from halescope.classes import parse_class
from halescope.errors import DatasetError, HalescopeError, ReadError
from halescope.guards.cells import dict_reader
from halescope.io.filetime import parse_time
from halescope.noaa.srs import SrsProblem, SrsTable
from halescope.noaa.srs_row import SrsRow, full_number

OBSERVERS = {"noaa": "NOAA SWPC Observer", "spoca": "SPoCA", "sharp": "HMI SHARP"}
"""Short name to HEK's ``frm_name``."""

REGION_COLUMNS = tuple(
    "start end observer noaa_number class mcintosh hgs_lon hgs_lat hpc_x hpc_y hpc_x_min hpc_y_min "
    "hpc_x_max hpc_y_max area area_unit id".split()
)
"""Of the table of active regions that ``halescope fetch hek`` writes: degrees (west and north
positive), arcseconds."""

NEEDED_COLUMNS = frozenset({"start", "noaa_number", "class", "hgs_lon", "hgs_lat"})

KM2_PER_MSH = 2 * math.pi * 696_000.0**2 / 1e6
"""Square kilometres of a millionth of the solar hemisphere (MSH), 3,043,675, as HEK counts.

HEK gives spot areas in km2: NOAA's whole MSH times a millionth of half the surface of a Sun of
696,000 km radius (852,229,120 km2 for the 280 MSH of region 12740 on 2019-05-06; 304,367,552 for
100 MSH). So this factor, not that of the IAU's 695,700 km (3,041,052 km2), gives NOAA's number
back."""

LEFTOVER = re.compile(r"ALPHA-?(?:GAMMA|DELTA).*|BETAA.*")
"""A class text with the end of another behind it."""

DAMAGE_SPAN = timedelta(days=3)
"""Complex classes this near to a damaged text are not believed."""


def read_hek(path: str | Path) -> SrsTable:
    """Read a table of HEK's active regions, as ``halescope fetch hek`` writes it.

    Returns section I, one row for each region and day. An event's position holds at its start,
    00:00 UTC of a day: that day is the row's date, as in the summary that the event was made from.
    Raises `ReadError` where the file cannot be opened, or is no such table. Raises `DatasetError`
    where it holds no region of NOAA's.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        expected = "regions.csv of `halescope fetch hek`"
        raise ReadError(str(path), f"cannot be read ({reason})", expected) from error
    table = parse_hek(text, path.name)
    if not table.rows:
        raise DatasetError(
            str(path),
            "holds no region with a NOAA number",
            "events of the NOAA SWPC observer",
            "fetch them with `halescope fetch hek --observer noaa`",
        )
    return table


def parse_hek(text: str, name: str) -> SrsTable:
    """Return the rows of a table of HEK's active regions, in order of day and number.

    `text`: CSV with `REGION_COLUMNS`, of which `NEEDED_COLUMNS` are needed. Events of other
    observers and those without a NOAA number are left out. `name`: for messages. Raises `ReadError`
    where columns are missing.
    """
    reader = dict_reader(io.StringIO(text), name)
    missing = NEEDED_COLUMNS - set(reader.fieldnames or ())
    if missing:
        found = f"has no column {', '.join(sorted(missing))}"
        raise ReadError(name, found, "regions.csv of `halescope fetch hek`")
    rows: dict[tuple[date, int], SrsRow] = {}
    problems = []
    damaged: set[date] = set()
    for entry in reader:
        if "NOAA" not in (entry.get("observer") or "NOAA") or not entry["noaa_number"]:
            continue
        reason = ""
        try:
            row = _row(entry)
            rows[row.date, row.number] = row  # a later event replaces an earlier one
            if LEFTOVER.fullmatch(row.mag_text.strip().upper()):
                damaged.add(row.date)
            if row.mag_text.strip() and not row.mag_class:
                reason = "unknown magnetic class"
        except (HalescopeError, TypeError, ValueError) as error:
            reason = str(error)
        if reason:
            line = ",".join(map(str, entry.values()))
            problems.append(SrsProblem(name, reader.line_num, line, reason))
    kept, count = _without_leftovers([rows[key] for key in sorted(rows)], damaged)
    if count:
        reason = f"{count} complex classes are not used: texts of those days are damaged in HEK"
        problems.append(SrsProblem(name, 0, "", reason))
    return SrsTable(kept, tuple(problems), frozenset(row.date for row in kept))


def hek_class(text: str) -> str:
    """Return the class in HEK's text, without the end of another name behind it; empty for none."""
    cleaned = text.strip().upper()
    if LEFTOVER.fullmatch(cleaned):
        return "alpha" if cleaned.startswith("ALPHA") else "beta"
    try:
        return parse_class(cleaned) if cleaned else ""
    except DatasetError:
        return ""


def _row(entry: Mapping[str, str]) -> SrsRow:
    """Return one event; an error where a value is no number or no time."""
    day = parse_time(entry["start"], "HEK").date()
    area = float(entry.get("area") or 0)
    if "km2" in (entry.get("area_unit") or ""):
        area /= KM2_PER_MSH
    return SrsRow(
        date=day,
        number=full_number(int(entry["noaa_number"]), day),
        section="I",
        lat=round(float(entry["hgs_lat"])),
        lon=round(float(entry["hgs_lon"])),
        area=round(area),
        z_class=(entry.get("mcintosh") or "").capitalize(),
        mag_class=hek_class(entry["class"]),
        mag_text=entry["class"],
    )


def _without_leftovers(
    rows: Iterable[SrsRow], damaged: set[date]
) -> tuple[tuple[SrsRow, ...], int]:
    """Return rows without the complex classes that may be a leftover, and how many those were."""
    kept, count = [], 0
    for row in rows:
        near = any(abs(row.date - day) <= DAMAGE_SPAN for day in damaged)
        if near and row.mag_class not in ("", "alpha", "beta"):
            row = replace(row, mag_class="")
            count += 1
        kept.append(row)
    return tuple(kept), count
