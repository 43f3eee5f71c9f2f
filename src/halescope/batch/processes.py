"""Calls in several processes: few in flight, and one that dies costs only what it worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT = 3
"""Calls that wait or run for each process, so that memory does not grow with their number."""


def map_in_processes(
    function: Callable[..., Result],
    items: Iterable[Item],
    workers: int,
    *,
    shared: tuple[Any, ...] = (),
    lost: Callable[[Item], Result],
    apart: bool = False,
) -> Iterator[tuple[int, Result]]:
    """Yield position and result of ``function(item, *shared)`` for every item, as they come.

    Processes are spawned, with one thread each for the networks; a call is begun in the order of
    the items. With one worker, or one item, everything happens in this process. Raises
    `KeyboardInterrupt`: after the running calls have ended.

    Parameters
    ----------
    function : callable
        Of a module; items, shared arguments and results must be picklable.
    workers : int
        Processes.
    shared : tuple
        Further arguments, the same for all calls; sent once to each process.
    lost : callable
        Gives the result of an item whose call ended its process, twice.
    apart : bool
        Never work in this process, so that no item can end it.
    """
    left = dict(enumerate(items))
    workers = min(workers, len(left))
    if workers < (1 if apart else 2):
        yield from ((number, function(item, *shared)) for number, item in left.items())
        return
    from concurrent.futures.process import BrokenProcessPool

    while left:
        try:
            with _pool(workers, function, shared) as pool:
                for number, result in _drain(pool, left, workers):
                    del left[number]
                    yield number, result
        except BrokenProcessPool:
            for number in list(left)[:workers]:  # oldest first: one of these ended it
                item = left.pop(number)
                try:
                    with _pool(1, function, shared) as pool:
                        again = pool.submit(_call, item).result()
                except BrokenProcessPool:
                    again = lost(item)
                yield number, again


def in_order(numbered: Iterable[tuple[int, Result]]) -> Iterator[Result]:
    """Yield the results of `map_in_processes` in the order of their items."""
    early: dict[int, Result] = {}
    due = 0
    for number, result in numbered:
        early[number] = result
        while due in early:
            yield early.pop(due)
            due += 1


def _drain(
    pool: ProcessPoolExecutor, items: dict[int, Any], workers: int
) -> Iterator[tuple[int, Any]]:
    from concurrent.futures import FIRST_COMPLETED, wait

    queue = iter(list(items.items()))
    flying: dict[Future[Any], int] = {}
    while True:
        while len(flying) < IN_FLIGHT * workers and (call := next(queue, None)) is not None:
            flying[pool.submit(_call, call[1])] = call[0]
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            yield flying.pop(future), future.result()


@contextmanager
def _pool(
    workers: int, function: Callable[..., Any], shared: tuple[Any, ...]
) -> Iterator[ProcessPoolExecutor]:
    """Yield processes for one function; at the end its running calls are waited for."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    context = get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(function, shared))
    try:
        yield pool
    finally:
        with _undisturbed():
            pool.shutdown(wait=True, cancel_futures=True)


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


_GIVEN: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
"""In a process of the pool: the function, and what all its calls share."""


def _begin(function: Callable[..., Any], shared: tuple[Any, ...]) -> None:
    begin()
    _GIVEN[:] = [(function, shared)]


def begin() -> None:
    """Prepare a spawned process: one thread per network, and the parent alone answers Ctrl-C."""
    import gc
    import os
    import signal
    import threading

    from halescope.runtime.session import THREADS_VARIABLE

    gc.set_threshold(50_000, 20, 20)  # as in halescope.__main__
    os.environ.setdefault(THREADS_VARIABLE, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent's end, however it comes, and end as well: nobody else would tell us."""
    import os
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _call(item: Any) -> Any:
    function, shared = _GIVEN[0]
    return function(item, *shared)
