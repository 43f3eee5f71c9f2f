"""Cold starts: fresh processes for `--version` and for `analyze one.jpg`."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from _common import line, pictures


def cold(arguments: list[str], repeats: int = 7) -> tuple[float, float]:
    """Return median wall-clock and CPU seconds of a fresh Python process."""
    wall, cpu = [], []
    for _ in range(repeats):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        wall.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(wall), statistics.median(cpu)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (picture,) = pictures(folder, 1)
        wall, cpu = cold(["-m", "halescope", "--version"])
        line("halescope --version", wall, "s", "0.25")
        line("halescope --version, CPU", cpu, "s", "")
        output = ["--overwrite", "-o", str(folder / "out")]
        wall, cpu = cold(["-m", "halescope", "analyze", str(picture), *output])
        line("halescope analyze one.jpg", wall, "s", "1.0")
        line("halescope analyze one.jpg, CPU", cpu, "s", "")
        if find_spec("sunpy"):
            other, _ = cold(["-c", "import sunpy.map"], 3)
            line("halescope analyze one.jpg / importing sunpy.map", wall / other, "", "")


if __name__ == "__main__":
    main()
