"""Classify the boxes of an analysed folder by networks that learned from none of their regions.

    halescope analyze ../shared/data/hmi --no-overlay --no-crops -o runs/hmi
    halescope dataset label ../shared/data/hmi --srs ../shared/data/noaa/srs_1996_2026.csv \
        -o runs/labels
    python benchmarks/tracks_held_out.py runs/hmi runs/labels/manifest.csv \
        --images ../shared/data/hmi --srs ../shared/data/noaa/srs_1996_2026.csv \
        --patches ../shared/data/sharp -o runs/tracks

Writes ``catalog.csv``: the rows of the analysed catalogue with the classes of held-out networks in
place of the shipped one's, and the columns ``noaa`` (NOAA's numbers in the box), ``part`` and
``fold``. Rotations of one region are one region (`halescope.datasets.splits.returned`).

- Days before `TEST` (part ``blocks``): cross-validated over whole regions of these days, in
  `FOLDS` folds; no network sees a later day. The calibration of a fold comes from the others.
- Days from `TEST` on (part ``test``): one network that learned from the earlier days without the
  regions that stand on the test days again; its calibration comes from the earlier days' folds.

A box that holds no numbered region gets the network of the numbered one that ever stood nearest on
the Sun, within `NEAR` degrees, else that of fold 0: networks learn from numbered regions alone.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.classification.crops import end_of, region_features
from halescope.classification.mount_wilson import LEVEL_OF
from halescope.datasets.labels.images import load_disk
from halescope.io.catalog import read_catalog, write_catalog
from halescope.noaa.matching import by_day, with_numbers
from halescope.noaa.srs import read_srs
from halescope.normalize import from_origin_boxes
from halescope.training.classifier.calibrate import fit_calibration
from halescope.training.classifier.data import (
    ClassifierData,
    load_crops,
    load_patches,
)
from halescope.training.classifier.fit import fit_classifier, predict
from halescope.training.classifier.folds import FoldConfig, deal, region_weight
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.run import ClassifierTraining, rows_of
from halescope.training.config import load_config
from halescope.types import Catalog

TEST = "2026-03-25"
FOLDS, NEAR = 8, 10.0
EPOCH = np.datetime64("2000-01-01T00", "h")


def networks(crops, patches, fit, rows):
    """Return fold by region, classifiers by fold (-1: for the test days), their calibrations."""

    def fitted(kept, seed):
        return fit_classifier(LabelledCrops.join([kept, patches]), fit, seed, rows)

    test = crops.hour >= (np.datetime64(TEST, "h") - EPOCH).astype(int)
    early = crops[~test]
    fold = deal(early, FoldConfig(folds=FOLDS), 0)
    raw = np.zeros((len(early), 3), np.float32)
    found = {}
    for index in range(FOLDS):
        held = fold == index
        found[index] = fitted(early[~held], index)
        raw[held] = predict(found[index], early.features[held, 0])[0]
        print(f"fold {index}: {sorted(set(early.region[held].tolist()))}", file=sys.stderr)
    firm = early.firm
    counts = region_weight(early)

    def calibrated(used):
        return fit_calibration(raw[used], early.level[used], counts[used])

    calibration = {index: calibrated(firm & (fold != index)) for index in range(FOLDS)}
    returning = set(crops.region[test].tolist())
    kept = ~np.isin(early.region, list(returning))
    found[-1] = fitted(early[kept], 100)
    calibration[-1] = calibrated(firm)
    right = raw[firm].argmax(1) == early.level[firm]
    print(f"held-out accuracy before {TEST}: {right.mean():.3f}; {calibration}", file=sys.stderr)
    return dict(zip(early.region.tolist(), fold.tolist(), strict=True)), found, calibration


def families(data):
    """Return the family of each NOAA number of a manifest, as the classifier's data has it."""
    from halescope.datasets.manifest import entries
    from halescope.datasets.splits.returned import returned

    labels = [e for _, every in entries(data.manifest) for e in every if e.noaa_number]
    return {e.noaa_number: e.noaa_number for e in labels} | returned(labels)


