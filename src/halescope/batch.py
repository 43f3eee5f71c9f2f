"""Many files: each analysed by itself, a bad one becomes a line, finished ones are skipped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from halescope.classify import Classifier, load_classifier
from halescope.detect import Detector, load_detector
from halescope.errors import HalescopeError
from halescope.outputs import (
    Options,
    job_key,
    read_record,
    write_outputs,
    write_reasons,
    write_record,
)
from halescope.pipeline import analyze
from halescope.types import Catalog

DAMAGE = (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
"""What a damaged file can provoke in a decoder; it ends that file and not the batch."""

STDIN = "-"
"""Stands for standard input among the inputs."""


@dataclass(frozen=True)
class Job:
    """One image to analyse.

    Parameters
    ----------
    image : str
        Its name in tables.
    source : str or bytes
        Path, or the content of standard input.
    folder : Path
        Where its outputs go.
    problem : str
        Why it cannot be analysed at all; empty if it can.
    """

    image: str
    source: str | bytes
    folder: Path
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one image.

    Parameters
    ----------
    job : Job
    status : str
        ``done``, ``skipped`` (done by an earlier run), ``failed`` or ``open`` (never begun).
    seconds : float
    catalog : Catalog or None
    message : str
        What is wrong with a failed one, on one line.
    time : str
        Of the image, UTC; empty where unknown.
    """

    job: Job
    status: str
    seconds: float = 0.0
    catalog: Catalog | None = None
    message: str = ""
    time: str = ""


