"""How many NOAA regions the shipped detector finds on instruments it was not trained on.

    python benchmarks/other_instruments.py FOLDER... --srs srs_1996_2026.csv

A region counts as found where a detected position lies within 6 degrees of NOAA's, rotated to the
image's time; regions of 50 MSH and more within 60 degrees of disk centre are asked for.
"""

from __future__ import annotations

import argparse
from datetime import timedelta

import numpy as np

from halescope import analyze
from halescope.errors import HalescopeError
from halescope.geometry import differential_rotation, mu, stonyhurst_to_pixel
from halescope.io import expand
from halescope.noaa.srs import SrsRow, read_srs

LEAST_AREA, REACH = 50, 6.0


def separation(lon: float, lat: float, lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
    """Return great-circle distances, degrees."""
    a, b = np.radians(lat), np.radians(lats)
    cosine = np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(np.radians(lons - lon))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def wanted(rows: list[SrsRow], days: float, geometry: object) -> list[tuple[SrsRow, float]]:
    """Return the large inner regions with their longitude at the image's time."""
    out = []
    for row in rows:
        if row.lon is None or (row.area or 0) < LEAST_AREA:
            continue
        lon = row.lon + float(differential_rotation(np.array(row.lat), days))
        x, y = stonyhurst_to_pixel(geometry, np.array(lon), np.array(float(row.lat)))
        if np.isfinite(x) and mu(geometry, x, y) >= 0.5:
            out.append((row, lon))
    return out


def main() -> None:
    """Print a line for each image and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+")
    parser.add_argument("--srs", required=True)
    arguments = parser.parse_args()
    srs = read_srs(arguments.srs).by_day()
    found = total = 0
    for path in expand(arguments.images):
        try:
            result = analyze(path)
        except HalescopeError as error:
            print(error)
            continue
        time = result.magnetogram.time
        midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
        if time - midnight > timedelta(hours=12):
            midnight += timedelta(days=1)
        days = (time - midnight).total_seconds() / 86400
        lons = np.array(result.catalog.columns["hgs_lon"], float)
        lats = np.array(result.catalog.columns["hgs_lat"], float)
        missed = []
        rows = wanted(srs.get(midnight.date(), []), days, result.disk.geometry)
        for row, lon in rows:
            near = len(lons) and separation(lon, row.lat, lons, lats).min() <= REACH
            found += bool(near)
            if not near:
                missed.append(f"{row.number} ({row.area} MSH)")
        total += len(rows)
        print(f"{path.name}: {len(rows)} regions, {len(lons)} boxes, missed: {missed or 'none'}")
    print(f"found {found} of {total}: {found / max(total, 1):.3f}")


if __name__ == "__main__":
    main()
