"""From catalogues to tracks: link, fill in, tell the class along each track, say what happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY
from halescope.noaa.srs_row import SrsRow
from halescope.tracks.bridging import BRIDGED, bridge, mark
from halescope.tracks.class_model import Mode, classes_along
from halescope.tracks.events import class_events, ends_of, events_table, returns_of
from halescope.tracks.linking import LinkRule, link, rule_for
from halescope.tracks.reports import Report, assign_reports
from halescope.tracks.sightings import Sightings, gather, numbers
from halescope.tracks.summary import track_table
from halescope.types import Catalog

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRACK_COLUMNS = (
    "track", "noaa", *(f"p_{level}_track" for level in HIERARCHY), "class_track", "track_flags",
)  # fmt: skip
"""What tracking adds to a catalogue."""

USUAL_COMPLEX = "beta-gamma"
"""Finer class of a complex track where nothing names one."""


@dataclass(frozen=True)
class Tracks:
    """Regions in time.

    Parameters
    ----------
    catalog : Catalog
        The rows given and those filled in, in order of time, with `TRACK_COLUMNS`.
    tracks : Catalog
        A row for each track; `halescope.tracks.summary.COLUMNS`.
    events : Catalog
        In order of time; `halescope.tracks.events.COLUMNS`.
    mode : {"filter", "smooth"}
    notes : tuple of str
        What was put right on the way.
    """

    catalog: Catalog
    tracks: Catalog
    events: Catalog
    mode: str = "filter"
    notes: tuple[str, ...] = ()


def track(
    tables: Catalog | Iterable[Catalog],
    summaries: Iterable[SrsRow] | None = None,
    mode: Mode = "filter",
    images: Iterable[tuple[str, str]] = (),
    rule: LinkRule | None = None,
) -> Tracks:
    """Link the regions of many images into tracks.

    Parameters
    ----------
    tables : Catalog or iterable of Catalog
        As `halescope.analyze` and `halescope.read_catalog` return them, of one instrument and any
        cadence from minutes to a day; gaps are allowed.
    summaries : iterable of SrsRow, optional
        Section I of NOAA's Solar Region Summaries; each counts from the minute of its issue.
    mode : {"filter", "smooth"}
        ``filter`` uses nothing later than each image, as operations must; ``smooth`` uses all.
    images : iterable of (name, time)
        All images that were analysed: those without any region have no row in a catalogue.
    rule : LinkRule, optional
        How boxes are linked.

    Raises
    ------
    DatasetError
        A catalogue lacks times or columns, two images share a time, instruments are mixed, or no
        summary is within a day of any image.

    Examples
    --------
    >>> result = halescope.track(halescope.read_catalog("out/catalog.csv"))  # doctest: +SKIP
    >>> result.catalog.columns["class_track"]  # doctest: +SKIP
    """
    seen = gather(tables, images)
    rule = rule or rule_for(seen)
    ahead = mode == "smooth"
    numbered = link(seen, rule)
    seen, numbered, flags = bridge(seen, numbered, ahead)
    flags = mark(seen, numbered, flags, ahead)
    reports = assign_reports(seen, numbered, summaries) if summaries is not None else []
    given = np.stack([numbers(seen.catalog, f"p_{level}") for level in HIERARCHY], 1)
    shares = classes_along(numbered, seen.hours, given, reports, mode)
    names = class_names(seen.catalog, numbered, shares, reports)
    own = np.array([BRIDGED not in each for each in flags], bool)
    ends, events = ends_of(seen, numbered, own, rule.gap_hours)
    back = returns_of(seen, numbered, ends)
    events += [*back, *class_events(seen, numbered, shares, names, ahead)]
    per_row, per_track = _numbers(seen, numbered, reports, ahead, len(ends.first))
    if summaries is None and "noaa" in seen.catalog.columns:
        per_row = [None if v in ("", None) else str(v) for v in seen.catalog.columns["noaa"]]
    returned = {event.track: event.other for event in back if event.other is not None}
    table = track_table(seen, numbered, own, ends, shares, names, per_track, returned)
    catalog = _catalog(seen.catalog, numbered, per_row, shares, names, flags)
    return Tracks(catalog, table, events_table(events), mode, seen.notes)


def class_names(
    catalog: Catalog, tracks: Ints, shares: Floats, reports: Sequence[Report]
) -> list[str]:
    """Return the class of each row along its track, with the finer ones as last named before it.

    The level is the likeliest of alpha, beta and complex; what is complex has the finer class of
    the row itself, or else the last complex one that the classifier or a summary gave the track.
    """
    given = catalog.columns.get("class", [""] * len(catalog))
    last = {r.track: r.row.mag_class for r in reversed(reports) if r.main and r.level == 2}
    out = []
    for name, track, share in zip(given, tracks.tolist(), shares, strict=True):
        if not np.isfinite(share).all():
            out.append("")
            continue
        if COARSE.get(name or "") == HIERARCHY[2]:
            last[track] = name
        level = HIERARCHY[int(share.argmax())]
        out.append(last.get(track, USUAL_COMPLEX) if level == HIERARCHY[2] else level)
    return out


def _numbers(
    seen: Sightings, tracks: Ints, reports: Sequence[Report], ahead: bool, count: int
) -> tuple[list[str | None], list[str | None]]:
    """Return NOAA's numbers of each row, as known then, and of each track."""
    told: dict[int, dict[float, list[int]]] = {}
    for report in sorted(reports, key=lambda r: (r.issued, not r.main)):
        told.setdefault(report.track, {}).setdefault(report.issued, []).append(report.row.number)
    rows: list[str | None] = []
    for track, hour in zip(tracks.tolist(), seen.hours.tolist(), strict=True):
        of_track = told.get(track, {})
        times = [issued for issued in of_track if issued <= hour]
        if not times and ahead and of_track:
            times = [min(of_track)]
        rows.append("|".join(map(str, of_track[max(times)])) if times else None)
    main: dict[int, dict[int, None]] = {}
    for report in reports:
        if report.main:
            main.setdefault(report.track, {})[report.row.number] = None
    every = ["|".join(map(str, main[t])) if t in main else None for t in range(count)]
    return rows, every


def _catalog(
    catalog: Catalog, tracks: Ints, noaa: Sequence[str | None], shares: Floats,
    names: Sequence[str], flags: Sequence[set[str]],
) -> Catalog:  # fmt: skip
    """Return a catalogue with `TRACK_COLUMNS` at its end; tracks count from 1."""
    columns: dict[str, list[Any]] = {
        name: values for name, values in catalog.columns.items() if name not in TRACK_COLUMNS
    }
    columns["track"] = [None if t < 0 else t + 1 for t in tracks.tolist()]
    columns["noaa"] = list(noaa)
    for i, level in enumerate(HIERARCHY):
        values = shares[:, i].tolist()
        columns[f"p_{level}_track"] = [round(v, 4) if v == v else None for v in values]
    columns["class_track"] = list(names)
    columns["track_flags"] = ["|".join(sorted(each)) for each in flags]
    return Catalog(columns, catalog.units)
