"""Whole `analyze` with all outputs: disks a second, and ratios to decoding and to astropy.

    python benchmarks/bench_analyze.py [COUNT [DETECTOR]]

Processor time counts less of what else the machine does than wall-clock time.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from _common import large_fits, large_jp2, line, pictures, seconds

from halescope.batch.outputs import Options
from halescope.batch.plan import plan
from halescope.batch.run import analyze_files, process
from halescope.detection.detect import detect, load_detector
from halescope.io import read
from halescope.normalize import normalize


def used() -> float:
    """Return the processor time, seconds, of this process and of its workers that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def throughput(
    folder: Path, files: list[Path], workers: int, options: Options
) -> tuple[float, float, float]:
    """Return disks a second, all and without the first two of each worker; CPU seconds a disk."""
    out = folder / f"out{workers}"
    stamps: list[float] = []
    start, before = time.perf_counter(), used()
    outcomes = analyze_files(
        plan(map(str, files), out),
        options,
        workers=workers,
        report=lambda outcome: stamps.append(time.perf_counter()),
    )
    failed = [o.message for o in outcomes if o.status != "done"]
    if failed:
        sys.exit("\n".join(failed))
    shutil.rmtree(out)
    warm = 2 * workers
    return (
        len(files) / (stamps[-1] - start),
        (len(files) - warm) / (stamps[-1] - stamps[warm - 1]),
        (used() - before) / len(files),
    )


def detection(name: str | None, path: Path) -> float:
    """Return CPU seconds of finding the regions of one canonical disk."""
    detector, disk = load_detector(name), normalize(read(path))
    return seconds(lambda: detect(disk, detector), 30)[1]


def large(folder: Path, path: Path, options: Options) -> tuple[float, float]:
    """Return wall and CPU seconds of one file with all outputs, warm."""
    (job,) = plan([str(path)], folder / "large")

    def once() -> None:
        outcome = process(job, options)
        if outcome.status != "done":
            sys.exit(outcome.message)

    return seconds(once)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    options = Options(detector=sys.argv[2] if len(sys.argv) > 2 else None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = pictures(folder / "in", count)
        for workers in (1, 2):
            whole, warm, cpu = throughput(folder, files, workers, options)
            goal = "30" if workers == 2 else "-"
            line(f"512 x 512 JPG, all outputs, --jobs {workers}", whole, "disks/s", goal)
            line(f"512 x 512 JPG, all outputs, --jobs {workers}, warm", warm, "disks/s", goal)
            line(f"512 x 512 JPG, all outputs, --jobs {workers}, CPU", 1e3 * cpu, "ms/disk", "")
        alone = detection(options.detector, files[0])
        line("finding the regions of a canonical disk, CPU", 1e3 * alone, "ms", "20")
        jp2 = large_jp2()
        if jp2 is not None:
            from PIL import Image

            wall, cpu = seconds(lambda: Image.open(jp2).load(), 3)
            own_wall, own_cpu = large(folder, jp2, options)
            line("4096 JP2, all outputs", own_wall, "s", "")
            line("4096 JP2, all outputs / decoding it in full, wall", own_wall / wall, "", "< 1.5")
            line("4096 JP2, all outputs / decoding it in full, CPU", own_cpu / cpu, "", "< 1.5")
        fits_file = large_fits(folder)
        from astropy.io import fits

        wall, cpu = seconds(lambda: fits.getdata(fits_file), 3)
        own_wall, own_cpu = large(folder, fits_file, options)
        line("4096 HMI-like FITS, all outputs", own_wall, "s", "")
        line("4096 HMI-like FITS, all outputs / astropy's read, wall", own_wall / wall, "", "1.5")
        line("4096 HMI-like FITS, all outputs / astropy's read, CPU", own_cpu / cpu, "", "1.5")


if __name__ == "__main__":
    main()
