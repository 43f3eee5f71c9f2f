"""What it costs that records survive a power failure: the same work with and without `fsync`.

    python benchmarks/bench_durable.py [--files 200] [--turns 3] [--work DIR]

Drawn disks are analysed into a folder, in this process; archive parts of ten files each are
written and compacted with an analysis that costs nothing; rows of a fetch are noted and merged.
Wall time is told, and how much of it was waiting for the disk: without, it would not be there. DIR
should lie on the disk that results will lie on.
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
    """Print what some work takes, and how much of that it waits for the disk: the least share."""
    found = []
    for turn in range(turns):
        out, waits = room / f"{work.__name__}{turn}", list[float]()

        def timed(path: Path, mode: int, waits: list[float] = waits) -> None:
            begin = time.perf_counter()
            _flush(path, mode)
            waits.append(time.perf_counter() - begin)

        with patch("halescope.io.atomic._flush", timed):
            begin = time.perf_counter()
            work(source, out)
            found.append((sum(waits), time.perf_counter() - begin, len(waits)))
        shutil.rmtree(out)
    waited, took, count = min(found)
    print(
        f"{work.__name__:9} {took:6.2f} s, of them {waited:.3f} s waiting: "
        f"{took / (took - waited):.3f} times; {count} waits of {1e3 * waited / count:.2f} ms",
        flush=True,
    )


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
