"""How far the Sun had turned at many times, by its mean rotation alone.

`halescope.geometry.ephemeris` knows better, by up to 2 degrees of longitude, but takes a hundred
times as long; these are for telling regions apart over a million rows, not for drawing positions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

ROTATION_DAYS = 27.2752316
"""Mean synodic Carrington rotation, days."""

PASSAGE_DAYS = ROTATION_DAYS / 2
"""How long a region takes from the east limb to the west limb, days."""

_ROTATION_ZERO = 2398140.2270
"""Julian day on which Carrington rotation 0 would have begun (Meeus, chapter 29)."""

_EPOCH = 2440587.5
"""Julian day of 1970-01-01."""


def rotation_phase(hours: Floats) -> Floats:
    """Return Carrington rotation numbers with their fraction, of hours since 1970-01-01 UTC."""
    days = np.asarray(hours, float) / 24 + _EPOCH - _ROTATION_ZERO
    return days / ROTATION_DAYS


def rough_carrington(hours: Floats, longitude: Floats) -> Floats:
    """Return Carrington longitudes, degrees 0..360, good to some 2 degrees.

    `hours`: hours since 1970-01-01 UTC. `longitude`: Stonyhurst, degrees.
    """
    return (np.asarray(longitude, float) - 360 * rotation_phase(hours)) % 360


def epoch_hours(times: Iterable[str | None], cache: dict[str, float] | None = None) -> list[float]:
    """Return times, ISO 8601 with zone, as hours since 1970-01-01 UTC; NaN for those unreadable.

    Neighbouring rows share their time: a `cache` that is kept from call to call saves most of it.
    """
    cache = {} if cache is None else cache
    out = []
    for text in times:
        key = text or ""
        value = cache.get(key)
        if value is None:
            if len(cache) > 10_000:
                cache.clear()
            value = cache[sys.intern(key)] = _hours(key)
        out.append(value)
    return out


def _hours(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp() / 3600
    except ValueError:
        return float("nan")
