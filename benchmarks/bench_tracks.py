"""Fifteen years hourly: 131,000 images and 650,000 boxes linked into tracks, time and memory.

    python benchmarks/bench_tracks.py runs/hmi/catalog.csv [--images 131000]

The catalogue of an analysed folder is copied and shifted in time until there are as many images;
then `link` alone, and `halescope.track` as a whole (linking, gaps, classes, events, tables), are
run, each in a process of its own. Prints CPU seconds, peak memory, and the ratio to a tenth of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from halescope.io.catalog import read_catalog
from halescope.tracks import track
from halescope.tracks.linking import link
from halescope.tracks.sightings import gather
from halescope.types import Catalog, format_time


def copied(path: Path, images: int) -> Catalog:
    """Return a catalogue of so many images: one of a month over and over, shifted in time."""
    one = read_catalog(path)
    stamps = [datetime.fromisoformat(text) for text in one.columns["time"]]
    count = len(set(stamps))
    span = max(stamps) - min(stamps) + timedelta(hours=1)
    columns: dict[str, list] = {name: [] for name in one.columns}
    for copy in range(-(-images // count)):
        shifted = {when: format_time(when + copy * span) for when in set(stamps)}
        for name, values in one.columns.items():
            if name == "time":
                columns[name] += [shifted[when] for when in stamps]
            elif name == "image":
                names = {text: f"{copy:04d}_{text}" for text in set(values)}
                columns[name] += [names[text] for text in values]
            else:
                columns[name] += values
    return Catalog(columns, one.units)


def measure(path: Path, images: int, whole: bool) -> dict[str, float]:
    """Return images, rows, tracks, CPU seconds and peak memory, MB, of one run."""
    catalog = copied(path, images)
    before = time.process_time()
    if whole:
        tracks = len(track(catalog).tracks)
    else:
        tracks = int(link(gather(catalog)).max()) + 1
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    names = len(set(catalog.columns["image"]))
    return {"images": names, "rows": len(catalog), "tracks": tracks, "s": seconds, "mb": peak}


def main():
    """Run both, at full size and at a tenth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--images", type=int, default=131_000)
    parser.add_argument("--one", choices=("link", "track"))
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.catalog, options.images, options.one == "track")))
        return
    for what in ("link", "track"):
        found = []
        for images in (options.images // 10, options.images):
            command = [sys.executable, __file__, str(options.catalog), "--images", str(images)]
            done = subprocess.run([*command, "--one", what], capture_output=True, check=True)
            found.append(json.loads(done.stdout))
        tenth, full = found
        print(
            f"{what}: {full['images']:.0f} images, {full['rows']:.0f} rows, "
            f"{full['tracks']:.0f} tracks: {full['s']:.0f} s of CPU, {full['mb']:.0f} MB at most; "
            f"a tenth takes {full['s'] / tenth['s']:.1f} times less"
        )


if __name__ == "__main__":
    main()
