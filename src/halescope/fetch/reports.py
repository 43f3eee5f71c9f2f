"""NOAA's yearly GOES flare reports, from the archive at NCEI."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from halescope.errors import DatasetError
from halescope.fetch.content import Content
from halescope.fetch.faults import ContentError
from halescope.fetch.files import describe
from halescope.fetch.flares import parse_flares
from halescope.fetch.run import Found

ARCHIVE = (
    "https://www.ngdc.noaa.gov/stp/space-weather/solar-data/solar-features/solar-flares/"
    "x-rays/goes/xrs/"
)
FIRST, LAST = 1975, 2017
"""Years that the archive holds; HEK has the later ones."""
_ODD = {2015: "2015_modifiedreplacedmissingrows", 2017: "2017-ytd"}


class FlareReports:
    """One text file a year.

    Parameters
    ----------
    url : str, optional
        Base address.
    """

    source = "noaa/goes-xrs-report"
    typical_bytes = 220_000
    slack = timedelta(0)

    def __init__(self, url: str | None = None) -> None:
        self._base = (url or ARCHIVE).rstrip("/") + "/"

    def prepare(self, asked: Sequence[datetime]) -> None:
        """Do nothing: the names are known."""

    def locate(self, asked: datetime) -> Found:
        """Return the report of a year."""
        name = f"goes-xrs-report_{_ODD.get(asked.year, asked.year)}.txt"
        return Found(self._base + name, asked, f"goes-xrs-report_{asked.year}.txt")

    def inspect(self, path: Path) -> Content:
        """Check that a file is a report, and return the year of its first flare."""
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            first = parse_flares(text, path.name).flares[0]
        except DatasetError as error:
            found = f"is {describe(text.encode()[:512])}"
            raise ContentError(path.name, found, "a report of flares") from error
        return Content(datetime(first.start.year, 1, 1, tzinfo=UTC))


def years(start: datetime, end: datetime) -> list[datetime]:
    """Return the first moments of the years from `start` to `end`."""
    return [datetime(year, 1, 1, tzinfo=UTC) for year in range(start.year, end.year + 1)]
