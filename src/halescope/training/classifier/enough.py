"""Whether labelled regions are enough to learn classes from, said before any training."""

from __future__ import annotations

from collections.abc import Mapping, Sized

import numpy as np

from halescope.classes import HIERARCHY
from halescope.errors import DatasetError
from halescope.training.classifier.labelled import LabelledCrops


def check_regions(crops: LabelledCrops, every: int = 1) -> None:
    """Raise `DatasetError` where cross-validation over regions has too little to learn from.

    At least two regions, two of the levels alpha, beta and complex, and a firm label to score.

    Parameters
    ----------
    crops : LabelledCrops
    every : int
        One hour of so many trains.
    """
    _check_levels(crops[crops.hour % every == 0], "the labelled regions")
    regions = len(np.unique(crops.region))
    if regions < 2:
        found = f"show {regions} region with a class"
        raise DatasetError("the labelled regions", found, "two or more, to hold each out in turn")
    if not crops.firm.any():
        found = "have no firm label near enough to the central meridian to be scored"
        raise DatasetError("the labelled regions", found, "at least one label of status firm")


def check_parts(keys: Mapping[str, Sized]) -> None:
    """Raise `DatasetError` where the part that trains or the one that validates is empty.

    `keys`: the regions of each part.
    """
    for part in ("train", "validation"):
        if not len(keys.get(part, ())):
            expected = "at least one firm label with a class"
            raise DatasetError(f"split {part!r}", "is empty", expected, "divide the data set")


def _check_levels(crops: LabelledCrops, subject: str) -> None:
    levels = [HIERARCHY[level] for level in np.unique(crops.level)]
    if len(levels) < 2:
        found = f"are all {levels[0]}" if levels else "are none"
        advice = "label regions of another class too"
        raise DatasetError(subject, found, f"two or more of {', '.join(HIERARCHY)}", advice)


def check_training(crops: LabelledCrops) -> None:
    """Raise `DatasetError` where the training part shows fewer than two levels."""
    _check_levels(crops, "the regions of the training part")
