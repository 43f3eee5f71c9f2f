"""In a process of its own: one picture through one network, and what can be seen on the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classification.crops import end_of, lay_out, region_features
from halescope.classification.googlenet import of_pictures, region_pictures
from halescope.datasets.disks import read_at
from halescope.detection import centerpoint, detectnet
from halescope.detection.detect import Detector, as_card_asks, detect, load_detector
from halescope.detection.proposals.scorer import score_proposals
from halescope.errors import DatasetError, HalescopeError
from halescope.evaluation.predict import class_probabilities
from halescope.io import read
from halescope.normalize import normalize
from halescope.runtime.card import ModelCard
from halescope.runtime.session import load
from halescope.runtime.store import find_card
from halescope.studio.inference.layers import Layer, layers_of
from halescope.tensors import (
    detectnet_tensor,
    disk_tensor,
    flip_rows,
    googlenet_tensor,
    picture,
)  # fmt: skip
from halescope.types import Array, Disk, Regions

MOST = 400
"""Boxes before clustering that are told, the best ones."""

Told = dict[str, Any]


def look(asked: Told) -> Told:
    """Return what a network makes of a picture; pictures are written into the folder that is named.

    `asked`: ``card`` (path), ``picture`` (path), ``folder``, ``region`` (index, -1 for the
    likeliest), ``layers`` (whether activations are wanted). Raises `HalescopeError` where picture
    or network cannot be used.
    """
    card = find_card(str(asked["card"]))
    return _detector(card, asked) if card.task == "detector" else _classifier(card, asked)


def cut_region(asked: Told) -> Told:
    """Write the part of a picture in a box, with what lies about it, as ``target``.

    `asked`: ``root`` and ``image`` as a manifest has them, ``box`` on the canonical disk.
    """
    disk = normalize(read_at(Path(asked["root"]), str(asked["image"])))
    box = np.array([asked["box"]], np.float32)
    margin = 0.15 * float(max(box[0, 2] - box[0, 0], box[0, 3] - box[0, 1])) + 2
    wide = box + np.array([-margin, -margin, margin, margin], np.float32)
    levels = region_pictures(disk, Regions.from_boxes(wide))[0]
    _save(levels, Path(asked["target"]))
    return {}


def _detector(card: ModelCard, asked: Told) -> Told:
    disk = normalize(read(Path(asked["picture"])))
    detector = load_detector(str(card.path))
    seen = as_card_asks(disk, card)
    folder = Path(asked["folder"])
    side = seen.field.shape[0]
    _save(picture(seen.grey), folder / "sees.png")
    if detector.coverage is not None:
        _save_map(detector.coverage(seen)[::-1], folder / "coverage.png")
    boxes, scores = _before(card, seen)
    after = detector.find(seen)
    told: Told = {
        "task": "detector", "side": side, "threshold": card.thresholds.get("score"),
        "before": _boxes(boxes, scores, side),
        "after": _boxes(flip_rows(after.boxes, side), after.score, side),
        "before_count": len(scores),
    }  # fmt: skip
    if asked.get("layers"):
        told["layers"] = _layers(card, _inputs(card, seen), folder)
    return told


def _before(card: ModelCard, seen: Disk) -> tuple[Array, Array]:
    """Return boxes before they are clustered or suppressed, rows downwards, the best first."""
    side, model = seen.field.shape[0], load(str(card.path), "detector")
    if card.architecture == "detectnet":
        found = detectnet.proposed(model, seen)
    elif card.architecture == "centerpoint":
        maps = model(disk_tensor(seen.grey)[None])["maps"][0]
        peaks = centerpoint.find_peaks(maps, 0.05)
        found = flip_rows(peaks.boxes, side), peaks.score
    else:
        proposals, score = score_proposals(model, seen)
        found = flip_rows(proposals.boxes, side), score
    order = np.argsort(-found[1], kind="stable")[:MOST]
    return found[0][order], found[1][order]


def _inputs(card: ModelCard, seen: Disk) -> list[Array]:
    if card.architecture == "detectnet":
        return [detectnet_tensor(picture(seen.grey), card.input.channels)[None]]
    if card.architecture == "centerpoint":
        return [disk_tensor(seen.grey)[None]]
    from halescope.detection.proposals.scorer import read_proposals

    found = read_proposals(seen)
    return [found.features, np.pad(found.link_features, ((0, 1), (0, 0)))]


def _classifier(card: ModelCard, asked: Told) -> Told:
    path, folder = Path(asked["picture"]), Path(asked["folder"])
    if asked.get("crop"):
        return _crop(card, _grey(path), folder, bool(asked.get("layers")))
    try:
        disk = normalize(read(path))
    except HalescopeError:
        if card.architecture == "googlenet" and path.suffix.lower() in (".png", ".jpg", ".jpeg"):
            return _crop(card, _grey(path), folder, bool(asked.get("layers")))
        raise
    detector: Detector = load_detector(None)
    regions = detect(disk, detector)
    side = disk.field.shape[0]
    _save(picture(disk.grey), folder / "sees.png")
    told: Told = {
        "task": "classifier", "side": side, "classes": list(card.classes), "regions": [],
        "detector": detector.name, "region": -1,
    }  # fmt: skip
    if not len(regions):
        return told
    shares = class_probabilities(card, str(card.path), disk, regions)
    boxes = _boxes(flip_rows(regions.boxes, side), regions.score, side)
    told["regions"] = [
        {"box": box, "shares": _ranked(card, share)}
        for box, share in zip(boxes, shares, strict=True)
    ]
    wanted = int(asked.get("region", -1))
    chosen = wanted if 0 <= wanted < len(regions) else 0
    told["region"] = chosen
    inputs = _crop_inputs(card, disk, regions.boxes[chosen : chosen + 1], folder)
    if asked.get("layers"):
        told["layers"] = _layers(card, inputs, folder)
    return told


def _crop_inputs(card: ModelCard, disk: Disk, box: Array, folder: Path) -> list[Array]:
    """Return a classifier's inputs for one region, and write what it sees as ``crop.png``."""
    if card.architecture == "googlenet":
        levels = region_pictures(disk, Regions.from_boxes(box))[0]
        return _googlenet_inputs(card, levels, folder)
    plain = np.nan_to_num(disk.grey, nan=0.0).astype(np.float32)
    field, _, _ = lay_out(plain, disk.geometry, np.asarray(box, float).reshape(-1, 4)[0])
    _save(np.clip(field[::-1] + 127, 0, 255).astype(np.uint8), folder / "crop.png")
    return [region_features(disk.grey, disk.geometry, box, end_of(disk.origin))]


