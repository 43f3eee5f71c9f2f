"""Times: what a user types, what a header says and what a file's name tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from halescope.errors import TimeError

# UTC dates at which TAI - UTC grew to the given seconds (IERS Bulletin C); none since 2017.
_LEAPS = (
    ("1992-07-01", 27), ("1993-07-01", 28), ("1994-07-01", 29), ("1996-01-01", 30),
    ("1997-07-01", 31), ("1999-01-01", 32), ("2006-01-01", 33), ("2009-01-01", 34),
    ("2012-07-01", 35), ("2015-07-01", 36), ("2017-01-01", 37),
)  # fmt: skip

_FULL = re.compile(
    r"(?<!\d)(?P<y>19[6-9]\d|20\d\d)[-_./:]*(?P<mo>0[1-9]|1[0-2])[-_./:]*(?P<d>[0-3]\d)"
    r"[-_./: Tt]*(?P<h>[01]\d|2[0-4])[-_.: ]*(?P<mi>[0-5]\d)(?:[-_.: ]*(?P<s>[0-5]\d|60))?"
    r"(?:[-_.](?P<ms>\d{3})(?!\d|_[A-Za-z]))?(?P<tai>_?TAI)?"  # not the 512 of _512_HMIB
)
# GONG: site (2 letters), product, then yymmddthhmm.
_GONG = re.compile(
    r"(?<![A-Za-z])[a-z]{5}(?P<y>\d\d)(?P<mo>\d\d)(?P<d>\d\d)t(?P<h>\d\d)(?P<mi>\d\d)(?!\d)"
)
# SolarSoft: 31-Jul-2014 09:58:45.000, in old files with two digits of the year.
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SOLARSOFT = re.compile(
    rf"(?P<d>[0-3]?\d)-(?P<mo>{'|'.join(_MONTHS)})-(?P<y>\d{{4}}|\d\d)"
    r"(?:[T ]+(?P<clock>\d\d?:.*))?",
    re.IGNORECASE | re.ASCII,
)
_DATE = re.compile(r"\d{4}([-/.]?)\d\d\1\d\d")
FIRST_YEAR, LAST_YEAR = 1960, 2100
"""Times from the first year on, and before the last, are taken: no magnetogram is of another."""

_YEARS = f"a year from {FIRST_YEAR} to {LAST_YEAR - 1}"
_LONGEST = 100
_FORMS = "2026-02-01T00:00:00Z, 2026-02-01 00:00 or 2026.02.01_00:00:00_TAI"


def is_date(text: str) -> bool:
    """Say whether a text is a date without an hour, such as ``2026-02-01``."""
    return bool(_DATE.fullmatch(text.strip()))


def parse_time(text: str | datetime, subject: str = "--time", date_only: bool = False) -> datetime:
    """Return a time that a user or a header gave, UTC and aware.

    Raises `TimeError` where it does not parse.

    Parameters
    ----------
    text : str or datetime
        ISO 8601, with or without zone (UTC if without), or JSOC's form, also in TAI. The hour
        must be there: the Sun turns by 13 degrees a day.
    subject : str
        What to name in the error.
    date_only : bool
        Whether a date without an hour is taken as 00:00.
    """
    if isinstance(text, datetime):
        aware = text.replace(tzinfo=UTC) if text.tzinfo is None else text
        if not FIRST_YEAR <= aware.year < LAST_YEAR:
            raise TimeError(subject, f"{text} is too far away", _YEARS)
        return aware.astimezone(UTC)
    plain = _from_solarsoft(text.strip() if len(text) < _LONGEST else text[:_LONGEST])
    if date_only and is_date(plain):
        plain = re.sub(r"[-/.]", "", plain)
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}T00:00:00Z"
    match = _FULL.fullmatch(plain.replace("_UTC", "").removesuffix("UTC").strip())
    if match:
        time = _from_match(match)
    else:
        time = _from_iso(plain)
    if time is None or not FIRST_YEAR <= time.year < LAST_YEAR:
        raise TimeError(subject, f"{plain!r} is no time", f"a form such as {_FORMS}")
    return time


def time_from_name(name: str) -> datetime | None:
    """Return the UTC time that a file's name carries, None if there is none.

    `name`: such as ``HMI.m2026.02.01_00.00.00.jpg``, ``20120104_234500_2048_HMIB.jpg``,
    ``2022_08_02__10_47_53_000__SDO_HMI_HMI_magnetogram.jp2`` or ``bbzqa240203t1944.jpg``.
    """
    for pattern in (_GONG, _FULL):
        for match in pattern.finditer(name):
            time = _from_match(match)
            if time is not None:
                return time
    return None


def header_time(header: dict[str, object], subject: str = "header") -> datetime | None:
    """Return the observation time of a FITS header, UTC; None if it has none.

    `header`: ``DATE-OBS`` (with `CLOCKS` where the date has no hour), else ``T_OBS``, ``T_REC``.
    `subject`: the file's name, for errors, and for the hour of a date for which no keyword has it.
    Raises `TimeError` where there is a time, and none of them parses.
    """
    clock = _clock(header)
    named = time_from_name(subject)
    seen = []
    for key in ("DATE-OBS", "DATE_OBS", "T_OBS", "T_REC", "DATE-BEG"):
        text = _from_solarsoft(str(header.get(key) or "").strip())
        if not text:
            continue
        if re.fullmatch(r"\d{4}[-/.]\d\d[-/.]\d\d", text):
            day = text.replace("/", "-").replace(".", "-")
            if clock:
                text = f"{day}T{clock}"
            elif named is not None and f"{named:%Y-%m-%d}" == day:
                return named
        try:
            return parse_time(text, f"{subject}: {key}")
        except TimeError as error:
            seen.append(error)
    if seen:
        raise seen[0]
    return None


CLOCKS = ("TIME-OBS", "TIME_OBS", "TIME", "UT", "UTC")
"""Keywords that may hold the time of day, as ``09:58:45.000``, beside a date without one."""


def _clock(header: dict[str, object]) -> str:
    """Return the time of day in a header, empty where no keyword has one."""
    for key in CLOCKS:
        text = _padded(str(header.get(key) or "").strip())
        if re.match(r"\d\d:\d\d", text):
            return text
    return ""


def _from_solarsoft(text: str) -> str:
    """Return SolarSoft's form of a time as ISO's; other texts as they are."""
    found = _SOLARSOFT.fullmatch(text)
    if found is None:
        return text
    year = int(found["y"])
    if year < 100:
        year += 1900 if year > 60 else 2000
    day = f"{year:04d}-{_MONTHS.index(found['mo'].lower()) + 1:02d}-{int(found['d']):02d}"
    return day if found["clock"] is None else f"{day}T{_padded(found['clock'].strip())}"


def _padded(clock: str) -> str:
    """Return a time of day with two digits of the hour."""
    return f"0{clock}" if clock[1:2] == ":" else clock


def tai_to_utc(time: datetime) -> datetime:
    """Return the UTC of an aware datetime whose fields are read as TAI."""
    day = time.strftime("%Y-%m-%d")
    seconds = next((s for since, s in reversed(_LEAPS) if day >= since), 26)
    return time - timedelta(seconds=seconds)


def _from_match(match: re.Match[str]) -> datetime | None:
    part = match.groupdict()
    year = int(part["y"])
    if year < 100:
        year += 1900 if year > 60 else 2000
    if not FIRST_YEAR <= year < LAST_YEAR:
        return None
    try:
        day = datetime(year, int(part["mo"]), int(part["d"]), tzinfo=UTC)
    except ValueError:
        return None
    time = day + timedelta(
        hours=int(part["h"]),
        minutes=int(part["mi"]),
        seconds=int(part.get("s") or 0),
        milliseconds=int(part.get("ms") or 0),
    )
    return tai_to_utc(time) if part.get("tai") else time


def _from_iso(text: str) -> datetime | None:
    tai = text.upper().endswith("TAI")
    plain = re.sub(r"[_ ]?TAI$", "", text, flags=re.IGNORECASE)
    plain = re.sub(r"^(\d{4})[./](\d\d)[./](\d\d)", r"\1-\2-\3", plain)
    plain = re.sub(r"(\d)_(\d)", r"\1T\2", plain)
    if not re.match(r"\d{4}-?\d\d-?\d\d[T ]\d\d", plain):
        return None
    try:
        time = parse_time(datetime.fromisoformat(plain))
    except (ValueError, TimeError):
        return None
    return tai_to_utc(time) if tai else time
