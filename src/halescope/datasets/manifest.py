"""The manifest: one row per image and region, as CSV or Parquet, read and written in a stream."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halescope.datasets.manifest_table import (
    BLOCK,
    COLUMNS,
    REQUIRED,
    STATUSES,
    Row,
    parquet_module,
    write_manifest,
)
from halescope.errors import DatasetError

__all__ = [
    "BLOCK", "COLUMNS", "REQUIRED", "STATUSES", "Entry", "Row", "blocks", "columns_of", "disks",
    "entries", "number_or_nan", "rows", "write_manifest",
]  # fmt: skip


_PIECE = 500
"""Lines parsed at once: few enough to stay in the processor's cache, which halves the time."""


@dataclass(frozen=True)
class Entry:
    """One labelled region of one image.

    Parameters
    ----------
    image : str
        Path.
    time : str
        UTC, ends in Z.
    noaa_number : int
        0 for unlisted plage.
    mount_wilson : str
        Member of `MOUNT_WILSON`, empty for plage.
    status : str
        One of `STATUSES`.
    box : x_min, y_min, x_max, y_max
        Canonical pixels, rows upwards.
    hgs_lon, hgs_lat : float
        Degrees; NaN where unknown.
    x, y : float
        NOAA's position on the canonical disk, pixels; NaN where unknown.
    area : float
        NOAA's spot area, MSH; NaN where unknown.
    mu : float
        Cosine of the heliocentric angle; NaN where unknown.
    flags : str
        Words of `halescope.datasets.labels.quality.FLAGS`, joined.
    """

    image: str
    time: str
    split: str
    noaa_number: int
    mount_wilson: str
    status: str
    box: tuple[float, float, float, float]
    hgs_lon: float = float("nan")
    hgs_lat: float = float("nan")
    note: str = ""
    x: float = float("nan")
    y: float = float("nan")
    area: float = float("nan")
    mu: float = float("nan")
    flags: str = ""


def columns_of(path: str | Path) -> list[str]:
    """Return the columns of a manifest.

    Raises
    ------
    DatasetError
        It cannot be read, or lacks a column of `REQUIRED`.
    """
    path = Path(path)
    try:
        if path.suffix.lower() == ".parquet":
            names = list(parquet_module().read_schema(path).names)
        else:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                names = next(csv.reader(stream), [])
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
    path: str | Path, columns: Sequence[str] | None = None, size: int = BLOCK
) -> Iterator[dict[str, Sequence[Any]]]:
    """Yield a manifest in blocks of rows, column by column; memory does not grow with its length.

    Parameters
    ----------
    columns : sequence of str, optional
        Those wanted; all if left out. One that the file lacks comes back empty.
    size : int
        Rows in a block.

    Yields
    ------
    dict of str to sequence
        Texts from CSV; texts, numbers or None from Parquet.

    Raises
    ------
    DatasetError
        The file is no manifest, or a line has too few or too many fields.
    """
    path, names = Path(path), columns_of(path)
    wanted = list(names if columns is None else columns)
    if path.suffix.lower() == ".parquet":
        present = [name for name in wanted if name in names]
        with parquet_module().ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=size, columns=present):
                yield _padded(batch.to_pydict(), wanted)
        return
    yield from _csv_blocks(path, names, wanted, size)


def _csv_blocks(
    path: Path, names: list[str], wanted: list[str], size: int
) -> Iterator[dict[str, Sequence[Any]]]:
    from itertools import islice
    from operator import itemgetter

    present = [name for name in wanted if name in names]
    pick = itemgetter(*(names.index(name) for name in present), 0)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        filled: list[list[str]] = [[] for _ in present]
        while rows := list(islice(reader, _PIECE)):
            if any(len(row) != len(names) for row in rows):
                _raise_ragged(path, rows, len(names), reader.line_num)
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


def rows(path: str | Path) -> Iterator[Row]:
    """Yield a manifest row by row, as dicts of what stands in the file."""
    for block in blocks(path):
        names = list(block)
        for values in zip(*block.values(), strict=True):
            yield dict(zip(names, values, strict=True))


def entries(path: str | Path) -> Iterator[tuple[str, list[Entry]]]:
    """Yield each image with its regions.

    Parameters
    ----------
    path : path
        Rows of one image must stand together, as they are written.

    Yields
    ------
    list of Entry
        Empty for an image without regions.

    Raises
    ------
    DatasetError
        A row has no readable box.
    """
    for image, found, _ in disks(path):
        yield image, found


def disks(path: str | Path, parts_only: bool = False) -> Iterator[tuple[str, list[Entry], str]]:
    """Yield each image with its regions and its part, see `entries`.

    Parameters
    ----------
    parts_only : bool
        Leave out rows that no part holds, where the manifest has parts at all.

    Yields
    ------
    part : str
        That of its first row.
    """
    parts_only = parts_only and any(any(b["split"]) for b in blocks(path, ["split"]))
    image: str | None = None
    found: list[Entry] = []
    part = ""
    for number, row in enumerate(rows(path), 2):
        if parts_only and not row.get("split"):
            continue
        if row["image"] != image:
            if image is not None:
                yield image, found, part
            image, found, part = row["image"], [], row.get("split") or ""
        if row["status"]:
            found.append(_entry(row, f"{path}:{number}"))
    if image is not None:
        yield image, found, part


def _entry(row: Row, subject: str) -> Entry:
    try:
        box = (
            float(row["x_min"]), float(row["y_min"]), float(row["x_max"]), float(row["y_max"])
        )  # fmt: skip
        number = int(row["noaa_number"] or 0)
    except (TypeError, ValueError) as error:
        raise DatasetError(subject, f"has no readable box or number ({error})") from error
    return Entry(
        row["image"],
        row.get("time") or "",
        row.get("split") or "",
        number,
        row["class"] or "",
        row["status"],
        box,
        number_or_nan(row.get("hgs_lon")),
        number_or_nan(row.get("hgs_lat")),
        row.get("note") or "",
        number_or_nan(row.get("x")),
        number_or_nan(row.get("y")),
        number_or_nan(row.get("area_msh")),
        number_or_nan(row.get("mu")),
        row.get("flags") or "",
    )


def number_or_nan(value: Any) -> float:
    """Return a cell as a float, NaN for an empty one."""
    return float("nan") if value in ("", None) else float(value)
