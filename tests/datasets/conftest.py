"""Disks with patches of strong field at chosen places."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from halescope.geometry import stonyhurst_to_pixel, with_ephemeris
from halescope.normalize import normalize
from halescope.types import Disk, DiskGeometry, Magnetogram

NOON = datetime(2026, 2, 4, 12, tzinfo=UTC)


@pytest.fixture
def disk_with() -> Callable[..., Disk]:
    """Return what draws a disk with a round patch at each Stonyhurst position."""

    def draw(places, time=NOON):
        origin = with_ephemeris(DiskGeometry(255.5, 255.5, 200.0), time)
        rows, columns = np.mgrid[:512, :512]
        field = np.zeros((512, 512), np.float32)
        for lon, lat in places:
            x, y = stonyhurst_to_pixel(origin, np.array(lon), np.array(lat))
            field += (120 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 72)).astype(np.float32)
        return normalize(Magnetogram(field, "display", origin, time=time))

    return draw
