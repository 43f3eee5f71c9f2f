"""Faults of a data set, and their safe corrections."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from halescope.datasets.imports.config import read_record
from halescope.datasets.imports.crops import LIST, read_crops
from halescope.datasets.lint import Fault
from halescope.datasets.lint_folder import BACKUP, lint_folder
from halescope.datasets.lint_manifest import lint_manifest
from halescope.errors import UnsafePathError
from halescope.guards.inside import existing_inside, real
from halescope.studio.datasets.index import stamp_of, table_of
from halescope.studio.problems import Problem

LABELS = "labels"
"""Folder of a data set's label files."""

MOST = 2000
"""Faults that are listed; all are counted."""


def faults_of(name: str, folder: Path) -> dict[str, Any]:
    """Return the faults of a data set's table and label files, and those of its source.

    They are looked for once while nothing changes.
    """
    stamp = _stamp(folder)
    known = _known.get(folder)
    if known is None or known[0] != stamp:
        known = _known[folder] = stamp, _lint(folder, fix=False)
    return _told(name, folder, known[1])


_known: dict[Path, tuple[object, list[Fault]]] = {}


def _stamp(folder: Path) -> object:
    """Return what changes with a data set's table, its label files and its pictures' names."""
    files = folder / LABELS
    labels = [(f.name, f.stat().st_mtime_ns) for f in os.scandir(files)] if files.is_dir() else []
    images = folder / "images"
    return stamp_of(folder), sorted(labels), images.stat().st_mtime_ns if images.is_dir() else 0


def mended(name: str, folder: Path) -> dict[str, Any]:
    """Correct what is safe; return what was corrected, and the faults that are left."""
    labels = real(folder / LABELS)
    if not labels.is_relative_to(real(folder)):
        text = f"{LABELS} is a link to {labels}; expected a folder of the data set, to write into"
        raise Problem(409, "Not mended", text)
    if not faults_of(name, folder)["fixable"]:
        raise Problem(409, "Nothing to mend", f"no fault of {name} can be mended safely")
    found = [fault for fault in _lint(folder, fix=True) if fault.fixable]
    files = sorted({fault.file for fault in found})
    return faults_of(name, folder) | {
        "mended": [_plain(fault) for fault in found[:MOST]],
        "mended_count": len(found),
        "kept": [f"{file}{BACKUP}" for file in files[:MOST]],
    }


def _lint(folder: Path, fix: bool) -> list[Fault]:
    table = table_of(folder)
    if table is None:
        raise Problem(409, "The data set is not ready", "it has no table yet")
    if table.name == LIST:
        return _lint_crops(folder, table)
    if table.parent == folder:
        return lint_folder(folder, fix)
    return lint_manifest(table, fix, 3.0, folder)


def _lint_crops(folder: Path, table: Path) -> list[Fault]:
    """Name the crops that are listed and are not there."""
    faults = []
    for line, row in enumerate(read_crops(table), 2):
        try:
            is_there = existing_inside(folder, row["crop"], table.name).is_file()
        except UnsafePathError:
            is_there = False
        if not is_there:
            faults.append(Fault(table.name, line, 1, "no-image", f"{row['crop']} is not there"))
    return faults


def _told(name: str, folder: Path, faults: list[Fault]) -> dict[str, Any]:
    record = read_record(folder)
    source = f"datasets/{name}"
    return {
        "total": len(faults),
        "fixable": sum(fault.fixable for fault in faults),
        "kinds": dict(Counter(fault.kind for fault in faults).most_common()),
        "faults": [_plain(fault) for fault in faults[:MOST]],
        "source": {
            "faults": record.get("faults", []),
            "count": record.get("faults_of_source", 0),
            "failures": record.get("failures", []),
            "left_out": record.get("left_out", 0),
        },
        "command": f"halescope dataset lint {shlex.quote(source)} --fix",
    }


def _plain(fault: Fault) -> dict[str, Any]:
    return asdict(fault)