def numbered(rows, days, family):
    """Return NOAA's numbers in each box, and the region whose network must not look at it."""
    by_image = {}
    for i, row in enumerate(rows):
        by_image.setdefault((row["image"], row["time"]), []).append(i)
    numbers = [None] * len(rows)
    for index in by_image.values():
        part = [rows[i] for i in index]
        columns = {name: [row[name] for row in part] for name in part[0]}
        for i, text in zip(
            index, with_numbers(Catalog(columns), days).columns["noaa"], strict=True
        ):
            numbers[i] = text
    place = np.array([[row["carrington_lon"], row["hgs_lat"]] for row in rows], float)
    known = np.array([text is not None for text in numbers])
    heads = [family.get(int(t.split("|")[0]), int(t.split("|")[0])) if t else 0 for t in numbers]
    cells, first = np.unique(np.round(place[known]).astype(int), axis=0, return_index=True)
    of_cell = np.array(heads)[known][first]
    for i in np.flatnonzero(~known):
        apart = (cells - place[i] + 180) % 360 - 180
        far = np.hypot(apart[:, 0] * np.cos(np.radians(place[i, 1])), apart[:, 1])
        if len(far) and far.min() <= NEAR:
            heads[i] = int(of_cell[far.argmin()])
    return numbers, heads


def classified(images, rows, heads, fold_of, found, calibration):
    """Return probabilities, (N, 7), part and fold of every row."""
    share = np.zeros((len(rows), len(MOUNT_WILSON)))
    fold = [
        -1 if r["time"] >= TEST else fold_of.get(h, 0) for r, h in zip(rows, heads, strict=True)
    ]
    by_image = {}
    for i, row in enumerate(rows):
        by_image.setdefault(row["image"], []).append(i)
    paths = {path.name: path for path in images.rglob("*.jpg")}
    for image, index in by_image.items():
        disk = load_disk(paths[image])
        box = [[rows[i][n] for n in ("x_min", "y_min", "x_max", "y_max")] for i in index]
        boxes = from_origin_boxes(disk, np.array(box))
        made = region_features(disk.grey, disk.geometry, boxes, end_of(disk.origin))
        for each in {fold[i] for i in index}:
            own = [k for k, i in enumerate(index) if fold[i] == each]
            levels, fine = predict(found[each], made[own])
            out = np.exp(calibration[each].of(levels)[:, LEVEL_OF] + fine)
            share[[index[k] for k in own]] = out / out.sum(1, keepdims=True)
    return share, fold


def main():
    """Write the catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("analysed", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--srs", type=Path, required=True)
    parser.add_argument("--patches", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    config = load_config(ClassifierTraining, "classifier")
    data = replace(
        config.data, manifest=options.manifest, patches=options.patches, srs=options.srs,
        cache=options.output / "crops", root=Path(),
    )  # fmt: skip
    assert isinstance(data, ClassifierData)
    crops = load_crops(data)
    rows = rows_of(data, crops)
    fold_of, found, calibration = networks(crops, load_patches(data), config.fit, rows)
    catalog = read_catalog(options.analysed / "catalog.csv")
    rows = catalog.rows()
    numbers, heads = numbered(rows, by_day(read_srs(options.srs).section("I")), families(data))
    share, fold = classified(options.images, rows, heads, fold_of, found, calibration)
    coarse = np.stack([share[:, LEVEL_OF == i].sum(1) for i in range(3)], 1)
    level = coarse.argmax(1)
    best = np.where(LEVEL_OF[None] == level[:, None], share, -1).argmax(1)
    columns = dict(catalog.columns)
    columns["class"] = [MOUNT_WILSON[i] for i in best]
    columns["p_class"] = [round(float(v), 4) for v in share[np.arange(len(best)), best]]
    for i, name in enumerate(("alpha", "beta", "complex")):
        columns[f"p_{name}"] = [round(float(v), 4) for v in coarse[:, i]]
    columns |= {"noaa": numbers, "part": ["test" if f < 0 else "blocks" for f in fold]}
    columns["fold"] = fold
    write_catalog(Catalog(columns, catalog.units), options.output / "catalog.csv")


if __name__ == "__main__":
    main()
