"""Peak memory of one 4096 x 4096 file, and its growth over a batch."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from _common import large_fits, large_jp2, line, pictures

from halescope.batch.outputs import Options
from halescope.batch.plan import plan
from halescope.batch.run import process

PEAK = """
import re, sys
from pathlib import Path
from halescope.cli import run
code = run(["analyze", sys.argv[1], "-q", "-o", sys.argv[2]])
# Linux: getrusage would count the parent's peak from before exec.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
sys.exit(code)
"""


def peak(path: Path, out: Path) -> float:
    """Return the peak resident memory, MB, of a fresh process that analyses one file."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path), str(out)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def resident() -> float:
    """Return the resident memory of this process, MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        line("4096 x 4096 FITS, peak memory", peak(large_fits(folder), folder / "a"), "MB", "600")
        jp2 = large_jp2()
        if jp2 is not None:
            line("4096 x 4096 JP2, peak memory", peak(jp2, folder / "b"), "MB", "600")
        jobs = plan(map(str, pictures(folder / "in", count)), folder / "out")
        options = Options()
        used = []
        for job in jobs:
            process(job, options)
            used.append(resident())
        early = used[min(len(used) - 1, len(used) // 10)]
        line(f"512 x 512 JPG, resident after {len(used) // 10} files", early, "MB", "")
        line(f"the same, after {len(used)} files", used[-1], "MB", "flat")
        line("growth", used[-1] / early, "times", "1.0")


if __name__ == "__main__":
    main()
