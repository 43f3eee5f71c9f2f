"""Set a catalogue against NOAA's Solar Region Summary: who matches whom, and what to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE
from halescope.datasets.srs_row import SrsRow
from halescope.errors import DatasetError
from halescope.evaluation.plate import Plate, fit_plate
from halescope.geometry import differential_rotation
from halescope.types import Catalog

TOLERANCE = 6.0
"""Largest heliocentric angle between a region and its NOAA position, degrees. NOAA's are rounded
to a degree and mark the spots; ours mark the middle of the field."""

LIMB = 75.0
"""NOAA regions beyond this angle from disk centre are not held against anyone, degrees."""

MAX_GAP = timedelta(days=1)
"""A summary helps with images up to this far from the midnight that its positions are valid at."""

VERDICTS = ("matched", "missed", "extra", "merged", "split")


@dataclass(frozen=True)
class Listed:
    """One NOAA region as it stood at an image's time.

    Parameters
    ----------
    number : int
    longitude, latitude : float
        Stonyhurst, rotated to the image's time, degrees.
    area : int or None
        Spot area, MSH.
    name : str
        Mount Wilson class of the day of the image, empty if none was given.
    before : str
        Class one day earlier, empty if not listed then.
    note : str
        ``new`` or ``gone`` where only one of the two summaries around the image lists it.
    """

    number: int
    longitude: float
    latitude: float
    area: int | None
    name: str
    before: str = ""
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """One line of the report: a region of ours, of NOAA's, or both.

    Parameters
    ----------
    image, time : str
    verdict : str
        One of `VERDICTS`.
    row : mapping or None
        Catalogue row; for ``merged`` the box that holds the NOAA region besides its own.
    listed : Listed or None
        For ``split`` the NOAA region that has a box of its own besides this one.
    distance : float or None
        Degrees between both.
    """

    image: str
    time: str
    verdict: str
    row: Mapping[str, Any] | None
    listed: Listed | None
    distance: float | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether alpha / beta / complex is the same; None where one side gives no class."""
        if self.verdict != "matched" or self.row is None or self.listed is None:
            return None
        if not self.listed.name or not self.row.get("class"):
            return None
        return COARSE[self.row["class"]] == COARSE[self.listed.name]


@dataclass(frozen=True)
class Comparison:
    """All verdicts on a catalogue.

    Parameters
    ----------
    verdicts : tuple of Verdict
    images : int
        Compared.
    notes : tuple of str
        Images that could not be compared, and why.
    tolerance : float
        Degrees.
    """

    verdicts: tuple[Verdict, ...] = ()
    images: int = 0
    notes: tuple[str, ...] = field(default=())
    tolerance: float = TOLERANCE


def compare(
    catalog: Catalog, summaries: Iterable[SrsRow], tolerance: float = TOLERANCE
) -> Comparison:
    """Match the regions of every image with NOAA's, one to one.

    Parameters
    ----------
    catalog : Catalog
        With times; an image without regions is not in it and not compared.
    summaries : iterable of SrsRow
        Section I of the Solar Region Summaries around the images' days.
    tolerance : float
        Degrees.

    Raises
    ------
    DatasetError
        No image has a time, two images share name and time, or no summary is within a day of any.
    """
    days: dict[date, list[SrsRow]] = {}
    for row in summaries:
        days.setdefault(row.date, []).append(row)
    images = _images(catalog)
    verdicts: list[Verdict] = []
    notes: list[str] = []
    for (image, time), rows in images.items():
        when = parse_time(time) if time else None
        gap = None if when is None else _gap(days, when)
        if when is None:
            notes.append(f"{image}: no time, not compared")
        elif gap is None or gap > MAX_GAP:
            notes.append(f"{image}: {_far(days, when)}, not compared")
        else:
            verdicts += compare_image(image, time, rows, listed_at(days, when), tolerance)
    if images and len(notes) == len(images):
        raise _refusal(images, days)
    return Comparison(tuple(verdicts), len(images) - len(notes), tuple(notes), tolerance)


def listed_at(days: Mapping[date, Sequence[SrsRow]], time: datetime) -> list[Listed]:
    """Return NOAA's regions at a time, from the summaries of the midnights before and after.

    Parameters
    ----------
    days : mapping of date to rows
    time : datetime
        Aware.

    Notes
    -----
    Positions are valid at 00:00 UTC of a summary's day, so each is rotated from its nearer
    midnight (Snodgrass & Ulrich 1990). Classes were seen during the day before, so that of the
    following midnight is the image's own.
    """
    today = time.astimezone(UTC).date()
    tomorrow = today + timedelta(days=1)
    now = {r.number: r for r in days.get(today, ()) if r.lon is not None}
    then = {r.number: r for r in days.get(tomorrow, ()) if r.lon is not None}
    late = time - _midnight(today) > timedelta(hours=12)
    out = []
    for number in sorted(now.keys() | then.keys()):
        nearer, other = (then, now) if late else (now, then)
        place = nearer.get(number) or other[number]
        passed = (time - _midnight(place.date)) / timedelta(days=1)
        longitude = float(place.lon or 0) + float(
            differential_rotation(np.array(place.lat), passed)
        )
        if abs(longitude) > 95:
            continue
        own = then.get(number) or now[number]
        note = ""
        if today in days and tomorrow in days and (number in now) != (number in then):
            note = "new" if number in then else "gone"
        before = now[number].mag_class if number in now and number in then else ""
        out.append(
            Listed(number, longitude, float(place.lat), own.area, own.mag_class, before, note)
        )
    return out


