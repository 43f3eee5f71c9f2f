"""Why is mAP 0? Counts labels that cannot be learned or found, and sweeps the clustering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halescope.detection.detectnet import decode
from halescope.detection.grouping import Clustering, grid_boxes
from halescope.errors import ModelError
from halescope.evaluation.metrics.digits import Rates, Scored, digits_rates
from halescope.runtime.session import Model, load
from halescope.tensors import detectnet_tensor
from halescope.training.data.frames import Frame
from halescope.training.paper.detectnet_targets import FOREGROUND, GroundTruth, label_grid, truths
from halescope.types import Array

if TYPE_CHECKING:
    from PIL import Image

SMALL = 50.0
"""NVIDIA's own word: objects between 50 and 400 pixels are found best."""

LEGEND = {
    "target cells": (40, 190, 40),
    "proposals of cells": (80, 140, 255),
    "labels": (255, 255, 255),
    "detections": (255, 60, 60),
}
"""Colours of the picture."""

LEGEND_BAND = 44
"""Height of the band below it, pixels."""

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
RECT_THRESHOLDS = (1, 2, 3, 5)
EPSILONS = (0.02, 0.1, 0.2, 0.3, 0.4)


@dataclass(frozen=True)
class LabelCounts:
    """What the grid makes of the labels, and the median number of cells that one covers.

    Small ones are shorter than 50 px on a side; low ones lower than `min_height`: even found they
    would be dropped; vanished ones are overwritten by others in every cell: DIGITS counts them no
    more; those of few cells cover no more than the rectangle threshold: no group of them survives.
    """

    images: int
    labels: int
    small: int
    low: int
    vanished: int
    few_cells: int
    cells: float


@dataclass(frozen=True)
class Maps:
    """Coverage, (classes, h, w), and corners, (4, h, w), of a picture; its grid, (9, h, w)."""

    coverage: Array
    corners: Array
    grid: Array


@dataclass(frozen=True)
class Setting:
    """One point of the sweep and what it reached."""

    clustering: Clustering
    rates: Rates


def grid_of(frame: Frame, rule: GroundTruth, side: int = 512) -> Array:
    """Return the label grid of a frame, its first label drawn last."""
    boxes = frame.boxes[::-1]
    return label_grid(boxes, np.zeros(len(boxes), np.int64), (side, side), rule)


def load_detectnet(name: str) -> Model:
    """Return a DetectNet by its name or card; raises `ModelError` for any other network."""
    model = load(name, "detector")
    if model.card.architecture != "detectnet":
        raise ModelError(name, f"is a {model.card.architecture}", "a detectnet")
    return model


def maps_of(
    model: Model | None,
    frames: Sequence[Frame],
    pictures: Sequence[NDArray[np.uint8]],
    rule: GroundTruth,
) -> list[Maps]:
    """Return what a network makes of pictures; without one, the first picture's labels alone."""
    grids = [grid_of(frame, rule) for frame in frames]
    if model is None:
        return [Maps(0 * grids[0][8:], grids[0][1:5], grids[0])]
    channels = model.card.input.channels
    out = [model(detectnet_tensor(levels, channels)[None]) for levels in pictures]
    both = zip(out, grids, strict=True)
    return [Maps(maps["coverage"][0], maps["boxes"][0], grid) for maps, grid in both]


def count_labels(frames: Sequence[Frame], rule: GroundTruth, clustering: Clustering) -> LabelCounts:
    """Return what the grid, `min_height` and `rect_threshold` make of the labels of some frames."""
    boxes = np.concatenate([f.boxes for f in frames] or [np.zeros((0, 4), np.float32)])
    size = boxes[:, 2:] - boxes[:, :2]
    left, cells = 0, []
    for frame in frames:
        left += len(np.concatenate(truths(grid_of(frame, rule), rule.stride)))
        for box in frame.boxes:
            alone = label_grid(box[None], np.zeros(1, np.int64), (512, 512), rule)
            cells.append(int(alone[FOREGROUND].sum()))
    return LabelCounts(
        len(frames),
        len(boxes),
        int((size.min(1) < SMALL).sum()) if len(boxes) else 0,
        int((size[:, 1] < clustering.min_height).sum()),
        len(boxes) - left,
        int((np.array(cells) <= clustering.rect_threshold).sum()),
        float(np.median(cells)) if cells else 0.0,
    )


def proposals_per_label(maps: Sequence[Maps], stride: int, threshold: float) -> float:
    """Return how many cells grid_boxes a box for each label, on average."""
    labels = sum(len(np.concatenate(truths(m.grid, stride))) for m in maps)
    cells = sum(int((m.coverage >= threshold).sum()) for m in maps)
    return cells / labels if labels else 0.0


def sweep(maps: Sequence[Maps], stride: int, base: Clustering) -> list[Setting]:
    """Return every setting of the clustering, best by simplified mAP, then F1, first."""
    wanted = [np.concatenate(truths(m.grid, stride)) for m in maps]
    out = []
    for coverage, count, eps in product(THRESHOLDS, RECT_THRESHOLDS, EPSILONS):
        rule = replace(base, coverage_threshold=coverage, rect_threshold=count, rect_eps=eps)
        scored = [
            Scored(truth, *decode(m.coverage, m.corners, stride, rule))
            for truth, m in zip(wanted, maps, strict=True)
        ]
        out.append(Setting(rule, digits_rates(scored)))
    return sorted(out, key=lambda s: (-s.rates.simplified_map, -s.rates.f1))


def draw(levels: NDArray[np.uint8], maps: Maps, stride: int, clustering: Clustering) -> Image.Image:
    """Draw target cells (green), proposals (blue), labels (white), detections (red); a legend."""
    from PIL import Image, ImageDraw

    scale = 2
    size = (levels.shape[1] * scale, levels.shape[0] * scale)
    picture = Image.fromarray(levels).resize(size).convert("RGB")
    pen = ImageDraw.Draw(picture, "RGBA")
    for y, x in zip(*np.nonzero(maps.grid[FOREGROUND]), strict=True):
        corner = (x * stride * scale, y * stride * scale)
        end = (corner[0] + stride * scale - 1, corner[1] + stride * scale - 1)
        pen.rectangle((*corner, *end), fill=(0, 255, 0, 70))
    layers = [
        grid_boxes(c, maps.corners, stride, clustering.coverage_threshold) for c in maps.coverage
    ]
    found, _ = decode(maps.coverage, maps.corners, stride, clustering)
    for boxes, colour, width in (
        (np.concatenate(layers), (80, 140, 255, 110), 1),
        (np.concatenate(truths(maps.grid, stride)), (255, 255, 255, 255), 2),
        (found, (255, 60, 60, 255), 2),
    ):
        for box in boxes:
            x1, y1, x2, y2 = (float(v) * scale for v in box)
            if x2 > x1 and y2 > y1:
                pen.rectangle((x1, y1, x2, y2), outline=colour, width=width)
    return _with_legend(picture)


def _with_legend(picture: Image.Image) -> Image.Image:
    """Return the picture above a band that names its colours."""
    from PIL import Image, ImageDraw

    from halescope.render.letters import font

    out = Image.new("RGB", (picture.width, picture.height + LEGEND_BAND), (19, 20, 24))
    out.paste(picture, (0, 0))
    pen, x, y = ImageDraw.Draw(out), 14.0, picture.height + 13
    for text, colour in LEGEND.items():
        pen.rectangle((x, y, x + 18, y + 18), fill=colour)
        pen.text((x + 26, y - 2), text, fill=(235, 235, 235), font=font(18))
        x += 26 + font(18).getlength(text) + 26
    return out
