"""Folders of pictures and labels that come from the browser, some files at a time."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, BinaryIO

from halescope.errors import ReadError, UnsafePathError, one_line
from halescope.guards.inside import inside
from halescope.io.atomic import atomic_path
from halescope.io.sniff import sniff
from halescope.io.source import SUFFIXES
from halescope.studio.workspace import safe_name

TEXTS = frozenset({".txt", ".csv", ".json", ".xml", ".yaml", ".yml", ".names"})
"""Endings of label files."""

DEEPEST = 12
"""Folders within each other."""


def put(folder: Path, names: list[str], files: list[BinaryIO]) -> dict[str, Any]:
    """Write uploaded files below a folder; return how many, and which were refused and why.

    `names`: with their folders, as the browser tells them. Each part is made plain; what is no
    picture and no text of labels is refused, and costs the others nothing.
    """
    kept, refused = 0, []
    for name, stream in zip(names, files, strict=True):
        try:
            _put(folder, name, stream)
            kept += 1
        except (ReadError, UnsafePathError) as error:
            refused.append({"name": one_line(name)[:200], "reason": error.found})
    return {"kept": kept, "refused": refused}


def place_of(name: str) -> str:
    """Return a path below the upload's folder, of plain names; raises `UnsafePathError`."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or len(parts) > DEEPEST:
        raise UnsafePathError(one_line(name)[:200], "leads out of its folder, or too deep")
    return "/".join(safe_name(part) for part in parts)


def _put(folder: Path, name: str, stream: BinaryIO) -> None:
    place = place_of(name)
    target = inside(folder, place, name)
    head = stream.read(4096)
    stream.seek(0)
    ending = target.suffix.lower()
    if ending in TEXTS:
        if b"\0" in head:
            raise ReadError(place, f"ends with {ending} and is no text")
    elif ending in SUFFIXES:
        sniff(head, place)
    else:
        raise ReadError(place, "is no picture and no label file")
    with atomic_path(target) as fresh, fresh.open("wb") as out:
        shutil.copyfileobj(stream, out, 1 << 20)
