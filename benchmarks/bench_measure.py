"""Time of measuring a region: `--physics` at 512 pixels and at HMI's full resolution.

    OMP_NUM_THREADS=1 python benchmarks/bench_measure.py

Processor time in ms of `halescope.measure.measure` with all columns, for each region of real disks
where they lie, else of drawn ones. The file is read before the clock starts.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from _common import large_fits, large_jp2, pictures

from halescope.detection.detect import detect, load_detector
from halescope.io import read, read_full
from halescope.measure import measure, measure_full
from halescope.normalize import normalize

GOALS = {"512 pixels": 15.0, "4096 pixels": 60.0}


def costs(path: Path, repeats: int = 3) -> list[float]:
    """Return the processor time of each region of one file, ms: the least of some repeats."""
    magnetogram = read(path)
    full, disk = read_full(magnetogram), normalize(magnetogram)
    regions = detect(disk, load_detector())
    found = []
    for index in range(len(regions)):
        one = regions[index : index + 1]
        best = np.inf
        for _ in range(repeats):
            start = time.process_time()
            measure(disk, one)
            measure_full(full, disk, one)
            best = min(best, time.process_time() - start)
        found.append(best * 1e3)
    return found


def show(title: str, values: list[float]) -> None:
    """Print median and largest cost beside the goal."""
    middle, most = np.median(values), max(values)
    print(
        f"{title:12s} {len(values):3d} regions: median {middle:5.1f}, mean {np.mean(values):5.1f}, "
        f"most {most:5.1f} ms a region (goal {GOALS[title]:.0f})"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = [cost for path in pictures(folder, 12) for cost in costs(path)]
        show("512 pixels", small)
        large = [path for path in (large_fits(folder), large_jp2()) if path is not None]
        show("4096 pixels", [cost for path in large for cost in costs(path)])


if __name__ == "__main__":
    main()
