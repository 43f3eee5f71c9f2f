"""One X-ray flare, and what its class means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from halescope.errors import ConfigError

_LETTERS = {"A": 1e-8, "B": 1e-7, "C": 1e-6, "M": 1e-5, "X": 1e-4}
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
    """Return the flux of a GOES class, W/m2: M5 is 5e-5; a letter alone means its 1.0.

    Raises
    ------
    ConfigError
    """
    match = CLASS.fullmatch(text.strip())
    if not match:
        raise ConfigError("flare class", f"is {text!r}", "a GOES class such as M5 or X1.2")
    return round(_LETTERS[match[1].upper()] * float(match[2] or 1), 12)
