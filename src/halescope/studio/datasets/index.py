"""The images of a data set, read once and kept in memory until its table changes."""

from __future__ import annotations

import io
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.imports.crops import LIST, read_crops
from halescope.datasets.manifest import Row, blocks, columns_of, rows
from halescope.datasets.manifest_table import CORNERS
from halescope.errors import DatasetError, UnsafePathError
from halescope.guards.cells import CellReader
from halescope.guards.inside import listed, real
from halescope.normalize import DISK_SIDE

TABLES = (
    "manifest.csv", "manifest.parquet", LIST, "split/manifest.csv", "split/manifest.parquet",
    "labels/manifest.csv", "labels/manifest.parquet",
)  # fmt: skip
"""Where a data set's table may be, the first that is there: see `halescope dataset import`, `build`
and `label`."""

KEPT = 8
"""Data sets that are kept in memory."""

READ = (
    "image", "time", "split", "noaa_number", "class", "status", *CORNERS, "hgs_lon", "flags",
)  # fmt: skip
"""Columns that are kept in memory; `DatasetIndex.rows_of` gives all."""

NO_CLASS, PLAGE = "none", "plage"
"""What labels are counted as that have no class."""


@dataclass(frozen=True)
class Record:
    """One image of a data set.

    Parameters
    ----------
    key : str
        Its name in addresses: the file's name, with ``~2`` and so on where two have the same.
    image : str
        Its name in the table.
    time : str
        UTC, or empty.
    part : str
        Train, validation, test, or empty.
    first, count : int
        Its rows of the table, counted from 0 after the header.
    """

    key: str
    image: str
    time: str
    part: str
    first: int
    count: int


@dataclass
class Columns:
    """Labels of a data set, row by row of its table; a row without a status is no label."""

    classes: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def all(self) -> tuple[list[str], ...]:
        """Return the columns in the order of `_HELD`."""
        return self.classes, self.statuses, self.numbers, self.flags


_NUMBERS = (*CORNERS, "hgs_lon")
_HELD = ("class", "status", "noaa_number", "flags")
"""The table's names of `Columns`."""


