"""What Helioviewer's clip at 250 G costs the class: the same regions, clipped and not.

    halescope dataset label mdi/ mdi_small/ cutouts/ --srs srs_1996_2026.csv -o labels
    python benchmarks/clip_cost.py labels/manifest.csv --sharp sharp --srs srs_1996_2026.csv

Regions whose field is known in gauss (MDI, cut-outs, SHARP patches) are classified three times
by cross-validation over whole regions, nothing chosen, without the prior by size: from field cut
at 250 G on the canonical disk, as in pictures; from full field there; and from that with what
cores say at the file's own resolution (`halescope.measure.spots`).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from measure_sharp import load

from halescope.classification.crops import lay_out
from halescope.classification.features import describe
from halescope.datasets.labels.images import load_disk
from halescope.datasets.labels.label import Sources
from halescope.datasets.manifest import entries
from halescope.errors import HalescopeError
from halescope.measure.cores import core_masks
from halescope.measure.sharp import sharp_patch
from halescope.measure.spots import find_spots, layout, spots_of
from halescope.noaa.srs import read_srs
from halescope.tensors import GREY_CLIP
from halescope.training.classifier import data as loading
from halescope.training.classifier.fit import ClassifierFit
from halescope.training.classifier.folds import FoldConfig, cross_validate, metrics_of
from halescope.training.classifier.labelled import LabelledCrops
from halescope.training.classifier.prior import noaa_sizes
from halescope.training.data.patches import label_patch
from halescope.types import Regions

NO_CLIP = 1e5


def described(grey, geometry, boxes, clip):
    """Return features of field cut off at `clip` grey levels, (N, F)."""
    field = np.clip(np.nan_to_num(grey, nan=0.0), -clip, clip).astype(np.float32)
    return np.stack([describe(*lay_out(field, geometry, box)) for box in boxes.astype(float)])


def said(spots):
    """Return what cores say as numbers, (8,)."""
    if spots is None:
        return np.zeros(8)
    lies = layout(spots)
    counts = sorted((spots.positive, spots.negative))
    return np.array([
        *np.log1p(counts), np.log1p(spots.area), spots.likeness,
        100.0 if spots.distance is None else min(spots.distance, 100.0),
        *(lies.get(name) or 0.0 for name in ("core_astray", "core_along_mm", "core_across_mm")),
    ])  # fmt: skip


def regions_of(manifest, sharp, srs):
    """Return the labelled regions, and their three kinds of features."""
    config, sizes = loading.ClassifierData(), noaa_sizes(srs)
    parts, kinds = [], [[], [], []]

    def add(disk, kept, clipped, spots):
        parts.append(loading._crops_of(disk, kept, config, sizes, np.random.default_rng(0)))
        boxes = np.array([e.box for e in kept], np.float32)
        full = described(disk.grey, disk.geometry, boxes, NO_CLIP)
        cores = np.stack([said(s) for s in spots])
        kinds[0].append(described(clipped.grey, clipped.geometry, boxes, GREY_CLIP))
        kinds[1].append(full)
        kinds[2].append(np.concatenate([full, cores], 1))

    for image, every in entries(manifest):
        kept = loading._usable(every, config)
        try:
            disk = load_disk(Path(image))
        except HalescopeError:
            continue
        if kept and disk.origin.scale == "gauss":
            boxes = np.array([e.box for e in kept], np.float32)
            add(disk, kept, disk, find_spots(disk, Regions.from_boxes(boxes)))
    sources = Sources(read_srs(srs).by_day())
    for path in sorted(sharp.glob("*.fits")):
        disk, labels = label_patch(path, sources, NO_CLIP)
        kept = loading._usable((loading._entry_of(disk, label) for label in labels), config)
        if kept:
            cores = spots_of(core_masks(sharp_patch(*load(path)[:2])))
            add(disk, kept, label_patch(path, sources)[0], [cores] * len(kept))
    names = ("clipped at 250 G", "full field", "full field, cores at full resolution")
    crops = LabelledCrops.join(parts)
    return crops, {n: np.concatenate(v)[:, None] for n, v in zip(names, kinds, strict=True)}


def main():
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--sharp", type=Path, required=True)
    parser.add_argument("--srs", type=Path, required=True)
    options = parser.parse_args()
    crops, kinds = regions_of(options.manifest, options.sharp, options.srs)
    for name, features in kinds.items():
        changed = replace(crops, features=np.repeat(features.astype(np.float32), 2, 1))
        found = cross_validate(changed, ClassifierFit(leaf=5), FoldConfig(repeats=2))
        scores = metrics_of(changed, found.calibrated[0])
        print(
            f"{name}: balanced accuracy {scores['balanced_accuracy']:.3f} {scores['interval']}, "
            f"recall {scores['recall']}, {scores['regions']} regions {scores['regions_by_level']}"
        )


if __name__ == "__main__":
    main()
