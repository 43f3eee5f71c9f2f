"""NOAA's region numbers as a column of a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from halescope.noaa.listed import listed_at
from halescope.noaa.matching import parse_time
from halescope.noaa.pairs import TOLERANCE, compare_image
from halescope.noaa.srs_row import SrsRow
from halescope.types import Catalog

COLUMN = "noaa"
"""Five-digit numbers; several, joined by ``|``, where a box holds several regions."""


def with_numbers(
    catalog: Catalog, summaries: Mapping[date, Sequence[SrsRow]], tolerance: float = TOLERANCE
) -> Catalog:
    """Return the catalogue of one image with a column of NOAA's numbers.

    Parameters
    ----------
    catalog : Catalog
        Of one image.
    summaries : mapping of date to rows
        Section I of the Solar Region Summaries around the image's day.
    tolerance : float
        Degrees.

    Returns
    -------
    Catalog
        With the column ``noaa``; None where no region of NOAA's is near, or the image has no
        time.
    """
    numbers: dict[int, list[int]] = {}
    rows = catalog.rows()
    if rows and rows[0]["time"]:
        image, time = str(rows[0]["image"]), str(rows[0]["time"])
        when = parse_time(time)
        listed = listed_at(summaries, when)
        for verdict in compare_image(image, when, rows, listed, tolerance):
            if verdict.verdict not in ("matched", "merged"):
                continue
            if verdict.row is not None and verdict.listed is not None:
                numbers.setdefault(verdict.row["region"], []).append(verdict.listed.number)
    values = ["|".join(map(str, numbers.get(row["region"], []))) or None for row in rows]
    return Catalog(catalog.columns | {COLUMN: values}, catalog.units)