class DatasetIndex:
    """What is in a data set.

    Parameters
    ----------
    folder : Path
        Of the data set.
    table : Path
        Its manifest, or its ``crops.csv``.

    Attributes
    ----------
    kind : {"disks", "crops"}
    images : list of Record
        In the table's order.
    boxes : (N, 4) float32
        x_min, y_min, x_max, y_max of each row, canonical pixels, rows upwards; NaN without one.
    longitudes : (N,) float32
        Stonyhurst longitude of each row, degrees; NaN where unknown.
    """

    def __init__(self, folder: Path, table: Path) -> None:
        self.folder, self.table = folder, table
        self.kind = "crops" if table.name == LIST else "disks"
        self.images: list[Record] = []
        self.columns = Columns()
        self._places: dict[str, int] = {}
        pieces = [np.zeros((0, 5), np.float32), *self._read()]
        numbers = np.concatenate(pieces)
        self.boxes, self.longitudes = numbers[:, :4], numbers[:, 4]

    def find(self, key: str) -> Record | None:
        """Return the image of a key, None where there is none."""
        place = self._places.get(key)
        return None if place is None else self.images[place]

    def place(self, record: Record) -> int:
        """Return the position of an image in `images`."""
        return self._places[record.key]

    def path(self, record: Record) -> Path | None:
        """Return where an image's file should be, None where its name leads out of the data set."""
        for base in (self.folder, self.folder.parent, self.folder.parent.parent):
            try:
                path = listed(base, record.image)
            except UnsafePathError:
                continue
            if path.is_file():
                return path
        return None

    def rows_of(self, record: Record) -> list[Row]:
        """Return the rows of an image, with all columns, as they stand in the table."""
        if self.table.suffix == ".csv" and self._lines is not None:
            start, end = self._lines[record.first + 1], self._lines[record.first + record.count + 1]
            with self.table.open("rb") as stream:
                stream.seek(start)
                text = stream.read(end - start).decode("utf-8")
            names = columns_of(self.table) if self.kind == "disks" else self._names
            return [dict(zip(names, row, strict=False)) for row in CellReader(io.StringIO(text))]
        found = rows(self.table) if self.kind == "disks" else iter(read_crops(self.table))
        return [dict(row) for row in islice(found, record.first, record.first + record.count)]

    def with_rows(self, record: Record, fresh: Sequence[Row]) -> DatasetIndex:
        """Return what is in the data set once an image has other rows, the table not read again."""
        made = copy(self)
        for name in ("parts", "classes", "statuses", "with_class", "_lines"):
            made.__dict__.pop(name, None)
        first, end = record.first, record.first + record.count
        texts = [[str(row.get(name) or "") for row in fresh] for name in _HELD]
        made.columns = Columns(
            *(
                [*column[:first], *map(intern, text), *column[end:]]
                for column, text in zip(self.columns.all(), texts, strict=True)
            )
        )
        given = [
            ["" if row.get(name) is None else str(row[name]) for row in fresh] for name in _NUMBERS
        ]
        numbers = [_numbers(cells) for cells in given]
        held = self.boxes[:first], np.stack(numbers[:4], 1), self.boxes[end:]
        made.boxes = np.concatenate(held)
        made.longitudes = np.concatenate(
            [self.longitudes[:first], numbers[4], self.longitudes[end:]]
        )
        place, shift = self.place(record), len(fresh) - record.count
        behind = self.images[place + 1 :]
        if shift:
            behind = [replace(other, first=other.first + shift) for other in behind]
        made.images = [*self.images[:place], replace(record, count=len(fresh)), *behind]
        return made

    def labels_of(self, record: Record) -> list[int]:
        """Return the rows of an image that are labels."""
        span = range(record.first, record.first + record.count)
        return [row for row in span if self.columns.statuses[row]]

    def called(self, row: int) -> str:
        """Return what a label is counted as: its class, ``plage`` or ``none``."""
        if self.columns.statuses[row] == "plage":
            return PLAGE
        return self.columns.classes[row] or NO_CLASS

    @cached_property
    def parts(self) -> Counter[str]:
        """Images in each part, empty name for none."""
        return Counter(record.part for record in self.images)

    @cached_property
    def classes(self) -> Counter[str]:
        """Labels of each class."""
        every = range(len(self.columns.statuses))
        return Counter(self.called(row) for row in every if self.columns.statuses[row])

    @cached_property
    def statuses(self) -> Counter[str]:
        """Labels of each status."""
        return Counter(status for status in self.columns.statuses if status)

    @cached_property
    def with_class(self) -> Mapping[str, NDArray[np.int64]]:
        """Positions of the images that have a label of a class."""
        found: dict[str, list[int]] = {}
        for place, record in enumerate(self.images):
            for name in {self.called(row) for row in self.labels_of(record)}:
                found.setdefault(name, []).append(place)
        return {name: np.array(places) for name, places in found.items()}

    @cached_property
    def _lines(self) -> NDArray[np.int64] | None:
        """Return where each line of a CSV table begins, and its end; None where a row spans two."""
        data = np.frombuffer(self.table.read_bytes(), np.uint8)
        ends = np.flatnonzero(data == ord("\n")) + 1
        if len(data) and data[-1] != ord("\n"):
            ends = np.append(ends, len(data))
        if len(ends) != len(self.columns.statuses) + 1:
            return None
        return np.concatenate([[0], ends])

    @cached_property
    def _names(self) -> list[str]:
        with self.table.open(encoding="utf-8-sig", newline="") as stream:
            return next(CellReader(stream, self.table), [])

    def _read(self) -> Iterator[NDArray[np.float32]]:
        """Read the table; yield boxes and longitudes of each block, (N, 5)."""
        image, first, time, part, row = None, 0, "", "", 0
        for block in self._blocks():
            self._extend(block)
            yield np.stack([_numbers(block[name]) for name in _NUMBERS], 1)
            names, times, parts = block["image"], block["time"], block["split"]
            for at, name in enumerate(names):
                if name != image:
                    if image is not None:
                        self._add(str(image), str(time), str(part), first, row + at - first)
                    image, first, time, part = name, row + at, times[at] or "", parts[at] or ""
            row += len(names)
        if image is not None:
            self._add(str(image), str(time), str(part), first, row - first)

    def _blocks(self) -> Iterator[Mapping[str, Any]]:
        if self.kind == "disks":
            yield from blocks(self.table, READ, lenient=True)
            return
        crops = read_crops(self.table)
        wanted = dict(zip(READ, READ, strict=True)) | {"image": "crop", "class": "folder"}
        yield {name: [row.get(own) or "" for row in crops] for name, own in wanted.items()}

    def _extend(self, block: Mapping[str, Any]) -> None:
        held = self.columns
        held.classes.extend(_texts(block["class"]))
        held.statuses.extend(_texts(block["status"]))
        held.numbers.extend(_texts(block["noaa_number"]))
        held.flags.extend(_texts(block["flags"]))

    def _add(self, image: str, time: str, part: str, first: int, count: int) -> None:
        name = Path(image).name or image
        key, number = name, 2
        while key in self._places:
            key, number = f"{name}~{number}", number + 1
        self._places[key] = len(self.images)
        self.images.append(Record(key, image, time, part, first, count))


