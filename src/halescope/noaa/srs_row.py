"""One row of NOAA's Solar Region Summary: what it says, and how it is read.

A row stands as a line of a raw file, whose three sections have columns of their own, or as a line
of the compiled CSV table. `halescope.noaa.srs` finds the lines in files, folders and archives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from halescope.classes import parse_class
from halescope.errors import DatasetError

SECTIONS = ("I", "IA", "II")
"""Spotted regions, plage without spots, regions due to return."""

TABLE_COLUMNS = (
    "date", "noaa_number", "location", "lo", "area", "z_class", "ll", "nn", "mag_type_raw",
)  # fmt: skip
"""Of the compiled table: day of issue, number, place as N10W05, Carrington longitude (degrees),
area (MSH), McIntosh class, extent (degrees), number of spots, magnetic class."""


@dataclass(frozen=True)
class SrsRow:
    """One line of one Solar Region Summary.

    Parameters
    ----------
    date : date
        Day of issue. Positions are valid at its 00:00 UTC; class, area and the list itself
        describe the day before.
    number : int
        Full NOAA number: 12192 where the file says 2192.
    section : {"I", "IA", "II"}
    lat : int
        Heliographic latitude, degrees, north positive.
    lon : int or None
        Stonyhurst longitude, degrees, west positive; None in section II.
    carrington : int or None
        Carrington longitude, degrees.
    area : int or None
        Spot area, millionths of the solar hemisphere (MSH); section I only, as all that follow.
    z_class : str
        Modified Zurich (McIntosh) class, as ``Eki``; empty where there is none.
    extent : int or None
        Longitudinal extent, degrees.
    spots : int or None
        Number of spots.
    mag_class : str
        Member of `halescope.classes.MOUNT_WILSON`; empty where there is none.
    mag_text : str
        The magnetic class as the file spells it.
    """

    date: date
    number: int
    section: str
    lat: int
    lon: int | None
    carrington: int | None = None
    area: int | None = None
    z_class: str = ""
    extent: int | None = None
    spots: int | None = None
    mag_class: str = ""
    mag_text: str = ""


def full_number(number: int, day: date) -> int:
    """Return the full NOAA number of one that is written modulo 10000.

    `number`: as written; numbers of five digits stay unchanged. `day`: region 10000 appeared on
    2002-06-14; numbers have grown by some 200 a year since.
    """
    if number >= 10000:
        return number
    expected = 10000 + 200 * (day - date(2002, 6, 14)).days / 365.25
    return number + 10000 * max(0, round((expected - number) / 10000))


_PLACE = r"(?P<ns>[NS])(?P<lat>\d{1,2})(?P<ew>[EW])(?P<lon>\d{1,3}|\*+)"
_LINES = {
    "I": re.compile(
        rf"^(?P<number>\d{{1,5}})\s+{_PLACE}(?:\s+(?P<lo>\d{{1,3}}))?(?:\s+(?P<area>\d{{1,4}}))?"
        r"(?:\s+(?P<z_class>[A-Za-z]{3}))?(?:\s+(?P<extent>\d{1,2}))?(?:\s+(?P<spots>\d{1,3}))?"
        r"(?:\s+(?P<mag>[A-Za-z][A-Za-z\- ]*))?$"
    ),
    "IA": re.compile(rf"^(?P<number>\d{{1,5}})\s+{_PLACE}(?:\s+(?P<lo>\d{{1,3}}))?$"),
    "II": re.compile(
        r"^(?P<number>\d{1,5})\s+(?P<ns>[NS])(?P<lat>\d{1,2})(?:\s+(?P<lo>\d{1,3}))?$"
    ),
}
_LOCATION = re.compile(_PLACE.replace(r"|\*+", ""))


def read_line(line: str, day: date, section: str) -> tuple[SrsRow | None, str]:
    """Read a line of a raw summary, as far as it goes.

    `line`: in capitals or not. `day`: of issue. `section`: one of `SECTIONS`, or anything else for
    a line before the first of them.

    Returns
    -------
    row : SrsRow or None
        None for a line that cannot be read, or whose position no region can have.
    reason : str
        What is wrong with the line; empty if nothing is.
    """
    if section not in _LINES:
        return None, "a line outside of all sections"
    found = _LINES[section].match(line.strip())
    if found is None:
        return None, f"unreadable line of section {section}"
    said = found.groupdict()
    lat, lon = _position(said)
    carrington = _int(said["lo"])
    row = SrsRow(day, full_number(int(said["number"]), day), section, lat, lon, carrington)
    reasons = [] if carrington is not None else ["no Carrington longitude"]
    if section == "I":
        row, more = _with_spots(row, said, line)
        reasons += more
    if abs(row.lat) > 90 or abs(row.lon or 0) > 110 or (row.carrington or 0) > 360:
        return None, "position out of range"
    if section != "II" and row.lon is None:
        reasons.append("no longitude")
    return row, "; ".join(reasons)


def read_table_row(values: Sequence[str]) -> SrsRow:
    """Read a line of the compiled table.

    `values`: in the order of `TABLE_COLUMNS`. Raises `ValueError`, `DatasetError`: a value is no
    number, day or location; the magnetic class is unknown.
    """
    day = date.fromisoformat(values[0])
    place = _LOCATION.fullmatch(values[2])
    if place is None:
        raise ValueError(f"location {values[2]!r}")
    return SrsRow(
        day,
        full_number(int(values[1]), day),
        "I",
        *_position(place.groupdict()),
        int(values[3]),
        int(values[4]),
        values[5].capitalize(),
        int(values[6]),
        int(values[7]),
        parse_class(values[8]),
        values[8],
    )


def _with_spots(row: SrsRow, said: dict[str, str | None], line: str) -> tuple[SrsRow, list[str]]:
    """Return a row with what section I says of its spots, and what is wrong there."""
    mag = said["mag"]
    if said["extent"] is not None and said["spots"] is None and mag is None:
        last = line.split()[-1]
        mag = last if last.isalpha() else None
    wanted = {
        "area": said["area"],
        "Z class": said["z_class"],
        "extent": said["extent"],
        "spot count": said["spots"],
        "magnetic class": mag,
    }
    reasons = [f"no {name}" for name, value in wanted.items() if value is None]
    mag_class = ""
    if mag is not None:
        try:
            mag_class = parse_class(mag)
        except DatasetError:
            reasons.append("unknown magnetic class")
    spotted = replace(
        row,
        area=_int(said["area"]),
        z_class=(said["z_class"] or "").capitalize(),
        extent=_int(said["extent"]),
        spots=_int(said["spots"]),
        mag_class=mag_class,
        mag_text=mag or "",
    )
    return spotted, reasons


def _position(said: dict[str, str | None]) -> tuple[int, int | None]:
    """Return latitude and longitude, degrees, None for a longitude that is not given."""
    lat, lon = int(said["lat"] or 0), said.get("lon") or "*"
    west = None if "*" in lon else int(lon) * (1 if said["ew"] == "W" else -1)
    return lat * (1 if said["ns"] == "N" else -1), west


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)
