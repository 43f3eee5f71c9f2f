"""A data set of full disks: labels of any format, NOAA's summaries, or none yet."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from halescope.datasets.disks import Failure
from halescope.datasets.formats.export import refuse_twins
from halescope.datasets.imports.bare import rows_of_pictures
from halescope.datasets.imports.config import ImportConfig, ImportReport, Track
from halescope.datasets.imports.labels import ManifestRow, rows_of_labels
from halescope.datasets.imports.pictures import settled
from halescope.datasets.imports.sources import Source
from halescope.datasets.labels.images import label_images
from halescope.datasets.labels.label import sources_of
from halescope.datasets.lint import look_through
from halescope.datasets.manifest import COLUMNS, rows, write_manifest
from halescope.datasets.splits.split import split_manifest
from halescope.errors import DatasetError, UnsafePathError
from halescope.guards.inside import listed
from halescope.io import expand
from halescope.noaa.srs import read_srs

UNDIVIDED = ".undivided.csv"


def import_disks(
    sources: Sequence[Source], folder: Path, config: ImportConfig, jobs: int, track: Track
) -> ImportReport:
    """Write ``manifest.csv``, and what else `config` asks for, into a folder.

    Label files in KITTI's format are kept as they came, in ``labels/``, unless pictures are
    treated. Raises `DatasetError`: no image can be used, or a part would be empty.
    """
    report = ImportReport("disks", sources[0].form)
    target = folder / (UNDIVIDED if config.split else "manifest.csv")
    copy = config.pictures == "copy"
    with track("pictures", 0) as advance:
        raw = _rows(sources, config, report, jobs, track)
        whole = settled(raw, folder, copy, config.treatment, report.failures, jobs, advance)
        count = write_manifest(target, _counted(whole, report), COLUMNS)
    if not count:
        reason = report.failures[0].reason if report.failures else "no image has labels"
        found = f"gives no labelled image ({reason})"
        raise DatasetError(str(sources[0].labels), found, "labels and their pictures")
    if config.split:
        try:
            divided = split_manifest(target, config.split, folder)
        finally:
            target.unlink(missing_ok=True)
        report.parts.clear()
        report.parts.update({k: n for k, n in divided.images.items() if n})
    if report.form == "kitti" and config.treatment is None:
        _keep_labels(sources, folder / "labels")
    return report


def _rows(
    sources: Sequence[Source], config: ImportConfig, report: ImportReport, jobs: int, track: Track
) -> Iterator[ManifestRow]:
    form = report.form
    if form == "srs":
        yield from _rows_of_srs(sources[0], config, report, jobs, track)
    elif form == "pictures":
        yield from rows_of_pictures(sources[0], report, jobs, track)
    elif form == "manifest":
        for source in sources:
            yield from _rows_of_manifest(source, config, report)
    else:
        yield from _rows_of_files(sources, config, report, jobs, track)


def _rows_of_srs(
    source: Source, config: ImportConfig, report: ImportReport, jobs: int, track: Track
) -> Iterator[ManifestRow]:
    table = read_srs(config.srs or source.labels)
    paths = expand([str(config.images or source.images)])
    with track("labelling", len(paths)) as advance:
        found = label_images(paths, sources_of(table), jobs, advance)
    report.unlabelled += found.unlabelled
    report.failures += [Failure(line.partition(": ")[0], line) for line in found.problems]
    if not found.rows:
        missing = f"fits none of {len(paths)} images ({len(found.unlabelled)} on other days)"
        raise DatasetError(
            str(config.srs or source.labels), missing, "rows of both midnights around an image"
        )
    yield from found.rows


def _rows_of_manifest(
    source: Source, config: ImportConfig, report: ImportReport
) -> Iterator[ManifestRow]:
    """Yield the rows of a manifest whose images are there; those of an image stand together."""
    last, found = None, None
    for row in rows(source.labels):
        if row["image"] != last:
            last = row["image"]
            found = find_image(str(last), config.images, source.labels.parent)
            if found is None:
                report.failures.append(Failure(str(last), f"{last}: is not there"))
        if found is not None:
            part = {"split": source.part} if source.part else {}
            yield row | {"image": str(found)} | part


def find_image(name: str, images: Path | None, beside: Path) -> Path | None:
    """Return where an image of a manifest is, None if it is not there.

    `images`: the folder that holds all of them; if given, no name leads out of it. `beside`: the
    manifest's folder, where names are looked for that do not stand for themselves.
    """
    roots = [images] if images else [Path(), beside]
    for root in roots:
        try:
            path = listed(root, name)
        except UnsafePathError:
            continue
        if path.is_file():
            return path
    plain = Path(name).name
    folder = images or beside
    places = (folder / plain, folder / "images" / plain)
    return next((place for place in places if place.is_file()), None)


def _rows_of_files(
    sources: Sequence[Source], config: ImportConfig, report: ImportReport, jobs: int, track: Track
) -> Iterator[ManifestRow]:
    """Yield rows of label files, with what is safe corrected in them."""
    for source in sources:
        _, faults, corrected = look_through(source.labels, source.form)
        report.faults += faults
        refuse_twins(corrected)
        parts = dict.fromkeys((labels.image for labels in corrected), source.part)
        root = config.images or source.images
        with track(f"reading {source.form}", len(corrected)) as advance:
            yield from rows_of_labels(corrected, root, report.failures, jobs, advance, parts)


def _counted(found: Iterable[ManifestRow], report: ImportReport) -> Iterator[ManifestRow]:
    last = None
    for row in found:
        if row["image"] != last:
            report.parts[str(row.get("split") or "")] += 1
            last = row["image"]
        if row.get("status"):
            plage = "plage" if row["status"] == "plage" else ""
            report.classes[str(row.get("class") or plage)] += 1
        yield row


def _keep_labels(sources: Sequence[Source], folder: Path) -> None:
    """Copy label files as they came, faults and all: lint names them where they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        for file in sorted(source.labels.glob("*.txt")):
            if not (folder / file.name).exists():
                shutil.copyfile(file, folder / file.name)
