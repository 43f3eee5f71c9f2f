"""From a folder of magnetograms and SRS files to training-ready folders, stage by stage.

Each stage notes what it was made from; a second run does again only what has changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from halescope.datasets.crops import cut_manifest
from halescope.datasets.disks import nothing
from halescope.datasets.formats.export import ExportConfig, export_manifest
from halescope.datasets.labels.images import label_images, write_provenance
from halescope.datasets.labels.label import sources_of
from halescope.datasets.manifest import write_manifest
from halescope.datasets.recipes import Recipe
from halescope.datasets.show import show_manifest
from halescope.datasets.splits.audit import audit_manifest
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.split import split_manifest
from halescope.errors import DatasetError, HalescopeError
from halescope.guards.documents import from_json
from halescope.guards.inside import real
from halescope.io import read
from halescope.io.atomic import atomic_text
from halescope.io.filetime import time_from_name
from halescope.noaa.srs import read_srs

STAMPS = "build.json"
"""What each stage was made from."""

Track = Callable[[str, int], AbstractContextManager[Callable[[], None]]]


@dataclass
class Builder:
    """Runs the stages in one folder.

    `say`: gets one line for each stage. `problems`: images that failed, one line each. `track`:
    gets a stage's name and the number of its images, 0 where unknown, and returns a context whose
    value is called after each image.
    """

    folder: Path
    recipe: Recipe
    jobs: int = 2
    say: Callable[[str], None] = print
    track: Track = lambda _title, _total: nullcontext(nothing)
    problems: list[str] = field(default_factory=list)

    def run(self, images: Sequence[Path], srs: Path) -> bool:
        """Build everything; return whether the split of the disks is clean."""
        images = self._chosen(images, srs)
        table = self.folder / "labels" / "manifest.csv"
        state = [_state(path) for path in images]
        key = self._stage("label", "labels", partial(self._label, images, srs), state, _state(srs))
        recipe, split = self.recipe, partial(self._split, table)
        key = self._stage("split", "split", partial(split, recipe.split), key, asdict(recipe.split))
        manifest = self.folder / "split" / "manifest.csv"
        for export in recipe.exports:
            make = partial(self._export, manifest, export)
            self._stage(export.to, export.to, make, key, asdict(export))
        crops, crops_key = manifest, key
        if (alone := recipe.crop_split) is not None:
            crops_key = self._stage(
                "split_crops", "split_crops", partial(split, alone), key, asdict(alone)
            )
            crops = self.folder / "split_crops" / "manifest.csv"
        self._stage("crops", "crops", partial(self._cut, crops), crops_key, asdict(recipe.crops))
        self._stage("show", "page", partial(self._show, manifest), key)
        return self._audit(manifest)

    def _chosen(self, images: Sequence[Path], srs: Path) -> list[Path]:
        """Return the images to label: of those that have summaries, as many as are wanted."""
        if not self.recipe.limit:
            return list(images)
        days = read_srs(srs).days
        usable = [p for p in images if (need := midnights(p)) and days.issuperset(need)]
        if len(usable) < len(images):
            self.say(f"{len(images) - len(usable)} of {len(images)} images have no SRS days")
        return evenly_spaced(usable or images, self.recipe.limit)

    def _stage(self, name: str, into: str, make: Callable[[Path], str], *inputs: Any) -> str:
        """Make a folder anew unless it was made from the same inputs; return their hash."""
        target = self.folder / into
        key = hashlib.sha256(json.dumps([name, inputs], default=str).encode()).hexdigest()
        stamps = self._stamps()
        if stamps.get(name) == key and target.is_dir():
            self.say(f"{name}: done before")
            return key
        shutil.rmtree(target, ignore_errors=True)
        before = len(self.problems)
        self.say(f"{name}: {make(target)}")
        if len(self.problems) == before:  # what failed is tried again next time
            text = json.dumps(self._stamps() | {name: key}, indent=1)
            atomic_text(self.folder / STAMPS, text + "\n")
        return key

    def _stamps(self) -> dict[str, str]:
        try:
            stamps = from_json((self.folder / STAMPS).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stamps if isinstance(stamps, dict) else {}

    def _label(self, images: Sequence[Path], srs: Path, target: Path) -> str:
        table = read_srs(srs)
        with self.track("labelling", len(images)) as advance:
            report = label_images(images, sources_of(table), self.jobs, advance)
        self.problems += report.problems
        if not report.rows:
            raise DatasetError(str(srs), f"fits none of {len(images)} images")
        count = write_manifest(target / "manifest.csv", report.rows)
        write_provenance(target, srs, report, count)
        done = len({row["image"] for row in report.rows})
        return f"{count} rows of {done} images, {len(report.unlabelled)} without SRS days"

    def _split(self, table: Path, config: SplitConfig, target: Path) -> str:
        report = split_manifest(table, config, target)
        counts = ", ".join(f"{k} {v}" for k, v in sorted(report.images.items()))
        return f"{counts}; sha256 {report.digest[:16]}"

    def _export(self, manifest: Path, config: ExportConfig, target: Path) -> str:
        with self.track(f"writing {config.to}", 0) as advance:
            report = export_manifest(manifest, target, config, jobs=self.jobs, progress=advance)
        self.problems += [failure.reason for failure in report.failures]
        return f"{report.boxes.total()} boxes on {report.images.total()} images"

    def _cut(self, manifest: Path, folder: Path) -> str:
        with self.track("cutting", 0) as advance:
            report = cut_manifest(
                manifest, folder, self.recipe.crops, jobs=self.jobs, progress=advance
            )
        self.problems += [failure.reason for failure in report.failures]
        counts = ", ".join(f"{k} {v}" for k, v in sorted(report.counts.items()))
        return f"{report.counts.total()} crops ({counts})"

    def _show(self, manifest: Path, page: Path) -> str:
        with self.track("drawing", 0) as advance:
            report = show_manifest(manifest, page, jobs=self.jobs, progress=advance)
        return f"{report.page}, {report.images} images"

    def _audit(self, manifest: Path) -> bool:
        found = audit_manifest(manifest)
        atomic_text(self.folder / "audit.json", found.to_json() + "\n")
        for line in found.leaks:
            self.say(f"audit: LEAK {line}")
        self.say(f"audit: {'clean' if found.is_clean else 'this split leaks'}")
        return found.is_clean


def evenly_spaced(images: Sequence[Path], limit: int) -> list[Path]:
    """Return at most `limit` images, spread evenly; all of them for 0."""
    if not limit or len(images) <= limit:
        return list(images)
    return [images[round(i * (len(images) - 1) / max(limit - 1, 1))] for i in range(limit)]


def midnights(path: Path) -> tuple[date, ...]:
    """Return the day of an image and the next one, whose summaries label it; () if unknown.

    Its name tells the time, else its header.
    """
    when = time_from_name(path.name)
    if when is None:
        try:
            when = read(path).time
        except HalescopeError:
            return ()
    if when is None:
        return ()
    day = when.astimezone(UTC).date()
    return day, day + timedelta(days=1)


def _state(path: Path) -> list[Any]:
    """Return what tells whether a file or folder has changed: name, size and time."""
    try:
        facts = path.stat()
    except OSError:
        return [str(path)]
    if path.is_dir():
        summaries = (p for p in sorted(path.rglob("*")) if p.suffix in (".txt", ".csv"))
        return [_state(inner) for inner in summaries if inner.name != "fetched.csv"]
    return [str(real(path)), facts.st_size, facts.st_mtime_ns]
