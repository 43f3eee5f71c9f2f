"""From a new image to the page written: seconds, CPU seconds, and the ratio to analysing alone.

    python benchmarks/bench_watch.py [HOURS]

Drawn disks of 512 pixels, an hour apart, are fed one by one, with what the watch remembers growing
to HOURS images (72). Wall-clock time is that of the machine as it is; CPU time counts less of what
else it does.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from halescope.pipeline import analyze
from halescope.synthetic import draw
from halescope.synthetic.files import fits_bytes
from halescope.watch.loop import Settings, Watch
from halescope.watch.source import Folder

START = datetime(2026, 2, 2, tzinfo=UTC)
CLASSES = ("beta", "alpha", "beta-gamma-delta", "beta", "beta-delta")


def main() -> None:
    """Print medians and the worst of the last half."""
    hours = int(sys.argv[1]) if len(sys.argv) > 1 else 72
    steps, alone = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        folder.mkdir()
        clock = [START]
        watch = Watch(Folder(folder), Settings(Path(name) / "out"), now=lambda: clock[0])
        for hour in range(hours):
            clock[0] = START + timedelta(hours=hour)
            path = folder / f"disk_{hour:04d}.fits"
            drawing = draw(6, size=512, regions=CLASSES, plage=1, time=clock[0])
            path.write_bytes(fits_bytes(drawing.magnetogram))
            wall, used = time.perf_counter(), time.process_time()
            watch.step()
            steps.append((time.perf_counter() - wall, time.process_time() - used))
            used = time.process_time()
            analyze(path)
            alone.append(time.process_time() - used)
        watch.close()
    late = steps[hours // 2 :]
    wall, used = (statistics.median(values) for values in zip(*late, strict=True))
    base = statistics.median(alone[hours // 2 :])
    print(f"{hours} images; the last half, from file to page written:")
    print(f"  wall clock {wall:.2f} s median, {max(w for w, _ in late):.2f} s at most")
    print(f"  CPU {used:.2f} s median; {used / base:.1f} times analysing the image alone")


if __name__ == "__main__":
    main()
