"""Labels of a data set as files: the manifest, a KITTI text file a picture, what is reviewed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from halescope.datasets.formats.kitti import kitti_text
from halescope.datasets.manifest import columns_of
from halescope.errors import DatasetError, one_line
from halescope.guards.inside import inside, real
from halescope.io.atomic import atomic_text
from halescope.studio.datasets.index import DatasetIndex, Record, keep, open_index
from halescope.studio.labels.edit import SheetIn, kitti_boxes, rows_after
from halescope.studio.labels.reviewed import mark_reviewed
from halescope.studio.labels.sheet import Sheet, read_sheet
from halescope.studio.labels.splice import replace_rows
from halescope.studio.problems import Problem
from halescope.types import Magnetogram

LABELS = "labels"
"""Folder of the KITTI files in a data set."""

_LOCKS: dict[Path, Lock] = {}
_ALL = Lock()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold a data set's labels for oneself: among the threads, and other studios on the folder."""
    with _ALL:
        lock = _LOCKS.setdefault(real(folder), Lock())
    with lock, (folder / ".labels.lock").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def found_in(index: DatasetIndex, key: str) -> Record:
    """Return a picture of a data set; 404 where it has none of this key, or no whole disks."""
    record = index.find(key)
    if record is None:
        text = f"{one_line(key)[:200]!r} is no picture of {index.folder.name}"
        raise Problem(404, "Not there", text)
    if index.kind != "disks":
        text = f"{index.folder.name} holds regions that are cut out; expected whole disks"
        raise Problem(422, "Nothing to box", text)
    return record


def kitti_path(folder: Path, record: Record) -> Path:
    """Return the label file of a picture: ``labels/<name>.txt`` of its data set.

    Pictures of the same name have the same number behind it as their keys: ``name~2.txt``.
    """
    name = Path(record.image).name
    return folder / LABELS / f"{Path(name).stem}{record.key[len(name) :]}.txt"


def load(folder: Path, key: str, seen: Magnetogram) -> Sheet:
    """Return the labels of a picture as they stand now.

    Nobody writes to the data set meanwhile, so that the rows are those of one state.
    """
    with writing(folder):
        index = open_index(folder)
        return _sheet(folder, index, found_in(index, key), seen)


def _sheet(folder: Path, index: DatasetIndex, record: Record, seen: Magnetogram) -> Sheet:
    rows = index.rows_of(record)
    if any(row.get("image") != record.image for row in rows):
        found = f"was changed while the labels of {record.key} were read"
        raise DatasetError(str(index.table), found, "", "try again")
    return read_sheet(rows, seen, kitti_path(folder, record), f"{index.table}, {record.image}")


def save(folder: Path, key: str, given: SheetIn, etag: str, seen: Magnetogram) -> Sheet:
    """Write the labels of a picture; return them as they stand then.

    Parameters
    ----------
    folder : Path
        Of the data set.
    etag : str
        `Sheet.etag` of the labels that were changed; ``*`` for whatever stands there.

    Raises
    ------
    Problem
        412: somebody else has changed the labels meanwhile; nothing is written.
    DatasetError
        A box cannot be used, or the manifest cannot be changed in place.
    UnsafePathError
        The folder of label files is a link that leads out of the data set.
    OutputError
        The disk is full, or may not be written to; the manifest is as it was.
    """
    with writing(folder):
        index = open_index(folder)
        record = found_in(index, key)
        sheet = _sheet(folder, index, record, seen)
        if etag not in ("*", sheet.etag):
            raise stale(key, sheet.etag)
        if index.table.suffix.lower() == ".parquet":
            raise DatasetError(str(index.table), "is Parquet", "a manifest in CSV to label in")
        rows = rows_after(sheet, given.labels, seen)
        text = kitti_text(kitti_boxes(given.labels))
        place = inside(folder, kitti_path(folder, record).relative_to(folder).as_posix())
        atomic_text(place, text, durable=True)
        columns = columns_of(index.table)  # an older manifest lacks some: these cells go
        replace_rows(index.table, record.first, record.count, rows, columns)
        if given.reviewed is not None:
            mark_reviewed(folder, key, given.reviewed)
        kept = keep(folder, index.with_rows(record, rows))
        return _sheet(folder, kept, found_in(kept, key), seen)


def stale(key: str, etag: str) -> Problem:
    """Return the problem of labels that changed under somebody's hands."""
    text = (
        f"the labels of {key} were changed elsewhere since you read them; nothing is written. "
        "Read them again, or write yours over them with the new ETag"
    )
    return Problem(412, "Changed meanwhile", text, etag=f'"{etag}"')
