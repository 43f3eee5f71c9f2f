"""Hale's polarity law: which polarity should lead, by hemisphere and solar cycle."""

from __future__ import annotations

from datetime import datetime

MINIMA: dict[int, float] = {
    19: 1954.3, 20: 1964.8, 21: 1976.2, 22: 1986.7, 23: 1996.6, 24: 2008.96, 25: 2019.96,
}  # fmt: skip
"""When each cycle began, years: minimum of the 13-month smoothed sunspot number (WDC-SILSO, Royal
Observatory of Belgium: 1954-04, 1964-10, 1976-03, 1986-09, 1996-08, 2008-12, 2019-12). Cycle 26 is
taken to begin in `NEXT_MINIMUM`."""

NEXT_MINIMUM = 2030.6
"""A guess: a cycle lasts eleven years or so."""

OVERLAP_YEARS = 1.5
"""Either side of a minimum old and new cycle are on the disk together."""

DIVIDE = 16.0
"""Within the overlap, regions at higher latitude belong to the new cycle, degrees."""

OPEN = 3.0
"""Within the overlap and this near to the divide, the cycle stays open, degrees."""


def cycle_of(time: datetime, latitude: float) -> int | None:
    """Return the number of the solar cycle that a region belongs to.

    None before 1954 and where old and new cycle cannot be told apart.

    Notes
    -----
    A cycle's first regions appear near 25 to 30 degrees, a year or more before the old cycle's
    last ones vanish near 8 (Spoerer's law; Hathaway 2015, Living Reviews in Solar Physics 12, 4).
    """
    year = time.year + (time.timetuple().tm_yday - 1) / 365.25
    starts = {**MINIMA, max(MINIMA) + 1: NEXT_MINIMUM}
    for number, start in starts.items():
        if abs(year - start) <= OVERLAP_YEARS and number - 1 in starts:
            away = abs(latitude) - DIVIDE
            if abs(away) < OPEN:
                return None
            return number if away > 0 else number - 1
    return max((number for number, start in starts.items() if year >= start), default=None)


def expected_leader(cycle: int, latitude: float) -> str:
    """Return the polarity that leads by Hale's law, ``positive`` or ``negative``.

    In odd cycles (23, 25) the leading polarity is positive in the north and negative in the south;
    in even cycles (22, 24) it is the other way round (Hale & Nicholson 1925, ApJ 62, 270).
    """
    return "positive" if (cycle % 2 == 1) == (latitude >= 0) else "negative"


def obeys_hale(leading: str, time: datetime | None, latitude: float) -> bool | None:
    """Return whether a region's leading polarity is the expected one; None where that is open.

    `leading` is {"positive", "negative"}.
    """
    cycle = None if time is None else cycle_of(time, latitude)
    return None if cycle is None else leading == expected_leader(cycle, latitude)
