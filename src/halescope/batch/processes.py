"""Calls in several processes: one that dies, or takes too long, costs only what it worked on."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from halescope.batch import child

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT = 3
"""Calls that wait or run for each process, so that memory does not grow with their number."""

DEATHS = 2
"""So many processes that an item ends make it lost: the first may have died of another's harm."""

ENDED = (EOFError, OSError, pickle.UnpicklingError)
"""What `Process.call` raises where the process ended."""

_START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); import pickle;"
    " sys.path[:] = pickle.load(sys.stdin.buffer);"
    f" from {child.__name__} import {child.serve.__name__}; serve()"
)


def map_in_processes(
    function: Callable[..., Result],
    items: Iterable[Item],
    workers: int,
    *,
    shared: tuple[Any, ...] = (),
    lost: Callable[[Item], Result],
    apart: bool = False,
    seconds: float | None = None,
    late: Callable[[Item], Result] | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yield position and result of ``function(item, *shared)`` for every item, as they come.

    Processes are fresh ones, with one thread each for the networks; a call is begun in the order of
    the items. With one worker, or one item, everything happens in this process. Raises
    `KeyboardInterrupt`: after the running calls have ended. The processes end with this one,
    however it ends.

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
    seconds : float, optional
        That a call may take; the process of one that takes longer is ended. Calls in this process
        are not watched.
    late : callable, optional
        Gives the result of an item that took longer; `lost` if left out.
    """
    left = list(items)
    workers = min(workers, len(left))
    if workers < (1 if apart else 2):
        yield from ((number, function(item, *shared)) for number, item in enumerate(left))
        return
    crew = _Crew(function, shared, lost, late or lost, seconds)
    with crew, _threads(workers) as pool:
        yield from _drain(pool, crew.result_of, left, workers)


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
    pool: ThreadPoolExecutor, call: Callable[[Any], Any], items: list[Any], workers: int
) -> Iterator[tuple[int, Any]]:
    from concurrent.futures import FIRST_COMPLETED, wait

    queue = iter(enumerate(items))
    flying: dict[Future[Any], int] = {}
    while True:
        while len(flying) < IN_FLIGHT * workers and (due := next(queue, None)) is not None:
            flying[pool.submit(call, due[1])] = due[0]
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            yield flying.pop(future), future.result()


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Yield threads, each of which waits for a process; at the end running calls are waited for."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(count)
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


_SPARE: list[subprocess.Popen[bytes]] = []
"""Processes that were started before it was known what they shall do."""


@contextmanager
def warmed(module: str) -> Iterator[None]:
    """Start a process that imports a module already, for the first `map_in_processes` within.

    What this process has still to do meanwhile costs no time then.
    """
    child = _started(module)
    _SPARE.append(child)
    try:
        yield
    finally:
        if child in _SPARE:  # nobody needed it
            _SPARE.remove(child)
            _ended(child)


def order_of(function: Callable[..., Any], shared: tuple[Any, ...] = ()) -> bytes:
    """Return what a `Process` does with each item: ``function(item, *shared)``."""
    return pickle.dumps((function, shared), pickle.HIGHEST_PROTOCOL)


class _Crew:
    """The processes of one `map_in_processes`; those that wait for work are kept for the next."""

    def __init__(
        self,
        function: Callable[..., Any],
        shared: tuple[Any, ...],
        lost: Callable[[Any], Any],
        late: Callable[[Any], Any],
        seconds: float | None,
    ) -> None:
        self._order = order_of(function, shared)
        self._lost, self._late, self._seconds = lost, late, seconds
        self._idle: list[Process] = []

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *error: object) -> None:
        for process in self._idle:
            process.end()

    def result_of(self, item: Any) -> Any:
        """Return what the function gives for an item, or what stands for it."""
        for _ in range(DEATHS):
            process = self._idle.pop() if self._idle else Process(self._order, _SPARE)
            try:
                succeeded, result = process.call(item, self._seconds)
            except ENDED:
                process.kill()
                if process.is_late:
                    return self._late(item)
                continue
            self._idle.append(process)
            if not succeeded:
                raise result
            return result
        return self._lost(item)


class Process:
    """A process that does one call after another, see `halescope.batch.child`.

    It is started plainly and not by multiprocessing, which would import the user's script again and
    start a further process to look after resources that are not used here.

    Parameters
    ----------
    order : bytes
        See `order_of`.
    spare : list of Popen
        Of these one is taken, if there are any.
    """

    def __init__(self, order: bytes, spare: list[subprocess.Popen[bytes]] | None = None) -> None:
        self._process = spare.pop() if spare else _started()
        self._to = cast(IO[bytes], self._process.stdin)
        self._from = cast(IO[bytes], self._process.stdout)
        self.is_late = False
        self._begin = order

    def call(self, item: Any, seconds: float | None) -> tuple[bool, Any]:
        """Return whether the function returned, and its result or error.

        Raises
        ------
        EOFError, OSError, UnpicklingError
            The process ended.
        """
        if self._begin:
            self._write(self._begin)
            self._begin = b""
            failed = pickle.load(self._from)  # its start is not the call's time
            if failed:
                return False, failed[1]
        timer = None if seconds is None else Timer(seconds, self._expire)
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            self._write(pickle.dumps(item, pickle.HIGHEST_PROTOCOL))
            found: tuple[bool, Any] = pickle.load(self._from)
            return found
        finally:
            if timer is not None:
                timer.cancel()

    def _write(self, data: bytes) -> None:
        self._to.write(data)
        self._to.flush()

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def _expire(self) -> None:
        self.is_late = True
        self._process.kill()

    def stop(self) -> None:
        """Have it end, while another thread waits for it: that one is told, and ends it."""
        self._process.kill()

    def end(self) -> None:
        """Let it end, now that there is nothing more to do."""
        _ended(self._process)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self.end()


_KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 25), "MALLOC_TRIM_THRESHOLD_": str(1 << 28)}
"""Lets the C library (glibc) keep what an array gave back for the next one; else each array of a
disk is asked from the system and filled with zeros anew, a fourteenth of an analysis' time."""

_LIFE: dict[int, int] = {}
"""Process to our end of the pipe at whose end it ends."""


def _started(module: str = "") -> subprocess.Popen[bytes]:
    """Return a process that waits for an order and has imported a module."""
    theirs, ours = os.pipe()
    more: dict[str, Any] = {} if sys.platform == "win32" else {"pass_fds": (theirs,)}
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs), module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**_KEPT_MEMORY, **os.environ},
            **more,
        )
    finally:
        os.close(theirs)
    _LIFE[process.pid] = ours
    with suppress(OSError):
        stdin = cast(IO[bytes], process.stdin)
        stdin.write(pickle.dumps([entry or os.getcwd() for entry in sys.path]))
        stdin.flush()
    return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a process that has nothing more to do."""
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            cast(IO[bytes], pipe).close()
        process.wait()
    ours = _LIFE.pop(process.pid, None)
    if ours is not None:
        os.close(ours)
