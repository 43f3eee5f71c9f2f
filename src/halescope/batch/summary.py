"""Write what a batch leads to: the catalogue in every format asked for, and ``run.json``."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from halescope._version import __version__
from halescope.batch.outputs import Options
from halescope.batch.plan import source_name
from halescope.batch.run import Outcome, load_networks
from halescope.io.atomic import atomic_text
from halescope.io.catalog import merge_catalogs, write_catalog
from halescope.normalize import Frame
from halescope.types import format_time

ANALYSED = ("done", "skipped", "earlier")
"""What ``run.json`` says of images that the catalogue holds."""

LIBRARIES = ("numpy", "scipy", "astropy", "Pillow", "onnxruntime")
"""Their versions are recorded."""


def write_summary(
    out: Path,
    outcomes: Sequence[Outcome],
    options: Options,
    formats: tuple[str, ...],
    started: datetime,
    seconds: float,
) -> list[Path]:
    """Write the catalogues of a batch and its ``run.json``; return the catalogues' paths.

    `out`: root of the outputs. `formats`: of `halescope.io.catalog.FORMATS`. `started`: UTC.
    """
    catalog = merge_catalogs(o.catalog for o in outcomes if o.catalog is not None)
    paths = [write_catalog(catalog, out / f"catalog.{name}") for name in formats]
    document = {
        "halescope": __version__,
        "python": platform.python_version(),
        "libraries": library_versions(),
        "started": format_time(started),
        "seconds": round(seconds, 3),
        "options": asdict(options) | {"formats": list(formats)},
        "models": [network.to_json() for network in load_networks(options)],
        "regions": len(catalog),
        "files": [_file_record(outcome, out) for outcome in outcomes],
    }
    atomic_text(out / "run.json", json.dumps(document, indent=1) + "\n", durable=True)
    return paths


def analysed_images(out: Path) -> list[tuple[str, str]]:
    """Return name and time of every image that ``run.json`` says was analysed.

    `out`: root of the outputs. Returns list of (name, time): empty where there is no such file, or
    one of an older version, without times. Images without any region are in it, which no catalogue
    can show.
    """
    try:
        document = json.loads((out / "run.json").read_text("utf-8"))
        files = [entry for entry in document["files"] if entry["status"] in ANALYSED]
        return [(str(entry["image"]), str(entry["time"])) for entry in files]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def image_sources(out: Path) -> list[tuple[tuple[str, str], Path]]:
    """Return name, time and file of every image that ``run.json`` says was analysed.

    Those whose file is gone are left out; `out` as in `analysed_images`.
    """
    try:
        document = json.loads((out / "run.json").read_text("utf-8"))
        entries = [e for e in document["files"] if e["status"] in ANALYSED]
        found = [((str(e["image"]), str(e["time"])), Path(str(e["source"]))) for e in entries]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [entry for entry in found if entry[1].is_file()]


def analysed_frames(out: Path) -> dict[tuple[str, str], Frame]:
    """Return where the Sun is in each image, by name and time, as far as ``run.json`` says it.

    Parameters
    ----------
    out : Path
        Root of the outputs.
    """
    try:
        document = json.loads((out / "run.json").read_text("utf-8"))
        files = [entry for entry in document["files"] if entry["status"] in ANALYSED]
        frames = {
            (str(e["image"]), str(e["time"])): Frame.from_json(e.get("disk") or {}) for e in files
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
    return {image: frame for image, frame in frames.items() if frame is not None}


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries behind the results, without importing them."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _file_record(outcome: Outcome, out: Path) -> dict[str, Any]:
    job = outcome.job
    record: dict[str, Any] = {
        "image": job.image,
        "source": job.image if job.problem else source_name(job.source),
        "status": outcome.status,
        "seconds": round(outcome.seconds, 4),
    }
    if outcome.catalog is not None:
        record["time"] = outcome.time
        record["disk"] = outcome.frame
        record["regions"] = len(outcome.catalog)
        record["folder"] = job.folder.relative_to(out).as_posix()
    if outcome.message:
        record["message"] = outcome.message
    return record
