"""NOAA's Solar Region Summary: raw text files, folders and archives of them, the compiled table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TextIO

from halescope.classes import parse_class
from halescope.errors import DatasetError, ReadError
from halescope.noaa.srs_row import SECTIONS, SrsProblem, SrsRow, SrsTable, full_number
from halescope.noaa.srs_text import parse_srs

__all__ = [
    "SECTIONS",
    "SrsProblem",
    "SrsRow",
    "SrsTable",
    "full_number",
    "parse_srs",
    "parse_srs_table",
    "read_srs",
]


def read_srs(path: str | Path) -> SrsTable:
    """Read Solar Region Summaries.

    Parameters
    ----------
    path : path
        One raw file, a folder of them (searched recursively), a tar archive of them, or the
        compiled CSV table. Which of these is decided by content. Tables in a folder fill in the
        days that have no raw file.

    Raises
    ------
    ReadError
        The path does not exist, is empty, or holds no summary at all.
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
    if _is_tar(path):
        return _joined(_tar_texts(path), str(path))
    if b"noaa_number" in head.splitlines()[0]:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            return parse_srs_table(text, path.name)
    return _joined([(path.name, path.read_bytes().decode("latin-1"))], str(path))


def _folder(folder: Path) -> SrsTable:
    """Return raw files joined with the tables beside them, raw files first."""
    tables = [path for path in sorted(folder.rglob("*.csv")) if _is_table(path)]
    if not tables:
        return _joined(_folder_texts(folder), str(folder))
    raw = _joined(_folder_texts(folder), str(folder), needed=False)
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


def _is_tar(path: Path) -> bool:
    import tarfile

    return tarfile.is_tarfile(path)


def _folder_texts(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*.txt")):
        yield str(file.relative_to(folder)), file.read_bytes().decode("latin-1")


def _tar_texts(path: Path) -> Iterator[tuple[str, str]]:
    import tarfile

    try:
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.name.endswith(".txt") else None
                if stream is not None:
                    yield member.name, stream.read().decode("latin-1")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ReadError(str(path), f"is a broken archive ({error})") from error


def _joined(texts: Iterable[tuple[str, str]], name: str, needed: bool = True) -> SrsTable:
    rows: list[SrsRow] = []
    problems: list[SrsProblem] = []
    days: set[date] = set()
    seen = 0
    for file, text in texts:
        table = parse_srs(text, file)
        seen += bool(table.days)
        rows += table.rows
        problems += table.problems
        days |= table.days
    if needed and not seen:
        raise ReadError(
            name, "holds no Solar Region Summary", "raw text files of NOAA, or the compiled CSV"
        )
    return SrsTable(tuple(rows), tuple(problems), frozenset(days))


_LOCATION = re.compile(r"^([NS])(\d{1,2})([EW])(\d{1,3})$")


def parse_srs_table(lines: TextIO, file: str = "table") -> SrsTable:
    """Read the compiled CSV table of section I.

    Parameters
    ----------
    lines : text stream
        With a header line; columns ``date, noaa_number, location, lo, area, z_class, ll, nn,
        mag_type_raw`` are used.
    file : str
        Its name, for the list of problems.

    Raises
    ------
    DatasetError
        A column is missing.
    """
    import csv

    reader = csv.reader(lines)
    header = next(reader, [])
    wanted = "date noaa_number location lo area z_class ll nn mag_type_raw".split()
    missing = [name for name in wanted if name not in header]
    if missing:
        raise DatasetError(file, f"has no column {', '.join(missing)}", ", ".join(wanted))
    columns = [header.index(name) for name in wanted]
    rows: list[SrsRow] = []
    problems: list[SrsProblem] = []
    for values in reader:
        try:
            rows.append(_table_row([values[i] for i in columns]))
        except (ValueError, IndexError, DatasetError) as error:
            text = ",".join(values)
            problems.append(SrsProblem(file, reader.line_num, text, f"unreadable ({error})"))
    return SrsTable(tuple(rows), tuple(problems), frozenset(row.date for row in rows))


def _table_row(values: list[str]) -> SrsRow:
    day = date.fromisoformat(values[0])
    place = _LOCATION.match(values[2])
    if place is None:
        raise ValueError(f"location {values[2]!r}")
    return SrsRow(
        day,
        full_number(int(values[1]), day),
        "I",
        int(place[2]) * (1 if place[1] == "N" else -1),
        int(place[4]) * (1 if place[3] == "W" else -1),
        int(values[3]),
        int(values[4]),
        values[5].capitalize(),
        int(values[6]),
        int(values[7]),
        parse_class(values[8]),
        values[8],
    )
