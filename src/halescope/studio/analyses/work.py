"""What is done in a process of its own: analysing an image, explaining it, matching with NOAA.

Each function takes and returns plain values and writes what the command line writes.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from halescope.batch.outputs import Options, read_record
from halescope.batch.plan import Job, plan
from halescope.batch.run import DAMAGE, load_networks, load_tools, process, read_job
from halescope.batch.summary import write_summary
from halescope.errors import DatasetError, HalescopeError, ReadError
from halescope.explain import explain, write_explanation
from halescope.noaa.matching import by_day, catalog_time
from halescope.noaa.midnights import MAX_GAP, far_text, gap_of, listed_at
from halescope.noaa.pairs import Verdict, compare_image
from halescope.noaa.srs import read_srs
from halescope.normalize import Frame
from halescope.pipeline import analyze


def begin() -> None:
    """Load the networks that are used where none is named."""
    load_tools(None, None)


def analyse(source: str, folder: str, options: Options) -> str:
    """Analyse one image as ``halescope analyze SOURCE -o FOLDER`` does.

    Returns
    -------
    str
        What is wrong with the image, as the command line says it; empty if it was analysed.

    Raises
    ------
    ModelError
        A network does not fit.
    """
    load_networks(options)
    started, begun = datetime.now(UTC), time.perf_counter()
    (job,) = plan([source], Path(folder))
    outcome = process(job, options)
    if outcome.status == "failed":
        return outcome.message
    write_summary(Path(folder), [outcome], options, ("csv",), started, time.perf_counter() - begun)
    return ""


def explain_image(source: str, folder: str, options: Options) -> None:
    """Write ``explain.png`` and ``explain.json`` of an image that was analysed, into its folder.

    Raises
    ------
    HalescopeError
        It cannot be read any more.
    """
    detector, classifier = load_tools(options.detector, options.classifier, options.min_score)
    record = read_record(Path(folder))
    name = Path(source).name if record is None else record.image
    try:
        magnetogram = read_job(Job(name, source, Path(folder)), options.time)
        found = analyze(magnetogram, detector=detector, classifier=classifier)
        write_explanation(explain(found, detector, classifier), Path(folder))
    except HalescopeError:
        raise
    except DAMAGE as error:
        raise ReadError(name, f"cannot be explained ({type(error).__name__})") from error


def noaa_marks(summary: str, folder: str) -> dict[str, Any]:
    """Set an analysed image against NOAA's regions.

    `summary`: a raw Solar Region Summary, or the compiled table. `folder`: of the image's record.

    Returns
    -------
    dict
        ``marks``: NOAA's regions in file pixels with verdict and words; ``regions``: NOAA's numbers
        by region of ours; ``extra``: regions that NOAA does not list.

    Raises
    ------
    HalescopeError
        The summary cannot be read, or is of another day.
    """
    record = read_record(Path(folder))
    frame = None if record is None else Frame.from_json(record.frame or {})
    if record is None or frame is None or not record.time:
        found = "has no time, or says not where the Sun is in it"
        raise DatasetError(Path(folder).name, found, "an image whose time is known")
    days = by_day(read_srs(summary).section("I"))
    when = catalog_time(record.time)
    gap = gap_of(days, when)
    if gap is None or gap > MAX_GAP:
        text = far_text(days, when)
        raise DatasetError(record.image, text, "a summary within a day", "give that day's file")
    listed = listed_at(days, when, frame.geometry.observer_lon)
    rows = record.catalog.rows()
    return _marks(compare_image(record.image, when, rows, listed, frame=frame), frame)


def _marks(verdicts: list[Verdict], frame: Frame) -> dict[str, Any]:
    marks: list[dict[str, Any]] = []
    numbers: dict[str, list[int]] = {}
    extra: list[int] = []
    for verdict in verdicts:
        place, row = verdict.listed, verdict.row
        if verdict.verdict == "extra" and row is not None:
            extra.append(row["region"])
        if place is None or verdict.verdict in ("split", "outside"):
            continue
        if row is not None and verdict.verdict in ("matched", "merged"):
            numbers.setdefault(str(row["region"]), []).append(place.number)
        x, y = frame.pixel(place.longitude, place.latitude)
        if x == x and frame.shows(x, y):
            note = f" ({place.note})" if place.note else ""
            marks.append(
                {
                    "x": round(x, 2), "y": round(y, 2), "kind": verdict.verdict,
                    "number": place.number, "class": place.name, "area": place.area,
                    "text": f"{place.number} {place.name}{note}",
                }
            )  # fmt: skip
    return {"marks": marks, "regions": numbers, "extra": extra}


def beside(source: str, folder: str, options: Options) -> str:
    """Analyse an image with other networks, without pictures; see `analyse`."""
    return analyse(source, folder, replace(options, overlay=False, crops="none"))
