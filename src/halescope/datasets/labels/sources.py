"""Where labels come from: NOAA's summaries or HEK's events, and HARPs for the boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from halescope.datasets.labels.harp import HarpTable
from halescope.noaa.srs import SrsRow, SrsTable

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


def sources_of(
    table: SrsTable | Days, harps: HarpTable | None = None, name: str = "SRS"
) -> Sources:
    """Return the sources that a table stands for.

    Parameters
    ----------
    table : SrsTable, or mapping of date to SrsRow
    """
    if isinstance(table, SrsTable):
        return Sources(table.by_day("I"), table.by_day("IA"), harps, name)
    return Sources(table, {}, harps, name)
