"""Plage of a disk: strong field without spots, with NOAA's number where section IA gives one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.box_rule.extent import ExtentRule, assign_pixels
from halescope.datasets.labels.region import Label, enclosing
from halescope.geometry import mu, pixel_to_stonyhurst
from halescope.noaa.midnights import Candidate, place
from halescope.types import Disk

PLAGE_PIXELS = 20
"""A concentration that no row lists is plage from this size on, canonical pixels."""

Taken = NDArray[np.bool_]


def listed_plage(
    disk: Disk,
    listed: list[Candidate],
    strength: NDArray[np.float32],
    taken: Taken,
    rule: ExtentRule,
    source: str,
) -> tuple[list[Label], Taken]:
    """Box the regions of section IA in the field that spotted regions leave over.

    One that shows no strong field, as is common in old plage, gets no label. Returns (H, W) bool:
    pixels of spotted regions and of these.

    Parameters
    ----------
    strength : (H, W) float32
        Smoothed.
    taken : (H, W) bool
        Pixels of spotted regions.
    source : str
        Name of the table.
    """
    listed, xy = place(disk, listed)
    if not listed:
        return [], taken
    owner = assign_pixels(np.where(taken, np.float32(0), strength), disk.geometry, xy, rule)
    labels = []
    for index, (candidate, (px, py)) in enumerate(zip(listed, xy, strict=True)):
        box = enclosing(owner == index + 1, rule.margin)
        if box is None:
            continue
        row = candidate.row
        labels.append(
            Label(
                row.number,
                "",
                "plage",
                box,
                float(px),
                float(py),
                candidate.longitude,
                float(row.lat),
                float(mu(disk.geometry, np.array(px), np.array(py))),
                0.0,
                "; ".join(filter(None, ("plage of section IA", candidate.note))),
                ("section_ia", *(f for f in candidate.flags if f == "limb")),
                f"{source} {row.date}",
            )
        )
    return labels, taken | (owner > 0)


def unlisted_plage(
    disk: Disk, strength: NDArray[np.float32], taken: Taken, rule: ExtentRule
) -> list[Label]:
    """Box strong concentrations that no row lists.

    `strength`, (H, W) float32: smoothed. `taken`, (H, W) bool: pixels of listed regions.
    """
    from scipy.ndimage import binary_dilation, find_objects, label

    free = (strength > rule.threshold) & ~taken
    beside = binary_dilation(taken, iterations=3)
    pieces, count = label(free, np.ones((3, 3)))
    if count == 0:
        return []
    size = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    out = []
    for index, window in enumerate(find_objects(pieces)):
        if size[index] < PLAGE_PIXELS:
            continue
        mine = pieces[window] == index + 1
        # What touches a listed region may be its outskirts rather than plage of its own.
        fringe = bool((beside[window] & mine).any())
        out.append(_unlisted(disk, window, mine, fringe, rule.margin))
    return out


def _unlisted(
    disk: Disk, window: tuple[slice, slice], mine: Taken, fringe: bool, margin: float
) -> Label:
    rows, columns = np.nonzero(mine)
    x = float(columns.mean() + window[1].start)
    y = float(rows.mean() + window[0].start)
    here = np.array([x]), np.array([y])
    longitude, latitude = pixel_to_stonyhurst(disk.geometry, *here)
    box = (
        window[1].start - margin,
        window[0].start - margin,
        window[1].stop + margin,
        window[0].stop + margin,
    )
    return Label(
        0,
        "",
        "doubtful" if fringe else "plage",
        box,
        x,
        y,
        float(longitude[0]),
        float(latitude[0]),
        float(mu(disk.geometry, *here)[0]),
        0.0,
        "beside a listed region" if fringe else "listed by no SRS row",
        ("beside",) if fringe else ("unlisted",),
        "field",
    )
