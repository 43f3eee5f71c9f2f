"""COCO JSON: one file for all images; boxes as x, y, width, height; attributes as CVAT has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from halescope.datasets.formats.labels import (
    Box,
    ImageLabels,
    LabelProblem,
    LabelSet,
    class_names,
    parse_side,
    settled,
)
from halescope.errors import DatasetError
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_text


def write_coco(images: Sequence[ImageLabels], path: Path) -> None:
    """Write one JSON file; a folder gets ``instances.json``."""
    names = class_names(images)
    document: dict[str, Any] = {
        "info": {"description": "Solar active regions"},
        "licenses": [],
        "images": [],
        "annotations": [],
        "categories": [
            {"id": i, "name": name, "supercategory": "region"} for i, name in enumerate(names, 1)
        ],
    }
    for number, image in enumerate(images, 1):
        document["images"].append(
            {"id": number, "file_name": image.image, "width": image.width, "height": image.height}
        )
        for box in image.boxes:
            place = len(document["annotations"]) + 1
            document["annotations"].append(_annotation(box, place, number, names))
    path = path if path.suffix == ".json" else path / "instances.json"
    atomic_text(path, json.dumps(document, indent=1) + "\n")


def _annotation(box: Box, place: int, image: int, names: Sequence[str]) -> dict[str, Any]:
    width, height = box.right - box.left, box.bottom - box.top
    out: dict[str, Any] = {
        "id": place,
        "image_id": image,
        "category_id": names.index(box.name) + 1,
        "bbox": [box.left, box.top, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": [],
        "attributes": box.attributes | {"occluded": bool(box.occluded)},
    }
    return out if box.score is None else out | {"score": box.score}


def read_coco(path: Path) -> LabelSet:
    """Read one JSON file, or that of a folder: ``instances.json``, or the only one.

    Raises `DatasetError` where it is no COCO file.
    """
    path = _file_of(path)
    try:
        document = from_json(path.read_text("utf-8"))
        names = {entry["id"]: str(entry["name"]) for entry in document["categories"]}
        listed = {entry["id"]: entry for entry in document["images"]}
        annotations = list(document["annotations"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            str(path), f"is no COCO file ({error})", "images, annotations, categories"
        ) from error
    boxes: dict[Any, list[Box]] = {key: [] for key in listed}
    problems = []
    for index, entry in enumerate(annotations):
        try:
            boxes[entry["image_id"]].append(_box(entry, names))
        except (KeyError, TypeError, ValueError) as error:
            problems.append(LabelProblem(path.name, 0, 0, f"annotation {index}: {error!r}"))
    images = []
    for key, entry in listed.items():
        name = str(entry.get("file_name", key))
        try:
            width, height = (parse_side(entry.get(side)) for side in ("width", "height"))
        except ValueError as error:
            problems.append(LabelProblem(path.name, 0, 0, f"image {name[:80]}: {error}"))
            width = height = 0
        images.append(ImageLabels(name, width, height, tuple(boxes[key])))
    return images, problems


def _file_of(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.rglob("*.json"))
    named = [file for file in files if file.name.startswith("instances")]
    for choice in (named, files):
        if len(choice) == 1:
            return choice[0]
    raise DatasetError(str(path), f"holds {len(files)} JSON files", "one", "name the file itself")


def _box(entry: dict[str, Any], names: dict[Any, str]) -> Box:
    x, y, width, height = (float(value) for value in entry["bbox"])
    right, bottom, name = settled(x + width), settled(y + height), names[entry["category_id"]]
    given = dict(entry.get("attributes", {}))
    occluded = int(bool(given.pop("occluded", False)))
    told = {key: str(value) for key, value in given.items()}
    return Box(name, x, y, right, bottom, told, occluded=occluded, score=entry.get("score"))
