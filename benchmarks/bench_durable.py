"""What it costs that records survive a power failure: the same work with and without `fsync`.

    python benchmarks/bench_durable.py [--files 200] [--turns 3] [--work DIR]

Drawn disks are analysed into a folder, in this process; archive parts of ten files each are
written and compacted with an analysis that costs nothing; rows of a fetch are noted and merged.
Turns alternate, and the least time of each is told: wall time, since waiting for the disk is what
it costs. DIR should lie on the disk that results will lie on.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from bench_archive import empty, free
from fuzz_kill import images

from halescope.archive.build import Plan, build
from halescope.archive.store.compact import compact
from halescope.batch.outputs import Options
from halescope.batch.plan import plan
from halescope.batch.run import analyze_files
from halescope.fetch.record import Record, Row
from halescope.io.atomic import _flush


def analysed(source: Path, out: Path) -> None:
    """Analyse pictures, one after another, in this process."""
    analyze_files(plan([str(source)], out), Options(), apart=False)


def archived(source: Path, out: Path) -> None:
    """Build an archive with rows that cost nothing, in this process, and compact it."""
    from halescope.archive import build as module
    from halescope.archive.work import run_task

    def here(tasks, order, jobs):
        return (run_task(task, order) for task in tasks)

    with patch.object(module, "run_here", here):
        build(out, Plan((str(source),)), order={"finder": free})
    compact(out)


def fetched(source: Path, out: Path) -> None:
    """Note a row for each picture, and merge them into the manifest."""
    record = Record(out)
    for number in range(len(list(source.rglob("*.png")))):
        record.add(Row("drawn", f"2026-02-01T00:00:{number:06d}Z"))
    record.close()


def seconds_of(work: Callable[[Path, Path], None], source: Path, room: Path, turns: int) -> None:
    """Print what some work takes with and without waiting for the disk."""
    least = {True: float("inf"), False: float("inf")}
    waits = 0
    for turn in range(2 * turns):
        is_durable, out = turn % 2 == 0, room / f"{work.__name__}{turn}"
        with patch("halescope.io.atomic._flush", wraps=_flush if is_durable else _nothing) as flush:
            begin = time.perf_counter()
            work(source, out)
            least[is_durable] = min(least[is_durable], time.perf_counter() - begin)
        waits = flush.call_count
        shutil.rmtree(out)
    with_, without = least[True], least[False]
    print(
        f"{work.__name__:9} {with_:7.2f} s with, {without:7.2f} s without: {with_ / without:.3f}; "
        f"{waits} waits of {1e3 * (with_ - without) / waits:.2f} ms",
        flush=True,
    )


def _nothing(path: Path, mode: int) -> None:
    """Stand for waiting."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--work", type=Path, help="a folder on the disk that is asked about")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.work) as name:
        room = Path(name)
        pictures = images(room / "in", asked.files)
        empty(room / "empty", 10 * asked.files, timedelta(hours=1))
        analysed(pictures, room / "warm")  # networks are loaded once
        seconds_of(analysed, pictures, room, asked.turns)
        seconds_of(archived, room / "empty", room, asked.turns)
        seconds_of(fetched, pictures, room, asked.turns)


if __name__ == "__main__":
    main()
