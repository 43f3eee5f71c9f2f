"""What the benchmarks share: drawn input files, timing, one line for each figure."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from halescope.io.atomic import atomic_bytes
from halescope.synthetic import draw
from halescope.synthetic.files import header_of, picture_bytes

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"
BLANK = -2147483648
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
    """Return a FITS file of 4096 x 4096 as JSOC delivers HMI's.

    It is upside down, Rice-compressed row by row, in whole numbers of 0.1 G, blank off the limb.
    """
    from astropy.io import fits

    magnetogram = draw(4, size=4096, regions=KINDS, roll=180.0).magnetogram
    tenths = np.rint(np.nan_to_num(magnetogram.field) * 10).astype(np.int32)
    tenths[np.isnan(magnetogram.field)] = BLANK
    image = fits.CompImageHDU(
        tenths, fits.Header(header_of(magnetogram)), compression_type="RICE_1"
    )
    image.header.update(BSCALE=0.1, BZERO=0.0, BLANK=BLANK)
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(buffer)
    return atomic_bytes(folder / "large.fits", buffer.getvalue())


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
