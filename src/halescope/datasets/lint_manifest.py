"""Faults of a manifest, each named with line and column; some mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from halescope.classes import MOUNT_WILSON
from halescope.datasets.labels.quality import FLAGS, SEPARATOR
from halescope.datasets.lint import DOUBLED, Fault, mended_class, touches_disk
from halescope.datasets.manifest import STATUSES, Row, columns_of, rows, write_manifest

CORNERS = ("x_min", "y_min", "x_max", "y_max")


def lint_manifest(
    manifest: Path, fix: bool = False, tiny: float = 3.0, root: Path | None = None
) -> list[Fault]:
    """Look for faults in a manifest.

    Parameters
    ----------
    fix : bool
        Mend what is safe: spelling of class and status, corners in wrong order, rows written
        twice.
    tiny : float
        Canonical pixels.
    root : Path, optional
        Where relative image paths start; missing images are listed if it is given.

    Returns
    -------
    list of Fault
        The column is that of the table.
    """
    columns = columns_of(manifest)
    faults: list[Fault] = []

    def mended() -> Iterator[Row]:
        image, seen = None, set[str]()
        boxes: list[Row] = []
        for number, row in enumerate(rows(manifest), 2):
            if row["image"] != image:
                image, boxes = row["image"], []
                faults.extend(_image_fault(manifest, number, columns, row, root))
            found, good = _lint_row(row, tiny)
            key = repr(sorted(good.items())) if row["status"] else ""
            if key and key in seen:
                found.append(("doubled", "image", "the row stands here twice", True))
            elif key:
                found += _doubled(good, boxes)
                boxes.append(good)
            for kind, column, text, safe in found:
                place = columns.index(column) + 1 if column in columns else 0
                faults.append(Fault(manifest.name, number, place, kind, text, safe))
            if not key or key not in seen:
                yield good
            seen = {key, *seen} if len(seen) < 200 else {key}

    if fix:
        write_manifest(manifest, mended(), columns)
    else:
        for _ in mended():
            pass
    return faults


Found = tuple[str, str, str, bool]


def _lint_row(row: Row, tiny: float) -> tuple[list[Found], Row]:
    found: list[Found] = []
    good = dict(row)
    status = str(row["status"] or "")
    if status and status not in STATUSES:
        plain = status.strip().lower()
        text = f"{status!r}, expected {', '.join(STATUSES)}"
        found.append(("status", "status", text, plain in STATUSES))
        good["status"] = plain if plain in STATUSES else status
    name = str(row["class"] or "")
    if name and name not in MOUNT_WILSON:
        called, reason = mended_class(name)
        safe = called in MOUNT_WILSON
        found.append(("class", "class", f"{name!r} {reason or 'is no NOAA class'}", safe))
        good["class"] = called if safe else name
    unknown = set(str(row.get("flags") or "").split(SEPARATOR)) - {"", *FLAGS}
    if unknown:
        found.append(("flag", "flags", f"{', '.join(sorted(unknown))} is no known flag", False))
    if status:
        found += _lint_corners(good, tiny)
    return found, good


def _lint_corners(good: Row, tiny: float) -> list[Found]:
    """Look at the box; puts corners in order in `good`."""
    corners = _corners(good)
    if corners is None:
        return [("format", "x_min", "the box cannot be read", False)]
    found: list[Found] = []
    for low, high in (("x_min", "x_max"), ("y_min", "y_max")):
        if float(good[low]) > float(good[high]):
            found.append(("inverted", low, f"{low} is above {high}", True))
            good[low], good[high] = good[high], good[low]
    x0, y0, x1, y1 = _corners(good) or corners
    if not touches_disk((x0, y0, x1, y1)):
        found.append(("off-disk", "x_min", "the box shows no piece of the Sun", False))
    if min(x1 - x0, y1 - y0) < tiny:
        found.append(("tiny", "x_min", f"{x1 - x0:g} x {y1 - y0:g} px", False))
    return found


def _corners(row: Row) -> tuple[float, float, float, float] | None:
    try:
        x0, y0, x1, y1 = (float(row[name]) for name in CORNERS)
    except (TypeError, ValueError):
        return None
    return x0, y0, x1, y1


def _doubled(good: Row, others: list[Any]) -> list[Found]:
    """Compare with the earlier boxes of the same image."""
    mine = _corners(good)
    for other in others:
        theirs = _corners(other)
        if mine is None or theirs is None:
            continue
        width = min(mine[2], theirs[2]) - max(mine[0], theirs[0])
        height = min(mine[3], theirs[3]) - max(mine[1], theirs[1])
        shared = max(width, 0.0) * max(height, 0.0)
        areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (mine, theirs)]
        if shared > DOUBLED * (sum(areas) - shared) and shared > 0:
            text = f"covers the box of {other['noaa_number'] or 'plage'}"
            return [("doubled", "x_min", text, False)]
    return []


def _image_fault(
    manifest: Path, number: int, columns: list[str], row: Row, root: Path | None
) -> list[Fault]:
    if root is None or (root / row["image"]).is_file():
        return []
    place = columns.index("image") + 1
    return [Fault(manifest.name, number, place, "no-image", f"{row['image']} is not there")]
