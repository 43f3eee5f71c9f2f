"""Pictures of mistakes: a part of the disk with labels and boxes."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.classes import SYMBOLS
from halescope.datasets.disks import read_at
from halescope.datasets.manifest import Entry
from halescope.errors import HalescopeError
from halescope.evaluation.report.mistakes import Mistake
from halescope.evaluation.run import Detections
from halescope.normalize import DISK_SIDE, normalize
from halescope.types import Array

WINDOW = 150
"""Side of the part that is shown, canonical pixels."""

LETTER = 4.3
"""Width of a letter, pixels of the window."""

QUALITY = 80
"""Of the JPEG."""


@dataclass(frozen=True)
class Scene:
    """Labels of one image, and what was found, if a detector was run; drawn from a score on."""

    labels: Sequence[Entry]
    found: Detections | None = None
    threshold: float = 0.0


@dataclass(frozen=True)
class PictureBox:
    """A box in a picture, and a text from `start` on `line`; pixels from the window's upper left.

    Its kind is a label's status, ``found``, or ``subject`` for what the picture is about.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    text: str
    start: float
    line: float


@dataclass(frozen=True)
class Picture:
    """A mistake, the name of its image, and the part of the disk around it as a data address."""

    mistake: Mistake
    file: str
    jpeg: str
    boxes: list[PictureBox]


def picture(mistake: Mistake, scene: Scene, root: Path) -> Picture | None:
    """Return the picture of a mistake; None where the image, below `root`, cannot be read."""
    try:
        disk = normalize(read_at(root, mistake.image))
    except HalescopeError:
        return None
    left, bottom = corner = _corner(mistake.box)
    boxes = [_label(e, corner) for e in scene.labels]
    if scene.found is not None:
        shown = scene.found.score >= scene.threshold
        pairs = zip(scene.found.boxes[shown], scene.found.score[shown].tolist(), strict=True)
        boxes += [_box(box, f"{score:.2f}", "found", corner) for box, score in pairs]
    boxes.append(_box(np.array(mistake.box), "", "subject", corner))
    return Picture(
        mistake,
        Path(mistake.image).name,
        _jpeg(disk.grey[bottom : bottom + WINDOW, left : left + WINDOW]),
        [box for box in boxes if box is not None],
    )


def _corner(box: tuple[float, float, float, float]) -> tuple[int, int]:
    """Return the west-most and south-most pixel of a window about a box, inside the disk."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    left, bottom = (int(np.clip(m - WINDOW / 2, 0, DISK_SIDE - WINDOW)) for m in middle)
    return left, bottom


def _jpeg(grey: Array) -> str:
    """Return grey levels as a data address, north up."""
    from PIL import Image

    levels = np.clip(np.nan_to_num(grey[::-1], nan=-127) + 127, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(levels).resize((WINDOW * 2, WINDOW * 2)).save(stream, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _label(entry: Entry, corner: tuple[int, int]) -> PictureBox | None:
    symbol = SYMBOLS.get(entry.mount_wilson, "")
    text = f"{entry.noaa_number} {symbol}".strip() if entry.noaa_number else ""
    return _box(np.array(entry.box), text, entry.status, corner)


def _box(
    box: NDArray[np.floating], text: str, kind: str, corner: tuple[int, int]
) -> PictureBox | None:
    """Return a box with a word; None for one outside the window."""
    x, y = float(box[0]) - corner[0], WINDOW - (float(box[3]) - corner[1])
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    if x > WINDOW or y > WINDOW or x + width < 0 or y + height < 0:
        return None
    # Detections are named below their box, labels above; both inside the window.
    line = y - 2 if kind != "found" else y + height + 7
    line, start = min(max(line, 7), WINDOW - 2), min(max(x, 1), WINDOW - 1 - LETTER * len(text))
    x, y, width, height, start, line = (round(v, 1) for v in (x, y, width, height, start, line))
    return PictureBox(kind, x, y, width, height, text, start, line)
