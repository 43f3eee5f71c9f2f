"""The manifest of what was fetched: one row for each thing asked for, safe against a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from halescope.errors import DatasetError, UnsafePathError
from halescope.fetch.files import checksum
from halescope.guards.cells import csv_text, dict_reader
from halescope.guards.inside import existing_inside
from halescope.io.atomic import atomic_text

MANIFEST = "fetched.csv"
JOURNAL = ".fetched.jsonl"
HAVE = frozenset({"ok", "duplicate"})


@dataclass(frozen=True)
class Row:
    """One thing that was asked for, and what came of it.

    Parameters
    ----------
    source : str
        Service and product, such as ``helioviewer/HMI``.
    asked, obtained : str
        UTC, ISO 8601 with Z; obtained is empty where nothing came.
    status : {"ok", "duplicate", "missing", "far", "failed"}
        ``duplicate``: the nearest image is one that an earlier row has already. ``far``: it is
        further from the asked time than agreed, and was not taken.
    file : str
        Relative to the manifest's folder.
    quality : {"", "good", "bad"}
        By the image's own header.
    note : str
        What went wrong.
    fetched : str
        When the answer came, UTC.
    """

    source: str
    asked: str
    obtained: str = ""
    status: str = "ok"
    file: str = ""
    bytes: int = 0
    sha256: str = ""
    quality: str = ""
    address: str = ""
    note: str = ""
    fetched: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies a row: asking for it again replaces it."""
        return self.source, self.asked


class Record:
    """The manifest of one folder.

    Rows go to a journal as they come; `close` merges it into the manifest, which is replaced
    whole. After a crash the journal is read first, without its torn last line.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[tuple[str, str], Row] = {}
        for row in read_manifest(folder / MANIFEST):
            self.rows[row.key] = row
        for row in _journal(folder / JOURNAL):
            self.rows[row.key] = row
        self._by_image = {
            (row.source, row.obtained): row for row in self.rows.values() if row.status == "ok"
        }

    def add(self, row: Row) -> None:
        """Note a row at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rows[row.key] = row
        if row.status == "ok":
            self._by_image[row.source, row.obtained] = row
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")

    def having(self, source: str, asked: str, verify: bool = False) -> Row | None:
        """Return the row of something that is here already, None if it must be asked for.

        With `verify` the file is read and its checksum compared, not only its size.
        """
        row = self.rows.get((source, asked))
        return row if row is not None and row.status in HAVE and self._here(row, verify) else None

    def same_image(self, source: str, obtained: str, verify: bool = False) -> Row | None:
        """Return the row whose file holds this very image, None if there is none.

        With `verify` its checksum is compared too: a spoiled file is no copy to point at.
        """
        row = self._by_image.get((source, obtained))
        return row if row is not None and self._here(row, verify) else None

    def close(self) -> Path:
        """Write the manifest, drop the journal, and return the manifest's path."""
        rows = sorted(self.rows.values(), key=lambda row: (row.source, row.asked))
        names = [field.name for field in fields(Row)]
        path = atomic_text(self.folder / MANIFEST, csv_text(names, map(asdict, rows)))
        (self.folder / JOURNAL).unlink(missing_ok=True)
        return path

    def _here(self, row: Row, verify: bool) -> bool:
        try:
            path = existing_inside(self.folder, row.file, MANIFEST)
            if path.stat().st_size != row.bytes:
                return False
        except (OSError, UnsafePathError):
            return False
        return not verify or checksum(path) == row.sha256


def read_manifest(path: Path) -> Iterator[Row]:
    """Yield the rows of a manifest, none where there is no file; DatasetError if it is another."""
    if not path.exists():
        return
    names = [field.name for field in fields(Row)]
    with path.open(encoding="utf-8", newline="") as file:
        reader = dict_reader(file, path)
        if reader.fieldnames != names:
            advice = "move it away, or choose another folder with -o"
            raise DatasetError(str(path), "is no manifest of fetched files", "", advice)
        for number, line in enumerate(reader, 2):
            try:
                values: dict[str, Any] = {**line, "bytes": int(line["bytes"] or 0)}
                yield Row(**values)
            except (TypeError, ValueError) as error:
                raise DatasetError(f"{path}:{number}", "is no whole row", "", "") from error


def _journal(path: Path) -> Iterator[Row]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError, TypeError):  # torn by a crash
            yield Row(**json.loads(line))
