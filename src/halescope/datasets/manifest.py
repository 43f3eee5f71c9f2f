"""The manifest: one row per image and region, read as labels, image by image, in a stream."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from halescope.datasets.labels.quality import SEPARATOR
from halescope.datasets.manifest_table import (
    COLUMNS,
    CORNERS,
    STATUSES,
    Row,
    blocks,
    columns_of,
    write_manifest,
)
from halescope.errors import DatasetError

__all__ = [
    "COLUMNS", "STATUSES", "Entry", "Row", "blocks", "columns_of", "disks", "entries", "entry_of",
    "number_or_nan", "rows", "write_manifest",
]  # fmt: skip


FURTHEST = 10_000
"""Canonical pixels that a corner may be away from the first one; the disk has 416."""


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
    class_before, class_after : str
        At the preceding and at the following midnight, empty where that one gives none.
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
    class_before: str = ""
    class_after: str = ""

    @property
    def words(self) -> frozenset[str]:
        """Words of `flags`."""
        return frozenset(filter(None, self.flags.split(SEPARATOR)))


def rows(path: str | Path, lenient: bool = False) -> Iterator[Row]:
    """Yield a manifest row by row, as dicts of what stands in the file; see `blocks`."""
    for block in blocks(path, lenient=lenient):
        names = list(block)
        for values in zip(*block.values(), strict=True):
            yield dict(zip(names, values, strict=True))


def entries(path: str | Path) -> Iterator[tuple[str, list[Entry]]]:
    """Yield each image with its regions, none for one without; see `disks`."""
    for image, found, _ in disks(path):
        yield image, found


def disks(path: str | Path, parts_only: bool = False) -> Iterator[tuple[str, list[Entry], str]]:
    """Yield each image with its regions and its part, that of its first row.

    `path`: rows of one image must stand together, as they are written. `parts_only`: leave out rows
    that no part holds, where the manifest has parts at all. Raises `DatasetError` where a row has
    no readable box.
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
            found.append(entry_of(row, f"{path}:{number}"))
    if image is not None:
        yield image, found, part


def entry_of(row: Row, subject: str) -> Entry:
    """Return a row that has a status as an entry; `subject` is its file and line.

    Raises `DatasetError`: box, number or position cannot be read.
    """
    if "class_before" not in row:
        row = _from_note(row, subject.rpartition(":")[0])
    try:
        return Entry(
            row["image"],
            row.get("time") or "",
            row.get("split") or "",
            int(row["noaa_number"] or 0),
            row["class"] or "",
            row["status"],
            _box(row),
            number_or_nan(row.get("hgs_lon")),
            number_or_nan(row.get("hgs_lat")),
            row.get("note") or "",
            number_or_nan(row.get("x")),
            number_or_nan(row.get("y")),
            number_or_nan(row.get("area_msh")),
            number_or_nan(row.get("mu")),
            row.get("flags") or "",
            row.get("class_before") or "",
            row.get("class_after") or "",
        )
    except (TypeError, ValueError) as error:
        raise DatasetError(subject, f"has no readable box or number ({error})") from error


def _box(row: Row) -> tuple[float, float, float, float]:
    """Return a row's box; ValueError where it is none of the canonical disk's pixels."""
    x0, y0, x1, y1 = (float(row[name]) for name in CORNERS)
    if not all(abs(value) <= FURTHEST for value in (x0, y0, x1, y1)):  # NaN fails too
        raise ValueError(f"a corner is not within {FURTHEST} pixels of the disk's own")
    return x0, y0, x1, y1


_CHANGE = r"class ([a-z-]*) then ([a-z-]*)"
_NOTES = {
    "beyond 75 degrees": "limb",
    "only in the preceding SRS": "only_before",
    "only in the following SRS": "only_after",
    "no strong field": "no_field",
    "beside a listed region": "beside",
    "bad image quality": "bad_image",
    _CHANGE: "class_changes",
}
"""What the notes of older manifests say, as flags."""


def _from_note(row: Row, path: str) -> Row:
    """Return a row of an older manifest with the classes, and flags, that its note tells of."""
    _say_old(path)
    note = str(row.get("note") or "")
    words = [flag for text, flag in _NOTES.items() if re.search(text, note)]
    before = after = str(row["class"] or "") if row["noaa_number"] else ""
    if change := re.search(_CHANGE, note):
        before, after = change.groups()
    return row | {
        "flags": row["flags"] if "flags" in row else SEPARATOR.join(words),
        "class_before": "" if "only_after" in words else before,
        "class_after": "" if "only_before" in words else after,
    }


@cache
def _say_old(path: str) -> None:
    """Tell the user once for each file."""
    logging.getLogger("halescope").warning(
        "%s is an older manifest: what it lacks of the columns flags, class_before and class_after "
        "is taken from its notes (`halescope dataset label` writes them)",
        path,
    )


def number_or_nan(value: Any) -> float:
    """Return a cell as a float, NaN for an empty one."""
    return float("nan") if value in ("", None) else float(value)
