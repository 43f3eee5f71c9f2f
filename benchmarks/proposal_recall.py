"""How many firm regions have a proposal that fits, on plain disks and on crowded ones.

    python benchmarks/proposal_recall.py labels/manifest.csv

Disks of 2026-02-01 .. 03-15; a crowded disk is one that takes the regions of another of its block.
What no proposal fits, no scorer can find.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from halescope.boxes import iou
from halescope.detection.proposals.candidates import propose
from halescope.evaluation.truth import truth_boxes
from halescope.training.data.disks import DiskData, load_disks
from halescope.training.data.field_change import FieldChange, canonical_disk, changed_copy
from halescope.training.detector.held_out import block_of_days

EVERY = 9
"""One disk of this many hours."""

UNCHANGED = FieldChange(copies=1, crowded=0.0, changed=0.0)


def recall(disks, block, change) -> tuple[int, float, float]:
    """Return the number of firm labels and the shares with a proposal of IoU 0.5 and 0.7."""
    random = np.random.default_rng(1)
    best = []
    for index in range(len(disks.names)):
        field, labels = changed_copy(disks, index, block, change, random)
        truth, _ = truth_boxes(labels, False)
        found = propose(canonical_disk(field)).boxes
        best.extend(iou(truth, found).max(1, initial=0.0).tolist())
    share = np.array(best)
    return len(share), float((share >= 0.5).mean()), float((share >= 0.7).mean())


def main() -> None:
    data = DiskData(manifest=Path(sys.argv[1]), train=("2026-02-01", "2026-03-15"))
    disks = load_disks(data, data.train, EVERY)
    block = block_of_days([found[0].time[:10] for found in disks.labels], 3)
    for name, change in (("plain", UNCHANGED), ("crowded", replace(UNCHANGED, crowded=1.0))):
        count, half, seven = recall(disks, block, change)
        print(f"{name}: {count} labels, IoU 0.5 {half:.3f}, IoU 0.7 {seven:.3f}")


if __name__ == "__main__":
    main()
