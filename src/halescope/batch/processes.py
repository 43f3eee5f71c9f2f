"""Spread calls over processes: few in flight, and one that dies costs only what it had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Result = TypeVar("Result")

IN_FLIGHT = 3
"""Calls that wait or run for each process, so that memory does not grow with their number."""


def spread(
    function: Callable[..., Result], calls: Mapping[int, tuple[Any, ...]], workers: int
) -> Iterator[tuple[int, Result | None]]:
    """Yield number and result of every call as they come; None where it ended its process.

    Parameters
    ----------
    function : callable
        Of a module, as are all its arguments and results: they travel between processes.
    calls : mapping of int to tuple
        Number of each call to its arguments.
    workers : int
        Processes, each with one thread for its networks. They begin in the order of `calls`.

    Raises
    ------
    KeyboardInterrupt
        After the running calls have ended.
    """
    from concurrent.futures.process import BrokenProcessPool

    left = dict(calls)
    while left:
        pool = _pool(workers)
        try:
            for number, result in _drain(pool, function, left, workers):
                del left[number]
                yield number, result
        except BrokenProcessPool:
            for number in list(left)[:workers]:  # oldest first: one of these ended it
                yield number, _alone(function, left.pop(number))
        finally:
            with _undisturbed():
                pool.shutdown(wait=True, cancel_futures=True)


def _drain(
    pool: ProcessPoolExecutor,
    function: Callable[..., Result],
    calls: Mapping[int, tuple[Any, ...]],
    workers: int,
) -> Iterator[tuple[int, Result]]:
    from concurrent.futures import FIRST_COMPLETED, wait

    queue = iter(list(calls.items()))
    flying: dict[Future[Result], int] = {}
    while True:
        while len(flying) < IN_FLIGHT * workers and (call := next(queue, None)) is not None:
            flying[pool.submit(function, *call[1])] = call[0]
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            yield flying.pop(future), future.result()


def _alone(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result | None:
    """Return the result of a call in a process of its own, None if it ends that too."""
    from concurrent.futures.process import BrokenProcessPool

    with _pool(1) as pool:
        future = pool.submit(function, *arguments)
        return None if isinstance(future.exception(), BrokenProcessPool) else future.result()


def _pool(workers: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let running calls end whole, however often Ctrl-C is pressed: it takes no second."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin() -> None:
    """Prepare a process: one thread per network, and the parent alone answers Ctrl-C."""
    import gc
    import os
    import signal

    from halescope.runtime.session import THREADS_VARIABLE

    gc.set_threshold(50_000, 20, 20)  # as in halescope.__main__
    os.environ.setdefault(THREADS_VARIABLE, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