def compare_image(
    image: str,
    time: str,
    rows: Sequence[Mapping[str, Any]],
    listed: Sequence[Listed],
    tolerance: float = TOLERANCE,
) -> list[Verdict]:
    """Return the verdicts on one image, ours first.

    Parameters
    ----------
    image, time : str
    rows : sequence of mapping
        Catalogue rows of the image.
    listed : sequence of Listed
    tolerance : float
        Degrees.
    """
    placed = [row for row in rows if row.get("hgs_lon") is not None]
    plate = fit_plate(placed, parse_time(time))
    angle = _angles(placed, listed)
    holds = _holds(plate, placed, listed)
    near = (angle <= tolerance) | holds
    pairs = _assign(angle, near)
    ours, theirs = dict(pairs), {j: i for i, j in pairs}
    out = []
    for i, row in enumerate(placed):
        j = ours.get(i)
        if j is not None:
            out.append(Verdict(image, time, "matched", row, listed[j], float(angle[i, j])))
            continue
        others = [j for j in np.argsort(angle[i]) if near[i, j]]
        verdict, other = ("split", listed[others[0]]) if others else ("extra", None)
        distance = float(angle[i, others[0]]) if others else None
        out.append(Verdict(image, time, verdict, row, other, distance))
    for j, region in enumerate(listed):
        if j in theirs:
            continue
        holders = [i for i in np.argsort(angle[:, j]) if near[i, j]]
        if holders:
            gap = float(angle[holders[0], j])
            out.append(Verdict(image, time, "merged", placed[holders[0]], region, gap))
        else:
            out.append(Verdict(image, time, "missed", None, region))
    return out


def parse_time(text: str) -> datetime:
    """Return the aware time that a catalogue's string means."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise DatasetError(repr(text), "is no time", "2026-02-01T00:00:00Z") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _images(catalog: Catalog) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Group rows by image; refuse two images that cannot be told apart."""
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
    return images


def _refusal(images: Iterable[tuple[str, str]], days: Iterable[date]) -> DatasetError:
    """Return the error for a catalogue of which no image can be compared."""
    timed = [(image, time) for image, time in images if time]
    if not timed:
        return DatasetError(
            "catalogue",
            "holds no times, so NOAA's positions cannot be rotated to them",
            "a time for each image",
            "analyze again with --time",
        )
    image, time = min(timed, key=lambda it: _gap(days, parse_time(it[1])) or timedelta.max)
    return DatasetError(
        image, _far(days, parse_time(time)), "a summary within a day", "give that day's file"
    )


def _gap(days: Iterable[date], time: datetime) -> timedelta | None:
    return min((abs(time - _midnight(day)) for day in days), default=None)


def _far(days: Iterable[date], time: datetime) -> str:
    nearest = min(days, key=lambda day: abs(time - _midnight(day)), default=None)
    if nearest is None:
        return "the summary lists no region on any day"
    gap = abs(time - _midnight(nearest)) / timedelta(days=1)
    return f"the nearest summary is of {nearest}, {gap:.1f} days from the image ({time:%Y-%m-%d})"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _angles(rows: Sequence[Mapping[str, Any]], listed: Sequence[Listed]) -> NDArray[np.float64]:
    """Return great-circle distances, (N, M), degrees."""
    lon = np.radians([[row["hgs_lon"]] for row in rows]).reshape(-1, 1)
    lat = np.radians([[row["hgs_lat"]] for row in rows]).reshape(-1, 1)
    lon2 = np.radians([region.longitude for region in listed]).reshape(1, -1)
    lat2 = np.radians([region.latitude for region in listed]).reshape(1, -1)
    chord = (
        np.sin((lat - lat2) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon - lon2) / 2) ** 2
    )
    return np.asarray(np.degrees(2 * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))))


def _holds(
    plate: Plate | None, rows: Sequence[Mapping[str, Any]], listed: Sequence[Listed]
) -> NDArray[np.bool_]:
    """Return whether each box holds each NOAA position, (N, M)."""
    out = np.zeros((len(rows), len(listed)), bool)
    if plate is None:
        return out
    for j, region in enumerate(listed):
        x, y = plate.pixel(region.longitude, region.latitude)
        for i, row in enumerate(rows):
            across = row["x_min"] <= x <= row["x_max"]
            out[i, j] = bool(across and row["y_min"] <= y <= row["y_max"])
    return out


def _assign(angle: NDArray[np.float64], near: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the pairs of least total distance among those that are near enough."""
    from scipy.optimize import linear_sum_assignment

    if not angle.size:
        return []
    # Far pairs cost more than all near ones together, so as many near ones as can be are made.
    cost = np.where(near, angle, 1e4)
    return [
        (int(i), int(j)) for i, j in zip(*linear_sum_assignment(cost), strict=True) if near[i, j]
    ]
