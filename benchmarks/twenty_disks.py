"""Twenty disks of the test days with the boxes and classes of two networks, and what was found.

    python benchmarks/twenty_disks.py labels/manifest.csv -o twenty_disks.png \
        --detector detectnet --classifier googlenet

Every tenth hour from 2026-03-25 00:00 to 04-01 23:00. Printed are, for each disk and for all, how
many of the regions that NOAA lists and that show field have a box within 6 degrees of their
position, the same of the firm labels, and how many boxes have no listed region within 8 degrees.
"""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

import numpy as np
from other_instruments import separation
from PIL import Image

from halescope import analyze
from halescope.datasets.manifest import Entry, entries
from halescope.datasets.predicates import is_firm, is_listed
from halescope.pipeline import Analysis

FIRST, LAST, EVERY = datetime(2026, 3, 25), datetime(2026, 4, 1, 23), 10
NEAR, FAR = 6.0, 8.0
COLUMNS, TILE = 5, 300
COUNTED = ("listed", "with a box", "firm", "with a box", "boxes", "on no region")


def is_chosen(time: str) -> bool:
    """Return whether a disk of this ISO time is one of the twenty."""
    when = datetime.fromisoformat(time).replace(tzinfo=None)
    hours = (when - FIRST).total_seconds() / 3600
    return FIRST <= when <= LAST and hours % EVERY == 0


def counts(result: Analysis, labels: list[Entry]) -> list[int]:
    """Return what `COUNTED` names."""
    columns = result.catalog.columns
    lon, lat = (np.array(columns[name], float) for name in ("hgs_lon", "hgs_lat"))
    known = [entry for entry in labels if is_listed(entry)]
    apart = [separation(e.hgs_lon, e.hgs_lat, lon, lat) for e in known]
    nearest = np.array([distance.min(initial=180.0) for distance in apart])
    firm = np.array([is_firm(entry) for entry in known], bool)
    alone = np.min([np.full(len(lon), 180.0), *apart], axis=0) > FAR
    found = nearest <= NEAR
    parts = (found.size, found, firm, found & firm, alone.size, alone)
    return [part if isinstance(part, int) else int(part.sum()) for part in parts]


def main() -> None:
    """Print a line for each disk and the sum; draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--detector", default="detectnet")
    parser.add_argument("--classifier", default="googlenet")
    asked = parser.parse_args()
    total, tiles = np.zeros(len(COUNTED), int), []
    for image, labels in entries(asked.manifest):
        if not labels or not is_chosen(labels[0].time):
            continue
        path = asked.root / image
        result = analyze(path, detector=asked.detector, classifier=asked.classifier)
        here = counts(result, labels)
        total += here
        tiles.append(result.picture.convert("RGB").resize((TILE, TILE), Image.Resampling.LANCZOS))
        said = zip(COUNTED, here, strict=True)
        print(labels[0].time, ", ".join(f"{name} {count}" for name, count in said))
    print(f"{len(tiles)} disks", ", ".join(f"{n} {c}" for n, c in zip(COUNTED, total, strict=True)))
    rows = -(-len(tiles) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE, rows * TILE))
    for index, tile in enumerate(tiles):
        sheet.paste(tile, (index % COLUMNS * TILE, index // COLUMNS * TILE))
    sheet.quantize(128).save(asked.output, optimize=True)


if __name__ == "__main__":
    main()
