"""What a label is good for: one answer for every training and for the evaluation.

All of it is decided by columns of the manifest: `status`, `flags`, `noaa_number`, `class_before`
and `class_after`.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from halescope.classes import COARSE, HIERARCHY
from halescope.datasets.labels.quality import DOUBTS
from halescope.datasets.manifest import Entry
from halescope.types import Array


def is_firm(entry: Entry) -> bool:
    """Whether both midnights list the region, with one class, and nothing is doubtful about it."""
    return entry.status == "firm"


def has_field(entry: Entry) -> bool:
    """Whether strong field stands at the position; if not, the box is a stand-in of 10 pixels."""
    return "no_field" not in entry.words


def is_listed(entry: Entry) -> bool:
    """Whether NOAA lists the region with spots and it shows field, whatever else is doubtful."""
    return entry.status != "plage" and entry.noaa_number > 0 and has_field(entry)


def is_present(entry: Entry) -> bool:
    """Whether the region was there for certain: firm, or doubtful as to its class alone."""
    doubts = entry.words & DOUBTS
    return is_firm(entry) or ("class_changes" in doubts and doubts <= {"class_changes", "no_class"})


def is_listed_once(entry: Entry) -> bool:
    """Whether only one of the two midnights around the image lists the region."""
    return not entry.words.isdisjoint({"only_before", "only_after"})


def class_changes(entry: Entry) -> bool:
    """Whether the two midnights around the image give the region different classes."""
    return bool("class_changes" in entry.words and entry.class_before and entry.class_after)


def soft_label(entry: Entry) -> Array:
    """Return how much each level of `HIERARCHY` is meant, (3,) float32, sum 1.

    Where the class changes, both count, by the image's time: the summary of a midnight describes
    the day before it, so that the following one is the nearer at noon, and both are equally near at
    the midnight that begins the day. `entry`: with a class, and a time where the class changes.
    """
    soft = np.zeros(len(HIERARCHY), np.float32)
    if not class_changes(entry):
        soft[_level(entry.mount_wilson)] = 1
        return soft
    time = datetime.fromisoformat(entry.time)
    later = min(1.0, 0.5 + (time.hour + time.minute / 60) / 24)
    soft[_level(entry.class_before)] += 1 - later
    soft[_level(entry.class_after)] += later
    return soft


def _level(name: str) -> int:
    return HIERARCHY.index(COARSE[name])
