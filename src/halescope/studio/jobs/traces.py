"""What a job leaves in its folder while it runs: its process, its progress, its log, its end."""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halescope.studio.jobs.supervise import identity

LINES, MOST = 12, 2000
"""Of a log that is told where a job failed: lines, characters."""

PIECE = 262_144
"""Bytes of a log that are read at once."""

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Progress:
    """How far the running command is.

    Parameters
    ----------
    title : str
        What it does now.
    done, total : int
        Things; `total` 0 where it is unknown.
    left : float or None
        Seconds, by the rate until now.
    """

    title: str
    done: int
    total: int
    left: float | None


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what a JSON file holds, None where there is none or it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_running(folder: Path) -> bool:
    """Say whether the process that looks after a job is there."""
    told = read_json(folder / "running.json") or {}
    return _is_there(told.get("self"))


def _is_there(name: Any) -> bool:
    return isinstance(name, str) and identity(int(name.split()[0])) == name


def send(folder: Path, number: int) -> bool:
    """Send a signal to a job's processes, which are one group; say whether its command got it."""
    told = read_json(folder / "running.json") or {}
    own, child = told.get("self"), told.get("child")
    if not (_is_there(own) or _is_there(child)):
        return False
    with suppress(ProcessLookupError, PermissionError):
        # The group has the number of the one who looks after the job, its first member.
        os.killpg(int(str(own).split()[0]), signal.Signals(number))
    return child is not None


def read_progress(folder: Path) -> Progress | None:
    """Return how far a job is, None where its command does not say."""
    told = read_json(folder / "progress.json") or {}
    bars = told.get("bars") or []
    if not bars:
        return None
    bar = bars[-1]
    done, total = int(bar["done"]), int(bar["total"])
    passed = float(told["time"]) - float(bar["begun"])
    left = passed / done * (total - done) if 0 < done <= total else None
    return Progress(str(bar["title"]), done, total, left)


def read_log(folder: Path, start: int | None = None) -> tuple[str, int, int]:
    """Return a piece of a job's log, where the next begins, and how long the log is, bytes.

    `start`: byte to begin at; None takes the last piece.
    """
    path = folder / "log.txt"
    size = path.stat().st_size if path.exists() else 0
    begin = max(0, size - PIECE) if start is None else min(start, size)
    if size == 0:
        return "", 0, 0
    with path.open("rb") as file:
        file.seek(begin)
        data = file.read(PIECE)
    if begin + len(data) < size and b"\n" in data:
        data = data[: data.rindex(b"\n") + 1]
    return plain(data.decode("utf-8", "replace")), begin + len(data), size


def plain(text: str) -> str:
    """Return the text of a log without colours, and of lines written over each other the last."""
    text = ESCAPES.sub("", text).replace("\r\n", "\n")
    return "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))


def last_lines(folder: Path) -> str:
    """Return the last lines of a job's log that say something, without the program's name."""
    lines = [line.rstrip() for line in read_log(folder)[0].splitlines() if line.strip()]
    lines = [line.removeprefix("halescope: ") for line in lines]
    return "\n".join(lines[-LINES:])[-MOST:]
