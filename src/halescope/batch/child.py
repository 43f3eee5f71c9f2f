"""What a process of `halescope.batch.processes` does: read a call, do it, write what it gave.

It ends when its parent does, however that ends and whatever this process is doing then: the system
itself signals the end of a pipe whose other end the parent holds.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import IO, Any

from halescope.guards.streams import open_streams


def serve() -> None:
    """Do calls from standard input until it ends; their results go to standard output.

    The arguments of the program are the number of the pipe that the parent holds, and the name of a
    module that is imported at once, or nothing.
    """
    _end_with_parent(int(sys.argv[1]))
    open_streams()  # the parent's standard error may be closed
    _prepare()
    if sys.argv[2]:
        import_module(sys.argv[2])
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
        _write(answers, _answer(order[0], item, order[1]))


def _prepare() -> None:
    """Use one thread for each network, and rarely look for garbage."""
    import gc

    from halescope.runtime.session import THREADS_VARIABLE

    gc.set_threshold(50_000, 20, 20)  # as in halescope.__main__
    os.environ.setdefault(THREADS_VARIABLE, "1")


def _write(answers: IO[bytes], answer: bytes) -> None:
    try:
        answers.write(answer)
        answers.flush()
    except OSError:  # nobody reads it any more
        os._exit(1)


def _answer(function: Callable[..., Any], item: Any, shared: tuple[Any, ...]) -> bytes:
    try:
        result = True, function(item, *shared)
    except Exception as error:  # noqa: BLE001 it is raised again in the parent
        result = False, error
    return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)


def _end_with_parent(pipe: int) -> None:
    """Be ended by SIGIO, also within a decoder, when the other end of the pipe closes."""
    try:
        import fcntl
        import select
    except ImportError:  # not POSIX: the end of the calls is all that tells
        return
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(pipe, 0)
    if any(event & select.POLLHUP for _, event in poll.poll(0)):
        os._exit(1)  # it had ended before
