"""Beside a job: runs its commands, keeps their log, writes down how they ended.

A program of its own, so that a job outlives the server: ``python supervise.py FOLDER`` reads
``job.json`` there (`commands`, `step`, `accepts`), writes ``running.json`` (`self`, `child`,
`step`), ``log.txt`` and at the end ``outcome.json`` (`exit`, `step`, `time`). Imports the standard
library alone.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any


def identity(pid: int) -> str | None:
    """Return what names a process for ever: number, start and boot; None where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
        asked = ["ps", "-o", "lstart=", "-p", str(pid)]
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        return f"{pid} {told}" if told else None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in ("Z", "X"):  # ended, and nobody has asked how
        return None
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{pid} {fields[19]} {boot.read_text().strip() if boot.exists() else ''}".strip()


def write(path: Path, values: dict[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(values), encoding="utf-8")
    os.replace(fresh, path)


STOPPED = 130


def run(folder: Path, asked: list[int]) -> None:
    """Run the commands of a job's folder, each if the one before succeeded.

    `asked`: grows by each signal that asks for an end; then no further command begins.
    """
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    code, step, first = 0, 0, int(job["step"])
    with (folder / "log.txt").open("ab", buffering=0) as log:
        for step in range(first, len(job["commands"])):
            write(folder / "running.json", {"self": identity(os.getpid()), "step": step})
            child = subprocess.Popen(
                job["commands"][step], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            told = {"self": identity(os.getpid()), "child": identity(child.pid), "step": step}
            with suppress(OSError):  # a full disk: the job goes on
                write(folder / "running.json", told)
            code = child.wait()
            if code in job["accepts"] and asked and step + 1 < len(job["commands"]):
                step, code = step + 1, STOPPED
            if code not in job["accepts"]:
                break
    write(folder / "outcome.json", {"exit": code, "step": step, "time": time.time()})


def main() -> None:
    """Run the job of the folder that is named."""
    # A function, not SIG_IGN, which the commands would inherit: they are to hear the signals.
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: asked.append(number))
    with suppress(OSError):
        os.nice(5)  # the server answers first
    run(Path(sys.argv[1]), asked)


if __name__ == "__main__":
    main()
