"""Label whole folders of magnetograms: a manifest, and sheets of overlays to leaf through."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halescope._version import __version__
from halescope.batch.processes import in_order, map_in_processes
from halescope.box_rule.extent import DEFAULT_RULE
from halescope.datasets.labels.label import Sources, label_disk
from halescope.datasets.labels.quality import FLAGS, joined
from halescope.datasets.labels.region import Label
from halescope.datasets.manifest_table import COLUMNS, CORNERS
from halescope.errors import HalescopeError
from halescope.guards.checksum import checksum
from halescope.io.atomic import atomic_path, atomic_text
from halescope.normalize import normalize
from halescope.types import Disk, format_time

if TYPE_CHECKING:
    from PIL import Image

STATUS_COLOURS = {"firm": (80, 255, 80), "doubtful": (255, 230, 60), "plage": (255, 150, 40)}
"""Outline of a box on the overlay sheets."""

SHEET_COLUMNS, SHEET_ROWS = 4, 3
"""Disks on one sheet."""

TILE = 480
"""Side of one disk on a sheet, pixels."""

_KINDS = {"SRS": "NOAA Solar Region Summary", "HEK": "HEK, NOAA SWPC observer"}


@dataclass(frozen=True)
class LabelReport:
    """What became of the images.

    Parameters
    ----------
    rows : list of dict
        Manifest rows: one per image and region; an image without regions has one row with an
        empty status.
    unlabelled : list of str
        Images with no SRS file at a neighbouring midnight, or no time.
    problems : list of str
        One line for each image that could not be read.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def label_images(
    paths: Sequence[Path], srs: Sources, jobs: int = 2, progress: Callable[[], None] | None = None
) -> LabelReport:
    """Return manifest rows for many images, in the order of `paths`.

    `jobs`: processes. `progress`: called after each image.
    """
    report = LabelReport()
    workers = jobs if len(paths) >= 8 else 1
    calls = map_in_processes(label_file, paths, workers, shared=(srs,), lost=_lost)
    for rows, problem in in_order(calls):
        if problem:
            report.problems.append(problem)
        elif isinstance(rows, str):
            report.unlabelled.append(rows)
        else:
            report.rows.extend(rows)
        if progress:
            progress()
    return report


def label_file(path: Path, srs: Sources) -> tuple[list[dict[str, Any]] | str, str]:
    """Return the manifest rows of one image, or its path, and why it could not be read, if so."""
    try:
        disk = load_disk(path)
    except HalescopeError as error:
        return str(path), str(error)
    labels = label_disk(disk, srs)
    if labels is None:
        return str(path), ""
    shared = dict.fromkeys(COLUMNS, "") | {
        "image": str(path),
        "sha256": checksum(path),
        "time": format_time(disk.origin.time),
    }
    return [shared | _row(label) for label in labels] or [shared], ""


def load_disk(path: Path) -> Disk:
    """Return the canonical disk of one image file, or raise `HalescopeError`."""
    from halescope.io import read

    return normalize(read(path))


def draw_labels(disk: Disk, labels: Sequence[Label], tile: int = TILE) -> Image.Image:
    """Return a picture of a disk with its labels, `tile` pixels a side."""
    import numpy as np
    from PIL import Image, ImageDraw

    grey = np.clip(np.nan_to_num(disk.grey[::-1]) + 127, 0, 255).astype(np.uint8)
    picture = Image.fromarray(grey).convert("RGB").resize((tile, tile))
    draw = ImageDraw.Draw(picture)
    side = disk.field.shape[0]
    for label in labels:
        x0, y0, x1, y1 = (value * tile / side for value in label.box)
        colour = STATUS_COLOURS[label.status]
        draw.rectangle((x0, tile - y1, x1, tile - y0), outline=colour)
        text = f"{label.number % 10000}" if label.number else "plage"
        text += f" {label.mount_wilson or 'plage'}" if label.number else ""
        draw.text((x0, tile - y1 - 11), text, fill=colour)
    draw.text((4, 2), disk.origin.name, fill=(255, 255, 255))
    return picture


def write_sheets(
    paths: Sequence[Path], srs: Sources, folder: Path, progress: Callable[[], None] | None = None
) -> list[Path]:
    """Write overlay sheets of labelled images, twelve disks each: ``sheet_001.png`` and so on.

    `paths`: readable images.
    """
    from PIL import Image

    days, size = srs, SHEET_COLUMNS * SHEET_ROWS
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for start in range(0, len(paths), size):
        sheet = Image.new("RGB", (SHEET_COLUMNS * TILE, SHEET_ROWS * TILE))
        for index, path in enumerate(paths[start : start + size]):
            disk = load_disk(path)
            place = (index % SHEET_COLUMNS * TILE, index // SHEET_COLUMNS * TILE)
            sheet.paste(draw_labels(disk, label_disk(disk, days) or []), place)
            if progress:
                progress()
        target = folder / f"sheet_{start // size + 1:03d}.png"
        with atomic_path(target) as temporary:
            sheet.save(temporary, "PNG", compress_level=3)
        out.append(target)
    return out


def write_provenance(
    folder: Path, srs: Path, report: LabelReport, rows: int, sources: Sources | None = None
) -> Path:
    """Write what made the labels: table, rule, version, and what was left out.

    `srs`: file or folder that the labels came from. `rows`: rows of the manifest.
    """
    digest = checksum(srs) if srs.is_file() else None
    name = sources.name if sources else "SRS"
    boxes = Counter(str(row["box_source"]).split(" ")[0] for row in report.rows if row["status"])
    flags = Counter(word for row in report.rows for word in str(row["flags"]).split(";") if word)
    document = {
        "halescope": __version__,
        "source": {"kind": _KINDS[name], "path": srs.name, "sha256": digest},
        "boxes": dict(sorted(boxes.items())),
        "flags": {"counts": dict(sorted(flags.items())), "meaning": FLAGS},
        "box_rule": asdict(DEFAULT_RULE),
        "canonical": {"side": 416, "radius": 200, "rows": "upwards"},
        "rows": rows,
        "statuses": dict(Counter(str(row["status"] or "empty") for row in report.rows)),
        "without_srs": [Path(name).name for name in report.unlabelled],
        "unreadable": report.problems,
    }
    return atomic_text(folder / "provenance.json", json.dumps(document, indent=1) + "\n")


def _row(label: Label) -> dict[str, Any]:
    return {
        "noaa_number": label.number or "",
        "class": label.mount_wilson,
        "status": label.status,
        **dict(zip(CORNERS, (round(value, 2) for value in label.box), strict=True)),
        "hgs_lon": round(label.longitude, 2),
        "hgs_lat": round(label.latitude, 2),
        "area_msh": label.area,
        "mu": round(label.mu, 4),
        "x": round(label.x, 2),
        "y": round(label.y, 2),
        "source": label.source,
        "note": label.note,
        "flags": joined(label.flags),
        "box_source": label.box_source,
        "class_before": label.class_before,
        "class_after": label.class_after,
    }


def _lost(path: Path) -> tuple[str, str]:
    return str(path), f"{path}: ended the process that read it"
