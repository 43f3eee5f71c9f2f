"""Which pictures of a data set a person has seen: a journal that only grows, `reviewed.csv`."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from halescope.errors import DatasetError
from halescope.guards.cells import CellReader
from halescope.studio.labels.splice import csv_lines
from halescope.types import format_time

FILE = "reviewed.csv"
COLUMNS = ("key", "reviewed", "time")


def read_reviewed(folder: Path) -> dict[str, str]:
    """Return the pictures that are reviewed, by key, and since when.

    `folder`: of the data set. The last line about a picture counts; a line that was cut off, as by
    a full disk, tells nothing.
    """
    found: dict[str, str] = {}
    try:
        text = (folder / FILE).read_text("utf-8", errors="replace")
    except OSError:
        return found
    with suppress(DatasetError):  # what is behind a line of a megabyte is not told
        for row in CellReader(io.StringIO(text, newline=""), FILE):
            if len(row) != len(COLUMNS) or row[1] not in ("yes", "no"):
                continue
            key, said, time = row
            found.pop(key, None)
            if said == "yes":
                found[key] = time
    return found


def mark_reviewed(folder: Path, key: str, is_reviewed: bool) -> str:
    """Note whether a picture is reviewed; return the time, empty where it is not.

    `folder`: of the data set. One line is written at once, so that what is there stays whole.
    """
    now = format_time(datetime.now(UTC).replace(microsecond=0))
    row = {"key": key, "reviewed": "yes" if is_reviewed else "no", "time": now}
    with (folder / FILE).open("a+b", buffering=0) as stream:
        size = stream.tell()
        head = ",".join(COLUMNS).encode() + b"\n" if size == 0 else b""
        if size:
            stream.seek(size - 1)
            head = b"" if stream.read(1) == b"\n" else b"\n"
        stream.write(head + csv_lines([row], COLUMNS))
    return now if is_reviewed else ""
