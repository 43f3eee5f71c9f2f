"""Measure archives: disks a second, overhead, cluster against processes, fifteen years at no cost.

    python benchmarks/bench_archive.py real [FILES] [--data ../shared/data] [--work DIR]
    python benchmarks/bench_archive.py overhead [FILES]
    python benchmarks/bench_archive.py cluster [FILES]
    python benchmarks/bench_archive.py scale [FILES]

``real`` builds an archive of FILES magnetograms, the real ones of ``hmi/`` linked under other names
and times, in two processes. ``overhead`` compares one process with a bare loop over `analyze`, and
``cluster`` two Dask workers with two processes, taking turns. ``scale`` lists, divides, writes and
compacts FILES empty files with an analysis that costs nothing, then asks status and a query, and
updates with nothing new.

On a shared machine wall time says little: CPU seconds (user and system, of this process and its
children) and ratios within one run do.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _common import line

from halescope.archive import open as open_archive
from halescope.archive.build import Plan, build
from halescope.archive.status import status
from halescope.archive.store.compact import compact
from halescope.archive.store.rows import Rows
from halescope.archive.tasks import File, to_datetime
from halescope.archive.work import Order
from halescope.batch.run import load_tools
from halescope.io.catalog import COLUMNS
from halescope.pipeline import analyze
from halescope.types import Catalog

START = datetime(2010, 5, 1, tzinfo=UTC)
REGIONS = 5
QUIET_DASK = {
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 28),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
}
"""What keeps Dask's own processes from waking up fifty times a second, and its workers from giving
memory back after every array; see docs/archive.md."""
BY_YEAR = "SELECT year(time) y, class, count(*) n FROM regions GROUP BY ALL ORDER BY ALL"


def links(data: Path, folder: Path, count: int) -> None:
    """Link real hourly magnetograms under other names and times, a folder for each day."""
    real = sorted((data / "hmi").rglob("*.jpg"))
    if not real:
        sys.exit(f"{data}/hmi: holds no magnetograms")
    for number, path in zip(range(count), itertools.cycle(real)):
        when = START + timedelta(hours=number)
        place = folder / f"{when:%Y/%m/%d}"
        place.mkdir(parents=True, exist_ok=True)
        target = place / f"HMI.m{when:%Y.%m.%d_%H.%M.%S}.jpg"
        try:
            os.link(path, target)
        except OSError:  # another file system, or too many links
            shutil.copyfile(path, target)


def empty(folder: Path, count: int, cadence: timedelta) -> None:
    """Make empty files named as magnetograms, a folder for each day."""
    for number in range(count):
        when = START + number * cadence
        place = folder / f"{when:%Y/%m/%d}"
        if number == 0 or when.date() != (when - cadence).date():
            place.mkdir(parents=True, exist_ok=True)
        os.close(os.open(place / f"HMI.m{when:%Y.%m.%d_%H.%M.%S}.jpg", os.O_CREAT, 0o644))


def free(file: File, order: Order, rows: Rows) -> None:
    """Add five regions that cost nothing."""
    seed = (file.time or 0) // 720_000
    kinds = ("alpha", "beta", "beta", "beta-gamma", "beta-gamma-delta")
    row = {
        "x_min": 100.25, "y_min": 120.5, "x_max": 150.75, "y_max": 160.0, "score": 0.8123,
        "p_class": 0.71, "p_alpha": 0.2, "p_beta": 0.71, "p_complex": 0.09,
        "paper_class": "beta", "hgs_lat": 12.345, "cmd": -10.5, "mu": 0.91, "flags": "display",
    }  # fmt: skip
    columns = {c: [row.get(c)] * REGIONS for c in COLUMNS}
    columns["region"] = list(range(1, REGIONS + 1))
    columns["class"] = list(kinds)
    columns["hgs_lon"] = [float((seed + 7 * k) % 120 - 60) for k in range(REGIONS)]
    columns["carrington_lon"] = [float((seed * 3 + k) % 360) for k in range(REGIONS)]
    columns["area_msh"] = [float((seed * 31 + k * 17) % 3000) / 10 for k in range(REGIONS)]
    time_ = to_datetime(file.time or 0).replace(tzinfo=None)
    about = {
        "time": time_, "instrument": "HMI", "scale": "display", "width": 512, "height": 512,
        "rows_down": True, "radius": 200.5, "b0": 1.0, "l0": float(seed % 360), "flags": "display",
    }  # fmt: skip
    rows.add_found(file, order.key, about, Catalog(columns))


@contextmanager
def timed() -> Iterator[list[float]]:
    """Yield a list that gets wall and CPU seconds, children included, at the end."""
    out: list[float] = []
    wall, cpu = time.perf_counter(), _cpu()
    yield out
    out += [time.perf_counter() - wall, _cpu() - cpu]


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def bare(paths: list[Path]) -> None:
    detector, classifier = load_tools(None, None)
    for path in paths:
        analyze(path, detector=detector, classifier=classifier)


def real(data: Path, work: Path, count: int) -> None:
    links(data, work / "in", count)
    with timed() as took:
        summary = build(work / "archive", Plan((str(work / "in"),), jobs=2))
    wall, cpu = took
    line("images, --jobs 2", summary.images, "", "")
    line("regions", summary.regions, "", "")
    line("disks a second, wall", count / wall, "disks/s", "80")
    line("CPU a disk", 1e3 * cpu / count, "ms", "")
    line("disks a second and CPU second, times two cores", 2 * count / cpu, "disks/s", "80")


def overhead(data: Path, work: Path, count: int) -> None:
    """Take turns, so that the machine's other work meets both."""
    links(data, work / "in", count)
    paths = sorted((work / "in").rglob("*.jpg"))
    bare(paths[:5])
    sums = {"archive": 0.0, "bare": 0.0}
    share = max(1, count // 4)
    for start in range(0, count, share):
        part = paths[start : start + share]
        with timed() as took:
            bare(part)
        sums["bare"] += took[1]
        (work / "list.txt").write_text("\n".join(map(str, part)))
        with timed() as took:
            _run_here(work / f"archive{start}", work / "list.txt")
        sums["archive"] += took[1]
    line("bare loop over analyze, CPU a disk", 1e3 * sums["bare"] / count, "ms", "")
    line("archive build, CPU a disk", 1e3 * sums["archive"] / count, "ms", "")
    line("archive / bare loop, CPU", sums["archive"] / sums["bare"], "", "1.05")


def _run_here(folder: Path, source: Path) -> None:
    """Build in this process, so that starting one is not counted as overhead of each file."""
    from halescope.archive import build as module
    from halescope.archive.work import run_task

    module.run_here = lambda tasks, order, jobs: (run_task(t, order) for t in tasks)
    build(folder, Plan((str(source),)))


def cluster(data: Path, work: Path, count: int) -> None:
    links(data, work / "in", count)
    plan = Plan((str(work / "in"),), jobs=2)
    with timed() as here:
        build(work / "local", plan)
    with _dask(work) as address:
        begin, used, theirs = time.perf_counter(), _cpu(), _of_workers(address)
        build(work / "dask", Plan(plan.sources, jobs=2, scheduler=address))
        wall = time.perf_counter() - begin
        own, theirs = _cpu() - used, _of_workers(address) - theirs
    compact(work / "local")
    compact(work / "dask")
    same = [
        {p.name: p.read_bytes() for p in (work / name / "years").iterdir()}
        for name in ("local", "dask")
    ]
    line("two processes, wall", count / here[0], "disks/s", "")
    line("two Dask workers, wall (warm)", count / wall, "disks/s", "")
    line("Dask / processes, wall", wall / here[0], "", "1.10")
    line("two processes, CPU with their start", 1e3 * here[1] / count, "ms/disk", "")
    line("two Dask workers, CPU", 1e3 * theirs / count, "ms/disk", "")
    line("coordinator's CPU with Dask", 1e3 * own / count, "ms/disk", "")
    line("Dask / processes, CPU", (own + theirs) / here[1], "", "1.10")
    line("same bytes after compaction", float(same[0] == same[1]), "", "1")


def _of_workers(address: str) -> float:
    """Return the CPU seconds that a cluster's workers have used."""
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:
        return float(sum(client.run(time.process_time).values()))


@contextmanager
def _dask(work: Path) -> Iterator[str]:
    dask = [sys.executable, "-m", "dask"]
    address = "tcp://127.0.0.1:18786"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": work}
    names = os.environ | QUIET_DASK | {"HALESCOPE_THREADS": "1"}
    common = ["--host", "127.0.0.1", "--no-dashboard"]
    running = [
        subprocess.Popen([*dask, "scheduler", "--port", "18786", *common], env=names, **quiet)
    ]
    for _ in range(2):
        worker = [*dask, "worker", address, "--nthreads", "1", *common]
        running.append(subprocess.Popen(worker, env=names, **quiet))
    try:
        from distributed import Client

        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


def scale(work: Path, count: int) -> None:
    cadence = timedelta(seconds=15 * 365.25 * 86400 / count)
    cadence = timedelta(seconds=max(720, int(cadence.total_seconds()) // 720 * 720))
    with timed() as took:
        empty(work / "in", count, cadence)
    line("making the files (not counted)", took[0], "s", "")
    plan = Plan((str(work / "in"),), jobs=2)
    order = {"finder": free}
    before = memory()
    with timed() as took:
        summary = build(work / "archive", plan, order=order)
    built = took
    line("images", summary.images, "", "")
    line("list, divide, write: wall", built[0], "s", "")
    line("list, divide, write: CPU", built[1], "s", "")
    line("coordinator's largest memory", memory(), "MB", "1000")
    line("  of it before the build", before, "MB", "")
    with timed() as took:
        compact(work / "archive")
    line("compaction: wall", took[0], "s", "")
    line("largest memory with compaction", memory(), "MB", "1000")
    line("built and compacted", (built[0] + took[0]) / 60, "minutes", "15")
    sizes = sum(p.stat().st_size for p in (work / "archive" / "years").iterdir())
    line("size", sizes / 1e6, "MB", "")
    for name, call in (
        ("status", lambda: status(work / "archive")),
        ("query by class and year", lambda: open_archive(work / "archive").query(BY_YEAR)),
    ):
        call()
        with timed() as took:
            call()
        line(f"{name}: wall", took[0], "s", "1")
    own = [sys.executable, "-m", "halescope", "archive"]
    for arguments in (["status"], ["query", BY_YEAR]):
        command = [*own, arguments[0], str(work / "archive"), *arguments[1:]]
        with timed() as took:
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        line(f"`halescope archive {arguments[0]}`, from its start: wall", took[0], "s", "")
    with timed() as took:
        again = build(work / "archive", plan, order=order)
    line(f"update, {again.images} new of {again.listed}: wall", took[0], "s", "20 for 131,000")


def memory() -> float:
    """Return the largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("real", "overhead", "cluster", "scale"))
    parser.add_argument("files", type=int, nargs="?")
    here = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=here.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, help="a folder for files and archives")
    asked = parser.parse_args()
    counts = {"real": 20_000, "overhead": 600, "cluster": 2_000, "scale": 657_000}
    count = asked.files or counts[asked.what]
    with tempfile.TemporaryDirectory(dir=asked.work) as name:
        work = Path(name)
        if asked.what == "scale":
            scale(work, count)
        else:
            {"real": real, "overhead": overhead, "cluster": cluster}[asked.what](
                asked.data, work, count
            )


if __name__ == "__main__":
    os.environ.setdefault("HALESCOPE_THREADS", "1")
    main()
