"""Keep the out-of-fold predictions of a run, for the evaluation report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.evaluation.predictions import (
    FILE,
    MOVED,
    NETWORK,
    RAW,
    TREES,
    ClassPredictions,
    write_predictions,
)
from halescope.tensors import softmax
from halescope.training.classifier.data import LabelledCrops
from halescope.training.classifier.folds import HeldOut
from halescope.types import Array, format_time

_START = datetime(2000, 1, 1, tzinfo=UTC)


def keep_predictions(
    folder: Path, crops: LabelledCrops, held: HeldOut, trees: Array | None = None
) -> Path:
    """Write every region's out-of-fold probabilities to ``predictions.csv``; return its path.

    Parameters
    ----------
    folder : Path
        Of the run.
    trees : (N, 3) float32, optional
        Of the trees on features.
    """
    sets = {
        NETWORK: held.calibrated[0],
        RAW: softmax(held.levels[0]),
        MOVED: held.calibrated[1],
    }
    if trees is not None:
        sets[TREES] = trees
    times = [format_time(_START + timedelta(hours=int(hour))) for hour in crops.hour]
    names = [MOUNT_WILSON[index] for index in crops.mount_wilson]
    found = ClassPredictions(
        np.array(times), crops.region, held.fold, np.array(names), crops.firm, sets
    )
    return write_predictions(folder / FILE, found)
