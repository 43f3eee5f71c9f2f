"""Many files: each analysed by itself, a bad one becomes a line, finished ones are skipped."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from halescope.batch.outputs import (
    Network,
    Options,
    Record,
    job_key,
    read_record,
    write_outputs,
    write_record,
)
from halescope.batch.plan import Job, source_name
from halescope.batch.processes import map_in_processes
from halescope.classification.classify import Classifier, load_classifier
from halescope.detection.detect import Detector, load_detector
from halescope.errors import HalescopeError
from halescope.pipeline import analyze
from halescope.types import Catalog

DAMAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What a damaged file can provoke in a decoder; it ends that file and not the batch."""


@dataclass(frozen=True)
class Outcome:
    """What became of one image.

    Parameters
    ----------
    status : str
        ``done``, ``skipped`` (done by an earlier run) or ``failed``.
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
        See `halescope.batch.plan.plan`.
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
    networks = load_networks(options)
    outcomes: dict[int, Outcome] = {}
    waiting: dict[int, Job] = {}
    for index, job in enumerate(jobs):
        known = _settled(job, options, networks, overwrite)
        if known is None:
            waiting[index] = job
        else:
            outcomes[index] = known
            report(known)
    numbers = list(waiting)
    found = map_in_processes(
        process, waiting.values(), workers, shared=(options, networks), lost=_lost
    )
    for number, outcome in found:
        outcomes[numbers[number]] = outcome
        report(outcome)
    return [outcomes[index] for index in range(len(jobs))]


def process(job: Job, options: Options, networks: tuple[Network, ...]) -> Outcome:
    """Analyse one image and write its outputs; a bad one gives a failed outcome.

    Parameters
    ----------
    networks : tuple of Network
        Of `load_networks`.
    """
    start = time.perf_counter()
    try:
        catalog, stamp = _process(job, options, networks, start)
    except HalescopeError as error:
        message = str(error)
    except DAMAGE as error:
        detail = " ".join(str(error).split())[:200]
        message = f"{job.image}: cannot be analysed ({type(error).__name__}: {detail})"
    else:
        return Outcome(job, "done", time.perf_counter() - start, catalog, time=stamp)
    return Outcome(job, "failed", time.perf_counter() - start, None, message)


def load_networks(options: Options) -> tuple[Network, ...]:
    """Load the detector and the classifier that the options name, and return what they are.

    Raises
    ------
    ModelError
        There is none of that name, or its card does not fit.
    """
    tools: tuple[Detector | Classifier, ...] = _tools(options.detector, options.classifier)
    named = zip(("detector", "classifier"), tools, strict=True)
    return tuple(Network.of(task, tool) for task, tool in named)


def _process(
    job: Job, options: Options, networks: tuple[Network, ...], start: float
) -> tuple[Catalog, str]:
    detector, classifier = _tools(options.detector, options.classifier)
    key = job_key(job.source, options, networks)  # before reading: a later change is seen
    analysis = analyze(
        job.source,
        time=options.time,
        detector=detector,
        classifier=classifier,
        physics=options.physics,
        name=job.image,
    )
    catalog = _named(analysis.catalog, job.image)
    write_outputs(analysis, job.folder, options)
    if options.explain:
        from halescope.explain import explain, write_explanation

        write_explanation(explain(analysis, detector, classifier), job.folder)
    seconds = time.perf_counter() - start
    stamp = analysis.magnetogram.time_string
    write_record(job.folder, Record(key, source_name(job.source), stamp, seconds, catalog))
    return catalog, stamp


def _named(catalog: Catalog, image: str) -> Catalog:
    return Catalog(catalog.columns | {"image": [image] * len(catalog)}, catalog.units)


@lru_cache(maxsize=2)
def _tools(detector: str | None, classifier: str | None) -> tuple[Detector, Classifier]:
    return load_detector(detector), load_classifier(classifier)


def _settled(
    job: Job, options: Options, networks: tuple[Network, ...], overwrite: bool
) -> Outcome | None:
    """Return the outcome of a job that needs no work, None for the others."""
    if job.problem:
        return Outcome(job, "failed", message=job.problem)
    record = None if overwrite else read_record(job.folder)
    if record is None or record.key != job_key(job.source, options, networks):
        return None
    return Outcome(job, "skipped", record.seconds, record.catalog, time=record.time)


def _lost(job: Job) -> Outcome:
    return Outcome(job, "failed", message=f"{job.image}: ended the process that read it")
