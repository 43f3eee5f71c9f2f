"""The way through a data set: before, behind, next unreviewed, earlier in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halescope.studio.labels.order import By, doubt_of, next_unreviewed, ordered, scores_of
from halescope.studio.labels.reviewed import read_reviewed

if TYPE_CHECKING:
    from halescope.studio.datasets.index import DatasetIndex, Record
    from halescope.studio.labels.desk import Desk


@dataclass(frozen=True)
class Walk:
    """All pictures of a data set, in the orders that one goes through them.

    Parameters
    ----------
    folder : Path
        Of the data set.
    index : DatasetIndex
        Its pictures.
    """

    folder: Path
    index: DatasetIndex

    @cached_property
    def keys(self) -> list[str]:
        """Pictures by time; those without one stand as in the manifest, behind the others."""
        return [r.key for r in sorted(self.index.images, key=lambda r: (not r.time, r.time))]

    @cached_property
    def doubt(self) -> dict[str, float]:
        """How unsure a detector is of each picture, 0..1; empty before there are proposals."""
        scores = scores_of(self.folder)
        return {key: doubt_of(scores[key]) for key in self.keys if key in scores}

    def before(self, record: Record) -> Record | None:
        """Return the last picture before one in time, None where there is none."""
        place = self.keys.index(record.key)
        return self.index.find(self.keys[place - 1]) if place else None

    def around(self, record: Record, by: By) -> dict[str, Any]:
        """Return the neighbours of a picture in an order, and how far one is, for JSON."""
        keys = ordered(self.keys, self.doubt, by)
        place = keys.index(record.key)
        reviewed = read_reviewed(self.folder)
        return {
            "by": by,
            "place": place + 1,
            "count": len(keys),
            "previous": keys[place - 1] if place else None,
            "next": keys[place + 1] if place + 1 < len(keys) else None,
            "unreviewed": next_unreviewed(keys, reviewed, record.key),
            "first": next_unreviewed(keys, reviewed, ""),
            "reviewed": sum(key in reviewed for key in keys),
            "scored": len(self.doubt),
            "doubt": self.doubt.get(record.key),
        }


def walk_of(desk: Desk) -> Walk:
    """Return the way through a picture's data set."""
    return Walk(desk.folder, desk.index)
