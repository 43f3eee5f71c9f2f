"""JSOC: full-disk magnetograms as FITS with their whole header, through drms."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from halescope.errors import ConfigError, TimeError
from halescope.fetch.answers import ContentError, NotThereError, ServiceDownError, need
from halescope.fetch.content import Content, inspect_fits
from halescope.fetch.run import Located, Provider
from halescope.fetch.transfer import Transfer
from halescope.io.filetime import parse_time, tai_to_utc
from halescope.io.instruments import is_bad

Result = TypeVar("Result")

EMAIL, ADDRESS = "JSOC_EMAIL", "http://jsoc.stanford.edu"
REGISTER = "http://jsoc.stanford.edu/ajax/register_email.html"
WINDOWS_PER_QUERY = 24
RECORDS_PER_EXPORT = 24


@dataclass(frozen=True)
class Series:
    """A data series of JSOC.

    `segment`: which of its arrays is the magnetogram. `bytes`: of a typical compressed file.
    """

    segment: str
    instrument: str
    bytes: int


SERIES = {
    "hmi.M_720s": Series("magnetogram", "HMI", 15_000_000),
    "hmi.M_720s_nrt": Series("magnetogram", "HMI", 15_000_000),
    "hmi.M_45s": Series("magnetogram", "HMI", 15_000_000),
    "mdi.fd_M_96m_lev182": Series("data", "MDI", 1_600_000),
}


@dataclass(frozen=True)
class Recorded:
    """One record of a series: its name in DRMS, its time and whether its quality is bad."""

    key: str
    time: datetime
    bad: bool


class Jsoc(Provider):
    """Magnetograms of one series.

    Of the records near an asked time the nearest without a fault is taken, else the nearest.

    Parameters
    ----------
    series : str
        One of `SERIES`.
    email : str, optional
        Registered at JSOC; else the environment's ``JSOC_EMAIL``. Exports need it, queries do not.
    window : timedelta
        How far from an asked time to look.
    url : str, optional
        Base address of the service.
    wait : float
        Seconds that an export may take to be prepared.
    poll : float
        Seconds between two looks at it.
    """

    slack = timedelta(minutes=20)

    def __init__(
        self,
        transfer: Transfer,
        series: str = "hmi.M_720s",
        email: str | None = None,
        window: timedelta = timedelta(minutes=30),
        url: str | None = None,
        wait: float = 3600.0,
        poll: float = 5.0,
    ) -> None:
        need("drms")
        if series not in SERIES:
            raise ConfigError("--series", f"is {series!r}", ", ".join(SERIES))
        self.email = email or os.environ.get(EMAIL, "")
        self.source, self.typical_bytes = f"jsoc/{series}", SERIES[series].bytes
        self._transfer, self._series, self._window = transfer, series, window
        self._wait, self._poll = wait, poll
        self._client = _client(url or ADDRESS)
        self._near: dict[datetime, Recorded] = {}
        self._urls: dict[str, str] = {}

    def prepare(self, asked: Sequence[datetime]) -> None:
        """Find the record of each asked time, a few dozen times a query.

        ConfigError without an e-mail address, which exports need.
        """
        if "@" not in self.email:
            advice = f"give --email or set {EMAIL}; register it once at {REGISTER}"
            raise ConfigError("--email", "is missing", "an address registered at JSOC", advice)
        for start in range(0, len(asked), WINDOWS_PER_QUERY):
            times = asked[start : start + WINDOWS_PER_QUERY]
            found = self._query(",".join(self._range(time) for time in times))
            for time in times:
                near = [r for r in found if abs(r.time - time) <= self._window]
                if near:
                    self._near[time] = min(near, key=lambda r: (r.bad, abs(r.time - time)))

    def locate(self, asked: datetime) -> Located:
        """Return the exported file of an asked time; the first of a batch waits for its export."""
        record = self._near.get(asked)
        if record is None:
            minutes = self._window.total_seconds() / 60
            raise NotThereError(self.source, f"has no record within {minutes:g} min")
        if record.key not in self._urls:
            self._export(record)
        if not self._urls.get(record.key):
            raise NotThereError(self.source, f"exports no file for {record.key}")
        stamp = re.sub(r"[.:]", "", record.key)
        name = f"{self._series}.{stamp}.{SERIES[self._series].segment}.fits"
        quality = "bad" if record.bad else "good"
        return Located(self._urls[record.key], record.time, name, quality)

    def inspect(self, path: Path) -> Content:
        """Check a FITS file, and return the time and quality of its own header."""
        return inspect_fits(path)

    def latest(self) -> datetime:
        """Return the time of the newest record."""
        found = self._query("$")
        if not found:
            raise NotThereError(self.source, "has no newest record")
        return max(record.time for record in found)

    def _query(self, which: str) -> list[Recorded]:
        """Return the records that a set of the prime key T_REC names."""
        keys = {"key": "T_REC,QUALITY", "convert_numeric": False}
        table = self._drms(partial(self._client.query, f"{self._series}[{which}]", **keys))
        return list(_records(table, SERIES[self._series].instrument))

    def _range(self, time: datetime) -> str:
        return f"{_tai(time - self._window)}-{_tai(time + self._window)}"

    def _export(self, first: Recorded) -> None:
        """Have a batch of records staged as FITS files, from `first` on, and note where."""
        waiting = [r for _, r in sorted(self._near.items()) if r.key not in self._urls]
        keys = list(dict.fromkeys(r.key for r in waiting[waiting.index(first) :]))
        batch = keys[:RECORDS_PER_EXPORT]
        segment = SERIES[self._series].segment
        name = f"{self._series}[{','.join(batch)}]{{{segment}}}"
        how = {"method": "url", "protocol": "fits", "filenamefmt": False, "email": self.email}
        request = self._drms(partial(self._client.export, name, **how))
        if not self._drms(lambda: request.wait(timeout=self._wait, sleep=self._poll)):
            found = f"has not prepared export {request.id} within {self._wait:g} s"
            raise ServiceDownError(self.source, found, "", "run again later to go on")
        table = self._drms(lambda: request.urls)
        for record, url in zip(table["record"], table["url"], strict=True):
            match = re.search(r"\[([^\]]+)\]", str(record))
            if match:
                self._urls[match[1]] = str(url)
        for key in batch:
            self._urls.setdefault(key, "")

    def _drms(self, call: Callable[[], Result]) -> Result:
        """Return what drms returns; what it raises becomes an error of ours."""
        from drms.exceptions import DrmsError

        try:
            return self._transfer.through(self.source, call)
        except DrmsError as error:
            reason = " ".join(str(error).split())[:160]
            raise ContentError(self.source, f"refuses: {reason}") from error


def _client(url: str) -> Any:
    import drms
    from drms.config import ServerConfig

    base = url.rstrip("/") + "/"
    server = ServerConfig(
        name="halescope",
        cgi_baseurl=base + "cgi-bin/ajax/",
        cgi_show_series="show_series",
        cgi_jsoc_info="jsoc_info",
        cgi_jsoc_fetch="jsoc_fetch",
        cgi_check_address="checkAddress.sh",
        http_download_baseurl=base,
    )
    return drms.Client(server)


def _records(table: Any, instrument: str) -> Iterator[Recorded]:
    """Yield the records of a query's table; those without a time are fillers and left out."""
    if not len(table):
        return
    missing = {"T_REC", "QUALITY"} - set(table)
    if missing:
        found = f"sends records without {' and '.join(sorted(missing))}"
        raise ContentError("JSOC", found, "the keywords that were asked for")
    for key, quality in zip(table["T_REC"], table["QUALITY"], strict=True):
        try:
            time = parse_time(str(key), "T_REC")
        except TimeError:
            continue
        yield Recorded(str(key), time, is_bad({"QUALITY": str(quality)}, instrument))


def _tai(time: datetime) -> str:
    """Return a UTC time in JSOC's form, TAI."""
    utc = time.astimezone(UTC)
    return (utc + (utc - tai_to_utc(utc))).strftime("%Y.%m.%d_%H:%M:%S_TAI")
