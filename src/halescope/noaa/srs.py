"""NOAA's Solar Region Summaries: raw text files, folders and archives of them, the compiled table.

Files are read forgivingly: what can be read of a line is kept, and every line that is broken or
unknown is listed with its file and line number. Nothing is raised for a bad line. The lines
themselves are read in `halescope.noaa.srs_row`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from halescope.errors import DatasetError, ReadError
from halescope.guards.archives import is_archive, texts_in
from halescope.guards.cells import CellReader
from halescope.noaa.srs_row import SECTIONS, TABLE_COLUMNS, SrsRow, read_line, read_table_row

__all__ = ["SrsProblem", "SrsRow", "SrsTable", "parse_srs", "parse_srs_table", "read_srs"]

_ISSUED = re.compile(r"^:Issued:\s*(\d{4})\s+([a-z]{3})[a-z]*\s+(\d{1,2})", re.I | re.M)
_NUMBERED = re.compile(r"issued\s+at\s+\d+Z?\s+on\s+(\d{1,2})\s+([a-z]{3})[a-z]*\s+(\d{4})", re.I)
_FILE_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)")
_HEADING = re.compile(r"^\s*(IA|II|I)\s*[.:]", re.I)
_IGNORED = re.compile(
    r"^\s*(#|:|nmbr\b|none\b|joint\b|srs\s+number|report\s+compiled|corrected|\*+|prepared|space)",
    re.I,
)


@dataclass(frozen=True)
class SrsProblem:
    """A line that could not be read, or not all of it.

    `line`: counted from 1; 0 for the file as a whole. `text`: the line itself.
    """

    file: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        """Return ``file:line: reason: text``."""
        return f"{self.file}:{self.line}: {self.reason}: {self.text.strip()!r}"


@dataclass(frozen=True)
class SrsTable:
    """What was read.

    `rows`: in the order of the files. `days`: days that have a file. With raw files a day here
    without rows was spotless; the compiled table leaves such days out, so there they look missing.
    """

    rows: tuple[SrsRow, ...]
    problems: tuple[SrsProblem, ...] = ()
    days: frozenset[date] = frozenset()

    def section(self, name: str) -> tuple[SrsRow, ...]:
        """Return the rows of one of `halescope.noaa.srs_row.SECTIONS`."""
        return tuple(row for row in self.rows if row.section == name)

    def by_day(self, section: str = "I") -> dict[date, list[SrsRow]]:
        """Return the rows of one section for every day that has a file."""
        out: dict[date, list[SrsRow]] = {day: [] for day in sorted(self.days)}
        for row in self.rows:
            if row.section == section:
                out[row.date].append(row)
        return out


def read_srs(path: str | Path) -> SrsTable:
    """Read Solar Region Summaries.

    `path`: one raw file, a folder of them (searched recursively), a tar archive of them, or the
    compiled CSV table. Which of these is decided by content. Tables in a folder fill in the days
    that have no raw file. Raises `ReadError` where the path does not exist, is empty, or holds no
    summary at all.
    """
    path = Path(path)
    if path.is_dir():
        return _folder(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise ReadError(str(path), f"cannot be opened ({error.strerror})") from error
    if not head:
        raise ReadError(str(path), "is empty", "a Solar Region Summary or a table of them")
    if is_archive(path):
        return _joined(_tar_texts(path), str(path))
    if b"noaa_number" in head.splitlines()[0]:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            return parse_srs_table(text, path.name)
    return _joined([(path.name, path.read_bytes().decode("latin-1"))], str(path))


def parse_srs(text: str, file: str = "text") -> SrsTable:
    """Read one raw summary of any year; `file`, its name, gives the day where the text does not."""
    lines = text.splitlines()
    day, contradiction = _day_of(lines, file)
    problems = []
    if contradiction:
        problems.append(SrsProblem(file, 0, lines[0] if lines else "", contradiction))
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
            row, reason = read_line(line, day, section)
            if row is not None:
                rows.append(row)
            if reason:
                problems.append(SrsProblem(file, number, line, reason))
    missing = [name for name in SECTIONS if name not in headings]
    if missing:
        problems.append(SrsProblem(file, 0, "", "no section " + ", ".join(missing)))
    known = frozenset([day]) if "I" in headings else frozenset()
    return SrsTable(tuple(rows) if known else (), tuple(problems), known)


def parse_srs_table(lines: TextIO, file: str = "table") -> SrsTable:
    """Read the compiled CSV table of section I; raises `DatasetError` where a column is missing."""
    reader = CellReader(lines, file)
    header = next(reader, [])
    missing = [name for name in TABLE_COLUMNS if name not in header]
    if missing:
        raise DatasetError(file, f"has no column {', '.join(missing)}", ", ".join(TABLE_COLUMNS))
    columns = [header.index(name) for name in TABLE_COLUMNS]
    rows: list[SrsRow] = []
    problems: list[SrsProblem] = []
    for values in reader:
        try:
            rows.append(read_table_row([values[i] for i in columns]))
        except (ValueError, IndexError, DatasetError) as error:
            text = ",".join(values)
            problems.append(SrsProblem(file, reader.line_num, text, f"unreadable ({error})"))
    return SrsTable(tuple(rows), tuple(problems), frozenset(row.date for row in rows))


def issued_day(text: str) -> date | None:
    """Return the day that the ``:Issued:`` line of a raw summary names; None without one."""
    found = _ISSUED.search(text)
    return _date_or_none(found[1], found[2], found[3]) if found else None


def _folder(folder: Path) -> SrsTable:
    """Return raw files joined with the tables beside them, raw files first."""
    texts = (
        (str(file.relative_to(folder)), file.read_bytes().decode("latin-1"))
        for file in sorted(folder.rglob("*.txt"))
    )
    tables = [path for path in sorted(folder.rglob("*.csv")) if _is_table(path)]
    raw = _joined(texts, str(folder), needed=not tables)
    rows, problems, days = list(raw.rows), list(raw.problems), set(raw.days)
    for path in tables:
        table = read_srs(path)
        rows += [row for row in table.rows if row.date not in days]
        problems += table.problems
        days |= table.days
    return SrsTable(tuple(rows), tuple(problems), frozenset(days))


def _is_table(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.readline(512)
    return b"noaa_number" in head and b"mag_type_raw" in head


def _tar_texts(path: Path) -> Iterator[tuple[str, str | None]]:
    for name, content in texts_in(path, ".txt"):
        yield name, None if content is None else content.decode("latin-1")


def _joined(texts: Iterable[tuple[str, str | None]], name: str, needed: bool = True) -> SrsTable:
    rows: list[SrsRow] = []
    problems: list[SrsProblem] = []
    days: set[date] = set()
    for file, text in texts:
        if text is None:
            problems.append(SrsProblem(file, 0, "", "is a link or a device, and not read"))
            continue
        table = parse_srs(text, file)
        rows += table.rows
        problems += table.problems
        days |= table.days
    if needed and not days:
        raise ReadError(
            name, "holds no Solar Region Summary", "raw text files of NOAA, or the compiled CSV"
        )
    return SrsTable(tuple(rows), tuple(problems), frozenset(days))


def _day_of(lines: list[str], file: str) -> tuple[date | None, str]:
    """Day of issue by majority of title, ``:Issued:`` line and file name; and what is wrong."""
    head = "\n".join(lines[:20])
    days = []
    title = _NUMBERED.search(head)
    if title:
        days.append(_date_or_none(title[3], title[2], title[1]))
    days.append(issued_day(head))
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


def _date_or_none(year: str, month: str, day: str) -> date | None:
    """Return a date; the month is two digits or the three first letters of its name."""
    try:
        form = "%Y %m %d" if month.isdecimal() else "%Y %b %d"
        return datetime.strptime(f"{year} {month} {day}", form).date()
    except ValueError:
        return None
