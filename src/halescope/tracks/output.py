"""The folder of tracks: three tables, and ``tracks.json``, which says what wrote them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from halescope._version import __version__
from halescope.errors import DatasetError
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_text
from halescope.io.catalog import read_table, write_catalog
from halescope.tracks.track import Tracks

FORMAT = 1
"""Of the folder; one of another format is neither read nor written over."""

TABLES = ("catalog", "tracks", "events")
RECORD = "tracks.json"


def write_tracks(result: Tracks, folder: Path, formats: Sequence[str] = ("csv",)) -> list[Path]:
    """Write the tables of tracks into a folder, each whole or not at all; return their paths.

    Parameters
    ----------
    formats : sequence of str
        Of `halescope.io.catalog.FORMATS`.

    Raises
    ------
    DatasetError
        The folder holds tracks of another format.
    """
    check_folder(folder)
    paths = [
        write_catalog(getattr(result, name), folder / f"{name}.{kind}")
        for name in TABLES
        for kind in formats
    ]
    document = {
        "format": FORMAT,
        "halescope": __version__,
        "mode": result.mode,
        "rows": len(result.catalog),
        "tracks": len(result.tracks),
        "events": len(result.events),
        "notes": list(result.notes),
    }
    atomic_text(folder / RECORD, json.dumps(document, indent=1) + "\n")
    return paths


def read_tracks(folder: Path) -> Tracks:
    """Return the tracks that `write_tracks` wrote as CSV.

    Raises
    ------
    DatasetError
        The folder holds no tracks, or tracks of another format.
    """
    record = _record(folder)
    if record is None:
        raise DatasetError(str(folder), f"has no {RECORD}", "a folder of `halescope track`")
    _check(folder, record)
    catalog, tracks, events = (read_table(folder / f"{name}.csv") for name in TABLES)
    notes = tuple(str(note) for note in record.get("notes", ()))
    return Tracks(catalog, tracks, events, str(record.get("mode", "filter")), notes)


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds tracks of another format."""
    record = _record(folder)
    if record is not None:
        _check(folder, record)


def _record(folder: Path) -> dict[str, Any] | None:
    path = folder / RECORD
    if not path.exists():
        return None
    try:
        found = from_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(str(path), f"cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise DatasetError(str(path), "is damaged", "what `halescope track` wrote")
    return found


def _check(folder: Path, record: dict[str, Any]) -> None:
    if record.get("format") != FORMAT:
        raise DatasetError(
            str(folder),
            f"holds tracks of format {record.get('format')}, of halescope "
            f"{record.get('halescope')}",
            f"format {FORMAT}",
            "track again into a new folder",
        )