def analyze_files(
    jobs: list[Job],
    options: Options,
    *,
    workers: int = 1,
    overwrite: bool = False,
    report: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Return what became of every image, in the order of the jobs.

    Parameters
    ----------
    jobs : list of Job
        See `halescope.jobs.plan`.
    options : Options
    workers : int
        Processes; 1 works in this one. Each of several runs its networks on one thread.
    overwrite : bool
        Whether finished images are done again.
    report : callable
        Called with each outcome as it comes.

    Raises
    ------
    ModelError
        A network does not fit; nothing was begun.
    KeyboardInterrupt
        After the running images have stopped; what is on the disk is whole.
    """
    models = model_records(options)
    outcomes: dict[int, Outcome] = {}
    waiting: list[int] = []
    for index, job in enumerate(jobs):
        known = _settled(job, options, models, overwrite)
        if known is None:
            waiting.append(index)
        else:
            outcomes[index] = known
            report(known)
    workers = min(workers, len(waiting))
    runner = _here if workers <= 1 else _in_processes
    for index, outcome in runner(jobs, waiting, options, models, max(1, workers)):
        outcomes[index] = outcome
        report(outcome)
    return [outcomes[index] for index in range(len(jobs))]


def process(job: Job, options: Options, models: list[dict[str, Any]]) -> Outcome:
    """Analyse one image and write its outputs; a bad one gives a failed outcome.

    Parameters
    ----------
    job : Job
    options : Options
    models : list of dict
        See `model_records`.
    """
    start = time.perf_counter()
    try:
        catalog, stamp = _process(job, options, models, start)
    except HalescopeError as error:
        message = str(error)
    except DAMAGE as error:
        detail = " ".join(str(error).split())[:200]
        message = f"{job.image}: cannot be analysed ({type(error).__name__}: {detail})"
    else:
        return Outcome(job, "done", time.perf_counter() - start, catalog, time=stamp)
    return Outcome(job, "failed", time.perf_counter() - start, None, message)


def model_records(options: Options) -> list[dict[str, Any]]:
    """Return name, version and checksum of the networks that the options name.

    Parameters
    ----------
    options : Options
    """
    tools: tuple[Detector | Classifier, ...] = _tools(options.detector, options.classifier)
    records = []
    for task, tool in zip(("detector", "classifier"), tools, strict=True):
        record: dict[str, Any] = {"task": task, "name": tool.name}
        if tool.card is not None:
            record |= {"version": tool.card.version, "sha256": tool.card.sha256}
        records.append(record)
    return records


def _process(
    job: Job, options: Options, models: list[dict[str, Any]], start: float
) -> tuple[Catalog, str]:
    detector, classifier = _tools(options.detector, options.classifier)
    key = job_key(job.source, options, models)  # before reading: a later change is seen
    analysis = analyze(
        job.source,
        time=options.time,
        detector=detector,
        classifier=classifier,
        physics=options.physics,
    )
    catalog = _named(analysis.catalog, job.image)
    write_outputs(analysis, job.folder, options)
    if options.explain:
        write_reasons(analysis, job.folder, detector, classifier)
    seconds = time.perf_counter() - start
    stamp = analysis.magnetogram.time_string
    write_record(job.folder, key, (source_name(job.source), stamp), catalog, seconds)
    return catalog, stamp


def source_name(source: str | bytes) -> str:
    """Return a job's resolved path, ``-`` for standard input.

    Parameters
    ----------
    source : str or bytes
    """
    return STDIN if isinstance(source, bytes) else str(Path(source).resolve())


def _named(catalog: Catalog, image: str) -> Catalog:
    return Catalog(catalog.columns | {"image": [image] * len(catalog)}, catalog.units)


@lru_cache(maxsize=2)
def _tools(detector: str | None, classifier: str | None) -> tuple[Detector, Classifier]:
    return load_detector(detector), load_classifier(classifier)


def _settled(
    job: Job, options: Options, models: list[dict[str, Any]], overwrite: bool
) -> Outcome | None:
    """Return the outcome of a job that needs no work, None for the others."""
    if job.problem:
        return Outcome(job, "failed", message=job.problem)
    record = None if overwrite else read_record(job.folder)
    if record is None:
        return None
    if record["key"] != job_key(job.source, options, models):
        return None
    catalog = Catalog(record["columns"], record["units"])
    stamp = str(record.get("time", ""))
    return Outcome(job, "skipped", float(record.get("seconds", 0.0)), catalog, time=stamp)


Results = Iterator[tuple[int, Outcome]]


def _here(
    jobs: list[Job],
    waiting: Iterable[int],
    options: Options,
    models: list[dict[str, Any]],
    workers: int,
) -> Results:
    del workers
    for index in waiting:
        yield index, process(jobs[index], options, models)


def _in_processes(
    jobs: list[Job],
    waiting: list[int],
    options: Options,
    models: list[dict[str, Any]],
    workers: int,
) -> Results:
    """Yield outcomes as they come; a worker that dies costs only the images it had."""
    left = list(waiting)
    while left:
        pool = _pool(workers)
        try:
            for index, outcome in _drain(pool, jobs, left, options, models, workers):
                left.remove(index)
                yield index, outcome
        except BrokenProcessPool:
            for index in left[:workers]:  # oldest first: one of these killed it
                yield index, _alone(jobs[index], options, models)
            left = left[workers:]
        finally:
            with _undisturbed():
                pool.shutdown(wait=True, cancel_futures=True)


def _drain(
    pool: ProcessPoolExecutor,
    jobs: list[Job],
    left: list[int],
    options: Options,
    models: list[dict[str, Any]],
    workers: int,
) -> Results:
    """Keep a few images in flight, so that memory does not grow with the batch."""
    queue = iter(list(left))
    flying: dict[Future[Outcome], int] = {}
    while True:
        while len(flying) < 3 * workers and (index := next(queue, None)) is not None:
            flying[pool.submit(process, jobs[index], options, models)] = index
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            yield flying.pop(future), future.result()


def _alone(job: Job, options: Options, models: list[dict[str, Any]]) -> Outcome:
    """Run one image in a process of its own, which may die."""
    with _pool(1) as pool:
        future = pool.submit(process, job, options, models)
        if isinstance(future.exception(), BrokenProcessPool):
            return Outcome(job, "failed", message=f"{job.image}: ended the process that read it")
        return future.result()


def _pool(workers: int) -> ProcessPoolExecutor:
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let running images end whole, however often Ctrl-C is pressed: it takes no second."""
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
    """Prepare a worker: one thread per network, and the parent alone answers Ctrl-C."""
    import os
    import signal

    from halescope.runtime.session import THREADS_VARIABLE

    os.environ.setdefault(THREADS_VARIABLE, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
