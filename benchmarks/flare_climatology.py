"""Count how often regions of each Mount Wilson class flared within 24 hours.

    python benchmarks/flare_climatology.py ../shared/data/noaa/srs_1996_2026.csv \
        ../shared/data/flares

Reads GOES X-ray flare reports (NOAA NCEI, ``goes_xrs_report_YYYY.txt``) with the region each flare
came from, and the Solar Region Summary. For each region and day: was there a flare of class C, M
or X or more from it between 00:00 UTC, when the summary was issued, and 24:00? Prints the rates
that `halescope.measure.climatology` holds.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

from halescope.classes import MOUNT_WILSON
from halescope.noaa.srs import read_srs

LEVELS = "CMX"


def flares(folder):
    """Return the strongest flare of each region and day, and the years covered."""
    best = defaultdict(str)
    years = set()
    for path in sorted(folder.glob("goes_xrs_report_*.txt")):
        for line in path.read_text("latin-1").splitlines():
            found = re.match(r"^31777(\d\d)(\d\d)(\d\d)", line)
            level = re.search(r"\s([ABCMX])\s*\d+\s+G(?:1\d|OES)", line)
            region = line[80:85].strip()
            if not found or not level:
                continue
            day = date(2000 + int(found[1]), int(found[2]), int(found[3]))
            years.add(day.year)
            if region.isdigit():
                key = int(region) % 10000, day
                best[key] = max(best[key], level[1])
    return best, years


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("srs", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    best, years = flares(options.folder)
    days, flared = Counter(), Counter()
    for row in read_srs(options.srs).section("I"):
        if row.date.year not in years or not row.mag_class:
            continue
        days[row.mag_class] += 1
        seen = best.get((row.number % 10000, row.date), "")
        for level in LEVELS:
            flared[row.mag_class, level] += bool(seen) and seen >= level
    print(f"{min(years)}..{max(years)}, {len(best)} region days with a flare that has a region")
    for name in MOUNT_WILSON:
        rates = [flared[name, level] / max(days[name], 1) for level in LEVELS]
        print(f"{name:18s} {days[name]:6d}  " + "  ".join(f"{rate:.4f}" for rate in rates))


if __name__ == "__main__":
    main()
