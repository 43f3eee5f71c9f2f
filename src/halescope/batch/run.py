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

    Raises `ModelError` where a network does not fit; nothing was begun. Raises `KeyboardInterrupt`:
    after the running images have stopped; what is on the disk is whole.

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
    """
    load_networks(options)
    outcomes = [_settled(job, options, overwrite) for job in jobs]
    for known in outcomes:
        if known is not None:
            report(known)
    waiting = [index for index, known in enumerate(outcomes) if known is None]
    images = [jobs[index] for index in waiting]
    found = map_in_processes(process, images, workers, shared=(options,), lost=_lost)
    for number, outcome in found:
        outcomes[waiting[number]] = outcome
        report(outcome)
    return [outcome for outcome in outcomes if outcome is not None]


def process(job: Job, options: Options) -> Outcome:
    """Analyse one image and write its outputs; a bad one gives a failed outcome."""
    start = time.perf_counter()
    try:
        record = _process(job, options, start)
    except HalescopeError as error:
        message = str(error)
    except DAMAGE as error:
        detail = " ".join(str(error).split())[:200]
        message = f"{job.image}: cannot be analysed ({type(error).__name__}: {detail})"
    else:
        seconds = time.perf_counter() - start
        return Outcome(job, "done", seconds, record.catalog, time=record.time)
    return Outcome(job, "failed", time.perf_counter() - start, None, message)


def load_networks(options: Options) -> tuple[Network, ...]:
    """Load the detector and the classifier that the options name, and return what they are.

    Raises `ModelError` where there is none of that name, or its card does not fit.
    """
    detector, classifier = load_tools(options.detector, options.classifier)
    return Network.of("detector", detector), Network.of("classifier", classifier)


def _process(job: Job, options: Options, start: float) -> Record:
    detector, classifier = load_tools(options.detector, options.classifier)
    key = job_key(job.source, options, load_networks(options))  # before reading it
    analysis = analyze(
        job.source,
        time=options.time,
        detector=detector,
        classifier=classifier,
        physics=options.physics,
        name=job.image,
    )
    write_outputs(analysis, job.folder, options)
    if options.explain:
        from halescope.explain import explain, write_explanation

        write_explanation(explain(analysis, detector, classifier), job.folder)
    seconds, stamp = time.perf_counter() - start, analysis.magnetogram.time_string
    record = Record(key, source_name(job.source), stamp, seconds, analysis.catalog)
    write_record(job.folder, record)
    return record


@lru_cache(maxsize=2)
def load_tools(detector: str | None, classifier: str | None) -> tuple[Detector, Classifier]:
    """Return detector and classifier of these names, loaded once in a process."""
    return load_detector(detector), load_classifier(classifier)


def _settled(job: Job, options: Options, overwrite: bool) -> Outcome | None:
    """Return the outcome of a job that needs no work, None for the others."""
    if job.problem:
        return Outcome(job, "failed", message=job.problem)
    record = None if overwrite else read_record(job.folder)
    if record is None or record.key != job_key(job.source, options, load_networks(options)):
        return None
    return Outcome(job, "skipped", record.seconds, record.catalog, time=record.time)


def _lost(job: Job) -> Outcome:
    return Outcome(job, "failed", message=f"{job.image}: ended the process that read it")
