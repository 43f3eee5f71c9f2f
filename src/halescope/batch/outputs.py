"""Write what was found on one image: overlay, crops, and the record that a later run skips by."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from halescope._version import __version__
from halescope.classification.classify import Classifier
from halescope.detection.detect import Detector
from halescope.errors import ConfigError, OutputError
from halescope.guards.inside import real
from halescope.io.atomic import atomic_text, mark_results, sweep
from halescope.io.catalog import with_current_names
from halescope.io.filetime import parse_time
from halescope.io.source import RECORD, file_of
from halescope.pipeline import Analysis
from halescope.types import Catalog

CROPS = ("auto", "png", "none")
"""``auto``: PNG, and FITS for FITS and JPEG 2000 input; ``png``: no FITS; ``none``."""

_NUMBERED = re.compile(r"\d\d+_\w+\.")
"""What follows the stem in a crop's name, see `halescope.io.crops.crop_names`."""


@dataclass(frozen=True)
class Options:
    """What is done with each image of a batch.

    Parameters
    ----------
    detector, classifier : str or None
        Names or paths; None for the defaults.
    time : str or None
        UTC, for images that hold none.
    overlay : bool
        Whether ``overlay.png`` is drawn.
    crops : str
        One of `CROPS`.
    physics : bool
        Whether the catalogue has the columns of flux, tilt, inversion line and more.
    explain : bool
        Whether ``explain.png`` and ``explain.json`` are written.
    min_score : float or None
        Least detector's score of a region, 0..1; None for the network's own.

    Raises
    ------
    TimeError, ConfigError
        The time cannot be read; `crops` is none of them.
    """

    detector: str | None = None
    classifier: str | None = None
    time: str | None = None
    overlay: bool = True
    crops: str = "auto"
    physics: bool = False
    explain: bool = False
    min_score: float | None = None

    def __post_init__(self) -> None:
        if self.time is not None:
            parse_time(self.time)
        if self.min_score is not None and not 0 <= self.min_score <= 1:
            raise ConfigError("min_score", f"is {self.min_score}", "a score, 0 to 1")
        if self.crops not in CROPS:
            raise ConfigError("--crops", f"is {self.crops!r}", "one of " + ", ".join(CROPS))


