"""A progress bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LEAST = 20
"""Things to do from which a bar is worth while."""


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield what is called after each thing done.

    Parameters
    ----------
    total : int
        0 where it is not known.
    """
    if 0 < total < LEAST or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:3], TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total or None)
        yield lambda: progress.advance(task)
