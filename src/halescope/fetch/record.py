"""The manifest of what was fetched: one row for each thing asked for, safe against a crash."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TextIO

from halescope.errors import DatasetError, OutputError, UnsafePathError
from halescope.fetch.files import writing
from halescope.guards.cells import csv_text, dict_reader
from halescope.guards.checksum import checksum
from halescope.guards.documents import from_json
from halescope.guards.inside import existing_inside
from halescope.guards.lock import locked, taken
from halescope.io.atomic import atomic_text

MANIFEST = "fetched.csv"
JOURNAL, LOCK = ".fetched*.jsonl", ".fetched.lock"
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

    Rows go to a journal as they come, one for each process; `close` merges it into the manifest,
    which is replaced whole, and so no process loses the rows of another one. After a crash the
    journals are read first, without their torn last lines.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[tuple[str, str], Row] = {}
        self._own: dict[tuple[str, str], Row] = {}
        self._path = folder / f".fetched-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        self._journal: TextIO | None = None
        for row in _everything(folder):
            self.rows[row.key] = row
        self._by_image = {
            (row.source, row.obtained): row for row in self.rows.values() if row.status == "ok"
        }

    def add(self, row: Row) -> None:
        """Note a row at once; what is no UTF-8 in its texts is escaped."""
        row = _row({name: _written(value) for name, value in asdict(row).items()})
        self.rows[row.key] = self._own[row.key] = row
        if row.status == "ok":
            self._by_image[row.source, row.obtained] = row
        with writing(self._path):
            if self._journal is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._journal = self._path.open("a", encoding="utf-8")
                taken(self._journal.fileno())  # others see that its process lives
            self._journal.write(json.dumps(asdict(row)) + "\n")
            self._journal.flush()

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
        """Write the manifest, drop the journal, and return the manifest's path.

        What other processes wrote meanwhile is in it, and journals of dead ones are gone.
        """
        with _alone(self.folder):
            found = {row.key: row for row in _everything(self.folder)} | self._own
            self.rows |= found
            rows = sorted(found.values(), key=lambda row: (row.source, row.asked))
            names = [field.name for field in fields(Row)]
            text = csv_text(names, map(asdict, rows))
            path = atomic_text(self.folder / MANIFEST, text, durable=True)
            if self._journal is not None:
                self._journal.close()
                self._path.unlink(missing_ok=True)
            for left in self.folder.glob(JOURNAL):
                if _is_left(left):
                    left.unlink(missing_ok=True)
        return path

    def _here(self, row: Row, verify: bool) -> bool:
        try:
            path = existing_inside(self.folder, row.file, MANIFEST)
            if path.stat().st_size != row.bytes:
                return False
        except (OSError, UnsafePathError):
            return False
        return not verify or checksum(path) == row.sha256


def _everything(folder: Path) -> Iterator[Row]:
    """Yield the rows of the manifest, then those of all journals, oldest first."""
    journals = [(_changed(path), path) for path in folder.glob(JOURNAL)]
    texts = [_journal(path) for _, path in sorted(journals)]
    yield from read_manifest(folder / MANIFEST)
    for rows in texts:
        yield from rows


def _changed(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _is_left(journal: Path) -> bool:
    """Say whether the process that wrote a journal is gone."""
    with suppress(OSError), journal.open("rb") as stream:
        return taken(stream.fileno())
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only process that writes a folder's manifest; wait for others, which is short."""
    path = folder / LOCK
    with writing(path):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(path, 30) as own:
        if not own:
            found = "is being written by another process, for over 30 s"
            raise OutputError(str(folder / MANIFEST), found, "", "run it again later")
        yield


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
                yield _row(values)
            except (TypeError, ValueError) as error:
                raise DatasetError(f"{path}:{number}", "is no whole row", "", "") from error


def _journal(path: Path) -> list[Row]:
    rows = []
    with suppress(OSError):  # merged by its own process meanwhile
        for line in path.read_bytes().splitlines():
            with suppress(ValueError, TypeError):  # torn by a crash
                rows.append(_row(from_json(line)))
    return rows


def _written(value: Any) -> Any:
    """Return a text that can be written: services may send half a character in JSON."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _row(values: dict[str, Any]) -> Row:
    """Return a row whose values are of its kinds; ValueError, TypeError where they are not."""
    row = Row(**values)
    for field in fields(Row):
        if not isinstance(getattr(row, field.name), int if field.name == "bytes" else str):
            raise TypeError(field.name)
    return row
