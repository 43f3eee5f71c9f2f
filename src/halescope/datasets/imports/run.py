"""Make a data set from a labelled folder of any kind."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from halescope.datasets.disks import nothing
from halescope.datasets.imports.config import (
    RECORD,
    ImportConfig,
    ImportReport,
    Track,
    write_record,
)
from halescope.datasets.imports.crops import LIST, import_crops
from halescope.datasets.imports.disks import import_disks
from halescope.datasets.imports.sources import FORMATS, Source, look, pictures_below
from halescope.errors import ConfigError, DatasetError
from halescope.io.atomic import check_writable

MADE = ("manifest.csv", LIST, RECORD)
"""Files that tell that a folder holds a data set."""


NO_LABELS = "holds no labels that are known"


def import_folder(
    source: Path,
    folder: Path,
    config: ImportConfig,
    jobs: int = 2,
    track: Track = lambda _title, _total: nullcontext(nothing),
) -> ImportReport:
    """Make a data set in `folder` from labels and pictures, and write its ``dataset.json``.

    Raises `DatasetError`: no labels or no pictures are found, a part would be empty, or the folder
    holds a data set already. Raises `ConfigError`: the parts shall be kept and there are none of
    the kind that is asked for.

    Parameters
    ----------
    source : Path
        Folder of label files, of class folders, or of magnetograms with `config.srs` or to label by
        hand; or one file: a manifest, COCO's JSON, CVAT's XML.
    jobs : int
        Processes.
    track : callable
        Starts a bar, see `halescope.datasets.imports.config.Track`.
    """
    if any((folder / name).exists() for name in MADE):
        advice = "give another -o, or delete it first"
        raise DatasetError(str(folder), "holds a data set already", "a new folder", advice)
    sources = find_sources(source, config)
    check_writable(folder)
    make = import_crops if sources[0].form == "folders" else import_disks
    report = make(sources, folder, config, jobs, track)
    write_record(folder, source, config, report)
    return report


def find_sources(source: Path, config: ImportConfig) -> list[Source]:
    """Return what is to be read; raises `DatasetError` where that is nothing, or of two kinds."""
    if config.srs is not None:
        if config.form not in ("", "srs"):
            raise ConfigError("--srs", f"does not go with --from {config.form}", "one of them")
        if not pictures_below(source, 1):
            raise DatasetError(str(source), "holds no pictures", "a folder of magnetograms")
        return [Source("srs", config.srs, config.images or source)]
    found = look(source, config.form)
    forms = sorted({each.form for each in found})
    if not found:
        wanted = config.form or f"labels as {', '.join(FORMATS)}"
        advice = "give the folder of labels itself; for pictures without, --srs or --from pictures"
        found_none = "holds no pictures" if config.form == "pictures" else NO_LABELS
        raise DatasetError(str(source), found_none, wanted, advice)
    if len(forms) > 1:
        advice = "say which with --from"
        raise DatasetError(str(source), f"holds labels as {', '.join(forms)}", "one format", advice)
    return found
