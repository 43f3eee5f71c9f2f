"""Processes that stay, for a server: a call that ends its process costs that call alone."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from halescope.batch.processes import ENDED, Process, order_of
from halescope.errors import HalescopeError

Result = TypeVar("Result")

LIMIT = 300.0
"""Seconds after which a call is given up and its process ended."""


class WorkerError(HalescopeError):
    """A call ended the process that worked on it, or took too long."""


class Workers:
    """A bounded number of processes, each with one call at a time.

    Further calls wait their turn. Networks and caches that a call loads stay in its process.

    Parameters
    ----------
    count : int
        Processes; each is started when it is first needed, or by `warm`.

    Examples
    --------
    >>> workers = Workers(1)
    >>> workers.call(abs, -3)  # doctest: +SKIP
    3
    >>> workers.close()
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._slots = [_Slot() for _ in range(count)]
        self._free: queue.Queue[_Slot] = queue.Queue()
        for slot in self._slots:
            self._free.put(slot)

    def call(
        self,
        function: Callable[..., Result],
        *values: Any,
        subject: str = "call",
        limit: float = LIMIT,
    ) -> Result:
        """Return what ``function(*values)`` gives in one of the processes; waits for a free one.

        Parameters
        ----------
        function : callable
            Of a module; it, its values and what it returns must be picklable.
        subject : str
            What the call is about, for the error.
        limit : float
            Seconds that it may take.

        Raises
        ------
        WorkerError
            The call ended its process, or took longer than `limit`. Else what the function raises.
        """
        slot = self._free.get()
        try:
            return slot.call(function, values, subject, limit)  # type: ignore[no-any-return]
        finally:
            self._free.put(slot)

    def warm(self, function: Callable[..., Any], *values: Any) -> None:
        """Have each process call a function once, without waiting: so that it is loaded."""
        for _ in self._slots:
            call = threading.Thread(target=self._warm, args=(function, values), daemon=True)
            call.start()

    def _warm(self, function: Callable[..., Any], values: tuple[Any, ...]) -> None:
        try:
            self.call(function, *values, subject="start")
        except HalescopeError:
            return  # whoever calls next is told

    def close(self) -> None:
        """End all processes, also those at work."""
        for slot in self._slots:
            slot.end()


class _Slot:
    """One process."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._closed = False
        self._busy = threading.Lock()

    def call(
        self, function: Callable[..., Any], values: tuple[Any, ...], subject: str, limit: float
    ) -> Any:
        with self._busy:
            return self._call(function, values, subject, limit)

    def _call(
        self, function: Callable[..., Any], values: tuple[Any, ...], subject: str, limit: float
    ) -> Any:
        if self._closed:
            raise WorkerError(subject, "came while the program was ending")
        if self._process is None or not self._process.is_alive:
            self._process = Process(order_of(_applied))
        process = self._process
        try:
            is_good, found = process.call((function, values), limit)
        except ENDED as error:
            process.kill()
            self._process = None
            if process.is_late:
                found = f"took longer than {limit:.0f} s and was given up"
                raise WorkerError(subject, found) from error
            raise WorkerError(subject, "ended the process that read it") from error
        if is_good:
            return found
        raise found

    def end(self) -> None:
        """End the process; a call that it is at gets an error, in its own thread."""
        self._closed = True
        while not self._busy.acquire(timeout=0.05):
            process = self._process
            if process is not None:
                process.stop()
        try:
            if self._process is not None:
                self._process.kill()
        finally:
            self._busy.release()


def _applied(call: tuple[Callable[..., Any], tuple[Any, ...]]) -> Any:
    function, values = call
    return function(*values)