def _googlenet_inputs(card: ModelCard, levels: NDArray[np.uint8], folder: Path) -> list[Array]:
    size = (int(card.options.get("squash", 256)), card.input.size)
    plain = googlenet_tensor(levels, 0.0, size, 1)[0]
    _save(np.clip(plain, 0, 255).astype(np.uint8), folder / "crop.png")
    mean = float(card.options.get("mean", 127.0))
    return [googlenet_tensor(levels, mean, size, card.input.channels)[None]]


def _crop(card: ModelCard, levels: NDArray[np.uint8], folder: Path, layers: bool) -> Told:
    """Return what a classifier of crops makes of one."""
    if card.architecture != "googlenet":
        raise DatasetError(
            "the picture", "is a crop, which this network cannot take", "a whole disk",
            "choose a GoogLeNet, or a picture of the whole Sun",
        )  # fmt: skip
    share = of_pictures(load(str(card.path), "classifier"), [levels])[0]
    inputs = _googlenet_inputs(card, levels, folder)
    _save(levels, folder / "sees.png")
    told: Told = {
        "task": "classifier", "side": 0, "classes": list(card.classes), "crop": True, "region": 0,
        "regions": [{"box": None, "shares": _ranked(card, share)}],
    }  # fmt: skip
    if layers:
        told["layers"] = _layers(card, inputs, folder)
    return told


def _ranked(card: ModelCard, share: Array) -> list[list[Any]]:
    """Return classes with their probabilities, the likeliest first."""
    order = np.argsort(-share, kind="stable")
    return [[card.classes[index], round(float(share[index]), 4)] for index in order]


def _grey(path: Path) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"), np.uint8)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DatasetError(path.name, "is no picture that can be read", "PNG or JPG") from error


def _boxes(boxes: Array, scores: Array, side: int) -> list[list[float]]:
    """Return boxes as shares of the picture, each with its score."""
    rows = np.concatenate([boxes.reshape(-1, 4) / side, scores.reshape(-1, 1)], 1)
    return [[round(float(value), 4) for value in row] for row in rows]


def _layers(card: ModelCard, inputs: Sequence[Array], folder: Path) -> list[Told]:
    out = []
    for number, layer in enumerate(layers_of(card, inputs)):
        name = f"layer_{number:03d}.png"
        if layer.mosaic is not None:
            _save(layer.mosaic, folder / name)
        out.append(_told(layer, name))
    return out


def _told(layer: Layer, name: str) -> Told:
    return {
        "name": layer.name, "kind": layer.kind, "shape": list(layer.shape), "stats": layer.stats,
        "histogram": layer.histogram, "weights": layer.weights,
        "picture": name if layer.mosaic is not None else None,
    }  # fmt: skip


def _save(levels: NDArray[np.uint8], path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.ascontiguousarray(levels)).save(path, "PNG", compress_level=1)


def _save_map(values: Array, path: Path) -> None:
    """Write a map, 0..1, rows downwards, as orange that covers more where it is stronger."""
    strong = np.clip(values, 0, 1)
    colours = np.zeros((*values.shape, 4), np.uint8)
    colours[..., 0], colours[..., 1] = 255, (200 * strong).astype(np.uint8)
    colours[..., 2] = 40
    colours[..., 3] = (230 * strong**0.7).astype(np.uint8)
    _save(colours, path)
