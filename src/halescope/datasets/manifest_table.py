"""The columns of a manifest, and how it is written: as CSV or Parquet, in a stream."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from halescope.errors import MissingExtraError
from halescope.io.atomic import atomic_path

COLUMNS = (
    "image", "sha256", "time", "split", "noaa_number", "class", "status",
    "x_min", "y_min", "x_max", "y_max", "hgs_lon", "hgs_lat", "area_msh", "mu",
    "x", "y", "source", "note", "flags", "box_source",
)  # fmt: skip
"""Columns of a manifest, in order. Boxes are canonical pixels (416 px), rows upwards, pixel edges;
angles in degrees, `area_msh` NOAA's spot area in MSH; `source` table and day, `flags` words of
`halescope.datasets.labels.quality`, `box_source` what drew the box. An image without regions has
one row with empty region columns."""

REQUIRED = ("image", "noaa_number", "class", "status", "x_min", "y_min", "x_max", "y_max")
"""Columns without which a table is no manifest."""

STATUSES = ("firm", "doubtful", "plage")
"""Firm labels train and count, doubtful ones do neither, plage is a hard negative."""

BLOCK = 20_000
"""Rows held in memory at once."""

_INTEGERS = frozenset({"noaa_number"})
_FLOATS = frozenset(
    {"x_min", "y_min", "x_max", "y_max", "hgs_lon", "hgs_lat", "area_msh", "mu", "x", "y"}
)

Row = dict[str, Any]


def write_manifest(
    path: str | Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS
) -> int:
    """Write a manifest, whole or not at all, in a stream; return the number of rows.

    Parameters
    ----------
    path : path
        ``.parquet`` gives Parquet, anything else CSV.
    rows : iterable of mapping
        Values may be texts, numbers, None or empty.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    return write_blocks(path, _as_blocks(rows, columns), columns)


def write_blocks(
    path: str | Path, blocks: Iterable[Mapping[str, Sequence[Any]]], columns: Sequence[str]
) -> int:
    """Write a manifest that comes in blocks, column by column; see `write_manifest`.

    Parameters
    ----------
    blocks : iterable of mapping of str to sequence
        Each with all of `columns`.
    """
    path, count = Path(path), 0
    with atomic_path(path) as fresh:
        if path.suffix.lower() == ".parquet":
            return _write_parquet(fresh, blocks, columns)
        with fresh.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            for block in blocks:
                writer.writerows(zip(*(block[name] for name in columns), strict=True))
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
    return "" if value is None else str(value)


def parquet_module() -> Any:
    """Return `pyarrow.parquet`, or raise `MissingExtraError`."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "archive") from error
    return parquet
