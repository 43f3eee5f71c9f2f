"""A process beside the server that looks at pictures: one that dies costs one answer."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Semaphore
from typing import Any

from halescope.batch.workers import Workers
from halescope.studio.inference.look import cut_region, look
from halescope.studio.problems import Problem
from halescope.studio.state import Studio

LONGEST = 180.0
"""Seconds that one picture may take."""

WAITING, PATIENCE = 8, 20.0
"""Pictures that wait for the process; others are turned away after some seconds."""

KEPT = 60
"""Tries whose pictures stay in the workspace."""

FOLDER = "tries"
ANSWER = "answer.json"

Told = dict[str, Any]


class Bench:
    """Looks at pictures in a process of its own, one after the other.

    Parameters
    ----------
    studio : Studio
        In whose workspace pictures of layers are kept.
    """

    def __init__(self, studio: Studio) -> None:
        self.root = studio.workspace.root / FOLDER
        self._workers = Workers(1)
        self._places = Semaphore(WAITING)

    def close(self) -> None:
        """End the process."""
        self._workers.close()

    def new_folder(self) -> Path:
        """Make a folder for one try; the oldest ones go."""
        self.root.mkdir(exist_ok=True)
        now = datetime.now(UTC)
        made = self.root / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        made.mkdir()
        known = sorted(path for path in self.root.iterdir() if (path / ANSWER).is_file())
        for old in known[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return made

    def look(self, asked: Told) -> Told:
        """Return what a network makes of a picture, see `halescope.studio.inference.look`.

        Raises `WorkerError` where the picture ends the process or takes too long, and a 503
        `Problem` where too many wait.
        """
        told = self._run(look, asked, Path(str(asked["picture"])).name)
        (Path(asked["folder"]) / ANSWER).write_text(json.dumps(told), "utf-8")
        return told

    def cut(self, asked: Told) -> None:
        """Write a region's part of a picture, see `halescope.studio.inference.look.cut_region`."""
        self._run(cut_region, asked, Path(str(asked["image"])).name)

    def _run(self, work: Callable[[Told], Told], asked: Told, name: str) -> Told:
        if not self._places.acquire(timeout=PATIENCE):
            raise Problem(503, "Too much at once", f"{WAITING} pictures wait; try again soon")
        try:
            return self._workers.call(work, asked, subject=name, limit=LONGEST)
        finally:
            self._places.release()
