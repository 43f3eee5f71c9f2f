"""The Heliophysics Events Knowledgebase: active regions and flares, month by month."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from halescope.errors import TimeError
from halescope.fetch.answers import ContentError, need
from halescope.fetch.flares import Flare, write_flares
from halescope.fetch.run import Located, Provider
from halescope.fetch.transfer import Transfer
from halescope.guards.cells import csv_text
from halescope.io.filetime import parse_time
from halescope.noaa.hek import OBSERVERS, REGION_COLUMNS, parse_hek
from halescope.noaa.srs import SrsTable
from halescope.types import format_time


class Hek(Provider):
    """Events of one kind, through sunpy's HEK client.

    Parameters
    ----------
    kind : {"AR", "FL"}
        Active regions or flares.
    observer : str
        HEK's ``frm_name``.
    end : datetime
        End of the last month's query.
    url : str, optional
        Base address, which ends in a question mark.
    """

    typical_bytes = 60_000

    def __init__(
        self, transfer: Transfer, kind: str, observer: str, end: datetime, url: str | None = None
    ) -> None:
        need("sunpy")
        self._transfer, self._kind, self._observer = transfer, kind, observer
        self._end, self._url = end, url
        self.source = f"hek/{kind}/{observer}"

    def locate(self, asked: datetime) -> Located:
        """Return the table of the month that begins at a time."""
        stop = min(next_month(asked), self._end)
        rows = self._transfer.through(self.source, lambda: self._search(asked, stop))
        try:
            table = _flares(rows) if self._kind == "FL" else region_table(map(region, rows))
            body = table.encode()
        except (LookupError, TimeError, TypeError, ValueError, ArithmeticError) as error:
            found = f"sends an event that cannot be read ({error})"
            raise ContentError(self.source, found) from error
        slug = re.sub(r"[^a-z0-9]+", "-", self._observer.lower())
        name = f"hek_{self._kind.lower()}_{slug}_{asked:%Y%m%d}_{stop:%Y%m%d}.csv"
        return Located(self._url or "https://www.lmsal.com/hek/her?", asked, name, body=body)

    def tables(self, first: datetime) -> list[str]:
        """Return the tables, CSV, of the months from a time to the end."""
        return [(self.locate(month).body or b"").decode() for month in months(first, self._end)]

    def _search(self, start: datetime, stop: datetime) -> list[dict[str, Any]]:
        """Return HEK's own rows, plain values."""
        from sunpy.net import attrs as a
        from sunpy.net.hek import HEKClient

        client = HEKClient(self._url) if self._url else HEKClient()
        span = a.Time(start.replace(tzinfo=None), stop.replace(tzinfo=None))
        kind = a.hek.AR if self._kind == "AR" else a.hek.FL
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of units that HEK spells in its own way
            found = client.search(span, kind, a.hek.FRM.Name == self._observer)
        raw = found.raw
        return [{name: _plain(row[name]) for name in raw.colnames} for row in raw]


def noaa_regions(times: Sequence[datetime], url: str | None = None) -> SrsTable:
    """Ask HEK for NOAA's regions on the days of some images.

    `times`: of the images, aware; none at all gives no rows, unasked. `url`: base address, which
    ends in a question mark. Raises `FetchError`, `MissingExtraError`.
    """
    if not times:
        return SrsTable(())
    first, stop = span_of(times)
    tables = Hek(Transfer(), "AR", OBSERVERS["noaa"], stop, url).tables(first)
    lines = [line for table in tables for line in table.splitlines()[1:]]
    return parse_hek("\n".join([",".join(REGION_COLUMNS), *lines]) + "\n", "HEK")


def span_of(times: Iterable[datetime]) -> tuple[datetime, datetime]:
    """Return which events images of some aware times need: first day to two days after the last."""
    days = [time.replace(hour=0, minute=0, second=0, microsecond=0) for time in times]
    return min(days), max(days) + timedelta(days=2)


def months(start: datetime, end: datetime) -> list[datetime]:
    """Return `start` and the first of each month up to `end`."""
    found = [start]
    while (following := next_month(found[-1])) < end:
        found.append(following)
    return found


def next_month(time: datetime) -> datetime:
    """Return 00:00 UTC of the first of the next month."""
    return datetime(time.year + time.month // 12, time.month % 12 + 1, 1, tzinfo=UTC)


def region(row: dict[str, Any]) -> dict[str, Any]:
    """Return one active region of HEK in `REGION_COLUMNS`.

    `row`: HEK's own columns.
    """
    box = _box(str(row.get("hpc_bbox") or ""))
    number = str(row.get("ar_noaanum") or "")
    return {
        "start": format_time(parse_time(str(row["event_starttime"]), "HEK")),
        "end": format_time(parse_time(str(row["event_endtime"]), "HEK")),
        "observer": row.get("frm_name") or "",
        "noaa_number": number if number not in ("0", "") else "",
        "class": row.get("ar_mtwilsoncls") or "",
        "mcintosh": row.get("ar_mcintoshcls") or "",
        "hgs_lon": row.get("hgs_x"),
        "hgs_lat": row.get("hgs_y"),
        "hpc_x": row.get("hpc_x"),
        "hpc_y": row.get("hpc_y"),
        **dict(zip(("hpc_x_min", "hpc_y_min", "hpc_x_max", "hpc_y_max"), box, strict=True)),
        "area": row.get("area_atdiskcenter"),
        "area_unit": row.get("area_unit") or "",
        "id": row.get("kb_archivid") or "",
    }


def region_table(rows: Iterable[dict[str, Any]]) -> str:
    """Return active regions as CSV, each once, in order of time."""
    once = {row["id"] or repr(row): row for row in rows}
    ordered = sorted(once.values(), key=lambda row: (row["start"], str(row["noaa_number"])))
    return csv_text(REGION_COLUMNS, ordered)


def flare(row: dict[str, Any]) -> Flare | None:
    """Return one flare of HEK, None where it has no GOES class."""
    strength = str(row.get("fl_goescls") or "").strip()
    if not re.fullmatch(r"[ABCMX]\d+(\.\d*)?", strength):
        return None
    start, peak, end = (
        parse_time(str(row[name]), "HEK")
        for name in ("event_starttime", "event_peaktime", "event_endtime")
    )
    number = str(row.get("ar_noaanum") or "0")
    lon, lat = float(row.get("hgs_x") or 0), float(row.get("hgs_y") or 0)
    place = f"{'NS'[lat < 0]}{abs(lat):02.0f}{'WE'[lon < 0]}{abs(lon):02.0f}"
    known = bool(lon or lat)
    strength = f"{strength[0]}{float(strength[1:]):.1f}"
    return Flare(start, strength, peak, end, int(number) or None, place if known else "")


def _flares(rows: Iterable[dict[str, Any]]) -> str:
    found = (flare(row) for row in rows)
    return write_flares(sorted((f for f in found if f is not None), key=lambda f: f.start))


def _plain(value: Any) -> Any:
    """Return a cell of an astropy table as a plain value, None where it is masked."""
    import numpy as np

    if value is np.ma.masked:
        return None
    return value.item() if isinstance(value, np.generic) else value


def _box(polygon: str) -> tuple[float | None, float | None, float | None, float | None]:
    """Return lower left and upper right corner of ``POLYGON((x y,...))``: x, y, x, y."""
    points = [
        (float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+(?:e-?\d+)?) (-?[\d.]+)", polygon)
    ]
    if not points:
        return None, None, None, None
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
