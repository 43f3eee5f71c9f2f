"""An analysis in words: what is shown at a prompt and above a notebook's picture."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from halescope.classes import MOUNT_WILSON

if TYPE_CHECKING:
    from halescope.analysis.result import Analysis


def counted(classes: list[str]) -> str:
    """Return how many regions there are of each class: ``2 alpha, 1 beta``; empty for none."""
    count = Counter(classes)
    return ", ".join(f"{count[name]} {name}" for name in MOUNT_WILSON if count[name])


def sentence(analysis: Analysis) -> str:
    """Return image, time, instrument and the number of regions of each class."""
    from halescope.errors import one_line

    origin, count = analysis.magnetogram, len(analysis.catalog)
    what = f"{count} region{'s' if count != 1 else ''}" if count else "no regions"
    classes = counted(analysis.catalog.columns["class"])
    time = origin.time_string or "time unknown"
    return one_line(
        f"{origin.name}, {time}, {origin.instrument}: {what}" + (f" ({classes})" if classes else "")
    )
