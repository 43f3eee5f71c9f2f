"""Faults of a manifest, each named with line and column; some can be fixed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from halescope.classes import MOUNT_WILSON
from halescope.datasets.labels.quality import FLAGS, SEPARATOR
from halescope.datasets.labels.region import Edges
from halescope.datasets.lint import Fault, spelled, touches_disk, twin
from halescope.datasets.manifest import STATUSES, Row, columns_of, rows, write_manifest
from halescope.datasets.manifest_table import CORNERS
from halescope.errors import UnsafePathError
from halescope.guards.inside import listed

Found = tuple[str, str, str, bool]
"""Kind, column, what is wrong, and whether a fix is safe."""


def lint_manifest(
    manifest: Path, fix: bool = False, tiny: float = 3.0, root: Path | None = None
) -> list[Fault]:
    """Look for faults in a manifest; their columns are those of the table.

    Parameters
    ----------
    fix : bool
        Correct what is safe: spelling of class and status, corners in wrong order, rows written
        twice.
    tiny : float
        Canonical pixels.
    root : Path, optional
        Where relative image paths start; missing images are listed if it is given.
    """
    columns = columns_of(manifest)
    faults: list[Fault] = []

    def corrected() -> Iterator[Row]:
        image, seen = None, set[str]()
        boxes: list[tuple[Edges, str]] = []
        for line, row in enumerate(rows(manifest), 2):
            found, good = _lint_row(row, tiny)
            if row["image"] != image:
                image, boxes = row["image"], []
                if root is not None and not _is_there(root, image):
                    found.insert(0, ("no-image", "image", f"{image} is not there", False))
            key = repr(sorted(good.items())) if row["status"] else ""
            again = bool(key) and key in seen
            if again:
                found.append(("doubled", "image", "the row stands here twice", True))
            elif key and (edges := _corners(good)):
                same = twin(edges, [other for other, _ in boxes])
                if same is not None:
                    text = f"covers the box of {boxes[same][1]}"
                    found.append(("doubled", "x_min", text, False))
                boxes.append((edges, str(good["noaa_number"] or "plage")))
            for kind, column, text, safe in found:
                place = columns.index(column) + 1 if column in columns else 0
                faults.append(Fault(manifest.name, line, place, kind, text, safe))
            if not again:
                yield good
            if len(seen) >= 200:
                seen.clear()
            seen.add(key)

    if fix:
        write_manifest(manifest, corrected(), columns)
    else:
        for _ in corrected():
            pass
    return faults


def _is_there(root: Path, image: str) -> bool:
    try:
        return listed(root, image).is_file()
    except UnsafePathError:
        return False


def _lint_row(row: Row, tiny: float) -> tuple[list[Found], Row]:
    """Return what is wrong with a row by itself, and the row with what is safe corrected."""
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
        called, reason = spelled(name)
        safe = called in MOUNT_WILSON
        found.append(("class", "class", f"{name!r} {reason or 'is no NOAA class'}", safe))
        good["class"] = called if safe else name
    unknown = set(str(row.get("flags") or "").split(SEPARATOR)) - {"", *FLAGS}
    if unknown:
        found.append(("flag", "flags", f"{', '.join(sorted(unknown))} is no known flag", False))
    return (found + _lint_corners(good, tiny) if status else found), good


def _lint_corners(good: Row, tiny: float) -> list[Found]:
    """Look at the box; puts corners in order in `good`."""
    if _corners(good) is None:
        return [("format", "x_min", "the box cannot be read", False)]
    found: list[Found] = []
    for low, high in (("x_min", "x_max"), ("y_min", "y_max")):
        if float(good[low]) > float(good[high]):
            found.append(("inverted", low, f"{low} is above {high}", True))
            good[low], good[high] = good[high], good[low]
    x0, y0, x1, y1 = (float(good[name]) for name in CORNERS)
    if not touches_disk((x0, y0, x1, y1)):
        found.append(("off-disk", "x_min", "the box shows no piece of the Sun", False))
    if min(x1 - x0, y1 - y0) < tiny:
        found.append(("tiny", "x_min", f"{x1 - x0:g} x {y1 - y0:g} px", False))
    return found


def _corners(row: Row) -> Edges | None:
    try:
        x0, y0, x1, y1 = (float(row[name]) for name in CORNERS)
    except (TypeError, ValueError):
        return None
    return x0, y0, x1, y1
