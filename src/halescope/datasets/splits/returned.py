"""Which labelled regions are one region, rotations apart."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from halescope.datasets.manifest import Entry
from halescope.tracks.mean_rotation import epoch_hours, rough_carrington
from halescope.tracks.returns import FOLD_RETURN, Place, families, returning


def returned(labels: Iterable[Entry]) -> dict[int, int]:
    """Return, for each NOAA number with a place, the lowest number of its family by `FOLD_RETURN`.

    Labels come in order of time: the first one of a region gives its place.
    """
    places: dict[int, Place] = {}
    for entry in labels:
        number = entry.noaa_number
        if not number or number in places or not entry.time or not np.isfinite(entry.hgs_lon):
            continue
        hours = np.array(epoch_hours([entry.time]))
        longitude = rough_carrington(hours, np.array([entry.hgs_lon]))
        places[number] = Place(float(hours[0]) / 24, float(longitude[0]), entry.hgs_lat)
    return families(places, returning(places, FOLD_RETURN))
