"""A batch killed at random moments: the same table at last, nobody and nothing left behind.

    python benchmarks/fuzz_kill.py [KILLS [IMAGES]]

For one process and for two: `halescope analyze` over drawn disks is killed with SIGKILL at a random
moment, and run again over the same outputs, until it ends by itself; then anew, until there were so
many kills. After each kill its processes must be gone within two seconds; after each whole run no
unfinished file may lie in the outputs, and the catalogue must be that of an undisturbed run.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from halescope.synthetic import draw
from halescope.synthetic.files import picture_bytes


def images(folder: Path, count: int) -> Path:
    """Return a folder of small pictures, of ten different disks."""
    disks = [
        picture_bytes(draw(seed, size=256, regions=["beta", "alpha"]).magnetogram, "png")
        for seed in range(10)
    ]
    for number in range(count):
        path = (
            folder / f"{number // 10:02d}" / f"HMI.m2026.02.{number % 28 + 1:02d}_{number:04d}.png"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(disks[number % 10])
    return folder


def command(source: Path, out: Path, jobs: int) -> list[str]:
    program = [sys.executable, "-m", "halescope", "analyze", str(source), "-o", str(out), "-q"]
    return [*program, "--jobs", str(jobs), "--time", "2026-02-01T00:00:00Z"]


def members(group: int) -> list[int]:
    """Return the processes of a group that still live."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, owner = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except (OSError, ValueError):
                continue
            if int(owner) == group and state != "Z":
                found.append(int(entry.name))
    return found


def killed(words: list[str], delay: float) -> tuple[bool, int]:
    """Return whether a run was killed, and how many of its processes lived two seconds later."""
    running = subprocess.Popen(words, start_new_session=True)
    try:
        running.wait(delay)
    except subprocess.TimeoutExpired:
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        until = time.monotonic() + 2
        while members(running.pid) and time.monotonic() < until:
            time.sleep(0.02)
        return True, len(members(running.pid))
    return False, 0


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    chance = random.Random(11)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        source = images(root / "in", count)
        start = time.monotonic()
        subprocess.run(command(source, root / "whole", 1), check=True)
        seconds = time.monotonic() - start
        expected = (root / "whole" / "catalog.csv").read_bytes()
        for jobs in (1, 2):
            done = orphans = runs = left = other = 0
            while done < kills:
                out = root / f"out{jobs}"
                was_killed = True
                while was_killed:
                    delay = chance.uniform(0.05, seconds * 0.4)
                    if done >= kills:
                        delay = 3600.0
                    was_killed, alive = killed(command(source, out, jobs), delay)
                    done, orphans = done + was_killed, orphans + alive
                runs += 1
                for path in out.rglob(".part-*"):
                    left += 1
                    print(f"  left: {path.relative_to(out)}", flush=True)
                other += (out / "catalog.csv").read_bytes() != expected
                shutil.rmtree(out)
            print(
                f"--jobs {jobs}: {done} kills in {runs} whole runs of {count} images; "
                f"orphans after 2 s: {orphans}; unfinished files left: {left}; "
                f"tables that differ: {other}",
                flush=True,
            )


if __name__ == "__main__":
    main()
