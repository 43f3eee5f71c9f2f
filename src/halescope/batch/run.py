"""Many files: each analysed by itself, a bad one becomes a line, finished ones are skipped."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from halescope.batch.outputs import (
    Options,
    job_key,
    read_record,
    write_outputs,
    write_reasons,
    write_record,
)
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
    status : str
        ``done``, ``skipped`` (done by an earlier run), ``failed`` or ``open`` (never begun).
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
    models = model_records(options)
    outcomes: dict[int, Outcome] = {}
    waiting: dict[int, Job] = {}
    for index, job in enumerate(jobs):
        known = _settled(job, options, models, overwrite)
        if known is None:
            waiting[index] = job
        else:
            outcomes[index] = known
            report(known)
    numbers = list(waiting)
    found = map_in_processes(
        process, waiting.values(), workers, shared=(options, models), lost=_lost
    )
    for number, outcome in found:
        outcomes[numbers[number]] = outcome
        report(outcome)
    return [outcomes[index] for index in range(len(jobs))]


def process(job: Job, options: Options, models: list[dict[str, Any]]) -> Outcome:
    """Analyse one image and write its outputs; a bad one gives a failed outcome.

    Parameters
    ----------
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
    """Return name, version and checksum of the networks that the options name."""
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
        name=job.image,
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
    """Return a job's whole path, the same however it is spelled; ``-`` for standard input.

    Parameters
    ----------
    source : str or bytes
        Links among its folders are followed; if it is a link itself, it keeps its own name.
    """
    if isinstance(source, bytes):
        return STDIN
    path = Path(source)
    return str(path.parent.resolve() / path.name)


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


def _lost(job: Job) -> Outcome:
    return Outcome(job, "failed", message=f"{job.image}: ended the process that read it")
