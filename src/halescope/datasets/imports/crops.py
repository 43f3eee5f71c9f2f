"""A data set of crops from class folders: divided, treated, and listed in ``crops.csv``."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from halescope.batch.processes import in_order, map_in_processes
from halescope.classes import parse_class
from halescope.datasets.crops import CROP_COLUMNS
from halescope.datasets.disks import Failure
from halescope.datasets.imports.config import ImportConfig, ImportReport, Track
from halescope.datasets.imports.pictures import treated_picture
from halescope.datasets.imports.sources import Source, class_folders, pictures_in
from halescope.datasets.manifest_table import write_manifest
from halescope.datasets.splits.audit import Audit, audit
from halescope.datasets.splits.config import SplitConfig, short_hash
from halescope.datasets.splits.leakage import CENSUS_COLUMNS, Census
from halescope.datasets.splits.split import LEFT_OUT, refuse_empty
from halescope.datasets.splits.strategies import Units, part_names, split_units
from halescope.datasets.treatment import Treatment
from halescope.errors import ConfigError, DatasetError, UnsafePathError
from halescope.guards.cells import dict_reader
from halescope.guards.checksum import checksum
from halescope.guards.inside import inside
from halescope.io.atomic import atomic_path
from halescope.io.crops import write_png
from halescope.io.filetime import time_from_name
from halescope.tracks.mean_rotation import epoch_hours
from halescope.types import format_time

LIST = "crops.csv"
"""The list of a data set of crops."""

COLUMNS = (*CROP_COLUMNS, "time", "sha256")
"""Its columns: those of `halescope.datasets.crops`, time by the file's name, checksum."""


@dataclass(frozen=True)
class CropFile:
    """One picture of a class folder; `row` is its line of ``crops.csv``."""

    path: Path
    row: dict[str, Any]


def import_crops(
    sources: Sequence[Source], folder: Path, config: ImportConfig, jobs: int, track: Track
) -> ImportReport:
    """Write ``part/CLASS/`` with pictures and ``crops.csv`` into a folder.

    Raises `DatasetError`, `ConfigError`: fewer than two classes, an empty part, or no crop tells
    its region where regions shall be divided.
    """
    report = ImportReport("crops", "folders")
    crops = [crop for source in sources for crop in _crops(source)]
    names = {crop.row["folder"] for crop in crops}
    if len(names) < 2:
        found = f"holds {len(names)} class folders with pictures"
        raise DatasetError(str(sources[0].labels), found, "at least 2")
    if config.split:
        crops = _divided(crops, config.split)
    crops = _named(crops, config.treatment is not None)
    rows = []
    with track("pictures", len(crops)) as advance:
        shared = (folder, config.treatment)
        workers = jobs if len(crops) >= 50 else 1
        calls = map_in_processes(_settle, crops, workers, shared=shared, lost=_lost)
        for found_row in in_order(calls):
            advance()
            if isinstance(found_row, Failure):
                report.failures.append(found_row)
            else:
                rows.append(found_row)
    rows.sort(key=lambda row: row["crop"])
    report.parts.update(Counter(row["split"] for row in rows))
    report.classes.update(Counter(row["folder"] for row in rows))
    write_manifest(folder / LIST, rows, COLUMNS)
    return report


def _crops(source: Source) -> Iterator[CropFile]:
    known = _known(source)
    for name in class_folders(source.labels):
        for path in pictures_in(source.labels / name):
            told = known.get(f"{name}/{path.name}", {})
            yield CropFile(
                path,
                {
                    "crop": path.name,
                    "image": told.get("image") or path.name,
                    "split": source.part,
                    "noaa_number": told.get("noaa_number") or "",
                    "class": told.get("class") or _class_of(name),
                    "folder": name,
                    "status": told.get("status") or "firm",
                    "time": format_time(time_from_name(path.name)) or "",
                },
            )


def _known(source: Source) -> dict[str, dict[str, str]]:
    """Return what a ``crops.csv`` beside the class folders tells, by folder and file name."""
    for place in (source.labels / LIST, source.labels.parent / LIST):
        if place.is_file():
            with place.open(encoding="utf-8-sig", newline="") as stream:
                rows = [row for row in dict_reader(stream, place) if row.get("crop")]
            return {"/".join(Path(row["crop"]).parts[-2:]): row for row in rows}
    return {}


