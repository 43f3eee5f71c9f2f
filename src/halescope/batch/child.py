"""What a process of `halescope.batch.processes` does: read a call, do it, write what it gave.

It ends when its parent does, however that ends and whatever this process is doing then: while a
call runs, the system itself signals the end of the pipe that calls come through.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from halescope.runtime.session import THREADS_VARIABLE


def serve() -> None:
    """Do calls from standard input until it ends; their results go to standard output."""
    gc.set_threshold(50_000, 20, 20)  # as in halescope.__main__
    os.environ.setdefault(THREADS_VARIABLE, "1")
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What libraries in C print is no answer, and may hold what a stranger wrote into a file.
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    for number in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    order: tuple[Callable[..., Any], tuple[Any, ...]] | None = None
    while True:
        try:
            if order is None:
                order = pickle.load(calls)
                _write(answers, pickle.dumps(None))  # ready
            item = pickle.load(calls)
        except EOFError:
            return
        except (AttributeError, ImportError, pickle.UnpicklingError) as error:
            _write(answers, pickle.dumps((False, error)))  # a function of no module, say
            return
        with _ending_with_parent(calls.fileno()):
            answer = _answer(order[0], item, order[1])
        _write(answers, answer)


def _write(answers: IO[bytes], answer: bytes) -> None:
    answers.write(answer)
    answers.flush()


def _answer(function: Callable[..., Any], item: Any, shared: tuple[Any, ...]) -> bytes:
    try:
        result = True, function(item, *shared)
    except Exception as error:  # noqa: BLE001 it is raised again in the parent
        result = False, error
    return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)


@contextmanager
def _ending_with_parent(pipe: int) -> Iterator[None]:
    """Be ended by SIGIO if the other end of the pipe closes meanwhile; nothing else comes there."""
    try:
        import fcntl
        import select
    except ImportError:  # not POSIX: it is seen when the call has ended
        yield
        return
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    flags = fcntl.fcntl(pipe, fcntl.F_GETFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        poll = select.poll()
        poll.register(pipe, 0)
        if any(event & select.POLLHUP for _, event in poll.poll(0)):
            os._exit(1)  # it had ended before
        yield
    finally:
        fcntl.fcntl(pipe, fcntl.F_SETFL, flags)
