"""How a labelled folder becomes a data set, and what came of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from halescope._version import __version__
from halescope.datasets.disks import Failure
from halescope.datasets.imports.sources import FORMATS
from halescope.datasets.lint import Fault
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.treatment import Treatment
from halescope.errors import ConfigError
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_text

RECORD = "dataset.json"
"""What a data set was made of; written last, so that a folder that holds it is whole."""

LISTED = 1000
"""Faults and failures that the record names; it counts all."""

Track = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""Given a stage's title and its number of things, what is called after each of them."""


@dataclass(frozen=True)
class ImportConfig:
    """How to make a data set.

    Parameters
    ----------
    form : str
        One of `halescope.datasets.imports.sources.FORMATS`; empty: found by content.
    images : Path, optional
        Folder in and below which the pictures are, if not beside the labels.
    srs : Path, optional
        NOAA's summaries: the source is a folder of magnetograms, and these label it.
    split : SplitConfig, optional
        How to divide; None keeps the parts that the source has, if it has any.
    treatment : Treatment, optional
        Pictures are written anew so; None leaves them as they are.
    pictures : {"link", "copy"}
        ``images/`` holds links to the pictures, or copies. Treated ones, and those of class
        folders, are always files of the data set.
    notes : str
        For those who look at the data set; the record keeps them.
    """

    form: str = ""
    images: Path | None = None
    srs: Path | None = None
    split: SplitConfig | None = None
    treatment: Treatment | None = None
    pictures: Literal["link", "copy"] = "link"
    notes: str = ""

    def __post_init__(self) -> None:
        if self.form and self.form not in FORMATS:
            raise ConfigError("--from", f"is {self.form!r}", f"auto, {', '.join(FORMATS)}")
        if self.pictures not in ("link", "copy"):
            raise ConfigError("--pictures", f"is {self.pictures!r}", "link or copy")


@dataclass
class ImportReport:
    """What was made.

    Parameters
    ----------
    kind : {"disks", "crops"}
    form : str
        Format of the source.
    parts : Counter
        Images, or crops, in each part; empty name: in none.
    classes : Counter
        Labels of each class, ``plage`` and empty among them.
    failures : list of Failure
        Images that are not in it, and why.
    faults : list of Fault
        Of the source's label files.
    unlabelled : list of str
        Images without summaries.
    """

    kind: str
    form: str
    parts: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)


def write_record(
    folder: Path, source: Path, config: ImportConfig, report: ImportReport
) -> dict[str, Any]:
    """Write ``dataset.json`` and return what it says."""
    split = asdict(config.split) if config.split else None
    record = {
        "kind": report.kind,
        "made": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "halescope": __version__,
        "from": report.form,
        "source": source.name,
        "pictures": config.pictures,
        "treatment": asdict(config.treatment) if config.treatment else None,
        "split": split,
        "parts": dict(report.parts),
        "classes": dict(report.classes),
        "left_out": len(report.failures),
        "failures": [asdict(failure) for failure in report.failures[:LISTED]],
        "faults_of_source": len(report.faults),
        "faults": [asdict(fault) for fault in report.faults[:LISTED]],
        "without_srs": len(report.unlabelled),
        "notes": config.notes,
    }
    atomic_text(folder / RECORD, json.dumps(record, indent=1) + "\n")
    return record


def read_record(folder: Path) -> dict[str, Any]:
    """Return what ``dataset.json`` of a folder says, empty where there is none."""
    try:
        record = from_json((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
