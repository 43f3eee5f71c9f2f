"""Curves of a run as its page draws them: steps as they come, epochs, the best one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from halescope.training.curves import METRICS, STEP_COLUMNS, STEPS, Metrics, read_metrics

PIECE = 20_000
"""Steps in one answer."""

SHARES = ("accuracy", "accuracy_top5")
"""Metrics that newer runs write as shares, 0..1; pages show percent."""


@dataclass
class Tail:
    """The steps of one file that were read so far, and where reading goes on."""

    place: int = 0
    rows: list[tuple[float, ...]] = field(default_factory=list)


class Curves:
    """Reads the growing ``steps.csv`` of runs, each line once."""

    def __init__(self, _studio: Any = None) -> None:
        self._tails: dict[Path, Tail] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Forget all files."""
        self._tails.clear()

    def steps(self, folder: Path, after: int = 0) -> dict[str, Any]:
        """Return the steps of a run after one: a list for each column, and where to go on."""
        with self._lock:
            rows = self._read(folder / STEPS)
            first = bisect_right(rows, float(after), key=lambda row: row[0])
            found = rows[first : first + PIECE]
            more = len(rows) - first > PIECE
        columns = zip(*found, strict=True) if found else ((),) * len(STEP_COLUMNS)
        steps = dict(zip(STEP_COLUMNS, map(list, columns), strict=True))
        return {"steps": steps, "next": int(found[-1][0]) if found else after, "more": more}

    def done(self, folder: Path) -> tuple[int, float | None]:
        """Return the steps done, and the seconds that one takes by the last fifty."""
        with self._lock:
            rows = self._read(folder / STEPS)[-50:]
        if not rows:
            return 0, None
        count = rows[-1][0] - rows[0][0]
        pace = (rows[-1][4] - rows[0][4]) / count if count else None
        return int(rows[-1][0]), pace

    def _read(self, path: Path) -> list[tuple[float, ...]]:
        """Return all whole rows of a file, reading on where the last look ended."""
        tail = self._tails.setdefault(path, Tail())
        size = path.stat().st_size if path.is_file() else 0
        if size < tail.place:  # resumed from an earlier snapshot
            tail.place, tail.rows = 0, []
        if size == tail.place:
            return tail.rows
        with path.open("rb") as file:
            file.seek(tail.place)
            data = file.read(size - tail.place)
        whole = data[: data.rfind(b"\n") + 1]
        tail.place += len(whole)
        for line in whole.decode("utf-8", "replace").splitlines():
            row = _row(line)
            if row is not None:
                while tail.rows and tail.rows[-1][0] >= row[0]:
                    tail.rows.pop()
                tail.rows.append(row)
        return tail.rows


def _row(line: str) -> tuple[float, ...] | None:
    """Return the numbers of a line, None for the head or what is none."""
    cells = line.split(",")
    try:
        return tuple(map(float, cells)) if len(cells) == len(STEP_COLUMNS) else None
    except ValueError:
        return None


def epochs_of(folder: Path) -> list[Metrics]:
    """Return a row of metrics for each epoch; scores in percent."""
    try:
        rows = read_metrics(folder / METRICS)
    except (OSError, ValueError):
        return []
    for name in SHARES:
        values = [row[name] for row in rows if name in row]
        if values and max(values) <= 1:
            rows = [row | {name: 100 * row[name]} if name in row else row for row in rows]
    return [row for row in rows if "epoch" in row]


def best_of(rows: list[Metrics], best: tuple[str, str]) -> dict[str, Any] | None:
    """Return the epoch at which a metric is best: its number, the metric and the value."""
    name, mode = best
    found = [row for row in rows if name in row]
    if not found:
        return None
    pick = max if mode == "max" else min
    row = pick(found, key=lambda row: row[name])
    return {"epoch": int(row["epoch"]), "metric": name, "value": row[name]}
