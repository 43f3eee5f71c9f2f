"""Tables as CSV whose texts no spreadsheet takes for formulas, and back.

Names of files and texts of services may begin as a formula does. Such a cell is written with an
apostrophe before it, which a spreadsheet takes for text, and read back without it. Numbers are left
alone.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from halescope.errors import DatasetError

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠].")
"""How a text begins that a spreadsheet would run, apostrophes before it or not."""

_STARTS = frozenset("'=+-@\t\r\n＝＋－＠")


def shielded(value: Any) -> Any:
    """Return what is written in a cell: a text that would be a formula with ``'`` before it.

    Examples
    --------
    >>> [shielded(v) for v in ("=1+1", "-12.5", "-a", "beta", -3.0, "'=a", "'a")]
    ["'=1+1", '-12.5', "'-a", 'beta', -3.0, "''=a", "'a"]
    """
    if isinstance(value, str) and value[:1] in _STARTS and _is_formula(value):
        return "'" + value
    return value


def unshielded(text: str) -> str:
    """Return a cell as it was before `shielded`."""
    return text[1:] if text[:1] == "'" and _is_formula(text) else text


def _is_formula(text: str) -> bool:
    if _FORMULA.match(text) is None:
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def shielded_columns(columns: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield columns with their texts shielded; those that need none as they are."""
    for values in columns:
        starts = {value[:1] for value in values if value.__class__ is str}
        yield values if _STARTS.isdisjoint(starts) else [shielded(value) for value in values]


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a table as CSV with a header line; None and what a row lacks are written as nothing.

    Raises `ValueError`: a row has a value that is in no column.
    """
    text, names = io.StringIO(), set(columns)
    table = CellWriter(text)
    table.write_row(columns)
    for row in rows:
        if unknown := set(row) - names:
            raise ValueError(f"no column holds {sorted(unknown)}")
        table.write_row([row.get(name, "") for name in columns])
    return text.getvalue()


class CellWriter:
    """Writes rows as CSV, shielded.

    Parameters
    ----------
    stream : text file
        Opened with ``newline=""``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._writer = csv.writer(self, lineterminator="\r\n")  # so that it quotes both of them

    def write(self, text: str) -> int:
        """Write a line that the module `csv` made, with one newline in place of two characters."""
        return self._stream.write(text[:-2] + "\n")

    def write_row(self, row: Iterable[Any]) -> None:
        """Write one row."""
        self._writer.writerow([shielded(value) for value in row])

    def write_columns(self, columns: Iterable[Sequence[Any]]) -> None:
        """Write the rows of columns of one length."""
        self._writer.writerows(zip(*shielded_columns(columns), strict=True))


class CellReader:
    """Reads rows of CSV, texts as they were before they were shielded.

    Raises `DatasetError` on reading, where a line is no CSV, no UTF-8, or has a cell of over
    131,072 characters (`csv.field_size_limit`).

    Parameters
    ----------
    lines : iterable of str
        A text file opened with ``newline=""``, or its lines.
    name : object
        Of the file, for messages.
    """

    def __init__(self, lines: Iterable[str], name: object = "table", delimiter: str = ",") -> None:
        self._apostrophe, self._name = False, name
        self._reader = csv.reader(self._watched(lines), delimiter=delimiter)

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        return self._reader.line_num

    def __iter__(self) -> CellReader:
        return self

    def __next__(self) -> list[str]:
        try:
            row = next(self._reader)
        except (csv.Error, UnicodeDecodeError) as error:
            line = self._reader.line_num + isinstance(error, UnicodeDecodeError)
            where = f"{self._name}:{max(line, 1)}"
            raise DatasetError(where, f"cannot be read ({error})", "CSV in UTF-8") from error
        if self._apostrophe:
            self._apostrophe = False
            return [unshielded(cell) for cell in row]
        return row

    def _watched(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if "'" in line:
                self._apostrophe = True
            yield line


def dict_reader(lines: Iterable[str], name: object = "table") -> csv.DictReader[str]:
    """Return rows as dicts by the first line's names; see `CellReader`."""
    made: csv.DictReader[str] = csv.DictReader(())
    made.reader = CellReader(lines, name)  # type: ignore[assignment]
    return made
