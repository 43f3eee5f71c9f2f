"""What one line of NOAA's Solar Region Summary says, and what a set of summaries holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SECTIONS = ("I", "IA", "II")
"""Spotted regions, plage without spots, regions due to return."""


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


@dataclass(frozen=True)
class SrsProblem:
    """A line that could not be read, or not all of it.

    Parameters
    ----------
    line : int
        Counted from 1; 0 for the file as a whole.
    text : str
        The line itself.
    """

    file: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        """Return ``file:line: reason: text``."""
        return f"{self.file}:{self.line}: {self.reason}: {self.text.strip()!r}"


@dataclass(frozen=True)
class SrsTable:
    """What was read.

    Parameters
    ----------
    rows : tuple of SrsRow
        In the order of the files.
    days : frozenset of date
        Days that have a file. With raw files a day here without rows was spotless; the compiled
        table leaves such days out, so there they look missing.
    """

    rows: tuple[SrsRow, ...]
    problems: tuple[SrsProblem, ...] = ()
    days: frozenset[date] = frozenset()

    def section(self, name: str) -> tuple[SrsRow, ...]:
        """Return the rows of one of `SECTIONS`."""
        return tuple(row for row in self.rows if row.section == name)

    def by_day(self, section: str = "I") -> dict[date, list[SrsRow]]:
        """Return the rows of one section for every day that has a file."""
        out: dict[date, list[SrsRow]] = {day: [] for day in sorted(self.days)}
        for row in self.rows:
            if row.section == section:
                out[row.date].append(row)
        return out


def full_number(number: int, day: date) -> int:
    """Return the full NOAA number of one that is written modulo 10000.

    Parameters
    ----------
    number : int
        As written; numbers of five digits pass unchanged.
    day : date
        Region 10000 appeared on 2002-06-14; numbers have grown by some 200 a year since.
    """
    if number >= 10000:
        return number
    expected = 10000 + 200 * (day - date(2002, 6, 14)).days / 365.25
    return number + 10000 * max(0, round((expected - number) / 10000))
