"""Folders of the workspace and of the roots, for picking pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from halescope.guards.inside import real
from halescope.io.source import SUFFIXES
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace

MOST = 5000
"""Entries of one folder that are listed."""


def listing(workspace: Workspace, text: str) -> dict[str, Any]:
    """Return folders and pictures in a folder, hidden ones and links that leave are left out.

    `text`: as a person types it; empty for the places to begin at. 404 where it may not be read.
    """
    if not text:
        places = [workspace.root / "inputs", *workspace.roots]
        folders = [_folder(workspace, place) for place in places if place.is_dir()]
        return {"path": "", "parent": None, "folders": folders, "files": [], "is_whole": True}
    place = workspace.find(text)
    if not place.is_dir():
        raise Problem(404, "Not there", f"{place.name!r} is a file; expected a folder")
    with os.scandir(place) as entries:
        known = sorted(
            (e for e in entries if not e.name.startswith(".")), key=lambda e: e.name.casefold()
        )
    allowed = [Path(e.path) for e in known[:MOST] if _stays(workspace, Path(e.path))]
    files = [p for p in allowed if p.suffix.lower() in SUFFIXES and p.is_file()]
    is_top = place == workspace.root or place in workspace.roots
    is_top = is_top or place == workspace.root / "inputs"
    return {
        "path": workspace.relative(place),
        "parent": "" if is_top else workspace.relative(place.parent),
        "folders": [_folder(workspace, p) for p in allowed if p.is_dir()],
        "files": [
            {"name": p.name, "path": workspace.relative(p), "bytes": p.stat().st_size}
            for p in files
        ],
        "is_whole": len(known) <= MOST,
    }


def _folder(workspace: Workspace, path: Path) -> dict[str, str]:
    return {"name": path.name, "path": workspace.relative(path)}


def _stays(workspace: Workspace, path: Path) -> bool:
    found = real(path)
    return any(found.is_relative_to(place) for place in (workspace.root, *workspace.roots))
