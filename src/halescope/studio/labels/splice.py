"""The rows of one image in a manifest put in the place of others, the rest left byte for byte."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import DatasetError
from halescope.guards.cells import CellWriter
from halescope.io.atomic import atomic_path

_NEWLINE, _QUOTE = 10, 34


def replace_rows(
    manifest: Path,
    first: int,
    count: int,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
) -> None:
    """Write a manifest anew, whole or not at all, with other rows in place of some.

    Parameters
    ----------
    manifest : Path
        CSV.
    first, count : int
        Rows that go, the first data row is 0.
    rows : sequence of mapping
        Those that come.
    columns : sequence of str
        Of the manifest, in its order.

    Raises
    ------
    DatasetError
        The manifest has fewer rows.
    OutputError
        It cannot be written.
    """
    data = manifest.read_bytes()
    ends = record_ends(data)
    if first + count >= len(ends):
        found = f"has {len(ends) - 1} rows"
        raise DatasetError(
            str(manifest), found, f"{first + count} or more", "open the picture again"
        )
    start, stop = int(ends[first]), int(ends[first + count])
    with atomic_path(manifest, durable=True) as fresh, fresh.open("wb") as stream:
        stream.write(data[:start])
        if start and data[start - 1] != _NEWLINE:  # the last line of all had no end
            stream.write(b"\n")
        stream.write(csv_lines(rows, columns))
        stream.write(data[stop:])


def record_ends(data: bytes) -> NDArray[np.intp]:
    """Return where each record of a CSV text ends, its header's end first.

    A line break within quotes ends none. `data`: UTF-8.
    """
    codes = np.frombuffer(data, np.uint8)
    breaks = codes == _NEWLINE
    if _QUOTE in data:
        breaks &= np.bitwise_xor.accumulate((codes == _QUOTE).view(np.uint8)) == 0
    ends = np.flatnonzero(breaks) + 1
    if len(codes) and (not len(ends) or ends[-1] != len(codes)):
        ends = np.append(ends, len(codes))
    return ends


def csv_lines(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Return rows as lines of CSV, UTF-8; a column that a row lacks is empty."""
    text = io.StringIO()
    table = CellWriter(text)
    for row in rows:
        table.write_row(["" if row.get(c) is None else row[c] for c in columns])
    return text.getvalue().encode("utf-8", "surrogateescape")
