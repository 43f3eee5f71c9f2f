"""Run tasks in processes of this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from halescope.archive.tasks import Task
from halescope.archive.work import Done, Order, run_task
from halescope.batch.processes import map_in_processes

FILE_SECONDS = 60.0
"""That one file may take; twice that, and it is a fault."""


@dataclass(frozen=True)
class Lost:
    """A task whose process ended every time."""

    task: Task


def run_here(tasks: Iterable[Task], order: Order, jobs: int) -> Iterator[Done | Lost]:
    """Yield what came of tasks as they end; none is run in this process, so that none can end it.

    Parameters
    ----------
    jobs : int
        Processes; each loads its networks once.
    """
    found = map_in_processes(_run, tasks, jobs, shared=(order,), lost=Lost, apart=True)
    yield from (done for _, done in found)


def _run(task: Task, order: Order) -> Done | Lost:
    return run_task(task, order, FILE_SECONDS)
