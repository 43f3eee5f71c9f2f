"""How many NOAA regions the shipped detector finds on instruments it was not trained on.

    python benchmarks/other_instruments.py FOLDER... --srs srs_1996_2026.csv

A region is found where a detected position lies within 6 degrees of NOAA's, rotated to the image's
time, and held where that position lies in a box; regions of 50 MSH and more within 60 degrees of
disk centre are asked for. Each region counts once: by the share of its images.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy.stats import beta

from halescope import analyze
from halescope.analysis.result import Analysis
from halescope.errors import HalescopeError
from halescope.geometry import differential_rotation, mu, stonyhurst_to_pixel
from halescope.io import expand
from halescope.noaa.srs import SrsRow, read_srs

LEAST_AREA, REACH = 50, 6.0
LEVEL = 0.9


@dataclass(frozen=True)
class Asked:
    """A NOAA region on one image: whether a position is near it, and whether a box holds it."""

    number: int
    area: int
    near: bool
    held: bool


def separation(lon: float, lat: float, lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
    """Return great-circle distances, degrees."""
    a, b = np.radians(lat), np.radians(lats)
    cosine = np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(np.radians(lons - lon))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def regions_of(result: Analysis, srs: dict[date, list[SrsRow]]) -> list[Asked]:
    """Return the large inner regions of an image and what became of them."""
    time = result.magnetogram.time
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if time - midnight > timedelta(hours=12):
        midnight += timedelta(days=1)
    days = (time - midnight).total_seconds() / 86400
    lons = np.array(result.catalog.columns["hgs_lon"], float)
    lats = np.array(result.catalog.columns["hgs_lat"], float)
    boxes, geometry = result.regions.boxes, result.disk.geometry
    out = []
    for row in srs.get(midnight.date(), []):
        if row.lon is None or (row.area or 0) < LEAST_AREA:
            continue
        lon = row.lon + float(differential_rotation(np.array(row.lat), days))
        x, y = stonyhurst_to_pixel(geometry, np.array(lon), np.array(float(row.lat)))
        if not np.isfinite(x) or mu(geometry, x, y) < 0.5:
            continue
        near = bool(len(lons)) and separation(lon, row.lat, lons, lats).min() <= REACH
        place = np.array([x, y]) + 0.5
        inside = (boxes[:, :2] <= place).all(1) & (place <= boxes[:, 2:]).all(1)
        out.append(Asked(row.number, row.area, bool(near), bool(inside.any())))
    return out


def by_region(asked: Sequence[Asked], what: str) -> tuple[float, float, float, int]:
    """Return the mean over regions of the share of their images, its interval, and their number.

    The interval is Jeffreys', of so many regions: with none missed a bootstrap has no width.
    """
    number = np.array([one.number for one in asked])
    good = np.array([getattr(one, what) for one in asked], float)
    shares = [good[number == n].mean() for n in np.unique(number)]
    total, count = float(np.sum(shares)), len(shares)
    ends = beta.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2], total + 0.5, count - total + 0.5)
    return total / count, float(ends[0]), float(ends[1]), count


def find_regions(
    images: Sequence[str], srs: dict[date, list[SrsRow]], verbose: bool = True
) -> list[Asked]:
    """Return the large inner regions of all images; a line for each image."""
    found = []
    for path in expand(images):
        try:
            result = analyze(path)
        except HalescopeError as error:
            print(error)
            continue
        here = regions_of(result, srs)
        found += here
        if verbose:
            missed = [f"{one.number} ({one.area} MSH)" for one in here if not one.near]
            boxes = len(result.regions)
            print(f"{path.name}: {len(here)} regions, {boxes} boxes, missed: {missed or 'none'}")
    return found


def print_shares(name: str, asked: Sequence[Asked]) -> None:
    """Print how many regions were found and held, by region and by image."""
    for what in ("near", "held"):
        share, low, high, count = by_region(asked, what)
        frames = sum(getattr(one, what) for one in asked)
        label = "a position within 6 degrees" if what == "near" else "held by a box"
        print(
            f"{name}: {label}: {share:.3f} [{low:.3f} {high:.3f}] of {count} regions; "
            f"{frames} of {len(asked)} region images"
        )


def main() -> None:
    """Print a line for each image and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+")
    parser.add_argument("--srs", required=True)
    arguments = parser.parse_args()
    print_shares("all", find_regions(arguments.images, read_srs(arguments.srs).by_day()))


if __name__ == "__main__":
    main()
