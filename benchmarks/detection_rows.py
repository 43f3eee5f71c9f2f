"""The detector on what it did not learn from: held-out blocks, test days, other instruments.

    python benchmarks/detection_rows.py labels/manifest.csv --srs srs_1996_2026.csv \
        --gong gong/ --mdi mdi/ mdi_small/

The training days are cross-validated as by `halescope train detector --config detector`; the test
days are scored by the detector that ships. Both take every third hour, so that a day weighs alike.
Intervals are 90 %, by region.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from other_instruments import find_regions, print_shares

from halescope.boxes import suppress
from halescope.commands.evaluate import print_metrics
from halescope.evaluation.detection import detection_metrics
from halescope.evaluation.run import (
    EvaluatedImage,
    detections_on,
    listed,
    named_detector,
    run_pipeline,
    shown_from,
)
from halescope.geometry import with_ephemeris
from halescope.io.filetime import parse_time
from halescope.noaa.srs import read_srs
from halescope.training.config import load_config
from halescope.training.data.field_change import canonical_disk
from halescope.training.detector.run import (
    LOWEST,
    CrossValidation,
    DetectorTraining,
    cross_validate,
)
from halescope.types import Regions

TEST = ("2026-03-25", "2026-04-01")


def held_out_images(found: CrossValidation, config: DetectorTraining) -> list[EvaluatedImage]:
    """Return what detectors that did not know them found on the training days' own disks."""
    out = []
    picture = found.tables.proposals.picture
    start = np.searchsorted(picture, np.arange(len(found.tables.disk) + 1))
    for index in np.flatnonzero(~found.tables.copy):
        mine = np.arange(start[index], start[index + 1])
        mine = mine[found.score[mine] >= LOWEST]
        boxes, score = found.tables.proposals.boxes[mine], found.score[mine]
        kept = suppress(boxes, score, config.nms, config.nested)
        number = found.tables.disk[index]
        labels = found.disks.labels[number]
        disk = canonical_disk(found.disks.fields[number])
        geometry = with_ephemeris(disk.geometry, parse_time(labels[0].time))
        regions = Regions.from_boxes(boxes[kept], score[kept])
        seen = detections_on(replace(disk, geometry=geometry), regions)
        out.append(EvaluatedImage(found.disks.names[number], labels, seen, np.zeros((0, 3))))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--srs", required=True)
    parser.add_argument("--gong", nargs="+", default=[])
    parser.add_argument("--mdi", nargs="+", default=[])
    given = parser.parse_args()
    config = load_config(DetectorTraining, "detector")
    data = replace(config.data, manifest=given.manifest, root=given.root)
    config = replace(config, data=data, threads=1)
    blocks = held_out_images(cross_validate(config), config)
    work = listed(given.manifest, TEST)[:: config.data.every]
    test, problems = run_pipeline(work, given.root)
    print("\n".join(problems))
    threshold = shown_from(named_detector(None).card)
    for name, seen in (("blocks", blocks), ("test days", test), ("together", [*blocks, *test])):
        print(f"--- {name}")
        print_metrics(detection_metrics(seen, threshold))
    srs = read_srs(given.srs).by_day()
    for name, folders in (("GONG", given.gong), ("MDI", given.mdi)):
        if folders:
            print_shares(name, find_regions(folders, srs, verbose=False))


if __name__ == "__main__":
    main()
