"""Prove that two checkouts give the same results: run the same commands, compare every file.

    python benchmarks/compare_checkouts.py BEFORE AFTER [--data ../shared/data] [--work DIR]

Each checkout's code runs all steps (`_compare_steps.py`) in a folder of its own below ``--work``,
named after its commit. What BEFORE ran before with the same commands, libraries and processor is
not run again; AFTER's results are removed in the end unless ``--keep`` is given.

All files are compared byte for byte. Text files that differ are compared again without what may
differ by right (`_compare_files.py` lists it: times, durations, the checkout's own place, the
loopback server's port), and the report says for how many files that was needed.

``--renames`` names a TOML or JSON file of columns that AFTER calls otherwise, by file name::

    ["*/catalog.*"]
    area_msh = "area"

Exit code 0: nothing differs; 1: something does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tomllib
from pathlib import Path

from _compare_files import Renames, compare_folders, report
from _compare_run import key_of, run_checkout, with_needs
from _compare_steps import STEPS


def read_renames(path: Path | None) -> Renames:
    """Return new names by old name by file name pattern.

    Parameters
    ----------
    path : Path or None
        TOML or JSON; none for no renames.
    """
    if path is None:
        return {}
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)


def arguments() -> argparse.Namespace:
    here = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--data", type=Path, default=here.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=Path("runs/compare"), help="for the results")
    parser.add_argument("--renames", type=Path, help="columns that are called otherwise")
    parser.add_argument("--keep", action="store_true", help="keep AFTER's results as well")
    parser.add_argument("--only", default="", help="steps: " + ",".join(s.name for s in STEPS))
    parser.add_argument("--most", type=int, default=30, help="differing files told one by one")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    only = [name for name in asked.only.split(",") if name]
    if unknown := set(only) - {step.name for step in STEPS}:
        sys.exit(f"no such step: {', '.join(sorted(unknown))}")
    data, work = asked.data.resolve(), asked.work.resolve()
    if not data.is_dir():
        sys.exit(f"{data}: no data there; see --data")
    renames = read_renames(asked.renames)
    before, after = asked.before.resolve(), asked.after.resolve()
    first, second = (work / key_of(checkout) for checkout in (before, after))
    if first == second:
        second = second.with_name(f"{second.name}-again")
    if not asked.keep:
        second = second.with_name(f"{second.name}-{os.getpid()}")
    try:
        one = run_checkout(before, data, first, only)
        two = run_checkout(after, data, second, only)
        names = [step.name for step in with_needs(only)]
        good = report(compare_folders(one, two, names, renames), asked.most)
    finally:
        if not asked.keep:
            shutil.rmtree(second, ignore_errors=True)
            second.with_name(f"{second.name}.lock").unlink(missing_ok=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