def _texts(cells: Sequence[Any]) -> Iterator[str]:
    """Return cells as texts, each of them kept once."""
    return map(intern, ("" if cell is None else str(cell) for cell in cells))


def _numbers(cells: Sequence[Any]) -> NDArray[np.float32]:
    """Return cells as numbers, NaN for what is none."""
    try:
        return np.array([cell or "nan" for cell in cells], np.float32)
    except ValueError:
        return np.array([_number(cell) for cell in cells], np.float32)


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def thumbnail_box(box: NDArray[np.float32]) -> list[float]:
    """Return a canonical box on the picture of a canonical disk, as shares of its side.

    Returns left, top, width and height, rows downwards.
    """
    x0, y0, x1, y1 = (float(value) / DISK_SIDE for value in box)
    return [round(v, 4) for v in (min(x0, x1), 1 - max(y0, y1), abs(x1 - x0), abs(y1 - y0))]


def table_of(folder: Path) -> Path | None:
    """Return the table of a data set, None where the folder has none, or a link out of its room."""
    found = next((folder / name for name in TABLES if (folder / name).is_file()), None)
    if found is None or not found.is_symlink():
        return found
    return found if real(found).is_relative_to(real(folder.parent)) else None


Stamp = tuple[str, int, int]

_kept: OrderedDict[Path, tuple[Stamp, DatasetIndex]] = OrderedDict()
_lock = threading.Lock()
_locks: dict[Path, threading.Lock] = {}


def stamp_of(folder: Path) -> Stamp | None:
    """Return what changes when a data set's table does: its name, time and size."""
    table = table_of(folder)
    if table is None:
        return None
    status = table.stat()
    return str(table), status.st_mtime_ns, status.st_size


def open_index(folder: Path) -> DatasetIndex:
    """Return what is in a data set; read anew only where its table has changed.

    Raises `DatasetError` where the folder has no table, or one that cannot be read.
    """
    with _lock:
        mine = _locks.setdefault(folder, threading.Lock())
    with mine:
        stamp = stamp_of(folder)
        if stamp is None:
            found = "holds no manifest.csv and no crops.csv"
            raise DatasetError(folder.name, found, "a data set", "make it again, or delete it")
        with _lock:
            known = _kept.get(folder)
            if known and known[0] == stamp:
                _kept.move_to_end(folder)
                return known[1]
        index = DatasetIndex(folder, Path(stamp[0]))
        _keep(folder, stamp, index)
        return index


def keep(folder: Path, index: DatasetIndex) -> DatasetIndex:
    """Keep what is in a data set whose table was just written, see `DatasetIndex.with_rows`."""
    stamp = stamp_of(folder)
    if stamp is not None:
        _keep(folder, stamp, index)
    return index


def _keep(folder: Path, stamp: Stamp, index: DatasetIndex) -> None:
    with _lock:
        _kept[folder] = (stamp, index)
        _kept.move_to_end(folder)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
