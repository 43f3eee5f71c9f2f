"""NOAA-anchored labels of a disk: boxes, classes and a status for each region.

The SRS file of day D is valid at 00:00 UTC of D and describes what was seen on D-1; an image of
day D is therefore set against both neighbouring midnights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.extent import DEFAULT_RULE, ExtentRule, assign_pixels, smooth_strength
from halescope.datasets.labels.harp import Harp, HarpTable, harp_box
from halescope.datasets.labels.plage import listed_plage, unlisted_plage
from halescope.datasets.labels.quality import is_doubtful
from halescope.datasets.labels.region import Edges, Label, Status, enclosing
from halescope.flags import Flag
from halescope.geometry import mu
from halescope.noaa.midnights import Candidate, merge_midnights, place
from halescope.noaa.srs import SrsRow, SrsTable
from halescope.types import Disk

CROWDED = 0.1
"""Share of a box that another listed region's box may cover before it is flagged."""


Days = Mapping[date, Sequence[SrsRow]]


@dataclass(frozen=True)
class Sources:
    """What a disk is labelled from.

    Parameters
    ----------
    spotted : mapping of date to SrsRow
        Regions with spots, for every day that is known; a day that is absent is missing.
    plage : mapping of date to SrsRow
        Numbered plage, section IA.
    harps : HarpTable or None
        Boxes, where they are to come from HARPs.
    name : str
        ``SRS`` or ``HEK``.
    """

    spotted: Days
    plage: Days = field(default_factory=dict)
    harps: HarpTable | None = None
    name: str = "SRS"


def sources_of(table: SrsTable, harps: HarpTable | None = None, name: str = "SRS") -> Sources:
    """Return the sources that a table stands for."""
    return Sources(table.by_day("I"), table.by_day("IA"), harps, name)


def label_disk(disk: Disk, sources: Sources, rule: ExtentRule = DEFAULT_RULE) -> list[Label] | None:
    """Return the labels of one canonical disk.

    None where the summary of a neighbouring midnight is missing, or the disk's time is unknown.
    """
    time = disk.origin.time
    if time is None:
        return None
    time = time.astimezone(UTC)
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
    before, after = midnight.date(), (midnight + timedelta(days=1)).date()
    if before not in sources.spotted or after not in sources.spotted:
        return None
    fraction = (time - midnight).total_seconds() / 86400
    early, late = sources.spotted[before], sources.spotted[after]
    listed = merge_midnights(early, late, fraction, disk.geometry.observer_lon)
    strength = smooth_strength(disk.grey, rule)
    labels, owner = _boxes_of(disk, listed, strength, rule, sources)
    if Flag.CUTOUT in disk.origin.flags:
        labels = [label for label in labels if _is_shown(disk, label)]
    spotted = {row.number for row in (*early, *late)}
    faint = sources.plage
    plage = merge_midnights(
        faint.get(before, ()), faint.get(after, ()), fraction, disk.geometry.observer_lon
    )
    quiet = [candidate for candidate in plage if candidate.row.number not in spotted]
    more, owner = listed_plage(disk, quiet, strength, owner, rule, sources.name)
    labels += more + unlisted_plage(disk, strength, owner, rule)
    if disk.origin.flags & Flag.BAD_QUALITY:
        labels = [_of_bad_image(label) for label in labels]
    return labels


def _is_shown(disk: Disk, label: Label) -> bool:
    """Say whether a cut-out shows a region: some of its field, or the place where NOAA has it."""
    row, column = round(label.y), round(label.x)
    height, width = disk.field.shape
    inside = (
        0 <= row < height and 0 <= column < width and bool(np.isfinite(disk.field[row, column]))
    )
    return label.box_source != "point" or inside


def _boxes_of(
    disk: Disk,
    listed: list[Candidate],
    strength: NDArray[np.float32],
    rule: ExtentRule,
    sources: Sources,
) -> tuple[list[Label], NDArray[np.bool_]]:
    """Box every listed region; say which pixels they take."""
    listed, xy = place(disk, listed)
    owner = assign_pixels(strength, disk.geometry, xy, rule)
    labels = [
        _spotted(disk, candidate, (x, y), enclosing(owner == number, rule.margin), sources)
        for number, (candidate, (x, y)) in enumerate(zip(listed, xy.tolist(), strict=True), 1)
    ]
    return _crowded(labels), owner > 0


def _spotted(
    disk: Disk,
    candidate: Candidate,
    position: tuple[float, float],
    box: Edges | None,
    sources: Sources,
) -> Label:
    """Return the label of a region with spots; without a box it gets a stand-in of 10 pixels."""
    row, note, flags, origin = candidate.row, candidate.note, candidate.flags, "field"
    x, y = position
    if box is None:
        box, origin = (x - 4.5, y - 4.5, x + 5.5, y + 5.5), "point"
        note = "; ".join(filter(None, ("no strong field at the position", note)))
        flags += ("no_field",)
    if not row.mag_class:
        flags += ("no_class",)
    harp = sources.harps.nearest(row.number, disk.origin.time) if sources.harps else None
    if harp is not None:
        box, origin, more = _harp_or_field(disk, harp, box, origin, position)
        flags += more
    return Label(
        row.number,
        row.mag_class,
        "doubtful" if is_doubtful(flags) else "firm",
        box,
        x,
        y,
        candidate.longitude,
        float(row.lat),
        float(mu(disk.geometry, np.array(x), np.array(y))),
        float(row.area or 0),
        note,
        flags,
        f"{sources.name} {row.date}",
        origin,
        candidate.class_before,
        candidate.class_after,
    )


def _harp_or_field(
    disk: Disk, harp: Harp, box: Edges, origin: str, position: tuple[float, float]
) -> tuple[Edges, str, tuple[str, ...]]:
    """Return the box to use, where it is from, and what is to be said of it."""
    if len(harp.numbers) > 1:
        return box, origin, ("harp_shared",)
    found = harp_box(harp, disk)
    slack = 5.0  # NOAA gives whole degrees, 3.5 pixels each
    x, y = position
    if found is None or not (
        found[0] - slack <= x <= found[2] + slack and found[1] - slack <= y <= found[3] + slack
    ):
        return box, origin, ("harp_apart",)
    return found, f"HARP {harp.harp or 'of HEK'}", ()


def _crowded(labels: list[Label]) -> list[Label]:
    """Return labels, those flagged whose boxes are in each other's way."""
    out = []
    for label in labels:
        x0, y0, x1, y1 = label.box
        area = max((x1 - x0) * (y1 - y0), 1e-9)
        shared = [
            max(min(x1, o.box[2]) - max(x0, o.box[0]), 0.0)
            * max(min(y1, o.box[3]) - max(y0, o.box[1]), 0.0)
            for o in labels
            if o is not label
        ]
        crowded = max(shared, default=0.0) >= CROWDED * area
        out.append(replace(label, flags=(*label.flags, "crowded")) if crowded else label)
    return out


def _of_bad_image(label: Label) -> Label:
    status: Status = "doubtful" if label.status == "firm" else label.status
    note = "; ".join(filter(None, ("bad image quality", label.note)))
    return replace(label, status=status, note=note, flags=("bad_image", *label.flags))
