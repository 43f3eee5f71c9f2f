"""The gap report: what was asked, what came, what is missing, double or bad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from halescope.fetch.record import HAVE, Row

MAX_LISTED = 20


@dataclass(frozen=True)
class Gap:
    """A run of neighbouring times for which nothing came.

    `first`, `last`: asked times, UTC. `reason`: the first row's.
    """

    first: str
    last: str
    count: int
    reason: str


@dataclass(frozen=True)
class GapReport:
    """What came of all that was asked.

    Parameters
    ----------
    got : int
        Different images that are here.
    not_asked : int
        Left out because the service was down.
    duplicates : tuple of (str, str)
        Asked time and the time of the image that serves it and an earlier one.
    same_bytes : tuple of (str, str)
        Files of different times whose content is the same: a frame that the service repeats.
    bad : tuple of str
        Files whose own header tells of a fault.
    """

    asked: int
    got: int
    not_asked: int
    status: dict[str, int]
    gaps: tuple[Gap, ...]
    duplicates: tuple[tuple[str, str], ...]
    same_bytes: tuple[tuple[str, str], ...]
    bad: tuple[str, ...]
    bytes: int

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for is here."""
        return self.asked == sum(self.status.get(name, 0) for name in HAVE)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "complete": self.is_complete}

    def __str__(self) -> str:
        """Return a few lines to read."""
        counts = ", ".join(f"{n} {name}" for name, n in self.status.items())
        lines = [f"asked {self.asked}, got {self.got} files, {self.bytes / 1e6:.1f} MB ({counts})"]
        if self.not_asked:
            lines.append(f"not asked: {self.not_asked}, as the service was down")
        lines += _listed("missing", [_span(gap) for gap in self.gaps])
        lines += _listed("duplicate", [f"{a}: is the image of {b}" for a, b in self.duplicates])
        lines += _listed("same content", [f"{a} = {b}" for a, b in self.same_bytes])
        lines += _listed("bad quality", list(self.bad))
        return "\n".join(lines)


def gap_report(asked: list[str], rows: Iterable[Row]) -> GapReport:
    """Return the report of one run.

    `asked`: asked times in order, UTC. `rows`: those of this source; others are left out by their
    asked time.
    """
    known = {row.asked: row for row in rows}
    mine = [known[time] for time in asked if time in known]
    first: dict[str, str] = {}
    same = []
    for row in mine:
        if row.status == "ok":
            other = first.setdefault(row.sha256, row.file)
            if other != row.file:
                same.append((row.file, other))
    here = {row.file: row for row in mine if row.status in HAVE}
    return GapReport(
        asked=len(asked),
        got=len(here),
        not_asked=len(asked) - len(mine),
        status=dict(Counter(row.status for row in mine)),
        gaps=tuple(_gaps(asked, known)),
        duplicates=tuple((r.asked, r.obtained) for r in mine if r.status == "duplicate"),
        same_bytes=tuple(same),
        bad=tuple(sorted(name for name, r in here.items() if r.quality == "bad")),
        bytes=sum(row.bytes for row in here.values()),
    )


def _gaps(asked: list[str], known: dict[str, Row]) -> Iterator[Gap]:
    for here, run in groupby(asked, lambda time: time in known and known[time].status in HAVE):
        if not here:
            first, *others = run
            row = known.get(first)
            reason = "not asked" if row is None else f"{row.status}: {row.note}"
            yield Gap(first, [first, *others][-1], 1 + len(others), reason)


def _span(gap: Gap) -> str:
    span = gap.first if gap.count == 1 else f"{gap.first} .. {gap.last} ({gap.count})"
    return f"{span}: {gap.reason}"


def _listed(title: str, items: list[str]) -> list[str]:
    more = [f"  and {len(items) - MAX_LISTED} more"] if len(items) > MAX_LISTED else []
    return [f"{title}: {item}" for item in items[:MAX_LISTED]] + more
