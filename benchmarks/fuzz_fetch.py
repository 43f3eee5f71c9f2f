"""Every service of `halescope fetch` against answers that are meant to hang, fill or mislead.

    python benchmarks/fuzz_fetch.py                     all services, 200 answers each
    python benchmarks/fuzz_fetch.py --only jsoc hek --count 300 --at-once 12

The first are hostile to whatever is asked; the others are services that are honest in part, by
seed. Each is asked in a process of its own, with a patience of 2 s for a file. What counts: no
exception but those of halescope, a message where it failed, an end in time, no file outside the
folder, and the manifest that was there before is there afterwards, its files whole.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from halescope.errors import HalescopeError
from halescope.fetch.record import Record, Row
from halescope.guards.checksum import checksum
from loopback.hostile import ANSWERS
from loopback.mixed import COMMANDS, asked

LONGEST = 60.0
"""Seconds: of three files, each of which may take 2, and some for starting on busy cores."""

LOADED = (
    "halescope.commands.fetch", "halescope.commands.fetch.run", "halescope.fetch.helioviewer",
    "halescope.fetch.jsoc", "halescope.fetch.srs", "halescope.fetch.hek", "drms", "hvpy",
    "halescope.fetch.flare_lists", "sunpy.net.attrs", "sunpy.net.hek", "astropy.io.fits",
    "sunpy.net.dataretriever.sources.noaa", "halescope.fetch.run", "halescope.io",
)  # fmt: skip
"""Imported once, so that each process has them."""


def outcome(task: tuple[str, str | int]) -> tuple[str, float]:
    """Return what came of asking, `ok` where it is as it should be, and the seconds it took."""
    source, name = task
    with tempfile.TemporaryDirectory() as base:
        folder, begin = Path(base, "out"), time.monotonic()
        record = Record(folder)
        record.add(Row("before", "2010-01-01T00:00:00Z", note="=kept"))
        record.close()
        child = os.fork()
        if not child:
            os._exit(child_code(source, name, folder))
        code = waited(child, begin + LONGEST)
        seconds = time.monotonic() - begin
        if code is None:
            return "hangs", seconds
        if code not in (0, 1, 2):
            return f"exit {code}", seconds
        said = Path(base, "said").read_text(errors="replace")
        if "Traceback" in said or (code and not said.strip()):
            return "says nothing" if code else "traceback", seconds
        if sorted(path.name for path in Path(base).iterdir()) != ["out", "said"]:
            return "wrote outside", seconds
        return "ok" if is_whole(folder) else "lost", seconds


def waited(child: int, until: float) -> int | None:
    """Return the exit code of a process, None where it had to be ended."""
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def is_whole(folder: Path) -> bool:
    """Say whether the old row is there, and each file that the manifest says is."""
    try:
        rows = list(Record(folder).rows.values())
    except HalescopeError:
        return False
    here = [row for row in rows if row.status == "ok" and row.source != "before"]
    kept = any(row.note == "=kept" for row in rows)
    return kept and all(checksum(folder / row.file) == row.sha256 for row in here)


def child_code(source: str, name: str | int, folder: Path) -> int:
    """Ask, and return the exit code; 99 for an exception, which is printed."""
    error = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(folder.parent / "said", os.O_WRONLY | os.O_CREAT), 2)
    try:
        return asked(source, name, folder)[0]
    except BaseException:  # noqa: BLE001 anything at all is a finding
        os.dup2(error, 2)
        print(f"== {source}, {name}", file=sys.stderr)
        traceback.print_exc(limit=-6)
        sys.stderr.flush()
        return 99


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(COMMANDS), choices=COMMANDS)
    parser.add_argument("--count", type=int, default=200, help="answers of each service")
    parser.add_argument("--seed", type=int, default=0, help="of the first that is honest in part")
    parser.add_argument("--at-once", type=int, default=8, help="most of it is waiting")
    asked_for = parser.parse_args()
    for name in LOADED:
        import_module(name)
    seeds = range(asked_for.seed, asked_for.seed + asked_for.count)
    names = [*ANSWERS, *seeds][: asked_for.count]
    with multiprocessing.get_context("fork").Pool(asked_for.at_once) as pool:
        for source in asked_for.only:
            tasks = [(source, name) for name in names]
            found, slowest = Counter[str](), 0.0
            for task, (word, seconds) in zip(tasks, pool.imap(outcome, tasks), strict=True):
                found[word] += 1
                slowest = max(slowest, seconds)
                if word != "ok":
                    print(f"{task}: {word}, {seconds:.1f} s", flush=True)
            counts = ", ".join(f"{count} {word}" for word, count in found.most_common())
            print(f"{source:12} {len(tasks)}, slowest {slowest:.1f} s: {counts}", flush=True)


if __name__ == "__main__":
    main()
