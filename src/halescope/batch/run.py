"""Many files: each analysed by itself, a bad one becomes a line, finished ones are skipped."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from halescope.batch.outputs import (
    Network,
    Options,
    Record,
    job_key,
    read_record,
    read_records,
    write_outputs,
    write_record,
)
from halescope.batch.plan import Job, source_name
from halescope.batch.processes import map_in_processes
from halescope.classification.classify import Classifier, load_classifier
from halescope.detection.detect import Detector, load_detector
from halescope.errors import HalescopeError, TimeError
from halescope.io import read
from halescope.normalize import Frame
from halescope.pipeline import analyze
from halescope.types import Catalog, Magnetogram

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
        ``done``, ``skipped`` (done by an earlier run), ``failed``, or ``earlier``: none of this
        run's, but done by an earlier one into the same folder.
    message : str
        What is wrong with a failed one, on one line.
    time : str
        Of the image, UTC; empty where unknown.
    frame : dict or None
        See `Record`.
    """

    job: Job
    status: str
    seconds: float = 0.0
    catalog: Catalog | None = None
    message: str = ""
    time: str = ""
    frame: dict[str, Any] | None = None


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
        return _outcome(job, "done", seconds, record)
    return Outcome(job, "failed", time.perf_counter() - start, None, message)


def load_networks(options: Options) -> tuple[Network, ...]:
    """Load the detector and the classifier that the options name, and return what they are.

    Raises `ModelError` where there is none of that name, or its card does not fit.
    """
    detector, classifier = load_tools(options.detector, options.classifier, options.min_score)
    return Network.of("detector", detector), Network.of("classifier", classifier)


def _process(job: Job, options: Options, start: float) -> Record:
    detector, classifier = load_tools(options.detector, options.classifier, options.min_score)
    key = job_key(job.source, options, load_networks(options))  # before reading it
    analysis = analyze(
        read_job(job, options.time),
        detector=detector,
        classifier=classifier,
        physics=options.physics,
    )
    write_outputs(analysis, job.folder, options)
    if options.explain:
        from halescope.explain import explain, write_explanation

        write_explanation(explain(analysis, detector, classifier), job.folder)
    seconds, seen = time.perf_counter() - start, analysis.magnetogram
    record = Record(
        key,
        source_name(job.source),
        seen.time_string,
        seconds,
        analysis.catalog,
        job.image,
        Frame.of(seen).to_json(),
    )
    write_record(job.folder, record)
    return record


def read_job(job: Job, time: str | None) -> Magnetogram:
    """Return a job's magnetogram under its name in tables; `time` is for one that holds none."""
    plain = Path(job.image).name if isinstance(job.source, str) else job.image
    try:
        found = read(job.source, name=plain)
    except TimeError:
        if time is None:
            raise
        found = read(job.source, time=time, name=plain)
    if found.time is None and time is not None:
        found = read(job.source, time=time, name=plain)
    return replace(found, name=job.image)


def earlier_outcomes(out: Path, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return what earlier runs into the same folder did and this one did not, in order of time.

    Parameters
    ----------
    out : path
        Root of the outputs.
    outcomes : sequence of Outcome
        Of this run.
    """
    jobs = [outcome.job for outcome in outcomes if not outcome.job.problem]
    mine, sources = {job.folder for job in jobs}, {source_name(job.source) for job in jobs}
    found = [
        _outcome(Job(record.image, record.source, folder), "earlier", record.seconds, record)
        for folder, record in read_records(out)
        if folder not in mine and record.source not in sources
    ]
    return sorted(found, key=lambda outcome: (outcome.time, outcome.job.image))


def _outcome(job: Job, status: str, seconds: float, record: Record) -> Outcome:
    return Outcome(job, status, seconds, record.catalog, time=record.time, frame=record.frame)


@lru_cache(maxsize=2)
def load_tools(
    detector: str | None, classifier: str | None, score: float | None = None
) -> tuple[Detector, Classifier]:
    """Return detector and classifier of these names, loaded once in a process."""
    return load_detector(detector, score), load_classifier(classifier)


def _settled(job: Job, options: Options, overwrite: bool) -> Outcome | None:
    """Return the outcome of a job that needs no work, None for the others."""
    if job.problem:
        return Outcome(job, "failed", message=job.problem)
    record = None if overwrite else read_record(job.folder)
    if record is None or record.key != job_key(job.source, options, load_networks(options)):
        return None
    return _outcome(job, "skipped", record.seconds, record)


def _lost(job: Job) -> Outcome:
    return Outcome(job, "failed", message=f"{job.image}: ended the process that read it")
