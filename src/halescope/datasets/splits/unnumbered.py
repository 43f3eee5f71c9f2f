"""Which labelled regions without a NOAA number are one region, from image to image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from halescope.datasets.manifest import Entry
from halescope.geometry import differential_rotation
from halescope.tracks.mean_rotation import PASSAGE_DAYS, epoch_hours

NEAR = 6.0
"""Degrees on the sphere within which two sightings are one region, at the rate of its latitude."""


@dataclass
class _Known:
    """A region that was seen: where it was last."""

    days: float
    longitude: float
    latitude: float

    def distance(self, days: float, longitude: float, latitude: float) -> float:
        """Return how far off a place is at another time, degrees; infinite after a passage."""
        passed = days - self.days
        if not 0 <= passed <= PASSAGE_DAYS:
            return float("inf")
        moved = self.longitude + float(differential_rotation(self.latitude, passed))
        east = (longitude - moved) * np.cos(np.deg2rad(latitude))
        return float(np.hypot(east, latitude - self.latitude))


def numbered(
    images: Iterable[tuple[str, list[Entry]]],
) -> list[tuple[str, list[Entry]]]:
    """Return the labels of images, every region with a number: a negative one where NOAA's lacks.

    Drawn by hand, regions have no number, and what holds whole regions out must know which of them
    are one. The Sun's rotation tells: a region that stands where another was to be expected has its
    number, NOAA's too. Plage and labels without time or place stay as they are.
    """
    found = list(images)
    known: dict[int, _Known] = {}
    fresh = 0
    out: dict[int, list[Entry]] = {}
    hours = epoch_hours(every[0].time if every else "" for _, every in found)
    for at in sorted(range(len(found)), key=lambda at: (np.nan_to_num(hours[at]), at)):
        taken: set[int] = set()
        kept = []
        # Those with a number first, so that another one near by does not take it.
        for entry in sorted(found[at][1], key=lambda entry: not entry.noaa_number):
            place = (hours[at] / 24, entry.hgs_lon, entry.hgs_lat)
            if entry.status != "plage" and np.isfinite(place).all():
                number = entry.noaa_number or _number(known, place, taken)
                if not number:
                    fresh -= 1
                    number = fresh
                taken.add(number)
                known[number] = _Known(*place)
                entry = replace(entry, noaa_number=number)
            kept.append(entry)
        out[at] = kept
    return [(image, out[at]) for at, (image, _) in enumerate(found)]


def _number(known: dict[int, _Known], place: tuple[float, float, float], taken: set[int]) -> int:
    """Return the number of the region that is expected nearest to a place, 0 for a new one."""
    near = [(one.distance(*place), n) for n, one in known.items() if n not in taken]
    close = [(distance, n) for distance, n in near if distance < NEAR]
    return min(close)[1] if close else 0
