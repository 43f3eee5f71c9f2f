"""The life of one NOAA region: our boxes nearest to where NOAA has it, image by image."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from halescope.archive.store.schema import pyarrow
from halescope.archive.store.tables import Tables
from halescope.errors import DatasetError
from halescope.noaa.matching import by_day
from halescope.noaa.midnights import listed_at
from halescope.noaa.pairs import compare_image, observer_of
from halescope.noaa.srs_row import SrsRow

LIFE = (
    "time", "image", "region", "hgs_lon", "hgs_lat", "cmd", "area_msh", "class", "p_class",
    "p_alpha", "p_beta", "p_complex",
)  # fmt: skip
"""Columns of a life."""

_TRACKED = """
SELECT {columns}, class_track FROM tracked
WHERE list_contains(string_split(noaa, '|'), '{number}') ORDER BY time, region
"""


def life(tables: Tables, number: int, summaries: Sequence[SrsRow] | None = None) -> Any:
    """Return a row for each image that shows a NOAA region, with `LIFE` and NOAA's class.

    Parameters
    ----------
    number : int
        Five digits.
    summaries : sequence of SrsRow, optional
        Section I; left out, the tracks of `archive track --srs` are asked.

    Raises
    ------
    DatasetError
        Neither has that number, or no image shows it.
    """
    if summaries is not None:
        return _matched(tables, number, summaries)
    if "tracked" not in tables.tracks:
        advice = "`archive track --srs FILE` numbers them; or give --srs here"
        raise DatasetError(str(tables.folder), "has no tracks with NOAA's numbers", "", advice)
    found = tables.query(_TRACKED.format(columns=", ".join(LIFE), number=int(number)))
    if not len(found):
        raise DatasetError(str(tables.folder), f"has no track with the number {number}")
    return found


def _matched(tables: Tables, number: int, summaries: Sequence[SrsRow]) -> Any:
    pa = pyarrow()
    days = by_day(summaries)
    own = sorted(row.date for row in summaries if row.number == number)
    if not own:
        what = f"do not list {number}"
        raise DatasetError("the summaries", what, "a number of five digits, such as 13664")
    rows = _rows_between(tables, own[0], own[-1])
    found: list[dict[str, Any]] = []
    for time, image in rows.items():
        when = time.replace(tzinfo=UTC)
        listed = listed_at(days, when, observer_of(image))
        for verdict in compare_image(image[0]["image"], when, image, listed):
            row, theirs = verdict.row, verdict.listed
            if row is None or theirs is None or theirs.number != number:
                continue
            if verdict.verdict == "matched":
                found.append({name: row[name] for name in LIFE} | {"noaa": theirs.name})
    if not found:
        what = f"shows {number} on no image"
        raise DatasetError(str(tables.folder), what, f"images from {own[0]} to {own[-1]}")
    return pa.Table.from_pylist(found)


def _rows_between(tables: Tables, first: date, last: date) -> dict[datetime, list[dict[str, Any]]]:
    """Return the regions of days around two, by image's time."""
    day = timedelta(days=1)
    sql = (
        f"SELECT * FROM regions WHERE time >= '{first - day}' AND time < '{last + 2 * day}' "
        "ORDER BY time, source, region"
    )
    images: dict[datetime, list[dict[str, Any]]] = {}
    for row in tables.query(sql).to_pylist():
        images.setdefault(row["time"], []).append(row)
    return images
