"""All pictures of a folder of tracks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from halescope.io.atomic import atomic_path
from halescope.noaa.srs_row import SrsRow
from halescope.tracks.pictures.butterfly import butterfly
from halescope.tracks.pictures.disk import track_disk
from halescope.tracks.pictures.timeline import timeline
from halescope.tracks.reports import DESCRIBES
from halescope.tracks.track import Tracks

FEWEST = 6
"""Tracks with fewer boxes get no timeline."""


def write_pictures(
    result: Tracks, folder: Path, images: Mapping[str, Path] | None = None,
    summaries: Iterable[SrsRow] = (), advance: Callable[[], None] | None = None,
) -> list[Path]:  # fmt: skip
    """Write butterfly.png, disk.png and a timeline for each track of some length.

    Parameters
    ----------
    images : mapping of str to Path, optional
        Name to file of images; without them timelines have no crops and the disk no picture.
    summaries : iterable of SrsRow, optional
        NOAA's, whose classes are drawn into the timelines.
    advance : callable, optional
        Called after each timeline.
    """
    newest = max(
        zip(result.catalog.columns["time"], result.catalog.columns["image"], strict=True),
        default=("", ""),
    )
    image = (images or {}).get(newest[1])
    written = [
        _save(butterfly(result), folder / "butterfly.png"),
        _save(track_disk(result, image), folder / "disk.png"),
    ]
    classes = _classes(summaries)
    for track in with_timeline(result):
        noaa = result.tracks.columns["noaa"][track - 1]
        told = [classes.get(int(number), {}) for number in str(noaa or "").split("|") if number]
        merged = {hour: name for each in told for hour, name in each.items()}
        picture = timeline(result, track, images, merged)
        written.append(_save(picture, folder / "timelines" / f"track_{track:04d}.png"))
        if advance is not None:
            advance()
    return written


def with_timeline(result: Tracks) -> list[int]:
    """Return the numbers of the tracks that get a timeline."""
    columns = result.tracks.columns
    pairs = zip(columns["track"], columns["images"], strict=True)
    return [int(track) for track, count in pairs if count >= FEWEST]


def files_by_name(folder: Path) -> dict[str, Path]:
    """Return the files of a folder, searched through, by their names; doubled ones are left out."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.setdefault(path.name, []).append(path)
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}


def _classes(summaries: Iterable[SrsRow]) -> dict[int, dict[float, str]]:
    """Return NOAA's class of each number, by the hour that it describes."""
    out: dict[int, dict[float, str]] = {}
    for row in summaries:
        midnight = datetime(row.date.year, row.date.month, row.date.day, tzinfo=UTC)
        hour = midnight.timestamp() / 3600 + DESCRIBES
        if row.mag_class:
            out.setdefault(row.number, {})[hour] = row.mag_class
    return out


def _save(picture: Image.Image, path: Path) -> Path:
    with atomic_path(path) as fresh:
        picture.save(fresh, "PNG", compress_level=4)
    return path
