"""Labelling of many disks: wall clock and CPU seconds on two cores.

``python benchmarks/bench_labels.py [DISKS]``; real disks where ../shared/data lies, else drawn ones
against a table without their days, which reads and smooths but boxes nothing.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from _common import REAL, line, pictures

from halescope.datasets.labels.images import label_images
from halescope.datasets.labels.label import sources_of
from halescope.noaa.srs import SrsTable, read_srs


def used() -> float:
    """Return the CPU seconds of this process and of those that it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    table = REAL / "noaa" / "srs_1996_2026.csv"
    srs = sources_of(read_srs(table) if table.exists() else SrsTable(()))
    with tempfile.TemporaryDirectory() as name:
        disks = pictures(Path(name), count)
        start, before = time.perf_counter(), used()
        report = label_images(disks, srs, jobs=2)
        wall, cpu = time.perf_counter() - start, used() - before
    done = len({row["image"] for row in report.rows})
    line(f"labels of {len(disks)} disks ({done} labelled), two processes", wall, "s", "120")
    line("CPU of it", cpu, "s", "")
    line("CPU for a disk", 1000 * cpu / len(disks), "ms", "")
    line("two idle cores would take", cpu / 2, "s", "120")


if __name__ == "__main__":
    main()
