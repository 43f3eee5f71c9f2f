"""REST of two labellers compared: two data sets, or two folders of label files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from halescope.datasets.formats.labels import image_beside
from halescope.evaluation.agreement import LEAST_IOU, Compared, compare_labellers
from halescope.studio.datasets.index import open_index
from halescope.studio.labels.store import LABELS
from halescope.studio.state import TheStudio
from halescope.studio.workspace import Workspace

api = APIRouter(prefix="/api", tags=["labels"])

MOST = 500
"""Pictures that differ are told one by one up to here."""

Side = Annotated[str, Query(description="A data set's name, or a folder of KITTI files.")]


@api.get("/compare")
def compare(
    studio: TheStudio, a: Side, b: Side, iou: Annotated[float, Query(ge=0, le=1)] = LEAST_IOU
) -> dict[str, Any]:
    """Compare two labellers: boxes matched, mean IoU, class agreement, Cohen's kappa, differences.

    Two data sets are compared by their manifests, in canonical pixels; two folders in those of the
    files. `command` does the same.
    """
    workspace = studio.workspace
    paths = side_of(workspace, a), side_of(workspace, b)
    found = compare_labellers(*paths, iou)
    command = ["halescope", "compare", "labellers", *(workspace.relative(p) for p in paths)]
    unlike = sorted((i for i in found.images if i.unlike), key=lambda i: -i.unlike)
    return {
        "a": a, "b": b, "iou": iou,
        "command": " ".join([*command, *([f"--iou {iou:g}"] if iou != LEAST_IOU else [])]),
        "frame": "file" if paths[0].is_dir() else "canonical",
        "pictures": len(found.images), "missing": list(found.missing),
        "boxes_a": found.first, "boxes_b": found.second, "matched": found.matched,
        "f1": _known(found.f1), "mean_iou": _known(found.mean_iou),
        "agreement": _known(found.agreement), "kappa": _known(found.kappa),
        "names": list(found.names), "confusion": found.confusion.tolist(),
        "differing": len(unlike), "images": _shown(workspace, a, unlike[:MOST]),
    }  # fmt: skip


def side_of(workspace: Workspace, text: str) -> Path:
    """Return the manifest of a data set, or else a folder of label files; 404 where neither is."""
    if "/" not in text and text in workspace.names("datasets"):
        return open_index(workspace.folder("datasets", text)).table
    found = workspace.find(text)
    labels = found / LABELS
    return labels if not any(found.glob("*.txt")) and any(labels.glob("*.txt")) else found


def _shown(workspace: Workspace, text: str, images: Sequence[Compared]) -> list[dict[str, Any]]:
    """Return pictures with the boxes of both, and where their files are."""
    if "/" not in text and text in workspace.names("datasets"):
        index = open_index(workspace.folder("datasets", text))
        wanted = {image.image for image in images}
        known = {
            Path(r.image).stem: {"key": r.key, "dataset": text, "path": workspace.relative(path)}
            for r in index.images
            if wanted.issuperset({Path(r.image).stem}) and (path := index.path(r)) is not None
        }
        return [_image(image, known.get(image.image, {})) for image in images]
    folder = side_of(workspace, text)
    places = [image_beside(folder, image.image) for image in images]
    return [
        _image(image, {} if place is None else {"path": workspace.relative(place)})
        for image, place in zip(images, places, strict=True)
    ]


def _image(image: Compared, picture: dict[str, str]) -> dict[str, Any]:
    named = [
        {"a": p.first, "b": p.second, "iou": p.iou,
         "same": image.first[p.first][0] == image.second[p.second][0]}
        for p in image.pairs
    ]  # fmt: skip
    return {
        "image": image.image, **picture, "differences": image.unlike,
        "a": [_box(name, edges) for name, edges in image.first],
        "b": [_box(name, edges) for name, edges in image.second],
        "pairs": named, "only_a": list(image.only_first), "only_b": list(image.only_second),
    }  # fmt: skip


def _box(name: str, edges: tuple[float, ...]) -> dict[str, Any]:
    keys = ("x_min", "y_min", "x_max", "y_max")
    return {"class": name, **{k: round(v, 2) for k, v in zip(keys, edges, strict=True)}}


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
