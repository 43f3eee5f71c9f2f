"""How far a build is, for `archive status` in another window."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from halescope.archive.work import WORK, Done
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_text

STEP = 2.0
"""Seconds between two notes."""

FILE = "progress.json"


class Progress:
    """Notes total, done, faults and rate beside the parts, every few seconds; goes at the end."""

    def __init__(self, folder: Path, total: int) -> None:
        self._path, self._total = folder / WORK / FILE, total
        self._done, self._faults = 0, Counter[str]()
        self._begin = self._noted = time.monotonic()

    def __enter__(self) -> Progress:
        """Write the first note."""
        self._note()
        return self

    def add(self, done: Done) -> None:
        """Count a task."""
        self._done += done.files
        self._faults.update(done.faults)
        if time.monotonic() - self._noted > STEP:
            self._note()

    def __exit__(self, *error: object) -> None:
        """Remove the note: nothing is running any more."""
        with suppress(OSError):
            self._path.unlink()

    def _note(self) -> None:
        self._noted = time.monotonic()
        seconds = self._noted - self._begin
        rate = self._done / seconds if self._done else None
        document = {
            "total": self._total,
            "done": self._done,
            "faults": dict(self._faults),
            "rate": rate,
            "left": None if not rate else (self._total - self._done) / rate,
        }
        atomic_text(self._path, json.dumps(document) + "\n")


def read_progress(folder: Path) -> dict[str, Any] | None:
    """Return the newest note of a build that runs, None where there is none."""
    try:
        found = from_json((folder / WORK / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
