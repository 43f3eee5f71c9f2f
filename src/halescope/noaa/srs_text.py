"""Raw Solar Region Summary text of any year, read forgivingly.

What can be read of a line is kept, and every line that is broken or unknown is listed with its
file and line number. Nothing is raised for a bad line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from halescope.classes import parse_class
from halescope.errors import DatasetError
from halescope.noaa.srs_row import SECTIONS, SrsProblem, SrsRow, SrsTable, full_number

_MONTHS = {
    name: index + 1
    for index, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())
}
_ISSUED = re.compile(r"^:Issued:\s*(\d{4})\s+([a-z]{3})[a-z]*\s+(\d{1,2})", re.I)
_NUMBERED = re.compile(r"issued\s+at\s+\d+Z?\s+on\s+(\d{1,2})\s+([a-z]{3})[a-z]*\s+(\d{4})", re.I)
_FILE_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)")
_HEADING = re.compile(r"^\s*(IA|II|I)\s*[.:]", re.I)
_IGNORED = re.compile(
    r"^\s*(#|:|nmbr\b|none\b|joint\b|srs\s+number|report\s+compiled|corrected|\*+|prepared|space)",
    re.I,
)
_SPOT = re.compile(
    r"^(\d{1,5})\s+([NS])(\d{1,2})([EW])(\d{1,3}|\*+)"  # number, location
    r"(?:\s+(\d{1,3}))?(?:\s+(\d{1,4}))?(?:\s+([A-Za-z]{3}))?"  # Lo, area, Z
    r"(?:\s+(\d{1,2}))?(?:\s+(\d{1,3}))?(?:\s+([A-Za-z][A-Za-z\- ]*))?$"  # LL, NN, class
)
_PLAGE = re.compile(r"^(\d{1,5})\s+([NS])(\d{1,2})([EW])(\d{1,3}|\*+)(?:\s+(\d{1,3}))?$")
_RETURN = re.compile(r"^(\d{1,5})\s+([NS])(\d{1,2})(?:\s+(\d{1,3}))?$")


def parse_srs(text: str, file: str = "text") -> SrsTable:
    """Read one raw summary.

    Parameters
    ----------
    text : str
        Any year: capitals or not, with or without the lines that start with a colon.
    file : str
        Its name, for the list of problems; gives the day where the text does not.
    """
    lines = text.splitlines()
    day, doubt = _day_of(lines, file)
    problems = [SrsProblem(file, 0, lines[0] if lines else "", doubt)] if doubt else []
    if day is None:
        return SrsTable((), tuple(problems))
    rows: list[SrsRow] = []
    section, headings = "", set()
    for number, line in enumerate(lines, 1):
        heading = _HEADING.match(line)
        if heading:
            section = heading[1].upper()
            headings.add(section)
        elif line.strip() and not _IGNORED.match(line):
            row, reason = _parse_line(line, day, section)
            if row is not None:
                rows.append(row)
            if reason:
                problems.append(SrsProblem(file, number, line, reason))
    missing = [name for name in SECTIONS if name not in headings]
    if missing:
        problems.append(SrsProblem(file, 0, "", "no section " + ", ".join(missing)))
    known = frozenset([day]) if "I" in headings else frozenset()
    return SrsTable(tuple(rows) if known else (), tuple(problems), known)


def _day_of(lines: list[str], file: str) -> tuple[date | None, str]:
    """Day of issue by majority of title, ``:Issued:`` line and file name; and what is wrong."""
    days = []
    for pattern, order in ((_NUMBERED, (3, 2, 1)), (_ISSUED, (1, 2, 3))):
        found = next(filter(None, map(pattern.search, lines[:20])), None)
        if found:
            year, month, day = (found[index] for index in order)
            days.append(_date_or_none(year, _MONTHS.get(month.lower(), 0), day))
    named = _FILE_DAY.search(Path(file).name)
    if named:
        days.append(_date_or_none(named[1], named[2], named[3]))
    known = [day for day in days if day is not None]
    if not known:
        return None, "no day of issue"
    best = max(known, key=known.count)  # the title's, where each says something else
    if len(set(known)) == 1:
        return best, ""
    said = " and ".join(sorted({str(day) for day in known}))
    return best, f"says it was issued on {said}; taken as {best}"


def _date_or_none(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _parse_line(line: str, day: date, section: str) -> tuple[SrsRow | None, str]:
    """Return the row, if any, and what is wrong with the line, if anything."""
    reader = _LINE_READERS.get(section)
    if reader is None:
        return None, "a line outside of all sections"
    return reader(line.strip(), day)


def _spotted(line: str, day: date) -> tuple[SrsRow | None, str]:
    found = _SPOT.match(line)
    if found is None:
        return None, "unreadable line of section I"
    lo, area, z_class, extent, spots, mag = found.groups()[5:]
    if extent is not None and spots is None and mag is None and line.split()[-1].isalpha():
        mag = line.split()[-1]
    reasons = [
        f"no {name}"
        for name, value in zip(
            ("Carrington longitude", "area", "Z class", "extent", "spot count", "magnetic class"),
            (lo, area, z_class, extent, spots, mag),
            strict=True,
        )
        if value is None
    ]
    mag_class = ""
    if mag is not None:
        try:
            mag_class = parse_class(mag)
        except DatasetError:
            reasons.append("unknown magnetic class")
    row = SrsRow(
        day,
        full_number(int(found[1]), day),
        "I",
        *_location(found),
        _int(lo),
        _int(area),
        (z_class or "").capitalize(),
        _int(extent),
        _int(spots),
        mag_class,
        mag or "",
    )
    return _plausible(row, "; ".join(reasons))


def _plage(line: str, day: date) -> tuple[SrsRow | None, str]:
    found = _PLAGE.match(line)
    if found is None:
        return None, "unreadable line of section IA"
    number = full_number(int(found[1]), day)
    row = SrsRow(day, number, "IA", *_location(found), _int(found[6]))
    return _plausible(row, "" if found[6] else "no Carrington longitude")


def _returning(line: str, day: date) -> tuple[SrsRow | None, str]:
    found = _RETURN.match(line)
    if found is None:
        return None, "unreadable line of section II"
    number = full_number(int(found[1]), day)
    latitude = _latitude(found)
    row = SrsRow(day, number, "II", latitude, None, _int(found[4]))
    return _plausible(row, "" if found[4] else "no Carrington longitude")


_LINE_READERS: dict[str, Callable[[str, date], tuple[SrsRow | None, str]]] = {
    "I": _spotted,
    "IA": _plage,
    "II": _returning,
}


def _latitude(found: re.Match[str]) -> int:
    return int(found[3]) * (1 if found[2] == "N" else -1)


def _location(found: re.Match[str]) -> tuple[int, int | None]:
    if "*" in found[5]:
        return _latitude(found), None
    return _latitude(found), int(found[5]) * (1 if found[4] == "W" else -1)


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def _plausible(row: SrsRow, reason: str) -> tuple[SrsRow | None, str]:
    """Refuse positions that no region can have."""
    if abs(row.lat) > 90 or abs(row.lon or 0) > 110 or (row.carrington or 0) > 360:
        return None, "position out of range"
    if row.section != "II" and row.lon is None:
        return row, "; ".join(filter(None, [reason, "no longitude"]))
    return row, reason
