"""Rows of the two midnights around an image, joined and carried to its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.geometry import differential_rotation, stonyhurst_to_pixel
from halescope.noaa.srs import SrsRow
from halescope.types import Disk

FIRM_LONGITUDE = 75.0
"""Regions further from the central meridian than this, degrees, are uncertain."""


@dataclass(frozen=True)
class Candidate:
    """A row of a table, carried to the image's time.

    Parameters
    ----------
    longitude : float
        Stonyhurst, degrees.
    note : str
        What is to be known of it, for the eye.
    flags : tuple of str
        The same as words of `halescope.datasets.labels.quality.FLAGS`.
    class_before, class_after : str
        At the preceding and at the following midnight, empty where that one gives none.
    """

    row: SrsRow
    longitude: float
    note: str
    flags: tuple[str, ...]
    class_before: str = ""
    class_after: str = ""


def merge_midnights(
    before: Sequence[SrsRow], after: Sequence[SrsRow], fraction: float
) -> list[Candidate]:
    """Join both midnights' rows, each rotated to the image's time from its nearest midnight.

    Parameters
    ----------
    before, after : sequence of SrsRow
        Rows without a longitude are left out.
    fraction : float
        Of the day that has passed.
    """
    early = {row.number: row for row in before if row.lon is not None}
    late = {row.number: row for row in after if row.lon is not None}
    out = []
    for number in sorted(early | late):
        near, far = (early, late) if fraction < 0.5 else (late, early)
        row = near.get(number) or far[number]
        days = fraction if row is early.get(number) else fraction - 1
        shift = float(differential_rotation(np.array(row.lat), days))
        longitude = float(row.lon or 0) + shift
        notes, flags = [], []
        if abs(longitude) > FIRM_LONGITUDE:
            notes.append("beyond 75 degrees")
            flags.append("limb")
        if number not in early:
            notes.append("only in the following SRS")
            flags.append("only_after")
        elif number not in late:
            notes.append("only in the preceding SRS")
            flags.append("only_before")
        elif early[number].mag_class != late[number].mag_class:
            notes.append(f"class {early[number].mag_class} then {late[number].mag_class}")
            flags.append("class_changes")
        classes = [rows[number].mag_class if number in rows else "" for rows in (early, late)]
        out.append(Candidate(row, longitude, "; ".join(notes), tuple(flags), *classes))
    return out


def place(disk: Disk, listed: list[Candidate]) -> tuple[list[Candidate], NDArray[np.floating]]:
    """Return the candidates on the visible half, and their positions, (N, 2) canonical pixels."""
    x, y = stonyhurst_to_pixel(
        disk.geometry,
        np.array([c.longitude for c in listed]),
        np.array([c.row.lat for c in listed]),
    )
    seen = np.isfinite(x)
    visible = [c for c, here in zip(listed, seen, strict=True) if here]
    return visible, np.stack([x, y], 1)[seen]
