"""NOAA's Solar Region Summaries: the archive through sunpy, the last month from SWPC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from halescope.classes import parse_class
from halescope.fetch.answers import ContentError, need
from halescope.fetch.content import Content
from halescope.fetch.files import describe
from halescope.fetch.run import Located, Provider
from halescope.fetch.transfer import Transfer
from halescope.guards.cells import csv_text
from halescope.noaa.srs import issued_day
from halescope.noaa.srs_row import TABLE_COLUMNS

SRS_ARCHIVE = (
    "https://www.ngdc.noaa.gov/stp/space-weather/swpc-products/daily_reports/"
    "solar_region_summaries/"
)
TODAY = "https://services.swpc.noaa.gov/json/solar_regions.json"


class SrsArchive(Provider):
    """Daily raw text files, one for each asked day.

    `url`: base address of the archive, above its folders of years.
    """

    source = "srs"
    typical_bytes = 1_900

    def __init__(self, transfer: Transfer, url: str | None = None) -> None:
        need("sunpy")
        self._transfer, self._base = transfer, (url or SRS_ARCHIVE).rstrip("/") + "/"
        self._urls: dict[date, str] = {}

    def prepare(self, asked: Sequence[datetime]) -> None:
        """Let sunpy list the archive, a month at a time."""
        for first, last in _months(asked):
            for url in self._transfer.through(self._base, partial(self._list, first, last)):
                match = re.search(r"(\d{4})(\d\d)(\d\d)SRS", url)
                if match:
                    self._urls[date(*map(int, match.groups()))] = url

    def locate(self, asked: datetime) -> Located:
        """Return a day's file. One that is not listed is asked for all the same, as sunpy
        passes over folders that it cannot read; then the archive itself says that it is missing.
        """
        day = asked.date()
        direct = f"{self._base}{day:%Y}/{day:%m}/{day:%Y%m%d}SRS.txt"
        return Located(self._urls.get(day, direct), asked, f"{day:%Y%m%d}SRS.txt")

    def inspect(self, path: Path) -> Content:
        """Check that a file is a summary, and return the day that it names."""
        data = path.read_bytes()
        text = data.decode("latin-1")
        if "region" not in text.lower() or data.lstrip()[:1] == b"<":
            raise ContentError(path.name, f"is {describe(data)}", "a Solar Region Summary")
        day = issued_day(text)
        return Content(None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC))

    def _list(self, first: datetime, last: datetime) -> list[str]:
        """Return what Fido's own client for these files finds.

        Fido itself would ask the VSO too, which has no summaries, and fail where that is down.
        """
        from sunpy.net import attrs as a
        from sunpy.net.dataretriever.sources.noaa import SRSClient

        span = a.Time(first.replace(tzinfo=None), last.replace(tzinfo=None))
        with _at(self._base):
            found = SRSClient().search(span, a.Instrument.srs_table)
        return [str(row["url"]) for row in found]


def regions_of_today(transfer: Transfer, url: str | None = None) -> list[dict[str, Any]]:
    """Return SWPC's regions of the last month as rows of the Solar Region Summary.

    Raises `FetchError`. Returns list of dict: with the keys `halescope.noaa.srs_row.TABLE_COLUMNS`.
    The date is the summary's day of issue, one day after SWPC's ``observed_date``: what was seen on
    a day is issued at 00:30 UTC of the next.
    """
    address = url or TODAY
    answer = transfer.json(address)
    if not isinstance(answer, list):
        raise ContentError(address, "answers with no list", "a list of regions")
    rows = []
    for region in answer:
        try:
            rows.append(_region(region))
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            found = f"sends a region that cannot be read ({type(error).__name__}: {error})"
            raise ContentError(address, found, "region, observed_date, location") from error
    return sorted(rows, key=lambda row: (row["date"], row["noaa_number"]))


def region_rows_text(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV in the columns of the compiled SRS table."""
    return csv_text(TABLE_COLUMNS, rows)


def _region(region: dict[str, Any]) -> dict[str, Any]:
    observed = date.fromisoformat(str(region["observed_date"])[:10])
    magnetic = str(region.get("mag_class") or "")
    number = int(region["region"])
    return {
        "date": (observed + timedelta(days=1)).isoformat(),
        "noaa_number": number,
        "location": str(region["location"]),
        "lo": _number(region.get("carrington_longitude")),
        "area": _number(region.get("area")),
        "z_class": str(region.get("spot_class") or "").upper(),
        "ll": _number(region.get("extent")),
        "nn": _number(region.get("number_spots")),
        "mag_type_raw": parse_class(magnetic).upper() if magnetic else "",
    }


def _number(value: object) -> int | str:
    return int(str(value)) if value is not None else ""


def _months(asked: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Yield first and last of the asked days of each month."""
    by_month: dict[tuple[int, int], list[datetime]] = {}
    for time in asked:
        by_month.setdefault((time.year, time.month), []).append(time)
    for times in by_month.values():
        yield min(times), max(times)


@contextmanager
def _at(base: str) -> Iterator[None]:
    """Point sunpy's client to another base address for as long as the block runs."""
    from sunpy.net.dataretriever.sources.noaa import SRSClient

    before = SRSClient.pattern
    fields = before.removeprefix(SRS_ARCHIVE)
    SRSClient.pattern = base.replace("{", "{{").replace("}", "}}") + fields
    try:
        yield
    finally:
        SRSClient.pattern = before
