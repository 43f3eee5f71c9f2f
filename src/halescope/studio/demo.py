"""A workspace that shows something: drawn disks, their labels, a data set, analyses, a run.

Made by the commands that a person would type, in about half a minute of one core; what is there is
left alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halescope.errors import ConfigError
from halescope.io.atomic import atomic_bytes
from halescope.studio.workspace import Workspace

if TYPE_CHECKING:
    from halescope.synthetic import Drawing

SEQUENCES = ((5, 0, 9), (11, 60, 5), (8, 120, 4))
"""Seed, days after the first, and images a day apart: what trains, validates and tests."""

SIDE = 512

DRAWN = "inputs/drawn"
ONE, MANY = "analyses/20260209-130000-drawn", "analyses/20260212-130000-drawn"
TRAIN = (
    "data.manifest=datasets/drawn/manifest.csv", "data.root=datasets/drawn", "data.every=1",
    "data.split=manifest", "data.cache=runs/.disks", "run.folder=runs/first", "run.epochs=8",
    "fit.batch=2",
)  # fmt: skip
"""Settings of the short training."""


def fill(folder: Path, say: Callable[[str], None]) -> None:
    """Fill a workspace, step by step; steps whose result is there are left out.

    `folder`: the workspace, made where missing. `say` is told of each step on one line. Raises
    `ConfigError` where a command fails, with what it said.
    """
    workspace = Workspace(folder)
    if not (workspace.root / DRAWN / "labels.csv").exists():
        say(f"drawing {sum(row[2] for row in SEQUENCES)} disks with their labels: {DRAWN}")
        _draw(workspace.root / DRAWN)
    for result, words in _commands(workspace.root):
        if not (workspace.root / result).exists():
            say(f"halescope {' '.join(words)}")
            _run(workspace.root, words)


def _commands(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield what each command makes, and its arguments."""
    yield (
        "datasets/drawn",
        ["dataset", "import", DRAWN, "-o", "datasets/drawn", "--method", "time",
         "--boundaries", "2026-03-10,2026-05-10"],
    )  # fmt: skip
    picture = sorted((root / DRAWN).glob("*.fits"))[5].relative_to(root).as_posix()
    yield ONE, ["analyze", picture, "-o", ONE, "--physics", "--quiet"]
    days = sorted(path.relative_to(root).as_posix() for path in (root / DRAWN).glob("*_202602*"))
    yield f"{MANY}/run.json", ["analyze", *days, "-o", MANY, "--quiet"]
    yield f"{MANY}/tracks", ["track", f"{MANY}/catalog.csv", "-o", f"{MANY}/tracks"]
    yield f"{MANY}/day", ["day", f"{MANY}/catalog.csv", "-o", f"{MANY}/day"]
    settings = [word for setting in TRAIN for word in ("--set", setting)]
    begun = (root / "runs/first/snapshots/last.ckpt").exists()  # and was interrupted
    if not begun and not (root / "runs/first/export").exists():
        shutil.rmtree(root / "runs/first", ignore_errors=True)
    yield (
        "runs/first/export",
        ["train", "centerpoint", *settings, *(["--resume"] if begun else [])],
    )


def _run(root: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "halescope", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        text = (done.stderr or done.stdout).strip()[-400:]
        raise ConfigError(f"halescope {' '.join(words[:2])}", f"failed: {text}")


def _draw(folder: Path) -> None:
    """Draw sequences of disks; their labels are a manifest, as a labeller would leave one."""
    from halescope.datasets.manifest_table import write_manifest
    from halescope.synthetic import DEFAULT_TIME, draw_sequence
    from halescope.synthetic.files import fits_bytes

    rows: list[dict[str, Any]] = []
    for number, (seed, days, count) in enumerate(SEQUENCES):
        hours = [24.0 * day for day in range(count)]
        start = DEFAULT_TIME + timedelta(days=days)
        for drawing in draw_sequence(hours=hours, seed=seed, size=SIDE, time=start):
            name = f"drawn_{drawing.magnetogram.time:%Y%m%d_%H%M%S}.fits"
            atomic_bytes(folder / name, fits_bytes(drawing.magnetogram, compress=True))
            rows += _labels(name, drawing, 13001 + 50 * number)
    write_manifest(folder / "labels.csv", rows)


def _labels(name: str, drawing: Drawing, base: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of a drawn disk in a manifest."""
    from halescope.datasets.disks import canonical_boxes
    from halescope.types import format_time

    corners = ("x_min", "y_min", "x_max", "y_max")
    regions = drawing.truth.rows()
    boxes = canonical_boxes(
        drawing.magnetogram, [[region[key] for key in corners] for region in regions]
    )
    for region, box in zip(regions, boxes.tolist(), strict=True):
        kept = ("class", "status", "hgs_lon", "hgs_lat", "mu")
        yield {
            "image": name,
            "time": format_time(drawing.magnetogram.time),
            "noaa_number": base + int(region["life"]),
            **{key: region[key] for key in kept},
            **dict(zip(corners, box, strict=True)),
        }
