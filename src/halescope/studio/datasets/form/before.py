"""What can be said of a data set before it is made: its pictures, and room for gaps in time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.imports.sources import Source
from halescope.datasets.manifest import blocks
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.strategies import time_edges
from halescope.errors import DatasetError
from halescope.io.filetime import time_from_name
from halescope.io.source import SUFFIXES
from halescope.studio.workspace import Workspace
from halescope.tracks.mean_rotation import epoch_hours
from halescope.types import format_time

if TYPE_CHECKING:
    from halescope.studio.datasets.form.recipe import NewDataset

Hours = NDArray[np.float64]

STEP = 0.5
"""Days in which a shorter gap is looked for."""


@lru_cache(maxsize=16)
def _read(manifest: Path, stamp: tuple[int, int]) -> dict[str, str]:
    """Return the time of each image that a manifest names; `stamp` makes a changed one another."""
    del stamp
    found: dict[str, str] = {}
    for block in blocks(manifest, ["image", "time"], lenient=True):
        for name, time in zip(block["image"], block["time"], strict=True):
            if name:
                found.setdefault(str(name), str(time or ""))
    return found


def named_in(manifest: Path) -> dict[str, str]:
    """Return the time, ISO or empty, of each image that a manifest names."""
    state = manifest.stat()
    return _read(manifest, (state.st_mtime_ns, state.st_size))


def pictures_of(workspace: Workspace, manifest: Path) -> list[Path]:
    """Return those pictures of a manifest that are there and may be read, by its folder or the
    workspace's."""
    found = []
    for name in named_in(manifest):
        places = (place for place in (manifest.parent / name, workspace.root / name))
        there = next((place for place in places if place.is_file()), None)
        if there is not None and workspace.may_read(there):
            found.append(there)
    return found


def no_room(form: NewDataset, sources: Sequence[Source]) -> str:
    """Return why pictures cannot be divided by time, in the form's words; empty if they can.

    Where a time is not known before the pictures are read, nothing is said.
    """
    if form.method not in ("time", "shared") or form.boundaries:
        return ""
    hours = _hours(sources)
    gap = SplitConfig.gap_days if form.gap is None else form.gap
    if hours is None or not len(hours) or _fits(hours, form, gap):
        return ""
    smaller = np.arange(0, gap, STEP)[::-1]
    longest = next((days for days in smaller if _fits(hours, form, days)), None)
    advice = "divide by region" if longest is None else (
        f"leave out {longest:g} days at most, or divide by region"
    )  # fmt: skip
    span = (hours[-1] - hours[0]) / 24
    return (
        f"{len(hours)} pictures over {span:.1f} days leave no room for two gaps of {gap:.3g} days "
        f"between the parts: {advice}"
    )


def _fits(hours: Hours, form: NewDataset, gap: float) -> bool:
    try:
        time_edges(hours, form.fractions, gap * 24)
    except DatasetError:
        return False
    return True


def _hours(sources: Sequence[Source]) -> Hours | None:
    """Return the hours of all pictures, sorted; None where one is not known by now."""
    times = list[str]()
    for source in sources:
        if source.form == "manifest":
            times += named_in(source.labels).values()
            continue
        for path in source.images.rglob("*"):
            if path.suffix.lower() in SUFFIXES:
                when = time_from_name(path.name)
                times.append("" if when is None else format_time(when))
    hours = np.sort(epoch_hours(times))
    return hours if np.isfinite(hours).all() else None
