"""Thousands of mutated and crafted files through the whole analysis: what became of each, counted.

    python benchmarks/fuzz.py [FILES [FIRST_SEED]]

Each file is read in a process that may die, hang or grow: deaths, files over ten seconds, processes
over 1 GB and errors that are none of halescope's are told by kind of file and seed.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from _fuzz_one import PATIENCE, late, lost, one

from fuzzed_files import SEEDS
from halescope.batch.processes import map_in_processes

SLOW = 10.0
MOST = 1e9


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    kinds = list(SEEDS)
    tasks = [(kinds[n % len(kinds)], first + n) for n in range(count)]
    outcomes: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    slowest, largest = (0.0, ("", 0)), (0.0, ("", 0))
    calls = map_in_processes(one, tasks, 2, lost=lost, late=late, seconds=PATIENCE, apart=True)
    for number, (what, seconds, memory) in calls:
        kind, seed = tasks[number]
        outcomes[kind][what.split(":")[0]] += 1
        slowest, largest = (
            max(slowest, (seconds, tasks[number])),
            max(largest, (memory, tasks[number])),
        )
        if seconds > SLOW:
            outcomes[kind][f"over {SLOW:.0f} s"] += 1
        is_own = what.endswith("Error") or what == "analysed"
        if not is_own or memory > MOST or seconds > SLOW:
            print(f"  {kind} {seed}: {what}, {seconds:.1f} s, {memory / 1e6:.0f} MB", flush=True)
    columns = sorted({what for counts in outcomes.values() for what in counts})
    print(f"{'':18s}" + "".join(f"{name[:20]:>22s}" for name in columns))
    for kind, counts in outcomes.items():
        print(f"{kind:18s}" + "".join(f"{counts[name]:22d}" for name in columns))
    total = sum(outcomes.values(), Counter())
    print(f"{'all':18s}" + "".join(f"{total[name]:22d}" for name in columns))
    print(f"slowest {slowest[0]:.1f} s {slowest[1]}, most memory {largest[0] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