@dataclass(frozen=True)
class Network:
    """A detector or classifier as records name it; one that is no network has no checksum."""

    task: str
    name: str
    version: str = ""
    sha256: str = ""

    @classmethod
    def of(cls, task: str, tool: Detector | Classifier) -> Network:
        """Return the name, and version and checksum from its card, of a loaded one."""
        if tool.card is None:
            return cls(task, tool.name)
        return cls(task, tool.name, tool.card.version, tool.card.sha256)

    def to_json(self) -> dict[str, str]:
        """Return what it has."""
        return {key: value for key, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Record:
    """What ``regions.json`` in a finished image's folder says.

    Parameters
    ----------
    key : str
        See `job_key`.
    source : str
        The image's whole path, or ``-``.
    time : str
        Of the image, UTC; empty if unknown.
    seconds : float
        That it took.
    image : str
        Its name in tables.
    frame : dict or None
        Where the Sun is in it, see `halescope.normalize.Frame`; None in a record of an older
        version.
    files : dict of str to int
        Bytes of each file that was written before it: what the power failed on may be shorter.
    """

    key: str
    source: str
    time: str
    seconds: float
    catalog: Catalog
    image: str = ""
    frame: dict[str, Any] | None = None
    files: dict[str, int] = field(default_factory=dict)

    def is_whole(self, folder: Path) -> bool:
        """Say whether none of its files has another size than it was written with.

        A file that somebody took away is not missed.
        """
        return all(_size(folder / name) in (size, None) for name, size in self.files.items())


def write_outputs(analysis: Analysis, folder: Path, options: Options) -> None:
    """Write overlay and crops of one image into its folder, each whole or not at all.

    Those of an earlier run are removed, and what it left unfinished where it was killed.
    """
    from halescope.io.crops import write_png

    _clear(folder)
    sweep(folder, deep=True)
    mark_results(folder)
    if options.overlay:
        write_png(analysis.picture, folder / "overlay.png")
    if options.crops != "none" and len(analysis.catalog):
        _write_crops(analysis, folder, options)


def job_key(source: str | bytes, options: Options, networks: Sequence[Network]) -> str:
    """Return the checksum of all that an image's outputs depend on, 64 hexadecimal digits.

    A finished image is skipped only if its record has the same: same version of the program, same
    options and networks, and a file of the same path, size and time of change. `source`: path, or
    the content itself.
    """
    if isinstance(source, bytes):
        identity: Any = hashlib.sha256(source).hexdigest()
    else:
        identity = str(real(source))
        with suppress(OSError):  # reading it will say what is wrong
            status = Path(file_of(source)[0]).stat()
            identity = (identity, status.st_size, status.st_mtime_ns)
    models = [network.to_json() for network in networks]
    text = json.dumps([__version__, identity, asdict(options), models], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write_record(folder: Path, record: Record) -> None:
    """Write the record that says this image is done; it lasts once it is there.

    Of the files before it sizes are noted, since to wait for each of them to be on the disk would
    take longer than the analysis.
    """
    pictures = [p for p in (*folder.glob("*.*"), *folder.glob("crops/*")) if p.name != RECORD]
    sizes = {p.relative_to(folder).as_posix(): _size(p) for p in sorted(pictures)}
    document = {
        "key": record.key,
        "source": record.source,
        "image": record.image,
        "disk": record.frame,
        "time": record.time,
        "seconds": round(record.seconds, 4),
        "units": record.catalog.units,
        "columns": record.catalog.columns,
        "files": sizes,
    }
    atomic_text(folder / RECORD, json.dumps(document) + "\n", durable=True)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def read_record(folder: Path) -> Record | None:
    """Return the record of a folder, None where there is none or it is damaged."""
    try:
        found = json.loads((folder / RECORD).read_text("utf-8"))
        catalog = with_current_names(Catalog(found["columns"], found["units"]))
        time, seconds = str(found.get("time", "")), float(found.get("seconds", 0.0))
        key, source = str(found["key"]), str(found["source"])
        name = found.get("image") or next(iter(catalog.columns.get("image", ())), "")
        name = str(name or Path(source).name)
        files = {str(n): int(size) for n, size in (found.get("files") or {}).items()}
        disk = found.get("disk")
        frame = disk if isinstance(disk, dict) else None
        return Record(key, source, time, seconds, catalog, name, frame, files)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def read_records(out: Path) -> list[tuple[Path, Record]]:
    """Return folder and record of every finished image below the root of the outputs."""
    folders = sorted(out.iterdir()) if out.is_dir() else []
    found = ((folder, read_record(folder)) for folder in folders if folder.is_dir())
    return [(folder, record) for folder, record in found if record is not None]


def _clear(folder: Path) -> None:
    """Remove the record and the pictures of an earlier run, so that none outlives its region."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(str(folder), "is a file", "a folder for this image", "move it away")
    (folder / RECORD).unlink(missing_ok=True)
    for name in ("overlay.png", "explain.png", "explain.json"):
        (folder / name).unlink(missing_ok=True)
    crops, start = folder / "crops", f"{folder.name}_"
    old = os.listdir(crops) if crops.is_dir() else []
    for name in old:
        if name.startswith(start) and _NUMBERED.match(name, len(start)):
            (crops / name).unlink(missing_ok=True)


def _write_crops(analysis: Analysis, folder: Path, options: Options) -> None:
    from halescope.io.crops import crop_names, cut, write_fits_crops, write_png_crops

    columns = analysis.catalog.columns
    boxes = np.array([columns[c] for c in ("x_min", "y_min", "x_max", "y_max")], np.float32).T
    names = crop_names(folder.name, columns["paper_class"])
    magnetogram = analysis.magnetogram
    wants_fits = options.crops == "auto" and bool(magnetogram.header)
    pieces = cut(magnetogram, boxes, full=wants_fits)
    if wants_fits:  # FITS and JPEG 2000 input: those have a header
        write_fits_crops(magnetogram, pieces, names, folder / "crops")
    write_png_crops(magnetogram, pieces, names, folder / "crops")
