"""Regions that came back a rotation later under a new NOAA number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from halescope.datasets.manifest import Entry
from halescope.geometry import ephemeris


def returned(entries_: Sequence[Entry]) -> dict[int, int]:
    """Return, for each NOAA number, the group it belongs to.

    A region that stands where another stood a rotation earlier (8 degrees of Carrington
    longitude, 4 of latitude, 20 to 35 days) may be the same one, and shares its group.
    """
    places: dict[int, tuple[float, float, float]] = {}
    for entry in entries_:
        if entry.noaa_number in places or not np.isfinite(entry.hgs_lon) or not entry.time:
            continue
        time = datetime.fromisoformat(entry.time.replace("Z", "+00:00"))
        longitude = (entry.hgs_lon + float(ephemeris(time).l0 or 0)) % 360
        places[entry.noaa_number] = longitude, entry.hgs_lat, time.timestamp() / 86400
    group = {number: number for number in sorted(places)}
    for new, (lon, lat, day) in sorted(places.items()):
        for old, (lon0, lat0, day0) in sorted(places.items()):
            apart = abs((lon - lon0 + 180) % 360 - 180)
            if 20 <= day - day0 <= 35 and apart < 8 and abs(lat - lat0) < 4:
                group[new] = group[old]
                break
    return group
