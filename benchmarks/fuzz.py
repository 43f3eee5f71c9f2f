"""Thousands of mutated and crafted files through the whole analysis: what became of each, counted.

    python benchmarks/fuzz.py                                20,000 files
    python benchmarks/fuzz.py --count 500 --seed 7 --log f.jsonl

Each file is read in a process that may die, hang or grow: deaths, files over ten seconds, processes
over 1 GB and errors that are none of halescope's are told by kind of file and seed. A run with
`--log` that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from _fuzz_one import PATIENCE, Found, late, lost, one

from fuzzed_files import SEEDS
from halescope.batch.processes import map_in_processes

SLOW = 10.0
MOST = 1e9
TOLD = 1000
"""After so many files it is said how far the run is."""


class Counts:
    """What became of the files, by kind; the slowest and the largest process."""

    def __init__(self, kinds: list[str]) -> None:
        self.by_kind: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
        self.slowest = self.largest = (0.0, ("", 0))
        self.wrong = 0

    def add(self, task: tuple[str, int], found: Found) -> None:
        """Count a file, and show it where it is not as it should be."""
        (kind, seed), (what, seconds, memory) = task, found
        counts = self.by_kind[kind]
        counts[what.split(":")[0]] += 1
        self.slowest = max(self.slowest, (seconds, task))
        self.largest = max(self.largest, (memory, task))
        counts[f"over {SLOW:.0f} s"] += seconds > SLOW
        counts["over 1 GB"] += memory > MOST
        is_own = (what.endswith("Error") and " " not in what) or what == "analysed"
        if not is_own or memory > MOST or seconds > SLOW:
            self.wrong += 1
            print(f"  {kind} {seed}: {what}, {seconds:.1f} s, {memory / 1e6:.0f} MB", flush=True)

    def show(self) -> None:
        """Print the table."""
        columns = sorted({what for counts in self.by_kind.values() for what in counts})
        print(f"{'':18s}" + "".join(f"{name[:20]:>22s}" for name in columns))
        total = sum(self.by_kind.values(), Counter())
        for kind, counts in [*self.by_kind.items(), ("all", total)]:
            print(f"{kind:18s}" + "".join(f"{counts[name]:22d}" for name in columns))
        print(
            f"{self.wrong} wrong; slowest {self.slowest[0]:.1f} s {self.slowest[1]}, "
            f"most memory {self.largest[0] / 1e6:.0f} MB",
            flush=True,
        )


def known(log: Path | None) -> dict[tuple[str, int], Found]:
    """Return what an interrupted run found, by kind and seed."""
    found: dict[tuple[str, int], Found] = {}
    if log is not None and log.exists():
        for line in log.read_text("utf-8").splitlines():
            with suppress(ValueError):  # torn
                kind, seed, *outcome = json.loads(line)
                found[kind, seed] = (outcome[0], outcome[1], outcome[2])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1_000_000, help="the first one")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], help="kinds")
    parser.add_argument("--log", type=Path, help="one line a file; a later run goes on from it")
    parser.add_argument("--until", type=float, default=0.0, help="stop after so many seconds")
    asked = parser.parse_args()
    kinds = asked.only or list(SEEDS)
    counts, before, begin = Counts(kinds), known(asked.log), time.monotonic()
    tasks = [(kinds[n % len(kinds)], asked.seed + n) for n in range(asked.count)]
    for task in tasks:
        if task in before:
            counts.add(task, before[task])
    tasks = [task for task in tasks if task not in before]
    more = {"lost": lost, "late": late, "seconds": PATIENCE, "apart": True}
    done, log = len(before), asked.log and asked.log.open("a", encoding="utf-8")
    for number, found in map_in_processes(one, tasks, asked.jobs, **more):
        counts.add(tasks[number], found)
        done += 1
        if log:
            log.write(json.dumps([*tasks[number], *found]) + "\n")
            log.flush()
        if done % TOLD == 0:
            print(f"{done} of {asked.count}, {counts.wrong} wrong", flush=True)
        if asked.until and time.monotonic() - begin > asked.until:
            break
    counts.show()


if __name__ == "__main__":
    main()
