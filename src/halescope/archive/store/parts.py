"""Where an archive's files are, and which of them count.

::

    archive.json                settings and sources of the last build
    index.json                  files of years that compaction wrote; builds they hold
    lock                        held by the one build that may write
    parts/NAME.json             written last: the part NAME is whole; size and checksum of its files
    parts/NAME.images.parquet   and regions, faults
    years/2014-CHECKSUM.images.parquet   and regions, faults
    tracks.parquet              and tracked, events: made by `archive track`
    work/                       what is being done now
    crops/2014/05/07/...        with --crops
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halescope._version import __version__
from halescope.archive.store.schema import TABLES, pyarrow
from halescope.errors import DatasetError, OutputError, UnsafePathError
from halescope.guards.checksum import checksum
from halescope.guards.documents import from_json
from halescope.guards.inside import existing_inside, one_part
from halescope.io.atomic import RESULTS, atomic_path, atomic_text

if TYPE_CHECKING:
    from halescope.archive.store.rows import Rows
    from halescope.archive.tasks import Task

FORMAT = 1
"""Of the folder; an archive of another number is refused."""

HEAD, INDEX, LOCK, PARTS, YEARS = "archive.json", "index.json", "lock", "parts", "years"
UNDATED = "undated"
"""Stands for the year of files without a time."""

_REPAIR = "`halescope archive update --repair` makes its rows again"
_WRONG = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, UnsafePathError,
)  # fmt: skip
"""What a record that is not as it was written leads to."""

_RECORD = "move it away; `halescope archive update` makes its rows again"


@dataclass(frozen=True)
class Stored:
    """One Parquet file: its name below the archive, rows, size and checksum."""

    file: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """One part, or one year: its files by table, tables without rows left out.

    Parameters
    ----------
    generation : int
        Build that wrote it; 0 for a year.
    years : tuple of str
        That its rows are of.
    files : dict of str to Stored
        By table.
    physics : bool
        Whether its regions have the columns of ``--physics``.
    """

    name: str
    generation: int
    years: tuple[str, ...]
    files: dict[str, Stored] = field(default_factory=dict)
    physics: bool = False

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(stored.size for stored in self.files.values())

    def rows(self, table: str) -> int:
        """Return the number of rows of a table."""
        return self.files[table].rows if table in self.files else 0


def write_part(folder: Path, task: Task, rows: Rows) -> Part:
    """Write the rows of a task: Parquet files first, then what says that they are whole."""
    files, years = {}, set[str]()
    for table in TABLES:
        found = rows.table(table)
        if not len(found):
            continue
        if table != "regions":
            years |= years_of(found["time"])
        files[table] = store(folder, f"{PARTS}/{task.name}.{table}.parquet", found)
    ordered = tuple(sorted(years))
    part = Part(task.name, rows.generation, ordered, files, rows.physics)
    atomic_text(folder / PARTS / f"{task.name}.json", json.dumps(asdict(part)) + "\n", durable=True)
    return part


def store(folder: Path, name: str, table: Any) -> Stored:
    """Write a table as Parquet, whole or not at all; the same rows give the same bytes.

    It is on the disk before anything names it: what it replaces is removed then.
    """
    pa = pyarrow()
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=3,
        row_group_size=1 << 17,
        data_page_version="1.0",
        version="2.6",
    )
    data = sink.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    name = name.replace("CHECKSUM", digest[:12])
    with atomic_path(folder / name, durable=True) as fresh:
        fresh.write_bytes(data)
    return Stored(name, len(table), len(data), digest)


def years_of(time: Any) -> set[str]:
    """Return the years, as text, of a pyarrow column of times."""
    import pyarrow.compute as pc

    found = pc.unique(pc.year(time)).to_pylist()
    return {UNDATED if year is None else f"{year:04d}" for year in found}


@dataclass(frozen=True)
class Index:
    """What compaction wrote: years, and the last build whose parts they hold."""

    years: tuple[Part, ...] = ()
    generation: int = 0


def read_index(folder: Path) -> Index:
    """Return what compaction wrote, nothing if it never ran."""
    found = _json(folder / INDEX)
    if found is None:
        return Index()
    try:
        return Index(tuple(_part(year) for year in found["years"]), int(found["generation"]))
    except _WRONG as error:
        raise _damaged(folder / INDEX) from error


def write_index(folder: Path, index: Index) -> None:
    """Make these years count, and no part of a build up to that generation."""
    atomic_text(folder / INDEX, json.dumps(asdict(index), indent=1) + "\n", durable=True)


def read_parts(folder: Path) -> list[Part]:
    """Return years and parts that count, years first, then by name.

    Raises
    ------
    DatasetError
        This is no archive, or one of another version.
    """
    read_head(folder)
    index = read_index(folder)
    parts = [part for part in _records(folder / PARTS) if part.generation > index.generation]
    return [*index.years, *sorted(parts, key=lambda part: part.name)]


def check(folder: Path, parts: Iterable[Part], thoroughly: bool = False) -> list[str]:
    """Return what is wrong with the files of parts, a line each.

    Parameters
    ----------
    thoroughly : bool
        Compare checksums and not sizes alone.
    """
    wrong = []
    for part in parts:
        for stored in part.files.values():
            try:
                path = existing_inside(folder, stored.file, part.name)
                size = path.stat().st_size
                digest = checksum(path) if thoroughly and size == stored.size else stored.sha256
            except OSError as error:
                wrong.append(f"{stored.file}: cannot be read ({error.strerror})")
                continue
            except UnsafePathError as error:
                wrong.append(f"{stored.file}: {error.found}")
                continue
            if size != stored.size or digest != stored.sha256:
                wrong.append(f"{stored.file}: is not as it was written")
    return wrong


def refuse_wrong(folder: Path, wrong: list[str]) -> None:
    """Raise DatasetError for what `check` found, unless that is nothing."""
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        name, _, what = wrong[0].partition(": ")
        raise DatasetError(f"{folder / name}", what + more, "the archive's own file", _REPAIR)


def forget_wrong(folder: Path, wrong: list[str]) -> None:
    """Take parts and years with files that `check` found out of the archive; others stay."""
    bad = {line.partition(": ")[0] for line in wrong}
    index = read_index(folder)
    lost = [p for p in read_parts(folder) if bad & {s.file for s in p.files.values()}]
    names = {part.name for part in lost if part.generation == 0}
    if names:
        left = tuple(year for year in index.years if year.name not in names)
        write_index(folder, Index(left, index.generation))
    for part in lost:
        if part.generation > 0:
            (folder / PARTS / f"{part.name}.json").unlink(missing_ok=True)


def read_head(folder: Path) -> dict[str, Any]:
    """Return what the last build was asked to do.

    Raises
    ------
    DatasetError
        This is no archive, or one of another version.
    """
    found = _json(folder / HEAD)
    if found is None:
        advice = "`halescope archive build` makes one"
        raise DatasetError(str(folder), "is no archive", f"a folder with {HEAD}", advice)
    if found.get("format") != FORMAT:
        what = f"is an archive of format {found.get('format')!r}"
        by = found.get("halescope", "another version")
        raise DatasetError(str(folder), what, str(FORMAT), f"use halescope {by} for it")
    return found


def write_head(folder: Path, settings: dict[str, Any]) -> None:
    """Write what a build is asked to do."""
    document = {"format": FORMAT, "halescope": __version__} | settings
    atomic_text(folder / HEAD, json.dumps(document, indent=1) + "\n", durable=True)


def sweep(folder: Path) -> None:
    """Remove what killed builds left: half-written files, notes, parts that a year holds."""
    index = read_index(folder)
    kept = {stored.file for year in index.years for stored in year.files.values()}
    for room in (PARTS, YEARS, "work"):
        for name in _names(folder / room):
            dead = name.startswith(".part-") or room == "work"
            dead |= room == YEARS and f"{YEARS}/{name}" not in kept
            dead |= room == PARTS and name[:5].isdigit() and int(name[:5]) <= index.generation
            if dead:
                with suppress(OSError):
                    (folder / room / name).unlink()


def refuse_foreign(folder: Path) -> None:
    """Raise OutputError where a folder holds other things than an archive."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(str(folder), "is a file", "a folder for the archive")
    own = {HEAD, INDEX, LOCK, PARTS, YEARS, RESULTS}
    if folder.is_dir() and not (folder / HEAD).exists() and set(os.listdir(folder)) - own:
        what = "holds other files and no archive"
        raise OutputError(str(folder), what, "an archive or an empty folder", "choose another")


def _records(folder: Path) -> Iterator[Part]:
    for name in _names(folder):
        if name.endswith(".json") and not name.startswith("."):
            found = _json(folder / name)
            if found is None:  # gone since
                continue
            try:
                yield _part(found)
            except _WRONG as error:
                raise _damaged(folder / name) from error


def _part(found: dict[str, Any]) -> Part:
    files = {table: Stored(**stored) for table, stored in found["files"].items()}
    for stored in files.values():
        place, _, name = stored.file.partition("/")
        if place not in (PARTS, YEARS) or one_part(name) != name:
            raise ValueError(stored.file)  # leads out of the archive
    return Part(
        one_part(found["name"]),
        int(found["generation"]),
        tuple(map(str, found["years"])),
        files,
        bool(found["physics"]),
    )


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = from_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatasetError(str(path), f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(found, dict):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> DatasetError:
    return DatasetError(str(path), "is damaged", "JSON as it was written", _RECORD)
