"""Pictures of mistakes: a part of the disk with labels and boxes, all inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope.classes import SYMBOLS
from halescope.datasets.manifest import Entry
from halescope.errors import HalescopeError
from halescope.evaluation.report.mistakes import Mistake
from halescope.evaluation.run import Found
from halescope.io import read
from halescope.normalize import SIDE, normalize
from halescope.types import Array

WINDOW = 150
"""Side of the part that is shown, canonical pixels."""

LETTER = 4.3
"""Width of a letter, pixels of the window."""

QUALITY = 80
"""Of the JPEG."""


@dataclass(frozen=True)
class Scene:
    """One image and what is on it.

    Parameters
    ----------
    found : Found or None
        None where no detector was run on it.
    threshold : float
        Score from which a box is drawn.
    """

    labels: Sequence[Entry]
    found: Found | None = None
    threshold: float = 0.0


def picture(mistake: Mistake, scene: Scene, root: Path) -> str:
    """Return a mistake as HTML: a figure with a picture and a caption; empty if unreadable.

    Parameters
    ----------
    root : Path
        Folder that relative image paths start from.
    """
    try:
        disk = normalize(read(str(root / mistake.image)))
    except HalescopeError:
        return ""
    left, bottom = _corner(mistake.box)
    part = disk.grey[bottom : bottom + WINDOW, left : left + WINDOW]
    shapes = [_label(e, left, bottom) for e in scene.labels]
    if scene.found is not None:
        shown = scene.found.score >= scene.threshold
        pairs = zip(scene.found.boxes[shown], scene.found.score[shown].tolist(), strict=True)
        shapes += [_box(box, f"{score:.2f}", "found", left, bottom) for box, score in pairs]
    shapes.append(_box(np.array(mistake.box), "", "subject", left, bottom))
    image = f'<image href="{_jpeg(part)}" width="{WINDOW}" height="{WINDOW}"/>'
    name = Path(mistake.image).name
    return (
        f'<figure><svg viewBox="0 0 {WINDOW} {WINDOW}" role="img" '
        f'aria-label="{escape(mistake.title)}">{image}{"".join(shapes)}</svg>'
        f"<figcaption><b>{escape(mistake.title)}</b><br>{escape(mistake.reason)}<br>"
        f"<small>{escape(name)}</small></figcaption></figure>"
    )


def _corner(box: tuple[float, float, float, float]) -> tuple[int, int]:
    """Return the west-most and south-most pixel of a window about a box, inside the disk."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    left, bottom = (int(np.clip(m - WINDOW / 2, 0, SIDE - WINDOW)) for m in middle)
    return left, bottom


def _jpeg(grey: Array) -> str:
    """Return grey levels as a data address, north up."""
    from PIL import Image

    levels = np.clip(np.nan_to_num(grey[::-1], nan=-127) + 127, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(levels).resize((WINDOW * 2, WINDOW * 2)).save(stream, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _label(entry: Entry, left: int, bottom: int) -> str:
    symbol = SYMBOLS.get(entry.mount_wilson, "")
    text = f"{entry.noaa_number} {symbol}".strip() if entry.noaa_number else ""
    return _box(np.array(entry.box), text, entry.status, left, bottom)


def _box(box: NDArray[np.floating], text: str, kind: str, left: int, bottom: int) -> str:
    """Return a box with a word; nothing for one outside the window."""
    x, y = float(box[0]) - left, WINDOW - (float(box[3]) - bottom)
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    if x > WINDOW or y > WINDOW or x + width < 0 or y + height < 0:
        return ""
    # Detections are named below their box, labels above; both inside the window.
    line = y - 2 if kind != "found" else y + height + 7
    line, start = min(max(line, 7), WINDOW - 2), min(max(x, 1), WINDOW - 1 - LETTER * len(text))
    words = f'<text class="{kind}" x="{start:.1f}" y="{line:.1f}">{escape(text)}</text>'
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}"/>{words if text else ""}'
    )