def _class_of(folder: str) -> str:
    try:
        return parse_class(folder)
    except DatasetError:
        return ""


def _divided(crops: Sequence[CropFile], config: SplitConfig) -> list[CropFile]:
    """Return crops with their parts; those that no part holds have none."""
    rows = [crop.row for crop in crops]
    numbers = np.array([int(row["noaa_number"] or 0) for row in rows])
    if config.method == "region" and not numbers.any():
        raise ConfigError(
            "--method region",
            "needs the NOAA number of each crop, and none is told",
            f"a {LIST} beside the class folders, as `halescope dataset crops` writes it",
            "or divide by --method time or random",
        )
    names = [f"{config.seed}:{row['folder']}/{row['crop']}" for row in rows]
    order = np.argsort(hashes := np.array([short_hash(name) for name in names], np.uint64))
    classes = sorted({row["folder"] for row in rows})
    ranks = [classes.index(row["folder"]) if config.stratify else 0 for row in rows]
    units = Units(
        np.array(epoch_hours([row["time"] for row in rows]))[order],
        hashes[order],
        np.array(ranks, np.int8)[order],
        np.ones(len(rows), np.int64),
        numbers[order],
    )
    parts = part_names(split_units(units, config))
    refuse_empty(config, Counter(part or LEFT_OUT for part in parts))
    return [
        replace(crops[index], row=rows[index] | {"split": part})
        for index, part in zip(order.tolist(), parts, strict=True)
        if part
    ]


def _named(crops: Sequence[CropFile], is_treated: bool) -> list[CropFile]:
    """Return crops with the place that each has in the data set, no two the same."""
    taken: set[str] = set()
    out = []
    for crop in crops:
        stem, ending = crop.path.stem, ".png" if is_treated else crop.path.suffix
        place = Path(crop.row["split"], crop.row["folder"])
        name, number = (place / f"{stem}{ending}").as_posix(), 2
        while name.lower() in taken:
            name, number = (place / f"{stem}_{number}{ending}").as_posix(), number + 1
        taken.add(name.lower())
        out.append(replace(crop, row=crop.row | {"crop": name}))
    return out


def _settle(crop: CropFile, folder: Path, treatment: Treatment | None) -> dict[str, Any] | Failure:
    """Copy or treat one crop."""
    from PIL import Image

    try:
        target = inside(folder, crop.row["crop"], crop.path)
        digest = checksum(crop.path)
        with Image.open(crop.path) as image:
            mode = "RGB" if treatment and treatment.channels == 3 else "L"
            picture = np.asarray(image.convert(mode), np.float32)
    except UnsafePathError as error:
        return Failure(str(crop.path), str(error))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        return Failure(str(crop.path), f"{crop.path}: is no readable picture ({error})")
    if treatment is None:
        with atomic_path(target) as fresh:
            shutil.copyfile(crop.path, fresh)
    else:
        seed = short_hash(crop.row["crop"]) % 2**32
        write_png(treated_picture(picture, treatment, seed), target)
    return crop.row | {"sha256": digest}


def _lost(crop: CropFile) -> Failure:
    return Failure(str(crop.path), f"{crop.path}: ended the process that read it")


def audit_crops(path: Path) -> Audit:
    """Audit the parts of a ``crops.csv``: regions, images, checksums and times that they share.

    Raises `DatasetError` where it cannot be read, or fewer than two parts are there.
    """
    census, rows = Census(), read_crops(path)
    block = {name: [row.get(name) or "" for row in rows] for name in CENSUS_COLUMNS}
    block["image"] = [row["crop"] for row in rows]
    block["class"] = [row["folder"] for row in rows]
    if rows:
        census.update(block, block["split"])
    if len(census.parts) < 2:
        found = f"has {len(census.parts)} part(s)"
        raise DatasetError(str(path), found, "two or more", "make it with a --method")
    return audit(census, "region")


def read_crops(path: Path) -> list[Mapping[str, str]]:
    """Return the rows of a ``crops.csv``; raises `DatasetError` where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = dict_reader(stream, path)
            rows = list(reader)
    except OSError as error:
        raise DatasetError(str(path), f"cannot be read ({error})", f"a {LIST}") from error
    if not {"crop", "folder"} <= set(reader.fieldnames or ()):
        raise DatasetError(str(path), "has no columns crop and folder", f"a {LIST}")
    return [row for row in rows if row["crop"]]
