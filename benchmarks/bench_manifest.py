"""A manifest of a million rows: listed, split and audited; time, and memory against 100,000 rows.

``python benchmarks/bench_manifest.py [ROWS]``
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _common import line

from halescope.datasets.manifest import write_manifest

RUN = """
import re, resource, sys, time
from pathlib import Path
from halescope.cli import run
start = time.perf_counter()
code = run(["dataset", *sys.argv[1:]])
took, use = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print("\\n", took, use.ru_utime + use.ru_stime, int(peak) / 1024)
sys.exit(code)
"""
CLASSES = ("alpha", "beta", "beta-gamma", "beta-gamma-delta", "beta")


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Yield rows of an hourly archive with five regions on each disk, each of which passes once."""
    start, disks = datetime(1996, 1, 1, tzinfo=UTC), -(-count // 5)
    for disk in range(disks):
        time, day = start + timedelta(hours=disk), disk / 24
        image = {
            "image": f"/archive/{time:%Y/%m/%d}/HMI.m{time:%Y.%m.%d_%H.%M.%S}.jpg",
            "sha256": f"{disk:064x}",
            "time": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        }
        for place in range(min(5, count - 5 * disk)):
            number = int(day / 2.7) + place
            yield image | {
                "noaa_number": 8000 + number, "class": CLASSES[number % 5], "mu": 0.9,
                "status": "doubtful" if number % 3 == 0 else "firm", "area_msh": 100.0,
                "x_min": 100.0, "y_min": 90.0, "x_max": 140.5, "y_max": 120.25, "x": 119.5,
                "y": 104.25, "source": f"SRS {time:%Y-%m-%d}", "box_source": "field",
                "hgs_lon": round(day * 13.2 + 37 * place, 2) % 150 - 75,
                "hgs_lat": number * 7 % 60 - 30,
            }  # fmt: skip


def measured(words: list[str]) -> tuple[float, float, float]:
    """Return wall clock and CPU seconds and peak memory, MB, of a command in a fresh process."""
    command = [sys.executable, "-c", RUN, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # audit says 1 where regions are shared
        raise SystemExit(done.stderr)
    wall, cpu, peak = map(float, done.stdout.splitlines()[-1].split())
    return wall, cpu, peak


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    peaks: dict[tuple[str, int], float] = {}
    for size in (count // 10, count):
        total = [0.0, 0.0]
        with tempfile.TemporaryDirectory() as name:
            manifest, parts = Path(name, "manifest.csv"), Path(name, "split")
            write_manifest(manifest, rows(size))
            for words in (
                ["list", str(manifest), "--class", "beta-gamma"],
                ["split", str(manifest), "-o", str(parts)],
                ["audit", str(parts / "manifest.csv")],
            ):
                wall, cpu, peaks[words[0], size] = measured(words)
                total = [total[0] + wall, total[1] + cpu]
                line(f"{words[0]}, {size} rows", wall, "s", "")
                line(f"{words[0]}, {size} rows, CPU", cpu, "s", "")
                line(f"{words[0]}, {size} rows, peak memory", peaks[words[0], size], "MB", "")
        line(f"all three, {size} rows", total[0], "s", "60" if size == count else "")
        line(f"all three, {size} rows, CPU", total[1], "s", "")
    for what in ("list", "split", "audit"):
        growth = peaks[what, count] / peaks[what, count // 10]
        line(f"{what}, memory for ten times the rows", growth, "times", "flat")


if __name__ == "__main__":
    main()
