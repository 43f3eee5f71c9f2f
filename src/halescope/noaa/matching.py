"""Set a catalogue against NOAA's regions, image by image: who matches whom, who is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from halescope.errors import DatasetError
from halescope.noaa.midnights import MAX_GAP, far_text, gap_of, listed_at
from halescope.noaa.pairs import TOLERANCE, Verdict, compare_image, observer_of
from halescope.noaa.srs_row import SrsRow
from halescope.normalize import Frame
from halescope.types import Catalog

Days = Mapping[date, Sequence[SrsRow]]
"""Section I of the Solar Region Summaries by day of issue."""

NUMBERS_COLUMN = "noaa"
"""Five-digit numbers; several, joined by ``|``, where a box holds several regions."""


@dataclass(frozen=True)
class AnalysedImage:
    """One analysed image: what the comparison needs of it.

    Parameters
    ----------
    image : str
        Its name.
    time : str
        UTC; empty where it has none.
    rows : tuple of mapping
        Catalogue rows, none for an image without regions.
    frame : Frame or None
        Where the Sun is in it; None where that is not known.
    """

    image: str
    time: str
    rows: tuple[Mapping[str, Any], ...] = ()
    frame: Frame | None = None

    @property
    def observer_lon(self) -> float:
        """Stonyhurst longitude of the observer, degrees."""
        return observer_of(self.rows) if self.frame is None else self.frame.geometry.observer_lon


@dataclass(frozen=True)
class Comparison:
    """All verdicts on a catalogue.

    Parameters
    ----------
    images : int
        How many were compared.
    notes : tuple of str
        Images that could not be compared, and why.
    tolerance : float
        Degrees.
    warnings : tuple of str
        What to bear in mind of those that were compared.
    """

    verdicts: tuple[Verdict, ...] = ()
    images: int = 0
    notes: tuple[str, ...] = field(default=())
    tolerance: float = TOLERANCE
    warnings: tuple[str, ...] = ()


def by_day(summaries: Iterable[SrsRow]) -> dict[date, list[SrsRow]]:
    """Return rows by their day of issue."""
    days: dict[date, list[SrsRow]] = {}
    for row in summaries:
        days.setdefault(row.date, []).append(row)
    return days


def compare(
    catalog: Catalog,
    summaries: Iterable[SrsRow],
    tolerance: float = TOLERANCE,
    images: Iterable[tuple[str, str]] = (),
    frames: Mapping[tuple[str, str], Frame] | None = None,
) -> Comparison:
    """Match the regions of every image with NOAA's, one to one.

    Raises `DatasetError` where no image has a time, two images share name and time, or no summary
    is within a day of any.

    Parameters
    ----------
    summaries : iterable of SrsRow
        Section I of the Solar Region Summaries around the images' days.
    tolerance : float
        Degrees.
    images : iterable of (name, time)
        All images that were analysed, so that one without any region is compared as well.
    frames : mapping of (name, time) to Frame, optional
        Where the Sun is in them, so that what an image does not show is not missed in it.
    """
    frames = frames or {}
    seen = grouped(catalog)
    known = {(entry.image, entry.time) for entry in seen}
    seen += [AnalysedImage(*each) for each in dict.fromkeys(images) if each not in known]
    seen = [replace(entry, frame=frames.get((entry.image, entry.time))) for entry in seen]
    return compare_seen(seen, by_day(summaries), tolerance)


def compare_seen(
    seen: Sequence[AnalysedImage], days: Days, tolerance: float = TOLERANCE
) -> Comparison:
    """Return the verdicts on images that are told apart already; see `compare`."""
    verdicts: list[Verdict] = []
    notes: list[str] = []
    old: dict[date, int] = {}
    for entry in sorted(seen, key=lambda entry: entry.time):
        when = catalog_time(entry.time) if entry.time else None
        gap = None if when is None else gap_of(days, when)
        if when is None:
            notes.append(f"{entry.image}: no time, not compared")
        elif gap is None or gap > MAX_GAP:
            notes.append(f"{entry.image}: {far_text(days, when)}, not compared")
        else:
            listed = listed_at(days, when, entry.observer_lon)
            more = (tolerance, entry.frame)
            verdicts += compare_image(entry.image, when, entry.rows, listed, *more)
            if any(region.is_old for region in listed):
                day = when.astimezone(UTC).date()
                old[day] = old.get(day, 0) + 1
    if seen and len(notes) == len(seen):
        raise _refusal(seen, days)
    warnings = tuple(_old_text(day, count) for day, count in sorted(old.items()))
    return Comparison(tuple(verdicts), len(seen) - len(notes), tuple(notes), tolerance, warnings)


def _old_text(day: date, images: int) -> str:
    """Say that classes of the day before stand in for those of a day."""
    following = day + timedelta(days=1)
    plural = "s" if images > 1 else ""
    return (
        f"{images} image{plural} of {day}: the summary of {following}, which describes that day, "
        f"is missing; NOAA's classes are those of {day - timedelta(days=1)} (summary of {day})"
    )


def catalog_time(text: str) -> datetime:
    """Return the aware time that a catalogue's string means."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise DatasetError(repr(text), "is no time", "2026-02-01T00:00:00Z") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def grouped(catalog: Catalog) -> list[AnalysedImage]:
    """Return a catalogue's images; refuse two that cannot be told apart."""
    images: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in catalog.rows():
        images.setdefault((str(row["image"]), str(row["time"] or "")), []).append(row)
    for (image, _), rows in images.items():
        numbers = [row["region"] for row in rows]
        if len(set(numbers)) < len(numbers):
            raise DatasetError(
                image,
                "is the name of two files in this catalogue",
                "one file of a name",
                "analyze them into two output folders, or rename one",
            )
    return [AnalysedImage(image, time, tuple(rows)) for (image, time), rows in images.items()]


def with_numbers(
    catalog: Catalog, days: Days, tolerance: float = TOLERANCE, frame: Frame | None = None
) -> Catalog:
    """Return the catalogue of one image with a column of NOAA's numbers.

    `days`: section I of the Solar Region Summaries around the image's day. `tolerance`: degrees.
    Returns with the column ``noaa``; None where no region of NOAA's is near, or the image has no
    time.
    """
    numbers: dict[int, list[int]] = {}
    rows = catalog.rows()
    if rows and rows[0]["time"]:
        image, time = str(rows[0]["image"]), str(rows[0]["time"])
        when = catalog_time(time)
        listed = listed_at(days, when, observer_of(rows))
        for verdict in compare_image(image, when, rows, listed, tolerance, frame):
            if verdict.verdict not in ("matched", "merged"):
                continue
            if verdict.row is not None and verdict.listed is not None:
                numbers.setdefault(verdict.row["region"], []).append(verdict.listed.number)
    values = ["|".join(map(str, numbers.get(row["region"], []))) or None for row in rows]
    return Catalog(catalog.columns | {NUMBERS_COLUMN: values}, catalog.units)


def _refusal(seen: Iterable[AnalysedImage], days: Days) -> DatasetError:
    """Return the error for images of which none can be compared."""
    timed = [entry for entry in seen if entry.time]
    if not timed:
        return DatasetError(
            "catalogue",
            "holds no times, so NOAA's positions cannot be rotated to them",
            "a time for each image",
            "analyze again with --time",
        )
    nearest = min(timed, key=lambda e: gap_of(days, catalog_time(e.time)) or timedelta.max)
    text = far_text(days, catalog_time(nearest.time))
    return DatasetError(nearest.image, text, "a summary within a day", "give that day's file")
