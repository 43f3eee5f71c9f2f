"""Faults of label files and manifests, each named with file, line and column; some can be fixed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halescope import boxes as box_math
from halescope.classes import MOUNT_WILSON, PAPER_CLASSES, parse_class
from halescope.datasets.disks import canonical_boxes, read_at
from halescope.datasets.formats.labels import PICTURES, Box, ImageLabels, LabelProblem, image_beside
from halescope.datasets.formats.naming import ANY_REGION, DONT_CARE
from halescope.datasets.formats.table import format_of, read_labels
from halescope.datasets.labels.region import Edges
from halescope.errors import DatasetError, HalescopeError
from halescope.normalize import DISK_RADIUS, DISK_SIDE

TINY = 4.0
"""A box with a shorter side than this, pixels, is tiny."""

DOUBLED = 0.9
"""Two boxes of one image that overlap by more (IoU) are one box twice."""

OTHER_NAMES = (DONT_CARE, *ANY_REGION, "plage", "complex", *PAPER_CLASSES)
"""Names besides those of `MOUNT_WILSON` that are no typo."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Parameters
    ----------
    line, column : int
        From 1; 0 where the file as a whole is meant. In a text file the column counts fields, in
        XML and JSON it is 0.
    kind : str
        ``format``, ``class``, ``inverted``, ``outside``, ``off-disk``, ``tiny``, ``doubled``,
        ``no-image``, ``no-labels``, ``status``, ``flag``.
    fixable : bool
        Whether ``--fix`` corrects it.
    """

    file: str
    line: int
    column: int
    kind: str
    text: str
    fixable: bool = False

    def __str__(self) -> str:
        """Return ``file:line:column: kind: text``."""
        where = "".join(f":{n}" for n in (self.line, self.column) if n)
        return f"{self.file}{where}: {self.kind}: {self.text}" + (" [safe to fix]" * self.fixable)


def lint_labels(
    folder: Path, name: str, fix: bool = False, tiny: float = TINY, disks: bool = True
) -> list[Fault]:
    """Look for faults in label files.

    Parameters
    ----------
    folder : Path
        Folder or file of labels.
    name : str
        Format.
    fix : bool
        Correct what is safe: spelling of classes, edges in wrong order, boxes that reach over the
        image's edge, one box written twice. Files with lines that cannot be read are left alone.
    tiny : float
        Pixels.
    disks : bool
        Read the images, to find boxes off the solar disk.
    """
    images, faults, corrected = look_through(folder, name, tiny, disks)
    faults += _partners(folder, name, images)
    if fix and any(fault.fixable for fault in faults):
        unread = sum(fault.kind == "format" for fault in faults)
        if unread:
            found = f"{unread} lines cannot be read"
            raise DatasetError(str(folder), found, "", "mend these by hand first")
        format_of(name).write(corrected, folder)
    return sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column))


def look_through(
    folder: Path, name: str, tiny: float = TINY, disks: bool = False
) -> tuple[list[ImageLabels], list[Fault], list[ImageLabels]]:
    """Read label files; return them as they are, their faults, and them corrected where it is safe.

    Parameters are those of `lint_labels`. Faults are those of single files: what the other files
    lack is not looked at.
    """
    images, problems = read_labels(folder, name)
    faults = [Fault(p.file, p.line, p.column, "format", p.reason) for p in problems]
    corrected: list[ImageLabels] = []
    for image in images:
        file, lines = _place(folder, name, image, problems)
        found, kept = lint_boxes(image, file, lines, tiny, name)
        faults += found
        corrected.append(replace(image, boxes=tuple(kept)))
        if disks:
            faults += _off_disk(folder, image, file, lines)
    return images, faults, corrected


def lint_boxes(
    image: ImageLabels, file: str, lines: Sequence[int], tiny: float, name: str
) -> tuple[list[Fault], list[Box]]:
    """Return faults of the boxes of one image, a line number each, and the boxes corrected."""
    faults: list[Fault] = []
    kept: list[Box] = []
    shift = {"kitti": 5, "yolo": 2}.get(name, 0)
    for box, line in zip(image.boxes, lines, strict=True):
        good = box
        called, reason = spelled(box.name)
        if reason:
            text = f"{box.name!r} {reason}"
            faults.append(Fault(file, line, int(shift > 0), "class", text, called != box.name))
            good = replace(good, name=called)
        ordered = _ordered(good)
        if ordered != good:
            faults.append(Fault(file, line, shift, "inverted", _edges(good), True))
        clipped = _clipped(ordered, image)
        if clipped is None:
            text = f"{_edges(ordered)} lies outside {image.width} x {image.height}"
            faults.append(Fault(file, line, shift, "outside", text))
        elif clipped != ordered:
            text = f"{_edges(ordered)} reaches out of {image.width} x {image.height}"
            faults.append(Fault(file, line, shift, "outside", text, True))
        good = clipped or ordered
        if min(good.right - good.left, good.bottom - good.top) < tiny:
            faults.append(Fault(file, line, shift, "tiny", f"{_edges(good)} is under {tiny:g} px"))
        other = twin(good.edges, [box.edges for box in kept])
        if other is not None:
            same = kept[other] == good
            text = f"the same as line {lines[other]}" if same else f"covers {_edges(kept[other])}"
            faults.append(Fault(file, line, shift, "doubled", text, same))
            if same:
                continue
        kept.append(good)
    return faults, kept


def spelled(name: str) -> tuple[str, str]:
    """Return a class as it should be spelled, and what is wrong with it, if anything."""
    from difflib import get_close_matches

    if name in MOUNT_WILSON or name in OTHER_NAMES:
        return name, ""
    known = {other.lower(): other for other in (*OTHER_NAMES, *MOUNT_WILSON)}
    plain = name.strip().lower()
    if plain.replace("_", "").replace(" ", "").replace("-", "") == "dontcare":
        return DONT_CARE, f"should be {DONT_CARE}"
    if plain in known:
        return known[plain], f"should be {known[plain]}"
    try:
        return parse_class(name), f"should be {parse_class(name)}"
    except DatasetError:
        close = get_close_matches(plain, known, 1, 0.7)
    if not close:
        return name, "is no known class"
    return known[close[0]], f"is probably {known[close[0]]}"


def _ordered(box: Box) -> Box:
    if box.left <= box.right and box.top <= box.bottom:  # as nearly all are
        return box
    x, y = sorted((box.left, box.right)), sorted((box.top, box.bottom))
    return replace(box, left=x[0], right=x[1], top=y[0], bottom=y[1])


def _clipped(box: Box, image: ImageLabels) -> Box | None:
    """Return the box cut to the image, None if nothing is left; unknown sizes cut nothing."""
    width, height = image.width or float("inf"), image.height or float("inf")
    if 0 <= box.left < box.right <= width and 0 <= box.top < box.bottom <= height:
        return box
    left, right = max(box.left, 0.0), min(box.right, width)
    top, bottom = max(box.top, 0.0), min(box.bottom, height)
    if right <= left or bottom <= top:
        return None if (box.right > box.left and box.bottom > box.top) else box
    return replace(box, left=left, right=right, top=top, bottom=bottom)


def twin(box: Edges, others: Sequence[Edges]) -> int | None:
    """Return which of other boxes overlaps most with one, None if none does by `DOUBLED`."""
    x0, y0, x1, y1 = box
    near = [i for i, (a, b, c, d) in enumerate(others) if a < x1 and x0 < c and b < y1 and y0 < d]
    if not near:
        return None
    overlap = box_math.iou(np.array([box]), np.array([others[i] for i in near]))[0]
    best = int(overlap.argmax())
    return near[best] if overlap[best] > DOUBLED else None


def _edges(box: Box) -> str:
    return "(" + ", ".join(f"{value:g}" for value in box.edges) + ")"


def _place(
    folder: Path, name: str, image: ImageLabels, problems: Iterable[LabelProblem]
) -> tuple[str, list[int]]:
    """Return the label file of an image and the line of each box."""
    if name in ("coco", "cvat"):
        return f"{folder.name}, {image.image}", [0] * len(image.boxes)
    ending = {"kitti": ".txt", "yolo": ".txt"}.get(name, ".xml")
    base = folder / "Annotations" if (folder / "Annotations").is_dir() else folder
    file = base / f"{Path(image.image).stem}{ending}"
    text = file.read_text("utf-8", errors="replace").splitlines() if os.path.isfile(file) else []
    bad = {problem.line for problem in problems if problem.file == file.name}
    if ending == ".txt":
        lines = [n for n, line in enumerate(text, 1) if line.strip() and n not in bad]
    else:
        lines = [n for n, line in enumerate(text, 1) if "<object>" in line]
    if len(lines) != len(image.boxes):
        lines = [0] * len(image.boxes)
    return file.name, lines


def _off_disk(folder: Path, image: ImageLabels, file: str, lines: Sequence[int]) -> Iterator[Fault]:
    """Yield boxes that show no piece of the Sun; images that are no magnetogram are skipped."""
    base = folder if folder.is_dir() else folder.parent
    path = image_beside(base, Path(image.image).stem)
    if path is None or not image.boxes:
        return
    try:
        canonical = canonical_boxes(read_at(Path(), str(path)), [box.edges for box in image.boxes])
    except HalescopeError as error:
        yield Fault(file, 0, 0, "no-image", str(error))
        return
    for box, line, edges in zip(image.boxes, lines, canonical, strict=True):
        if not touches_disk(edges):
            yield Fault(file, line, 0, "off-disk", f"{_edges(box)} shows no piece of the Sun")


def touches_disk(edges: Sequence[float] | NDArray[np.floating]) -> bool:
    """Return whether a canonical box, x_min, y_min, x_max, y_max, shows a piece of the Sun."""
    x0, y0, x1, y1 = (float(value) for value in edges)
    middle = DISK_SIDE / 2
    dx, dy = (max(low - middle, 0.0, middle - high) for low, high in ((x0, x1), (y0, y1)))
    return bool(np.hypot(dx, dy) < DISK_RADIUS)


def _partners(folder: Path, name: str, images: Sequence[ImageLabels]) -> Iterator[Fault]:
    """Yield labels without an image, and images beside them without labels."""
    base = folder if folder.is_dir() else folder.parent
    stems = {Path(image.image).stem for image in images}
    alone = [i for i in images if image_beside(base, Path(i.image).stem) is None]
    if len(alone) == len(images) > 1:  # labels that were written, or kept, without pictures
        where = f"none of the {len(images)} images is in it or in {base.parent / 'images'}"
        yield Fault(str(folder), 0, 0, "no-image", where)
        alone = []
    for image in alone:
        yield Fault(image.image, 0, 0, "no-image", "labels without an image")
    for place in {base, base / "images", base.parent / "images"}:
        for path in sorted(place.glob("*")) if place.is_dir() else ():
            if path.suffix.lower() in PICTURES and path.stem not in stems:
                yield Fault(path.name, 0, 0, "no-labels", f"an image without {name} labels")
