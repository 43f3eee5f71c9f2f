"""The columns of a manifest, and how it is read and written: CSV or Parquet, in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from halescope.errors import DatasetError, MissingExtraError
from halescope.guards.cells import CellReader, CellWriter
from halescope.io.atomic import atomic_path

COLUMNS = (
    "image", "sha256", "time", "split", "noaa_number", "class", "status",
    "x_min", "y_min", "x_max", "y_max", "hgs_lon", "hgs_lat", "area_msh", "mu",
    "x", "y", "source", "note", "flags", "box_source", "class_before", "class_after",
)  # fmt: skip
"""Columns of a manifest, in order. Boxes are canonical pixels (416 px), rows upwards, pixel edges;
angles in degrees, `area_msh` NOAA's spot area in MSH; `source` table and day, `flags` words of
`halescope.datasets.labels.quality`, `box_source` what drew the box; `class` is that of the nearest
midnight, `class_before` and `class_after` those of the preceding and of the following one, empty
where it does not list the region or gives no class. `note` is for the eye alone: nothing is
decided by it. An image without regions has one row with empty region columns."""

CORNERS = ("x_min", "y_min", "x_max", "y_max")
"""Columns of a box."""

REQUIRED = ("image", "noaa_number", "class", "status", *CORNERS)
"""Columns without which a table is no manifest."""

STATUSES = ("firm", "doubtful", "plage")
"""Firm labels train and count, doubtful ones do neither, plage is a hard negative."""

BLOCK = 20_000
"""Rows held in memory at once."""

_INTEGERS = frozenset({"noaa_number"})
_FLOATS = frozenset({*CORNERS, "hgs_lon", "hgs_lat", "area_msh", "mu", "x", "y"})

_PIECE = 500
"""Lines parsed at once: few enough to stay in the processor's cache, which halves the time."""

Row = dict[str, Any]


def columns_of(path: str | Path) -> list[str]:
    """Return the columns of a manifest.

    Raises `DatasetError` where it cannot be read, or lacks a column of `REQUIRED`.
    """
    path = Path(path)
    try:
        if path.suffix.lower() == ".parquet":
            names = list(parquet_module().read_schema(path).names)
        else:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                names = next(CellReader(stream, path), [])
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DatasetError(str(path), f"cannot be read ({reason})") from error
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise DatasetError(
            str(path),
            f"has no column {', '.join(missing)}",
            "a manifest in CSV or Parquet",
            "`halescope dataset label` writes one",
        )
    return names


def blocks(
    path: str | Path, columns: Sequence[str] | None = None, size: int = BLOCK, lenient: bool = False
) -> Iterator[dict[str, Sequence[Any]]]:
    """Yield a manifest in blocks of rows, column by column; memory does not grow with its length.

    Yields dict of str to sequence: texts from CSV; texts, numbers or None from Parquet. Raises
    `DatasetError` where the file is no manifest, or, unless `lenient`, a line has too few or too
    many fields. `columns`: those wanted; all if left out. One that the file lacks comes back empty.
    `size`: rows in a block. `lenient`: a line with too few or too many fields becomes a row of
    empty texts, and an empty line is left out.
    """
    path, names = Path(path), columns_of(path)
    wanted = list(names if columns is None else columns)
    if path.suffix.lower() == ".parquet":
        present = [name for name in wanted if name in names]
        with parquet_module().ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=size, columns=present):
                yield _padded(batch.to_pydict(), wanted)
        return
    yield from _csv_blocks(path, names, wanted, size, lenient)


def _csv_blocks(
    path: Path, names: list[str], wanted: list[str], size: int, lenient: bool
) -> Iterator[dict[str, Sequence[Any]]]:
    present = [name for name in wanted if name in names] or names[:1]  # rows are counted by one
    pick = itemgetter(*(names.index(name) for name in present), 0)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = CellReader(stream, path)
        next(reader)
        filled: list[list[str]] = [[] for _ in present]
        while rows := list(islice(reader, _PIECE)):
            if any(len(row) != len(names) for row in rows):
                if not lenient:
                    _raise_ragged(path, rows, len(names), reader.line_num)
                lost = [""] * len(names)
                rows = [row if len(row) == len(names) else lost for row in rows if row]
            # The last column of `pick` is there only to make it return tuples.
            for column, values in zip(filled, zip(*map(pick, rows), strict=True), strict=False):
                column.extend(values)
            if len(filled[0]) >= size:
                yield _padded(dict(zip(present, filled, strict=True)), wanted)
                filled = [[] for _ in present]
        if filled[0]:
            yield _padded(dict(zip(present, filled, strict=True)), wanted)


def _padded(block: Mapping[str, Sequence[Any]], wanted: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Return a block with an empty column for each that the file lacks."""
    rows = len(next(iter(block.values())))
    return {name: block.get(name, ("",) * rows) for name in wanted}


def _raise_ragged(path: Path, rows: list[list[str]], width: int, line: int) -> None:
    for back, row in enumerate(reversed(rows)):
        if len(row) != width:
            raise DatasetError(
                f"{path}:{line - back}", f"has {len(row)} fields", f"{width}", "mend or drop it"
            )


def write_manifest(
    path: str | Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS
) -> int:
    """Write a manifest, whole or not at all, in a stream; return the number of rows.

    `path`: ``.parquet`` gives Parquet, anything else CSV. `rows`: values may be texts, numbers,
    None or empty; what is no UTF-8 in a text is escaped, as in `halescope.io.names`. Raises
    `OutputError` where the file cannot be written.
    """
    return write_blocks(path, _as_blocks(rows, columns), columns)


def write_blocks(
    path: str | Path, blocks: Iterable[Mapping[str, Sequence[Any]]], columns: Sequence[str]
) -> int:
    """Write a manifest that comes in blocks, each with all of `columns`; see `write_manifest`."""
    path, count = Path(path), 0
    with atomic_path(path, durable=True) as fresh:
        if path.suffix.lower() == ".parquet":
            return _write_parquet(fresh, blocks, columns)
        with fresh.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            writer = CellWriter(stream)
            writer.write_row(columns)
            for block in blocks:
                writer.write_columns(block[name] for name in columns)
                count += len(block[columns[0]])
    return count


def _as_blocks(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str]
) -> Iterator[dict[str, list[Any]]]:
    stream = iter(rows)
    while part := list(islice(stream, BLOCK)):
        yield {name: [row.get(name, "") for row in part] for name in columns}


def _write_parquet(
    path: Path, blocks: Iterable[Mapping[str, Sequence[Any]]], columns: Sequence[str]
) -> int:
    parquet = parquet_module()
    import pyarrow

    kinds = {name: pyarrow.string() for name in columns}
    kinds |= {name: pyarrow.int32() for name in columns if name in _INTEGERS}
    kinds |= {name: pyarrow.float64() for name in columns if name in _FLOATS}
    schema, count = pyarrow.schema(list(kinds.items())), 0
    with parquet.ParquetWriter(path, schema) as writer:
        for block in blocks:
            table = {name: [_cell(name, value) for value in block[name]] for name in columns}
            writer.write_table(pyarrow.table(table, schema=schema))
            count += len(block[columns[0]])
    return count


def _cell(name: str, value: Any) -> Any:
    """Return what Parquet stores: a number or nothing in number columns, else text."""
    if name in _INTEGERS or name in _FLOATS:
        if value in ("", None):
            return None
        return int(value) if name in _INTEGERS else float(value)
    text = "" if value is None else str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def parquet_module() -> Any:
    """Return `pyarrow.parquet`, or raise `MissingExtraError`."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "archive") from error
    return parquet
