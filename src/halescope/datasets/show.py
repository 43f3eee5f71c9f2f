"""A page to leaf through labelled images, and statistics with plots; works from disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.datasets.disks import Failure, Task, each_image, nothing, read_at
from halescope.datasets.labels.quality import FLAGS, SEPARATOR
from halescope.datasets.manifest import Entry, disks, entries
from halescope.datasets.plots import Chart, bar_chart, histogram
from halescope.guards.inside import inside
from halescope.io.atomic import atomic_path, atomic_text
from halescope.normalize import DISK_SIDE, normalize
from halescope.render.pages import render_page

PICTURES = "pictures"
"""Folder of the pictures, beside the page."""

QUALITY = 80
"""Of the page's JPEG pictures."""

_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ"}


@dataclass(frozen=True)
class ShowReport:
    """What the page holds, how many images were left off by the limit, and what failed."""

    page: Path
    images: int
    left_off: int
    failures: list[Failure] = field(default_factory=list)


def show_manifest(
    manifest: str | Path,
    folder: str | Path,
    limit: int = 500,
    root: str | Path = "",
    jobs: int = 2,
    progress: Callable[[], None] = nothing,
) -> ShowReport:
    """Write ``index.html`` and ``pictures/``; nothing on the page comes from the network.

    `limit`: images on the page, spread evenly; the statistics cover all. `root`: what the
    manifest's relative paths start from. `jobs`, `progress`: see
    `halescope.datasets.disks.each_image`.
    """
    folder = Path(folder)
    tally = Tally()
    for image, found in entries(manifest):
        tally.add(image, found)
    step = max(1, -(-tally.images // max(limit, 1)))
    picked = (task for index, task in enumerate(disks(manifest)) if index % step == 0)
    work = partial(_picture, folder=folder, root=Path(root))
    failures: list[Failure] = []
    shown = list(each_image(picked, work, failures, jobs, progress))
    page = folder / "index.html"
    atomic_text(page, _page(shown, tally, Path(manifest)))
    return ShowReport(page, len(shown), tally.images - len(shown) - len(failures), failures)


@dataclass
class Tally:
    """Counts over a whole manifest."""

    images: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    days: dict[str, set[int]] = field(default_factory=dict)
    regions: set[int] = field(default_factory=set)
    longitudes: Counter[int] = field(default_factory=Counter)
    sizes: Counter[int] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)

    def add(self, image: str, found: list[Entry]) -> None:
        """Count the regions of one image."""
        self.images += 1
        for entry in found:
            self.statuses[entry.status] += 1
            self.parts[entry.split or "none"] += 1
            self.flags.update(word for word in entry.flags.split(SEPARATOR) if word)
            if entry.noaa_number:
                self.regions.add(entry.noaa_number)
                self.days.setdefault(entry.time[:10], set()).add(entry.noaa_number)
            if entry.status != "plage":
                self.classes[entry.mount_wilson or "none"] += 1
                if np.isfinite(entry.hgs_lon):
                    self.longitudes[min(int(entry.hgs_lon // 10) * 10, 80)] += 1
                side = max(entry.box[2] - entry.box[0], entry.box[3] - entry.box[1])
                self.sizes[int(side // 8) * 8] += 1

    def charts(self) -> list[Chart]:
        """Return what the page shows of the counts."""
        classes = {n: self.classes[n] for n in (*MOUNT_WILSON, "none") if self.classes[n]}
        short = {"-".join(_GREEK.get(w, w) for w in n.split("-")): v for n, v in classes.items()}
        sizes = range(0, max([*self.sizes, 8]) + 16, 8)
        days = {day[5:]: len(numbers) for day, numbers in sorted(self.days.items())}
        charts = [
            bar_chart("labels by class", short, "NOAA's class, plage left out"),
            bar_chart("labels by status", self.statuses),
        ]
        if set(self.parts) - {"none"}:
            charts.append(bar_chart("labels by part", self.parts))
        charts += [
            histogram("longitude", self.longitudes, range(-90, 100, 10), "degrees, west positive"),
            histogram("longer side of the box", self.sizes, sizes, "canonical pixels"),
            bar_chart("NOAA regions per day", days, "day"),
        ]
        if self.flags:
            charts.append(bar_chart("labels by flag", dict(self.flags.most_common())))
        return charts


def _picture(task: Task, folder: Path, root: Path) -> dict[str, Any]:
    """Write one canonical picture below a folder and return what the page needs to know of it."""
    from PIL import Image

    image, found, split = task
    disk = normalize(read_at(root, image))
    grey = np.clip(np.nan_to_num(disk.grey[::-1], nan=-127) + 127, 0, 255).astype(np.uint8)
    name = "_".join(Path(image).with_suffix("").parts[-4:]).strip("/") + ".jpg"
    with atomic_path(inside(folder, f"{PICTURES}/{name}", image)) as fresh:
        Image.fromarray(grey).save(fresh, "JPEG", quality=QUALITY)
    boxes = [
        {
            "b": [
                round(v, 1)
                for v in (e.box[0], DISK_SIDE - e.box[3], e.box[2], DISK_SIDE - e.box[1])
            ],
            "c": e.mount_wilson,
            "n": e.noaa_number,
            "s": e.status,
            "w": e.note,
            "g": e.flags,
            "l": [round(v) if np.isfinite(v) else "" for v in (e.hgs_lon, e.hgs_lat)],
            "a": round(e.area) if np.isfinite(e.area) else 0,
        }
        for e in found
    ]
    return {"f": name, "i": Path(image).name, "t": disk.origin.time_string, "p": split, "r": boxes}


def _page(shown: list[dict[str, Any]], tally: Tally, manifest: Path) -> str:
    labels = sum(tally.statuses.values())
    which = "all of them" if len(shown) == tally.images else f"{len(shown)} of them, spread evenly,"
    summary = (
        f"{tally.images} images, {labels} labels, {len(tally.regions)} NOAA regions; {which} are "
        "on this page. Click a disk to enlarge it; arrow keys leaf through."
    )
    return render_page(
        "datasets/templates/show.html",
        title=f"Labels of {manifest.name}",
        summary=summary,
        charts=tally.charts(),
        images=shown,
        flags=FLAGS,
        side=DISK_SIDE,
    )
