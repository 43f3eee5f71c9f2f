"""Set the classifier against an earlier version's on the very folds that one was scored on.

    git worktree add ../former 6f71ba3
    halescope dataset label hmi/ --srs srs_1996_2026.csv -o runs/hmi_labels
    PYTHONPATH=../former/src python -m halescope train classifier --config classifier \
        --set data.manifest=runs/hmi_labels/manifest.csv --set folder=runs/former \
        --set folds.repeats=1 --set folds.leaky=false
    python benchmarks/former_classifier.py runs/former/predictions.csv \
        runs/hmi_labels/manifest.csv \
        --sharp sharp --srs srs_1996_2026.csv

Each fold of the earlier version's ``predictions.csv`` is held out again, with all hours and
rotations of its regions. From the others and SHARP patches the present classifier chooses its
settings and learns. Both are scored on the same frames, by region and by frame.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from halescope.evaluation.predictions import NETWORK, read_predictions
from halescope.training.classifier.data import ClassifierData, load_crops, load_patches
from halescope.training.classifier.fit import ClassifierFit, fit_classifier, predict
from halescope.training.classifier.folds import START, FoldConfig, metrics_of
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.nested import INNER, choose, told
from halescope.training.classifier.run import rows_of


def both(crops, found):
    """Return which rows of both tables are of the same hour and region, and in which order."""
    start = np.datetime64(START.replace(tzinfo=None), "h")
    times = np.array([t.rstrip("Z") for t in found.time], "datetime64[h]")
    hours = (times - start).astype(int)
    row = {key: i for i, key in enumerate(zip(hours, found.region, strict=True))}
    keys = list(zip(crops.hour, crops.region, strict=True))
    mine = np.array([i for i, key in enumerate(keys) if key in row], int)
    return mine, np.array([row[keys[i]] for i in mine], int)


def held_out(crops, patches, fold, rows):
    """Return probabilities of the present classifier, (N, 3), on given folds, (N,)."""
    share = np.zeros((len(crops), 3), np.float32)
    for index in np.unique(fold):
        held = fold == index
        training = LabelledCrops.join([crops[~held], patches])
        inner = FoldConfig(folds=INNER, repeats=1, seed=int(index))
        choice = choose(training, ClassifierFit(), inner, rows)
        print(f"fold {index}: {told(choice)}", flush=True)
        fitted = fit_classifier(training, choice.config, int(index), rows, choice.calibrations)
        share[held] = np.exp(predict(fitted, crops.features[held, 0])[0])
    return share


def main():
    """Print a line for each classifier and way to count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--sharp", type=Path, required=True)
    parser.add_argument("--srs", type=Path, required=True)
    options = parser.parse_args()
    data = ClassifierData(options.manifest, patches=options.sharp, srs=options.srs)
    crops, patches = load_crops(data), load_patches(data)
    found = read_predictions(options.predictions)
    mine, theirs = both(crops, found)
    crops, former = crops[mine], found.sets[NETWORK][theirs]
    crops = replace(crops, firm=crops.firm & found.firm[theirs])
    share = held_out(crops, patches, found.fold[theirs], rows_of(data, crops))
    for name, values in (("former", former), ("present", share)):
        for by_region in (True, False):
            m = metrics_of(crops, np.asarray(values, np.float32), by_region=by_region)
            print(
                f"{name}, by {m['counted_by']}: balanced {m['balanced_accuracy']} {m['interval']}, "
                f"recall {m['recall']}, precision {m['precision']}, calibration "
                f"{m['calibration_error']}, log loss {m['log_loss']}, {m['regions']} regions"
            )


if __name__ == "__main__":
    main()
