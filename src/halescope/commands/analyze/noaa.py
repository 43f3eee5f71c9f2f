"""What `halescope analyze --srs` adds: NOAA's numbers, the comparison, overlays with both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halescope.batch.run import Outcome
    from halescope.noaa.matching import AnalysedImage, Days
    from halescope.normalize import Frame


def read_days(srs: Path) -> Days:
    """Return NOAA's numbered regions by day of issue; see `halescope.noaa.srs.read_srs`."""
    from halescope.noaa.matching import by_day
    from halescope.noaa.srs import read_srs

    return by_day(read_srs(srs).section("I"))


def numbered(outcome: Outcome, days: Days) -> Outcome:
    """Return the outcome with a column of NOAA's numbers in its catalogue."""
    from halescope.noaa.matching import with_numbers

    if outcome.catalog is None:
        return outcome
    return replace(outcome, catalog=with_numbers(outcome.catalog, days, frame=_frame(outcome)))


def compare_outcomes(
    outcomes: Sequence[Outcome], days: Days, output: Path, overlay: bool, quiet: bool
) -> None:
    """Write match.csv, queue.csv, regions.csv, match.json and, with `overlay`, each noaa.png.

    Raises `DatasetError` where no image has a time, or no summary is within a day of any.
    """
    from halescope.commands.match import show
    from halescope.noaa.matching import compare_seen
    from halescope.noaa.report import write_comparison

    analysed = [outcome for outcome in outcomes if outcome.catalog is not None]
    comparison = compare_seen([_seen(outcome) for outcome in analysed], days)
    write_comparison(comparison, output)
    if not quiet:
        show(comparison, True)
    if overlay:
        for outcome in analysed:
            if outcome.status == "earlier":  # drawn when it was done
                continue
            _draw(outcome, days)


def _seen(outcome: Outcome) -> AnalysedImage:
    from halescope.noaa.matching import AnalysedImage

    rows = () if outcome.catalog is None else tuple(outcome.catalog.rows())
    time = outcome.time or next((str(row["time"] or "") for row in rows), "")
    return AnalysedImage(outcome.job.image, time, rows, _frame(outcome))


def _frame(outcome: Outcome) -> Frame | None:
    from halescope.normalize import Frame

    return Frame.from_json(outcome.frame or {})


def _draw(outcome: Outcome, days: Days) -> None:
    """Draw NOAA's regions on one image, if it is a file with a time near a summary."""
    from halescope.io.atomic import sweep
    from halescope.noaa.matching import catalog_time
    from halescope.noaa.midnights import MAX_GAP, gap_of, listed_at
    from halescope.noaa.overlay import NOAA_PICTURE, write_overlay
    from halescope.noaa.pairs import compare_image

    seen = _seen(outcome)
    if not seen.time or isinstance(outcome.job.source, bytes) or outcome.catalog is None:
        return
    when = catalog_time(seen.time)
    gap = gap_of(days, when)
    if gap is None or gap > MAX_GAP:
        return
    listed = listed_at(days, when, seen.observer_lon)
    verdicts = compare_image(seen.image, when, seen.rows, listed, frame=seen.frame)
    path = outcome.job.folder / NOAA_PICTURE
    sweep(path.parent)  # a run that was killed at this
    write_overlay(Path(outcome.job.source), outcome.catalog, verdicts, path)
