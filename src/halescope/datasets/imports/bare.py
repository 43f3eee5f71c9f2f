"""Magnetograms without labels: a row each, for a person to label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from halescope.batch.processes import in_order, map_in_processes
from halescope.datasets.disks import Failure
from halescope.datasets.imports.config import ImportReport, Track
from halescope.datasets.imports.labels import ManifestRow
from halescope.datasets.imports.sources import Source
from halescope.datasets.labels.images import load_disk
from halescope.datasets.manifest import COLUMNS
from halescope.errors import HalescopeError
from halescope.guards.checksum import checksum
from halescope.io import expand
from halescope.types import format_time


def rows_of_pictures(
    source: Source, report: ImportReport, jobs: int, track: Track
) -> Iterator[ManifestRow]:
    """Yield a row without a region for each magnetogram in and below a folder.

    Files that hold no solar disk go to the report's failures.
    """
    paths = expand([str(source.images)])
    workers = jobs if len(paths) >= 8 else 1
    with track("looking at pictures", len(paths)) as advance:
        for found in in_order(map_in_processes(_row, paths, workers, lost=_lost)):
            advance()
            if isinstance(found, Failure):
                report.failures.append(found)
            else:
                yield found


def _row(path: Path) -> ManifestRow | Failure:
    try:
        time = load_disk(path).origin.time
    except HalescopeError as error:
        return Failure(str(path), str(error))
    return dict.fromkeys(COLUMNS, "") | {
        "image": str(path),
        "sha256": checksum(path),
        "time": format_time(time),
    }


def _lost(path: Path) -> Failure:
    return Failure(str(path), f"{path}: ended the process that read it")
