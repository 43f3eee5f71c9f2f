"""What lies in a folder that somebody labelled: format, labels, pictures and parts, by content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from halescope.datasets.formats.labels import PICTURES
from halescope.datasets.manifest_table import REQUIRED
from halescope.errors import DatasetError
from halescope.guards.cells import CellReader
from halescope.guards.documents import from_json
from halescope.io.source import SUFFIXES

FORMATS = ("manifest", "srs", "kitti", "yolo", "coco", "voc", "cvat", "folders", "pictures")
"""What a data set can be made from; ``srs`` is a folder of magnetograms and NOAA's summaries,
``pictures`` one of magnetograms without labels, which a person will draw."""

PART_NAMES = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "test": "test", "testing": "test",
}  # fmt: skip
"""Folders that hold a part."""

LABEL_FOLDERS = ("labels", "label", "Annotations", "annotations")

_LOOKED_AT = 60
"""Files of a folder that are opened to find out its format."""

_TRAINERS = ("classes.txt", "train.txt", "val.txt", "validation.txt", "test.txt", "left_out.txt")


@dataclass(frozen=True)
class Source:
    """Labels of one format.

    Parameters
    ----------
    form : str
        One of `FORMATS`.
    labels : Path
        File or folder; for class folders the folder that holds them.
    images : Path
        Folder in and below which the pictures are.
    part : str
        Member of `halescope.datasets.splits.config.PARTS`, or empty.
    """

    form: str
    labels: Path
    images: Path
    part: str = ""


def look(path: Path, form: str = "") -> list[Source]:
    """Return what a file or folder holds, one source for each part; empty if no labels are found.

    `form`: one of `FORMATS`; if given, only labels of that format are looked for. Raises
    `DatasetError` where nothing is there.
    """
    if not path.exists():
        raise DatasetError(str(path), "does not exist", "a folder or file of labels")
    if path.is_file():
        found = _form_of_file(path)
        return [Source(found, path, path.parent)] if found and form in ("", found) else []
    if form == "pictures":
        return [Source(form, path, path)] if pictures_below(path, 1) else []
    divided = [*_divided(path, form)]
    if divided:
        return sorted(divided, key=lambda source: (*PART_NAMES.values(),).index(source.part))
    one = _labels_in(path, form)
    return [one] if one else []


def _divided(path: Path, form: str) -> Iterator[Source]:
    """Yield the sources of ``train/labels`` and so on, or of ``labels/train`` and so on."""
    tables = (path / f"manifest{ending}" for ending in (".csv", ".parquet"))
    if form in ("", "manifest") and any(table.is_file() for table in tables):
        return
    for folder in _folders(path):
        if part := PART_NAMES.get(folder.name.lower()):
            if found := _labels_in(folder, form):
                yield Source(found.form, found.labels, found.images, part)
        elif folder.name in LABEL_FOLDERS:
            for inner in _folders(folder):
                if part := PART_NAMES.get(inner.name.lower()):
                    if found := _labels_in(inner, form):
                        yield Source(found.form, found.labels, path, part)


def _labels_in(folder: Path, form: str) -> Source | None:
    """Return the labels of one folder, or of a folder of labels inside it."""
    places = [folder, *(folder / name for name in LABEL_FOLDERS if (folder / name).is_dir())]
    for place in places:
        found = _form_of_folder(place, form)
        if found is None:
            continue
        name, labels = found
        images = folder
        if place == folder and folder.name in LABEL_FOLDERS:
            images = folder.parent
        return Source(name, labels, images)
    if form in ("", "folders") and len(class_folders(folder)) > 1:
        return Source("folders", folder, folder)
    return None


def _form_of_folder(folder: Path, form: str) -> tuple[str, Path] | None:
    """Return the format of the label files right in a folder, and their file or folder."""
    for path in islice(_label_files(folder), _LOOKED_AT):
        found = _form_of_file(path)
        if found and form in ("", found):
            many = found in ("kitti", "yolo", "voc", "srs", "folders")
            return found, folder if many else path
    return None


def _label_files(folder: Path) -> Iterator[Path]:
    """Yield the files that may hold labels, tables first."""
    order = (".csv", ".parquet", ".json", ".xml", ".txt")
    files = [p for p in folder.iterdir() if p.suffix.lower() in order and p.is_file()]
    yield from sorted(
        (p for p in files if p.name not in _TRAINERS),
        key=lambda p: (not p.stem.startswith("manifest"), order.index(p.suffix.lower()), p.name),
    )


def _form_of_file(path: Path) -> str:
    """Return the format of a label file by its content, empty if it is none."""
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            return "manifest"
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            head = stream.read(4096)
    except OSError:
        return ""
    if ending == ".csv":
        return _form_of_table(next(CellReader(head.splitlines(), path), []))
    if ending == ".json":
        return "coco" if _is_coco(path, head) else ""
    if ending == ".xml":
        return next(
            (n for t, n in (("<annotations", "cvat"), ("<annotation", "voc")) if t in head), ""
        )
    if "Solar Region Summary" in head or ("SRS" in head[:200] and "Nmbr" in head):
        return "srs"
    return _form_of_lines(head)


def _form_of_table(columns: list[str]) -> str:
    held = set(columns)
    if held.issuperset(REQUIRED):
        return "manifest"
    if held.issuperset({"noaa_number", "location"}):
        return "srs"
    return "folders" if held.issuperset({"crop", "folder"}) else ""


def _is_coco(path: Path, head: str) -> bool:
    if not any(word in head for word in ('"images"', '"annotations"', '"categories"', '"info"')):
        return False
    try:
        document = from_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and {"images", "annotations", "categories"} <= set(document)


def _form_of_lines(text: str) -> str:
    """Return kitti or yolo by the columns of the first line that says something."""
    fields = next((line.split() for line in text.splitlines() if line.strip()), [])
    try:
        [float(field) for field in fields[1:]]
    except ValueError:
        return ""
    if len(fields) in (15, 16):
        return "kitti"
    return "yolo" if len(fields) in (5, 6) and fields[0].isdigit() else ""


def class_folders(folder: Path) -> dict[str, int]:
    """Return the folders in a folder that hold pictures, and how many each holds."""
    counts = {inner.name: len(pictures_in(inner)) for inner in _folders(folder)}
    return {name: count for name, count in counts.items() if count}


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures that lie in a folder itself, in order."""
    if not folder.is_dir():
        return []
    files = (p for p in folder.iterdir() if p.suffix.lower() in PICTURES and p.is_file())
    return sorted(p for p in files if not p.name.startswith("."))


def pictures_below(folder: Path, limit: int = 100_000) -> int:
    """Return how many magnetograms a folder and those below it hold, counted up to a limit."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    return sum(1 for _ in islice(found, limit))


def _folders(path: Path) -> list[Path]:
    folders = (p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
    return sorted(folders)
