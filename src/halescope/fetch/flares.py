"""X-ray flares: what a class means, a filter by class, the table that is written."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from halescope.errors import ConfigError
from halescope.guards.cells import csv_text
from halescope.types import format_time

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_LETTERS = {"A": 1e8, "B": 1e7, "C": 1e6, "M": 1e5, "X": 1e4}
"""By what the number of a class is divided, so that C10 is M1 to the last digit."""

CLASS = re.compile(r"([ABCMX])\s*(\d+(?:\.\d*)?|\.\d+)?", re.IGNORECASE)
"""A GOES class: letter and number."""


@dataclass(frozen=True)
class Flare:
    """One X-ray flare.

    Parameters
    ----------
    start : datetime
        UTC, aware.
    goes_class : str
        As ``M5.2``.
    region : int or None
        NOAA number.
    location : str
        As ``N17E27``; empty where unknown.
    """

    start: datetime
    goes_class: str
    peak: datetime | None = None
    end: datetime | None = None
    region: int | None = None
    location: str = ""

    @property
    def time(self) -> datetime:
        """Peak, or start where the list has no peak."""
        return self.peak or self.start

    @property
    def flux(self) -> float:
        """Peak flux, W/m2, 1 to 8 angstroms, by the class."""
        return class_flux(self.goes_class)


def class_flux(text: str) -> float:
    """Return the flux of a GOES class, W/m2: M5 is 5e-5, M is 1e-5; ConfigError for other texts."""
    match = CLASS.fullmatch(text.strip())
    if not match:
        raise ConfigError("flare class", f"is {text!r}", "a GOES class such as M5 or X1.2")
    return float(match[2] or 1) / _LETTERS[match[1].upper()]


def parse_filter(text: str) -> Callable[[Flare], bool]:
    """Return the test that an expression such as ``>=M5`` or ``X`` stands for.

    A class without a sign means that class and above; anything else is a ConfigError.
    """
    match = re.fullmatch(r"\s*(>=|<=|==|=|>|<)?\s*([A-Za-z][\d.]*)\s*", text)
    if not match:
        raise ConfigError("--flares", f"is {text!r}", "a sign and a class, such as '>=M5'")
    compare, limit = _OPERATORS[match[1] or ">="], class_flux(match[2])
    return lambda flare: compare(flare.flux, limit)


def strongest(flares: Iterable[Flare], count: int | None = None) -> list[Flare]:
    """Return flares by strength, the strongest first, at most `count`."""
    ranked = sorted(flares, key=lambda flare: (-flare.flux, flare.start))
    return ranked[:count]


def select(
    flares: Iterable[Flare],
    keep: Callable[[Flare], bool],
    bounds: tuple[datetime, datetime],
    top: int | None = None,
) -> list[Flare]:
    """Return the flares that began within bounds (UTC, inclusive) and that `keep` likes.

    `top`: at most so many, the strongest first; else all, in their order.
    """
    first, last = bounds
    chosen = [flare for flare in flares if keep(flare) and first <= flare.start <= last]
    return strongest(chosen, top) if top else chosen


def write_flares(flares: Iterable[Flare]) -> str:
    """Return a table of flares as CSV, which `halescope.fetch.flare_lists` reads again."""
    columns = ("start", "peak", "end", "goes_class", "noaa_number", "location")
    rows = []
    for flare in flares:
        times = (flare.start, flare.peak, flare.end)
        stamps = [format_time(time and time.replace(microsecond=0)) for time in times]
        values = (*stamps, flare.goes_class, flare.region or "", flare.location)
        rows.append(dict(zip(columns, values, strict=True)))
    return csv_text(columns, rows)
