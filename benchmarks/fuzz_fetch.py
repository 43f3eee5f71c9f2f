"""Every service of `halescope fetch` against every answer that is meant to hang, fill or mislead.

    python benchmarks/fuzz_fetch.py                     all services, all answers
    python benchmarks/fuzz_fetch.py --only jsoc hek

Each is asked in a process of its own, with a patience of 2 s for a file. What counts: no exception
but those of halescope, an end in time, and the manifest that was there before is there afterwards.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from halescope.fetch.record import Record, Row
from loopback.hostile import ANSWERS, COMMANDS, asked

LONGEST = 60.0
"""Seconds: of three files, each of which may take 2, and some for starting."""


def outcome(source: str, name: str) -> str:
    """Return what came of asking, in a word; `ok` where it is as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        record = Record(Path(folder))
        record.add(Row("before", "2010-01-01T00:00:00Z", note="=kept"))
        record.close()
        child = os.fork()
        if not child:
            os._exit(child_code(source, name, folder))
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                code = os.waitstatus_to_exitcode(status)
                kept = list(Record(Path(folder)).rows) and any(
                    row.note == "=kept" for row in Record(Path(folder)).rows.values()
                )
                return ("ok" if kept else "lost") if code in (0, 1, 2) else f"exit {code}"
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "hangs"


def child_code(source: str, name: str, folder: str) -> int:
    """Ask, and return the exit code; 99 for an exception, which is printed."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    error = os.dup(2)
    os.dup2(silence, 2)
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
    asked_for = parser.parse_args()
    for source in asked_for.only:
        found, slowest = Counter[str](), 0.0
        for name in ANSWERS:
            begin = time.monotonic()
            word = outcome(source, name)
            slowest = max(slowest, time.monotonic() - begin)
            found[word] += 1
            if word != "ok":
                print(f"{source}, {name}: {word}", flush=True)
        print(f"{source:12} {len(ANSWERS)} answers, slowest {slowest:.1f} s: {dict(found)}")


if __name__ == "__main__":
    main()
