"""The studio: how soon it is there, fifty uploads at once, ten thousand pictures in a data set.

``python benchmarks/bench_studio.py``. Goals: first page within 1.5 s; every upload answered, and
/api/health within 100 ms meanwhile; a page of the gallery within 300 ms, the label page within 200.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from _common import REAL, pictures

UPLOADS, IMAGES = 50, 10_000


@contextmanager
def serving(workspace: Path, root: Path) -> Iterator[tuple[int, int, float]]:
    """Yield port, process and seconds until the first page was answered."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "halescope", "studio", str(workspace), "--no-browser"]
    command += ["--port", "0", "--root", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline().rpartition(":")[2])
            ask(port, "/")
            yield port, process.pid, time.perf_counter() - began
        finally:
            process.terminate()


def ask(port: int, path: str, method: str = "GET", body: bytes = b"", kind: str = "") -> bytes:
    """Return what an address answers; raises RuntimeError where it is no success."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request(method, path, body, {"content-type": kind} if kind else {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{path}: {answer.status} {data[:200]!r}")
    return data


def upload(port: int, path: Path) -> float:
    """Upload a file to be analysed, and return the seconds until the answer."""
    mark = secrets.token_hex(12)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
    body = f"{head}\r\n".encode() + path.read_bytes() + f"\r\n--{mark}--\r\n".encode()
    began = time.perf_counter()
    ask(port, "/api/analyses", "POST", body, f"multipart/form-data; boundary={mark}")
    return time.perf_counter() - began


def tree_memory(pid: int) -> float:
    """Return the resident memory of a process and all below it, MB."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
            except OSError:
                continue
    mine = {pid}
    while more := {child for child, parent in parents.items() if parent in mine} - mine:
        mine |= more
    pages = 0
    for one in mine:
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def many_uploads(port: int, pid: int, files: list[Path]) -> None:
    """Upload files all at once; print how health and memory did meanwhile."""
    over, waits, memory = Event(), [], [0.0]

    def watch() -> None:
        while not over.wait(0.05):
            began = time.perf_counter()
            ask(port, "/api/health")
            waits.append(time.perf_counter() - began)
            if len(waits) % 10 == 0:
                memory.append(tree_memory(pid))

    upload(port, files[0])  # the processes are there
    watcher = Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    with ThreadPoolExecutor(len(files)) as pool:
        took = list(pool.map(lambda path: upload(port, path), files))
    whole = time.perf_counter() - began
    over.set()
    watcher.join()
    waits.sort()
    print(f"uploads_answered            {len(took)} of {len(files)} in {whole:.1f} s")
    print(f"uploads_memory_mb           {max(memory):.0f}")
    print(f"health_median_ms            {statistics.median(waits) * 1e3:.1f}")
    print(f"health_95_percent_ms        {waits[int(0.95 * len(waits))] * 1e3:.1f}")
    print(f"health_slowest_ms           {waits[-1] * 1e3:.1f} (goal 100)")


def big_dataset(workspace: Path, files: list[Path]) -> None:
    """Write a data set of many pictures, which are links to a few."""
    from halescope.datasets.manifest_table import write_manifest

    folder = workspace / "datasets" / "big"
    (folder / "images").mkdir(parents=True)
    start, rows = datetime(2014, 1, 1, tzinfo=UTC), []
    for number in range(IMAGES):
        time_of = start + timedelta(hours=number)
        name = f"images/HMI.m{time_of:%Y.%m.%d_%H.%M.%S}.jpg"
        (folder / name).symlink_to(files[number % len(files)])
        for region in range(5):
            rows.append(
                {
                    "image": name, "time": f"{time_of:%Y-%m-%dT%H:%M:%SZ}",
                    "split": ("train", "train", "validation", "test")[number // 2500],
                    "noaa_number": 12000 + number // 200 * 5 + region, "status": "firm",
                    "class": ("alpha", "beta", "beta-gamma")[region % 3],
                    "x_min": 40 + 60 * region, "y_min": 180, "x_max": 80 + 60 * region,
                    "y_max": 210,
                }
            )  # fmt: skip
    write_manifest(folder / "manifest.csv", rows)
    told = {"kind": "disks", "made": "2026-01-01T00:00:00Z", "from": "manifest"}
    (folder / "dataset.json").write_text(json.dumps(told))


def timed(port: int, name: str, path: str, goal: int) -> bytes:
    """Print how long an address takes: at first, and the median of ten more."""
    took = []
    for _ in range(11):
        began = time.perf_counter()
        data = ask(port, path)
        took.append((time.perf_counter() - began) * 1e3)
    print(f"{name:27} {statistics.median(took[1:]):.0f} ms, at first {took[0]:.0f} (goal {goal})")
    return data


def many_images(port: int) -> None:
    """Time the gallery and the label page of a data set of many pictures."""
    rows = "/api/datasets/big/images"
    found = json.loads(timed(port, "gallery_rows", f"{rows}?part=train&page=1", 300))
    timed(port, "gallery_rows_far", f"{rows}?page=150", 300)
    timed(port, "gallery_page", "/datasets/big", 300)
    key = found["images"][0]["key"]
    timed(port, "label_page", f"/label/big/{key}", 200)
    timed(port, "label_boxes", f"/api/datasets/big/labels/{key}", 200)


def main() -> None:
    """Run all."""
    with tempfile.TemporaryDirectory() as name:
        files = pictures(Path(name) / "files", UPLOADS)
        starts = []
        for _ in range(5):
            with serving(Path(name) / "empty", Path(name)) as (_, _, seconds):
                starts.append(seconds)
        print(f"start_to_first_page_s       {statistics.median(starts):.2f} (goal 1.5)")
        workspace = Path(name) / "workspace"
        big_dataset(workspace, files)
        root = REAL if REAL in files[0].parents else Path(name)
        with serving(workspace, root) as (port, pid, _):
            many_images(port)
            many_uploads(port, pid, files)


if __name__ == "__main__":
    main()
