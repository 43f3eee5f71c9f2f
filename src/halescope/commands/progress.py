"""How far a long command is: bars with rate and time left on a terminal, nothing elsewhere.

Where the variable HALESCOPE_PROGRESS names a file, that is written too, for a program that shows
the command's progress: ``{"time": now, "bars": [{"title", "done", "total", "begun"}]}``, times in
seconds since 1970, `total` 0 where it is unknown, the newest bar last. The file is always whole.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LEAST = 2
"""Things to do from which a bar is worth while."""

EVERY = 0.5
"""Seconds between two states of the file."""


def is_drawn(total: int, quiet: bool = False) -> bool:
    """Say whether a bar of so many things, 0 for an unknown number, would be drawn."""
    return not quiet and not 0 < total < LEAST and sys.stderr.isatty()


@contextmanager
def bars(quiet: bool = False) -> Iterator[Callable[[str, int], Callable[[], None]]]:
    """Yield what starts a bar, given its title and the number of things, 0 if that is unknown.

    Starting a bar returns what is called after each thing. Bars go to standard error and vanish
    at the end; lines printed meanwhile appear above them.
    """
    if (path := os.environ.get("HALESCOPE_PROGRESS")) is not None:
        yield _File(Path(path)).start
        return
    if not is_drawn(0, quiet):
        yield lambda title, total: lambda: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate, left = TextColumn("{task.fields[rate]}"), TimeRemainingColumn()
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), rate, left)
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # else what is piped would go to the terminal
    ) as progress:

        def start(title: str, total: int) -> Callable[[], None]:
            if not is_drawn(total):
                return lambda: None
            task = progress.add_task(title, total=total or None, rate="")

            def advance() -> None:
                speed = progress.tasks[task].speed
                progress.update(task, advance=1, rate=_rate(speed) if speed else "")

            return advance

        yield start


@contextmanager
def bar(title: str, total: int, quiet: bool = False) -> Iterator[Callable[[], None]]:
    """Yield what is called after each thing done, while one bar is drawn; see `bars`."""
    with bars(quiet) as start:
        yield start(title, total)


class _File:
    """The bars of a command in a file; one that cannot be written costs nothing but the view."""

    def __init__(self, path: Path) -> None:
        self.path, self.bars, self.written = path, list[dict[str, Any]](), 0.0

    def start(self, title: str, total: int) -> Callable[[], None]:
        """Add a bar and return what is called after each thing."""
        mine: dict[str, Any] = {"title": title, "done": 0, "total": total, "begun": time.time()}
        self.bars.append(mine)
        self.write()

        def advance() -> None:
            mine["done"] += 1
            if mine["done"] == mine["total"] or time.time() - self.written > EVERY:
                self.write()

        return advance

    def write(self) -> None:
        """Write the file anew."""
        self.written = time.time()
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with suppress(OSError):
            fresh.write_text(json.dumps({"time": self.written, "bars": self.bars}))
            os.replace(fresh, self.path)


def _rate(speed: float) -> str:
    return f"{speed:.1f}/s" if speed >= 1 else f"{1 / speed:.1f} s each"
