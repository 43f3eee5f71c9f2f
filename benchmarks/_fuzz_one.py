"""What `fuzz.py` does with one file, in a process of its own."""

from __future__ import annotations

import resource
import time

from fuzzed_files import fuzzed
from halescope.errors import HalescopeError
from halescope.pipeline import analyze

PATIENCE = 30.0
"""Seconds after which a process is ended: drawing the first file and starting are in it."""

Found = tuple[str, float, float]


def one(task: tuple[str, int]) -> Found:
    """Return what became of a file, the seconds it took and the process' most memory, bytes."""
    data = fuzzed(*task)
    start = time.perf_counter()
    try:
        analyze(data, detector="threshold", classifier="climatology", name=f"{task[0]}.{task[1]}")
        what = "analysed"
    except HalescopeError as error:
        what = type(error).__name__
    except Exception as error:  # noqa: BLE001 it is what is looked for
        what = f"foreign {type(error).__name__}: {str(error)[:60]}"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    return what, time.perf_counter() - start, memory


def lost(task: tuple[str, int]) -> Found:
    return "ended its process", 0.0, 0.0


def late(task: tuple[str, int]) -> Found:
    return f"over {PATIENCE:.0f} s", PATIENCE, 0.0
