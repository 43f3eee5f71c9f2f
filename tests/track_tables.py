"""Catalogues of regions that move by a known recipe, for the tests of tracks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from halescope.geometry import differential_rotation
from halescope.types import Catalog, format_time

START = datetime(2026, 2, 2, tzinfo=UTC).timestamp() / 3600
RADIUS, CENTER = 200.0, 255.5


@dataclass(frozen=True)
class Region:
    """Stonyhurst place at hour 0, half size in degrees, hours of its life, class probabilities."""

    longitude: float
    latitude: float
    size: float = 5.0
    begins: float = -1e9
    ends: float = 1e9
    shares: tuple[float, float, float] = (0.1, 0.8, 0.1)
    score: float = 0.9
    jitter: float = 0.0
    growth: float = 0.0


def sun(region: Region, hour: float) -> tuple[float, float]:
    """Return where a region is, degrees."""
    days = (hour - START) / 24
    turned = region.longitude + float(differential_rotation(region.latitude, 1.0)) * days
    return turned, region.latitude


def catalogue(regions, hours, seed=0, lost=0.0, name="disk") -> Catalog:
    """Return a catalogue of images at some hours; ``truth`` says which region each row is of."""
    random = np.random.default_rng(seed)
    rows = []
    for hour in hours:
        stamp = format_time(datetime.fromtimestamp((START + float(hour)) * 3600, UTC))
        number = 0
        for index, region in enumerate(regions):
            lon, lat = sun(region, START + float(hour))
            shown = region.begins <= hour <= region.ends and abs(lon) < 80
            if not shown or random.random() < lost:
                continue
            lon, lat = (v + region.jitter * random.uniform(-1, 1) for v in (lon, lat))
            number += 1
            rows.append(_row(f"{name}_{int(hour * 60):06d}", stamp, number, lon, lat, region, hour))
            rows[-1]["truth"] = index
    names = list(rows[0]) if rows else ["image", "time", "region", "truth"]
    return Catalog({n: [row[n] for row in rows] for n in names})


def _row(image, stamp, number, lon, lat, region, hour):
    x = CENTER + RADIUS * np.cos(np.radians(lat)) * np.sin(np.radians(lon))
    y = CENTER - RADIUS * np.sin(np.radians(lat))
    high = RADIUS * np.radians(region.size) * np.cos(np.radians(lat))
    wide = high * max(np.cos(np.radians(lon)), 0.25)
    level = ("alpha", "beta", "beta-gamma")[int(np.argmax(region.shares))]
    return {
        "image": image, "time": stamp, "region": number,
        "x_min": x - wide, "y_min": y - high, "x_max": x + wide, "y_max": y + high,
        "score": region.score, "class": level,
        "p_class": max(region.shares), "p_alpha": region.shares[0],
        "p_beta": region.shares[1], "p_complex": region.shares[2], "paper_class": "B",
        "hgs_lon": lon, "hgs_lat": lat, "carrington_lon": None, "mu": 0.8,
        "area_msh": 500.0 + region.growth * hour / 24, "flags": "",
    }  # fmt: skip
