"""Stand-ins for the pipeline in tests of archives; a module of its own, so that workers find it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from halescope.archive.build import Summary
from halescope.archive.keys import Settings
from halescope.archive.store.compact import compact
from halescope.archive.store.rows import Fault, Rows
from halescope.archive.tasks import File, to_datetime
from halescope.archive.work import Order
from halescope.io.catalog import COLUMNS
from halescope.types import Catalog

PLAIN = Settings("threshold", "climatology")
Build = Callable[..., Summary]

COLUMNS_OF_ROW = {
    "x_min": 1.0, "y_min": 2.0, "x_max": 3.5, "y_max": 4.0, "score": 0.5, "class": "beta",
    "p_class": 0.75, "level": "beta", "p_alpha": 0.1, "p_beta": 0.75, "p_complex": 0.15,
    "paper_class": "beta", "hgs_lon": -10.0, "hgs_lat": 12.5, "cmd": -10.0,
    "carrington_lon": 200.0, "mu": 0.9, "area_msh": 321.0, "flags": "",
}  # fmt: skip


def quick(file: File, order: Order, rows: Rows) -> None:
    """Add as many regions as the file has bytes, at most nine; an empty file is a fault."""
    name = os.path.basename(file.path)
    count = min(file.size, 9)
    if file.size < 1:
        rows.add_fault(file, order.key, Fault("read", f"{name}: is empty"))
        return
    row = {"image": name, "time": ""} | COLUMNS_OF_ROW
    columns = {column: [row.get(column)] * count for column in COLUMNS}
    columns["region"] = list(range(1, count + 1))
    time = None if file.time is None else to_datetime(file.time).replace(tzinfo=None)
    about = {
        "time": time, "instrument": "HMI", "scale": "display", "width": 512, "height": 512,
        "rows_down": True, "radius": 200.0, "b0": 1.0, "l0": 2.0, "flags": "",
    }  # fmt: skip
    rows.add_found(file, order.key, about, Catalog(columns))


def slow(file: File, order: Order, rows: Rows) -> None:
    """Take a moment for each file."""
    time.sleep(0.04)
    quick(file, order, rows)


def deadly(file: File, order: Order, rows: Rows) -> None:
    """End the process at files whose name has ``deadly`` in it, as the system's killer does."""
    if "deadly" in os.path.basename(file.path):
        os._exit(9)
    quick(file, order, rows)


def write_sky(folder: Path, days: int = 3, hours: int = 24, size: int = 3) -> list[Path]:
    """Write small files named as hourly magnetograms from 2014-12-30 on, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for hour in range(days * hours):
        when = to_datetime(1_419_897_600_000 + hour * 86_400_000 // hours)
        path = folder / f"HMI.m{when:%Y.%m.%d_%H.%M.%S}.jpg"
        path.write_bytes(b"x" * (size + hour % 4))
        paths.append(path)
    return paths


def compacted(folder: Path) -> dict[str, bytes]:
    """Return the bytes of an archive's years after compaction, by name."""
    compact(folder)
    return {path.name: path.read_bytes() for path in (folder / "years").iterdir()}
