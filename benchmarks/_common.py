"""What the benchmarks share: drawn input files, timing, one line for each figure."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from halescope.io.atomic import atomic_bytes
from halescope.synthetic import draw
from halescope.synthetic.files import fits_bytes, picture_bytes

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"
KINDS = ("beta", "alpha", "beta-gamma-delta", "beta", "beta-delta", "alpha")


def pictures(folder: Path, count: int) -> list[Path]:
    """Return `count` JPG disks of 512 pixels: real ones where they lie, else drawn ones."""
    real = sorted((REAL / "hmi").rglob("*.jpg"))
    if len(real) >= count:
        return real[:: len(real) // count][:count]
    drawn = []
    for seed in range(min(count, 10)):
        data = picture_bytes(draw(seed, size=512, regions=KINDS).magnetogram, "jpg")
        drawn.append(atomic_bytes(folder / f"HMI.m2026.02.{seed + 1:02d}_00.00.00.jpg", data))
    copies = []
    for index in range(count):
        path = folder / f"{index:04d}" / drawn[index % len(drawn)].name
        copies.append(atomic_bytes(path, drawn[index % len(drawn)].read_bytes()))
    return copies


def large_fits(folder: Path) -> Path:
    """Return a tile-compressed FITS file of 4096 x 4096, upside down as HMI's are."""
    magnetogram = draw(4, size=4096, regions=KINDS, roll=180.0).magnetogram
    return atomic_bytes(folder / "large.fits", fits_bytes(magnetogram, True))


def large_jp2() -> Path | None:
    """Return the real JPEG 2000 picture of 4096 x 4096, if it is there."""
    return next(iter((REAL / "hmi_jp2").glob("*.jp2")), None)


def seconds(action: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """Return median wall-clock and CPU seconds, after one run that does not count."""
    action()
    wall, cpu = [], []
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        action()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return statistics.median(wall), statistics.median(cpu)


def line(what: str, value: float, unit: str, goal: str) -> None:
    """Print one figure."""
    print(f"{what:58s} {value:9.3f} {unit:8s} goal {goal}")
