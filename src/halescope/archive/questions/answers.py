"""Write the answer to a question: a table to look at, CSV, JSON or Parquet."""

from __future__ import annotations

import io
import json
import math
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from halescope.archive.store.schema import pyarrow
from halescope.errors import ConfigError, one_line
from halescope.guards.cells import CellWriter
from halescope.io.atomic import atomic_path, atomic_text
from halescope.types import format_time

FORMATS = ("table", "csv", "json", "parquet")
LONGEST = 40
"""Rows of a table that are printed; the other formats have all."""


def check_format(name: str, output: Path | None) -> None:
    """Raise ConfigError for a format that is none, or that needs a file and has none."""
    if name not in FORMATS:
        raise ConfigError("--format", f"is {name!r}", ", ".join(FORMATS))
    if name == "parquet" and output is None:
        raise ConfigError("--format parquet", "has no file to go to", "", "give one with -o")


def write_answer(
    found: Any,
    name: str,
    output: Path | None = None,
    whole: str = "--format csv, json or parquet gives all",
) -> None:
    """Write a pyarrow table to a file or to standard output.

    Parameters
    ----------
    name : str
        Of `FORMATS`.
    whole : str
        What a table that is cut off after `LONGEST` rows says of how to get all of them.
    """
    check_format(name, output)
    if name == "parquet" and output is not None:
        pyarrow()
        from pyarrow import parquet

        with atomic_path(output) as fresh:
            parquet.write_table(found, fresh)
        return
    if name == "table":
        text = _table(found, whole)
    else:
        text = {"csv": _csv, "json": _json}[name](found)
    if output is None:
        sys.stdout.write(text)
    else:
        atomic_text(output, text)


def _table(found: Any, whole: str) -> str:
    rows = [list(found.column_names)]
    rows += [[_cell(v) for v in row] for row in _rows(found.slice(0, LONGEST))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    if len(found) > LONGEST:
        lines.append(f"... {len(found)} rows; {whole}")
    return "\n".join(lines) + "\n"


def _csv(found: Any) -> str:
    text = io.StringIO()
    writer = CellWriter(text)
    writer.write_row(found.column_names)
    for row in _rows(found):
        writer.write_row([_text(v) for v in row])
    return text.getvalue()


def _json(found: Any) -> str:
    names = found.column_names
    rows = [dict(zip(names, map(_plain, row), strict=True)) for row in _rows(found)]
    return json.dumps(rows, indent=1, allow_nan=False, default=str) + "\n"


def _rows(found: Any) -> Any:
    return zip(*(column.to_pylist() for column in found.columns), strict=True)


def _text(value: Any) -> Any:
    return _time(value) if isinstance(value, date) else value


def _cell(value: Any) -> str:
    """Return a value in one line of what a terminal shows safely."""
    if value is None:
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else str(_text(value))
    return one_line(text)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return _text(value)


def _time(value: date) -> str:
    from datetime import UTC

    if not isinstance(value, datetime):
        return value.isoformat()
    return format_time(value.replace(tzinfo=UTC) if value.tzinfo is None else value)
