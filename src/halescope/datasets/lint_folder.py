"""Faults of a whole data set: of its manifest, and of the KITTI files in ``labels/``."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from halescope.datasets.formats.kitti import kitti_text, parse_kitti
from halescope.datasets.formats.labels import ImageLabels, image_size
from halescope.datasets.lint import TINY, Fault, lint_boxes
from halescope.datasets.lint_manifest import lint_manifest
from halescope.datasets.manifest import blocks
from halescope.errors import DatasetError, HalescopeError
from halescope.guards.inside import listed
from halescope.io.atomic import atomic_text

BACKUP = ".bak"
"""Added to the name of a file that was corrected: the file as it was."""


def lint_folder(folder: Path, fix: bool = False, tiny: float = TINY) -> list[Fault]:
    """Look for faults in a data set as `halescope dataset import` makes it.

    A file that is corrected is kept as it was beside it, with ``.bak`` at the end of its name. A
    file with lines that cannot be read stays as it is.

    Parameters
    ----------
    folder : Path
        With ``manifest.csv``, and perhaps ``labels/`` and ``images/``.
    fix : bool
        Correct what is safe, see `halescope.datasets.lint.lint_labels`.
    tiny : float
        Pixels; of the canonical disk in the manifest.

    Raises
    ------
    DatasetError
        The folder has no manifest.
    """
    names = (folder / f"manifest{ending}" for ending in (".csv", ".parquet"))
    manifest = next((path for path in names if path.is_file()), None)
    if manifest is None:
        raise DatasetError(str(folder), "has no manifest.csv", "a data set of disks")
    faults = lint_manifest(manifest, False, min(tiny, 3.0), folder)
    if fix and any(fault.fixable for fault in faults):
        shutil.copyfile(manifest, manifest.with_name(manifest.name + BACKUP))
        lint_manifest(manifest, True, min(tiny, 3.0), folder)
    places = _places(manifest, folder)
    for file in sorted((folder / "labels").glob("*.txt")):
        faults += _lint_file(file, places, fix, tiny)
    return faults


def _places(manifest: Path, folder: Path) -> Mapping[str, Path]:
    """Return where the images of a manifest are, by their names without endings."""
    places: dict[str, Path] = {}
    for block in blocks(manifest, ["image"], lenient=True):
        for name in dict.fromkeys(block["image"]):
            try:
                places.setdefault(Path(name).stem, listed(folder, name))
            except HalescopeError:
                continue
    return places


def _lint_file(file: Path, places: Mapping[str, Path], fix: bool, tiny: float) -> list[Fault]:
    name = f"labels/{file.name}"
    text = file.read_text("utf-8", errors="replace")
    boxes, problems = parse_kitti(text, name)
    faults = [Fault(name, p.line, p.column, "format", p.reason) for p in problems]
    bad = {problem.line for problem in problems}
    said = [n for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    blank = [n for n, line in enumerate(text.splitlines(), 1) if not line.strip()]
    faults += [Fault(name, n, 0, "empty", "the line is empty", not problems) for n in blank]
    lines = [n for n in said if n not in bad]
    path = places.get(file.stem)
    if path is None or not path.is_file():
        faults.append(Fault(name, 0, 0, "no-image", "the manifest has no image of this name"))
    image = ImageLabels(file.stem, *_size(path), tuple(boxes))
    found, kept = lint_boxes(image, name, lines, tiny, "kitti")
    if problems:  # nothing of a file with unreadable lines is rewritten
        found = [Fault(f.file, f.line, f.column, f.kind, f.text) for f in found]
    faults += found
    if fix and not problems and any(fault.fixable for fault in faults):
        shutil.copyfile(file, file.with_name(file.name + BACKUP))
        atomic_text(file, kitti_text(kept))
    return sorted(faults, key=lambda fault: (fault.line, fault.column))


def _size(path: Path | None) -> tuple[int, int]:
    """Return width and height of an image, 0 where they are unknown: then nothing is cut to it."""
    if path is None or not path.is_file():
        return 0, 0
    try:
        return image_size(path)
    except HalescopeError:
        return 0, 0
