"""Labelled regions as a table, and which of them are of pictures whose scale ends early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE, HIERARCHY, MOUNT_WILSON
from halescope.classification.crops import CUT_END
from halescope.classification.features import FEATURES
from halescope.tensors import GREY_CLIP
from halescope.training.data.tables import Table
from halescope.types import Array

END, WHOLE = FEATURES.index("end"), (1 + CUT_END / GREY_CLIP) / 2
"""Feature that says where the field was cut, and what it is above in pictures of whole scale."""


@dataclass(frozen=True)
class LabelledCrops(Table):
    """Regions with their labels.

    Parameters
    ----------
    features : (N, C, F) float32
        Of the copies, see `halescope.training.classifier.data.COPIES`.
    cut : (N, 2, F) float32
        Of the first two, the field cut off early as in GONG's pictures; see
        `halescope.classification.crops.CUT_END`.
    soft : (N, 3) float32
        How much each level of `HIERARCHY` is meant, from both neighbouring midnights.
    weight : (N,) float32
    mount_wilson : (N,) int
        Index into `MOUNT_WILSON`, at the nearest midnight.
    region : (N,) int
        Group that is never split: a NOAA number, or the first one of a region that returned;
        negative where a region has none, see `halescope.datasets.splits.unnumbered`.
    firm : (N,) bool
        Scored: both midnights agree and it is near enough to the central meridian.
    hour : (N,) int
        Hours since the year 2000.
    size : (N, 3) float32
        Logarithms of NOAA's area, extent and number of spots between both midnights, see
        `halescope.training.classifier.prior`; NaN where no summary has them.
    longitude : (N,) float32
        From the central meridian, degrees.
    instrument : (N,) str
    """

    features: Array
    cut: Array
    soft: Array
    weight: Array
    mount_wilson: NDArray[np.int64]
    region: NDArray[np.int64]
    firm: NDArray[np.bool_]
    hour: NDArray[np.int64]
    size: Array
    longitude: Array
    instrument: NDArray[np.str_]

    @property
    def whole(self) -> NDArray[np.bool_]:
        """(N,) bool: whose own picture was not cut off early."""
        return is_whole(self.features[:, 0])

    @property
    def level(self) -> NDArray[np.int64]:
        """(N,) int: index into `HIERARCHY`."""
        return np.array([HIERARCHY.index(COARSE[n]) for n in MOUNT_WILSON])[self.mount_wilson]


def is_whole(features: Array) -> NDArray[np.bool_]:
    """Say of features, (N, F), whether they are of field that was not cut off early, (N,) bool."""
    return np.asarray(features[:, END] > WHOLE)
