"""Series of images in the workspace, and what `halescope track` and `halescope day` made of them.

Both write into the folder of the analysis: ``tracks/`` and ``day/``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halescope.batch.summary import ANALYSED
from halescope.errors import DatasetError
from halescope.io.catalog import read_table
from halescope.studio.analyses.store import ROOM, brief
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace
from halescope.tracks import Tracks, read_tracks

TRACKS, DAY, SUMMARY = "tracks", "day", "srs.txt"
FEWEST = 2
"""Images with times from which regions are linked."""

ROW = (
    "time", "image", "region", "class", "class_track", "p_alpha_track", "p_beta_track",
    "p_complex_track", "area_msh", "hgs_lon", "hgs_lat", "score", "noaa", "track_flags",
)  # fmt: skip
"""Columns of a track's rows that the page shows."""


@dataclass(frozen=True)
class Series:
    """An analysis of several images.

    Parameters
    ----------
    folder : Path
        Of the analysis.
    """

    folder: Path

    @classmethod
    def find(cls, workspace: Workspace, id: str) -> Series:
        """Return a series; 404 where there is none."""
        folder = workspace.folder(ROOM, id)
        if not (folder / "catalog.csv").is_file():
            raise Problem(404, "Not there", f"{ROOM}/{id} holds no catalogue yet")
        return cls(folder)

    @property
    def id(self) -> str:
        """Name of the analysis."""
        return self.folder.name

    def files(self) -> list[dict[str, Any]]:
        """Return what ``run.json`` says of the images that were analysed."""
        try:
            document = json.loads((self.folder / "run.json").read_text("utf-8"))
            return [dict(entry) for entry in document["files"] if entry["status"] in ANALYSED]
        except (OSError, ValueError, LookupError, TypeError):
            return []

    def tracks(self) -> Tracks | None:
        """Return the tracks, None where they were not made.

        Raises
        ------
        DatasetError
            They are damaged, or of another format.
        """
        place = self.folder / TRACKS
        if not (place / "tracks.json").is_file():
            return None
        tables = [place / f"{name}.csv" for name in ("catalog", "tracks", "events")]
        if not all(path.is_file() for path in tables):
            raise DatasetError(str(place), "lacks a table", "what `halescope track` wrote")
        return read_tracks(place)

    def day(self) -> dict[str, Any] | None:
        """Return what ``day.json`` says of the newest image, None where it was not made."""
        try:
            found: dict[str, Any] = json.loads((self.folder / DAY / "day.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def rows(self, track: int) -> list[dict[str, Any]]:
        """Return a track's rows in order of time, each with its image's `stem`; 404 if none."""
        place = self.folder / TRACKS / "catalog.csv"
        if not place.is_file():
            raise Problem(404, "Not there", f"{self.id} has no tracks yet")
        stems = {str(f["image"]): str(f.get("folder", "")) for f in self.files()}
        rows = [row for row in read_table(place).rows() if row.get("track") == track]
        if not rows:
            raise Problem(404, "Not there", f"{self.id} has no track {track}")
        kept = [{key: row.get(key) for key in ROW} for row in rows]
        kept.sort(key=lambda row: str(row["time"]))
        return [row | {"stem": stems.get(str(row["image"]), "")} for row in kept]


def listing(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the analyses of several images, with what is known of their regions in time."""
    out = []
    for id in workspace.names(ROOM):
        entry = brief(workspace, id)
        if entry is None or entry["images"] < FEWEST:
            continue
        series = Series(workspace.root / ROOM / id)
        times = sorted(str(f["time"]) for f in series.files() if f.get("time"))
        if len(times) < FEWEST:
            continue
        told = _record(series.folder / TRACKS / "tracks.json")
        out.append(
            {
                "id": id, "title": entry["title"], "images": entry["images"],
                "regions": entry["regions"], "first": times[0], "last": times[-1],
                "tracks": told.get("tracks"), "events": told.get("events"),
                "day": (series.folder / DAY / "index.html").is_file(),
            }
        )  # fmt: skip
    return sorted(out, key=lambda entry: (entry["last"], entry["id"]), reverse=True)


def _record(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
