"""Changed copies of frames as pictures, with labels drawn anew, for the paper's networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.labels.images import load_disk
from halescope.datasets.manifest import entries
from halescope.datasets.splits.unnumbered import numbered
from halescope.normalize import DISK_SIDE
from halescope.tensors import PICTURE_SIDE, picture
from halescope.training.data.disks import LabelledDisks
from halescope.training.data.field_change import FieldChange, changed_copy
from halescope.training.data.frames import DataConfig, Frame, kept_labels


def changed_frames(
    frames: Sequence[Frame], data: DataConfig, change: FieldChange, seed: int
) -> tuple[list[Frame], NDArray[np.uint8]]:
    """Return changed copies of frames, and their pictures, (copies * N, 512, 512).

    A crowded copy takes its second disk from the same frames, so that nothing of another part comes
    in.
    """
    random = np.random.default_rng(seed)
    named = {data.root / image: (image, found) for image, found in numbered(entries(data.manifest))}
    chosen = [named[frame.image] for frame in frames]
    greys = [load_disk(frame.image).grey for frame in frames]
    fields = np.stack([np.rint(np.nan_to_num(grey)).clip(-127, 127) for grey in greys])
    disks = LabelledDisks(
        fields.astype(np.int8),
        tuple(found for _, found in chosen),
        tuple(image for image, _ in chosen),
    )
    block = np.zeros(len(frames), np.intp)
    pictures = np.zeros((change.copies * len(frames), PICTURE_SIDE, PICTURE_SIDE), np.uint8)
    inner = slice((PICTURE_SIDE - DISK_SIDE) // 2, (PICTURE_SIDE + DISK_SIDE) // 2)
    out = []
    for number, levels in enumerate(pictures):
        index = number // change.copies
        field, found = changed_copy(disks, index, block, change, random)
        levels[inner, inner] = picture(np.where(np.isnan(greys[index]), np.nan, field))
        out.append(replace(frames[index], **kept_labels(found, data)))
    return out, pictures
