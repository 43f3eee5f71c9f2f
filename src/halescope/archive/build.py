"""Build an archive: list, skip what is done, divide, run, count. The rows go past the coordinator.

Which files are done, the parts themselves say; so a build that ended in any way is gone on with by
starting it again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from halescope.archive.cluster import run_on_cluster
from halescope.archive.files import Listing, list_files
from halescope.archive.keys import Settings, identities, key_of, networks_of
from halescope.archive.local import Lost, run_here
from halescope.archive.progress import Progress
from halescope.archive.store.lock import held
from halescope.archive.store.parts import (
    HEAD,
    check,
    forget_wrong,
    read_head,
    read_index,
    read_parts,
    refuse_foreign,
    refuse_wrong,
    sweep,
    write_head,
)
from halescope.archive.store.schema import pyarrow
from halescope.archive.store.tables import Tables
from halescope.archive.tasks import DAY, Task, divide
from halescope.archive.work import WORK, Done, Order
from halescope.errors import DatasetError, OutputError

Report = Callable[[Done], None]


@dataclass(frozen=True)
class Plan:
    """What a build is asked to do.

    Parameters
    ----------
    sources : tuple of str
        See `halescope.archive.files.list_files`.
    every : float
        Seconds; of each step the first file is taken, 0 for all.
    jobs : int
        Processes on this machine.
    scheduler : str
        Address of a Dask scheduler to use in their place; empty for none.
    maps : tuple of (prefix, prefix)
        What folders are called on the cluster's workers.
    retry : bool
        Whether files that failed by a passing fault are done again.
    repair : bool
        Whether damaged parts of the archive are given up, so that their files are done again.
    """

    sources: tuple[str, ...]
    settings: Settings = field(default_factory=Settings)
    every: float = 0.0
    jobs: int = 1
    scheduler: str = ""
    maps: tuple[tuple[str, str], ...] = ()
    retry: bool = False
    repair: bool = False

    def remembered(self) -> dict[str, Any]:
        """Return what `update` needs to do the same again."""
        return {"sources": self.sources, "every": self.every, "settings": asdict(self.settings)}


def remembered(folder: Path) -> Plan:
    """Return the plan of an archive's last build."""
    head = read_head(folder)
    try:
        settings = Settings(**head["settings"])
        return Plan(tuple(map(str, head["sources"])), settings, float(head["every"]))
    except (LookupError, TypeError, ValueError) as error:
        raise DatasetError(str(folder / HEAD), f"is damaged ({error})") from error


@dataclass(frozen=True)
class Waiting:
    """Files that a build has to do.

    Parameters
    ----------
    listing : Listing
        Of them alone.
    identity : list of str
        Of each.
    listed, known : int
        Files that the sources have, and how many of these are done.
    """

    listing: Listing
    identity: list[str]
    listed: int
    known: int

    @cached_property
    def days(self) -> int:
        """Days of observation."""
        return len(np.unique(self.listing.time // DAY))

    @cached_property
    def bytes(self) -> int:
        """Size of all files, as far as it is known."""
        return int(self.listing.size.clip(0).sum())


@dataclass
class Summary:
    """What a build did."""

    listed: int = 0
    known: int = 0
    images: int = 0
    regions: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, done: Done) -> None:
        """Count a task."""
        self.images += done.part.rows("images")
        self.regions += done.part.rows("regions")
        self.faults.update(done.faults)
        self.examples |= {
            kind: text for kind, text in done.examples.items() if kind not in self.examples
        }


def build(
    folder: Path,
    plan: Plan,
    *,
    start: Callable[[int], None] = lambda files: None,
    report: Report = lambda done: None,
    order: Mapping[str, Any] | None = None,
) -> Summary:
    """Bring an archive up to its sources, and say what was done.

    Parameters
    ----------
    folder : Path
        The archive; made if there is none.
    start : callable
        Called once with the number of files to do.
    report : callable
        Called with each task that is done.
    order : mapping, optional
        Further fields of `Order`.

    Raises
    ------
    OutputError
        Another build writes to it, or it cannot be written.
    ReadError, ModelError, ConfigError, DatasetError
        Sources, networks or scheduler are not there; the archive is damaged or of another version.
    KeyboardInterrupt
        After running tasks have ended; the archive is whole.
    """
    refuse_foreign(folder)
    begin = time.monotonic()
    networks = networks_of(plan.settings)  # a wrong name is told before a folder is made
    key = key_of(plan.settings, networks)
    with held(folder):
        sweep(folder)
        if (folder / HEAD).exists():
            wrong = check(folder, read_parts(folder), thoroughly=plan.repair)
            (forget_wrong if plan.repair else refuse_wrong)(folder, wrong)
        waiting = find_waiting(folder, plan, key)
        write_head(folder, plan.remembered() | {"networks": [n.to_json() for n in networks]})
        start(len(waiting.listing))
        summary = Summary(waiting.listed, waiting.known)
        given = Order(
            str(folder.absolute()), plan.settings, key, next_generation(folder), plan.maps,
            **(order or {}),
        )  # fmt: skip
        with Progress(folder, len(waiting.listing)) as progress:
            for done in _run(waiting, plan, given):
                summary.add(done)
                progress.add(done)
                report(done)
        summary.seconds = time.monotonic() - begin
    return summary


def find_waiting(folder: Path, plan: Plan, key: str) -> Waiting:
    """List the sources and leave out what an archive has already.

    Parameters
    ----------
    key : str
        See `halescope.archive.keys.key_of`: rows of another key are stale.
    """
    import pyarrow.compute as pc

    pa = pyarrow()
    listing = list_files(plan.sources, plan.every)
    own = identities(key, listing)
    if not (folder / HEAD).exists():
        return Waiting(listing, own, len(listing), 0)
    tables = Tables(folder)
    images = tables.current("images", ["identity"])
    faults = tables.current("faults", ["identity", "passing"])
    settled = faults.filter(pc.invert(faults["passing"])) if plan.retry else faults
    known = _joined(images["identity"], settled["identity"])
    done = pc.is_in(pa.array(own, pa.string()), known).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(~done)
    left = [own[row] for row in rows.tolist()]
    return Waiting(listing[rows], left, len(listing), int(done.sum()))


def _joined(*columns: Any) -> Any:
    """Return pyarrow columns of text, one after another."""
    pa = pyarrow()
    chunks = [chunk for column in columns for chunk in column.chunks]
    return pa.chunked_array(chunks, pa.string())


def next_generation(folder: Path) -> int:
    """Return a number for a build that is above those of all parts."""
    parts = read_parts(folder)
    return max([part.generation for part in parts] + [read_index(folder).generation]) + 1


def _run(waiting: Waiting, plan: Plan, order: Order) -> Iterator[Done]:
    """Run all tasks; those that ended their process are run again, with the file found by then."""
    workers = plan.jobs
    tasks: Iterable[Task] = divide(waiting.listing, waiting.identity, order.generation, workers)
    while True:
        lost = []
        for found in _once(tasks, plan, order):
            if isinstance(found, Lost):
                lost.append(found.task)
            else:
                yield found
        if not lost:
            return
        for task in lost:
            if not (Path(order.archive) / WORK / task.name).exists():
                what = "ended before it began to read a file"
                raise OutputError("worker", what, "memory enough", "see the worker's own log")
        tasks = lost


def _once(tasks: Iterable[Task], plan: Plan, order: Order) -> Iterator[Done | Lost]:
    if plan.scheduler:
        return run_on_cluster(tasks, order, plan.scheduler)
    return run_here(tasks, order, plan.jobs)
