"""Many files: each analysed by itself, a bad one becomes a line, finished ones are skipped."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
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
from halescope.classification.classify import CLIMATOLOGY, Classifier, load_classifier
from halescope.detection.detect import THRESHOLD, Detector, load_detector
from halescope.errors import HalescopeError, TimeError, one_line
from halescope.io import read
from halescope.io.atomic import sweep
from halescope.io.holders import MOST_BYTES
from halescope.normalize import Frame
from halescope.pipeline import analyze
from halescope.runtime.store import default_card, find_card, weights_of
from halescope.types import Catalog, Magnetogram

DAMAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What a damaged file can provoke in a decoder; it ends that file and not the batch."""


@dataclass(frozen=True)
class Limits:
    """What one file may take.

    Parameters
    ----------
    seconds : float or None
        From its begin to its last output; None for ever.
    most : int
        Bytes of the file.
    """

    seconds: float | None = 60.0
    most: int = MOST_BYTES


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
    limits: Limits | None = None,
    apart: bool = True,
) -> list[Outcome]:
    """Return what became of every image, in the order of the jobs.

    Raises `ModelError` where a network does not fit; nothing was begun. Raises `KeyboardInterrupt`:
    after the running images have stopped; what is on the disk is whole.

    Parameters
    ----------
    jobs : list of Job
        See `halescope.batch.plan.plan`.
    workers : int
        Processes; each runs its networks on one thread.
    overwrite : bool
        Whether finished images are done again.
    report : callable
        Called with each outcome as it comes.
    limits : Limits, optional
        Of one file.
    apart : bool
        Whether to read files in processes of their own also where one would do, so that a file
        that makes a decoder crash or hang costs itself alone.
    """
    limits = limits or Limits()
    load_networks(options)
    for folder in {job.folder.parent for job in jobs}:
        sweep(folder)
    outcomes = [_settled(job, options, overwrite) for job in jobs]
    for known in outcomes:
        if known is not None:
            report(known)
    waiting = [index for index, known in enumerate(outcomes) if known is None]
    images = [jobs[index] for index in waiting]
    found = map_in_processes(
        process,
        images,
        workers,
        shared=(options, limits),
        lost=_lost,
        apart=apart,
        seconds=limits.seconds,
        late=partial(_late, limits),
    )
    for number, outcome in found:
        outcomes[waiting[number]] = outcome
        report(outcome)
    return [outcome for outcome in outcomes if outcome is not None]


def process(job: Job, options: Options, limits: Limits | None = None) -> Outcome:
    """Analyse one image and write its outputs; a bad one gives a failed outcome."""
    start = time.perf_counter()
    try:
        record = _process(job, options, (limits or Limits()).most, start)
    except HalescopeError as error:
        message = str(error)
    except DAMAGE as error:
        detail = one_line(" ".join(str(error).split())[:200])
        message = f"{job.image}: cannot be analysed ({type(error).__name__}: {detail})"
    else:
        seconds = time.perf_counter() - start
        return _outcome(job, "done", seconds, record)
    return Outcome(job, "failed", time.perf_counter() - start, None, message)


def load_networks(options: Options) -> tuple[Network, ...]:
    """Return what the detector and the classifier are that the options name, by their cards.

    Raises `ModelError` where there is none of that name, or its weights are not the card's.
    """
    return _networks(options.detector, options.classifier)


@lru_cache(maxsize=2)
def _networks(detector: str | None, classifier: str | None) -> tuple[Network, ...]:
    return _network("detector", detector, THRESHOLD), _network(
        "classifier", classifier, CLIMATOLOGY
    )


def _network(task: str, name: str | None, plain: str) -> Network:
    """Return a network by its card, whose weights are looked at and not loaded."""
    card = default_card(task) if name is None else None if name == plain else find_card(name, task)
    if card is None:
        return Network(task, plain)
    weights_of(card)
    return Network(task, card.name, card.version, card.sha256)


def _process(job: Job, options: Options, most: int, start: float) -> Record:
    detector, classifier = load_tools(options.detector, options.classifier, options.min_score)
    key = job_key(job.source, options, load_networks(options))  # before reading it
    analysis = analyze(
        read_job(job, options.time, most),
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


def read_job(job: Job, time: str | None, most: int = MOST_BYTES) -> Magnetogram:
    """Return a job's magnetogram under its name in tables; `time` is for one that holds none."""
    plain = Path(job.image).name if isinstance(job.source, str) else job.image
    try:
        found = read(job.source, name=plain, most=most)
    except TimeError:
        if time is None:
            raise
        found = read(job.source, time=time, name=plain, most=most)
    if found.time is None and time is not None:
        found = read(job.source, time=time, name=plain, most=most)
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
    if not record.is_whole(job.folder):
        return None
    return _outcome(job, "skipped", record.seconds, record)


def _late(limits: Limits, job: Job) -> Outcome:
    sweep(job.folder, deep=True)
    what = f"took longer than {limits.seconds:g} s (--file-timeout gives it more)"
    return Outcome(job, "failed", limits.seconds or 0.0, message=f"{job.image}: {what}")


def _lost(job: Job) -> Outcome:
    sweep(job.folder, deep=True)
    return Outcome(job, "failed", message=f"{job.image}: ended the process that read it")
