"""What a worker does: one task's files, one after another, and their rows as one part.

A file that ends the process costs itself alone: before each file its place is noted beside the
parts, so that the next attempt knows where the last one ended. The second death at one place makes
a fault of that file.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from halescope._version import __version__
from halescope.archive.keys import Settings, key_of, networks_of
from halescope.archive.remote import content, mapped
from halescope.archive.store.parts import Part, write_part
from halescope.archive.store.rows import Fault, Rows
from halescope.archive.tasks import File, Task
from halescope.batch.outputs import write_outputs
from halescope.batch.plan import stem_of
from halescope.batch.run import DAMAGE, load_tools
from halescope.errors import ConfigError, HalescopeError, OutputError
from halescope.pipeline import Analysis, analyze
from halescope.runtime.session import THREADS_VARIABLE

DEATHS = 2
"""So many attempts that end at one file make a fault of it."""

LOST = "ended the process that read it, or took longer than may be"

WORK = "work"
"""Folder of notes on what is being done, below the archive."""

_PLACE = struct.Struct("<ii")


@dataclass(frozen=True)
class Order:
    """What all tasks of a build share.

    Parameters
    ----------
    archive : str
        Folder of the archive as the coordinator calls it.
    key : str
        See `halescope.archive.keys.key_of`.
    generation : int
        Number of the build.
    maps : tuple of (prefix, prefix)
        What folders of the coordinator are called on workers.
    finder : callable or None
        Gives the rows of one file in place of the pipeline: ``finder(file, order, rows)``.
    """

    archive: str
    settings: Settings
    key: str
    generation: int
    maps: tuple[tuple[str, str], ...] = ()
    version: str = __version__
    finder: Callable[[File, Order, Rows], None] | None = None

    @property
    def folder(self) -> Path:
        """Folder of the archive as this machine calls it."""
        return Path(mapped(self.archive, self.maps))


@dataclass(frozen=True)
class Done:
    """What came of a task: its part, how many files and faults by kind, one message of each."""

    part: Part
    files: int
    faults: dict[str, int]
    examples: dict[str, str]
    seconds: float


def run_task(task: Task, order: Order, seconds: float = 0.0) -> Done:
    """Analyse the files of a task, write its part and say what came of it.

    Parameters
    ----------
    seconds : float
        After which a file ends this process, which does nothing else; 0 for never.

    Raises
    ------
    ConfigError
        This worker's program or networks are others than the coordinator's.
    OutputError
        The part cannot be written.
    """
    begin = time.perf_counter()
    check_worker(order)
    rows = Rows(order.settings.physics, order.generation)
    finder = order.finder or find
    with Notes(order.folder / WORK / task.name) as notes:
        for number, file in enumerate(task.files):
            if notes.blames(number):
                rows.add_fault(file, order.key, Fault("lost", LOST))
                continue
            notes.begin(number)
            with alarm(seconds):
                finder(file, order, rows)
        part = write_part(order.folder, task, rows)
    return Done(part, len(task), *rows.faults(), time.perf_counter() - begin)


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Let the system end this process, also within a decoder, if the block takes longer."""
    if not seconds or not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def find(file: File, order: Order, rows: Rows) -> None:
    """Analyse one file and add its rows, or what was wrong with it."""
    name = os.path.basename(file.path)
    try:
        data = content(file.path, order.maps)
        if file.size >= 0 and len(data) != file.size:
            what = f"has {len(data)} bytes, {file.size} when it was listed"
            raise ChangedError(name, what, "", "`halescope archive update` reads it again")
        analysis = _analysis(data, name, order.settings)
        if order.settings.crops:
            write_outputs(analysis, crops_of(file, order.folder), order.settings.options)
    except OutputError:
        raise
    except HalescopeError as error:
        rows.add_fault(file, order.key, Fault.of(error))
    except OSError as error:
        what = f"{name}: cannot be read ({error.strerror or error})"
        rows.add_fault(file, order.key, Fault("unreadable", what))
    except DAMAGE as error:
        detail = " ".join(str(error).split())[:200]
        what = f"{name}: cannot be analysed ({type(error).__name__}: {detail})"
        rows.add_fault(file, order.key, Fault(_kind_of(error), what))
    else:
        rows.add_image(file, order.key, analysis)


class ChangedError(HalescopeError):
    """A file is no longer the one that was listed."""


def crops_of(file: File, archive: Path) -> Path:
    """Return the folder of a file's crops: by day, then by a name that no other file shares."""
    from halescope.archive.tasks import to_datetime

    day = "undated" if file.time is None else to_datetime(file.time).strftime("%Y/%m/%d")
    stem = stem_of(Path(file.path)).encode("utf-8", "replace").decode()[:60]
    return archive / "crops" / day / f"{stem}_{file.identity[:8]}"


def check_worker(order: Order) -> None:
    """Refuse to work with another program or other networks than the coordinator's.

    Raises
    ------
    ConfigError
        Naming this machine and process.
    """
    prepare()
    here = f"worker {socket.gethostname()}:{os.getpid()}"
    advice = "install the same halescope and networks there"
    if order.version != __version__:
        raise ConfigError(here, f"runs halescope {__version__}", order.version, advice)
    own = _own_key(order.settings)
    if own != order.key:
        raise ConfigError(here, f"has networks of key {own}", order.key, advice)


@lru_cache(maxsize=1)
def prepare() -> None:
    """Set a worker up as `halescope.batch.processes` does, before it loads networks: one thread for
    each of them, and rare garbage collections."""
    gc.set_threshold(50_000, 20, 20)
    os.environ.setdefault(THREADS_VARIABLE, "1")


@lru_cache(maxsize=8)
def _own_key(settings: Settings) -> str:
    return key_of(settings, networks_of(settings))


class Notes:
    """Which file of a task is being read, and how often an attempt ended there.

    One small file that is written over in place; it goes when the task is done.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place, self._deaths, self._blamed = -1, 0, set[int]()

    def __enter__(self) -> Notes:
        """Read what an attempt before this one left."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        old = b""
        with suppress(OSError):
            old = self.path.read_bytes()
        whole = len(old) // _PLACE.size * _PLACE.size
        for place, deaths in _PLACE.iter_unpack(old[:whole]):
            self._place, self._deaths = place, deaths + 1
            if deaths + 1 >= DEATHS:
                self._blamed.add(place)
        kept = b"".join(_PLACE.pack(place, DEATHS) for place in sorted(self._blamed))
        self._file = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666)
        self._at = os.write(self._file, kept)
        return self

    def blames(self, number: int) -> bool:
        """Say whether attempts ended at this file often enough."""
        return number in self._blamed

    def begin(self, number: int) -> None:
        """Note that a file is begun."""
        deaths = self._deaths if number == self._place else 0
        os.lseek(self._file, self._at, os.SEEK_SET)
        os.write(self._file, _PLACE.pack(number, deaths))

    def __exit__(self, *error: object) -> None:
        """Forget it all, unless the task has to be done again."""
        os.close(self._file)
        if error[0] is None:
            self.path.unlink(missing_ok=True)


def _analysis(data: bytes, name: str, settings: Settings) -> Analysis:
    detector, classifier = load_tools(settings.detector, settings.classifier)
    return analyze(
        data, detector=detector, classifier=classifier, physics=settings.physics, name=name
    )


def _kind_of(error: BaseException) -> str:
    return "memory" if isinstance(error, MemoryError) else "damaged"
