"""What `halescope analyze` says at its end: how it went, what was found, what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halescope.errors import one_line

if TYPE_CHECKING:
    from halescope.batch.run import Outcome

_DOUBTS = ("out_of_distribution", "uncertain_class")


def closing_lines(outcomes: Sequence[Outcome], catalog: Path, seconds: float) -> list[str]:
    """Return three lines for a person: the images, their regions by class, what to look at.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Those whose regions are in the catalogue, and the failed ones.
    catalog : path
        The catalogue that was written.
    """
    rows = [(o, row) for o in outcomes if o.catalog is not None for row in o.catalog.rows()]
    where = f"table: {one_line(catalog)}"
    return [_images(outcomes, seconds), _found([row for _, row in rows]), _look(rows, where)]


def _images(outcomes: Sequence[Outcome], seconds: float) -> str:
    count = Counter(outcome.status for outcome in outcomes)
    parts = [f"{count[s]} {s}" for s in ("done", "skipped", "failed") if count[s]]
    parts += [f"{count['earlier']} of earlier runs"] if count["earlier"] else []
    total = f"{len(outcomes)} image{'s' if len(outcomes) != 1 else ''}"
    return f"{total}: {', '.join(parts) or 'nothing done'} ({seconds:.1f} s)"


def _found(rows: list[dict[str, Any]]) -> str:
    from halescope.analysis.words import counted

    if not rows:
        return "no regions"
    doubtful = sum(_doubts(row) > 0 for row in rows)
    total = f"{len(rows)} region{'s' if len(rows) != 1 else ''}"
    doubt = f"; {doubtful} of these classes in doubt, see flags" if doubtful else ""
    return f"{total}: {counted([row['class'] for row in rows])}{doubt}"


def _look(rows: list[tuple[Outcome, dict[str, Any]]], where: str) -> str:
    """Return where the table is and the region that most deserves a look: complex, and surely."""
    if not rows:
        return where
    outcome, row = max(rows, key=lambda pair: (-_doubts(pair[1]), pair[1]["p_complex"] or 0.0))
    picture = outcome.job.folder / "overlay.png"
    place = f", {one_line(picture)}" if picture.exists() else ""
    name = f"region {row['region']} of {one_line(row['image'])}"
    return f"{where}; look first at {name} ({row['class']}{place})"


def _doubts(row: dict[str, Any]) -> int:
    words = str(row["flags"]).split("|")
    return sum(word in words for word in _DOUBTS)
