"""Run tasks on a Dask cluster that somebody else started.

The coordinator keeps a few tasks in flight for each thread of the workers, so that neither it nor
the scheduler grows with the archive. Workers write their parts themselves.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from halescope._version import __version__
from halescope.archive.local import Lost
from halescope.archive.tasks import Task
from halescope.archive.work import Done, Order, check_worker, run_task
from halescope.errors import ConfigError, HalescopeError, MissingExtraError

IN_FLIGHT = 3
"""Tasks that wait or run for each thread of a worker."""

PATIENCE = 15.0
"""Seconds after which a scheduler that does not answer, or has no worker, is given up."""


def run_on_cluster(tasks: Iterable[Task], order: Order, address: str) -> Iterator[Done | Lost]:
    """Yield what came of tasks as they end.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ConfigError
        The scheduler does not answer, has no workers, or a worker has another program.
    """
    with _client(address, PATIENCE) as client:
        _greet(client, order, address, PATIENCE)
        yield from _drain(client, iter(tasks), order, address)


def name_of(task: Task) -> str:
    """Return a task's name on Dask's dashboard, where all share the group ``analyse``."""
    return f"analyse-{task.name}"


def _drain(client: Any, tasks: Iterator[Task], order: Order, address: str) -> Iterator[Done | Lost]:
    from concurrent.futures import CancelledError

    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    running: dict[str, Task] = {}
    attempts: Counter[str] = Counter()
    ended = as_completed(loop=client.loop)

    def submit(task: Task) -> None:
        attempts[task.name] += 1
        key = f"{name_of(task)}-{attempts[task.name]}"
        running[key] = task
        ended.add(client.submit(run_task, task, order, key=key, pure=False))

    room = IN_FLIGHT * max(1, sum(client.nthreads().values()))
    for task in itertools.islice(tasks, room):
        submit(task)
    try:
        for future in ended:
            task = running.pop(future.key)
            try:
                yield future.result()
            except KilledWorker:
                yield Lost(task)
            except CancelledError as error:
                what = f"went away ({_line(error)})"
                advice = "start it and run the build again: it goes on where it was"
                raise ConfigError(address, what, "", advice) from None
            future.release()
            following = next(tasks, None)
            if following is not None:
                submit(following)
    finally:
        client.cancel(list(ended.futures), force=True)


@contextmanager
def _client(address: str, patience: float) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError("dask[distributed]", "archive") from error
    try:
        client = Client(address, timeout=patience, set_as_default=False, name="halescope")
    except (OSError, TimeoutError, ValueError) as error:
        what = f"no scheduler answers ({_line(error)})"
        raise ConfigError(
            address, what, "a running `dask scheduler`", "check --scheduler"
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=patience)


def _greet(client: Any, order: Order, address: str, patience: float) -> None:
    """See that there are workers, and that all have this program and these networks."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        raise ConfigError(
            address, "has no workers", "one at least", "start `dask worker`"
        ) from None
    for worker, answer in client.run(greet, order, on_error="return").items():
        if isinstance(answer, str):
            raise ConfigError(f"worker {worker}", answer, f"halescope {__version__} as here")
        if isinstance(answer, BaseException):
            what = f"cannot work ({type(answer).__name__}: {_line(answer)})"
            raise ConfigError(f"worker {worker}", what, f"halescope {__version__} and its networks")


def greet(order: Order) -> str | None:
    """Return what is wrong with this worker, None if nothing is; its networks are loaded then."""
    from halescope.io.atomic import check_writable

    try:
        check_worker(order)
        check_writable(order.folder)
    except HalescopeError as error:
        return f"{error.found}; expected {error.expected}" if error.expected else str(error)
    return None


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
