"""Pascal VOC XML, one file per image, and CVAT's own XML ("CVAT for images 1.1"), one for all.

Both hold pixel edges from 0, as CVAT writes and reads them; the devkit of 2012 counted from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from halescope.datasets.formats.labels import (
    Box,
    ImageLabels,
    LabelProblem,
    LabelSet,
    class_names,
    number_text,
    parse_number,
    parse_side,
)
from halescope.errors import DatasetError
from halescope.guards.inside import inside
from halescope.io.atomic import atomic_text


def write_voc(images: Sequence[ImageLabels], folder: Path) -> None:
    """Write one XML file for each image."""
    for image in images:
        root = ET.Element("annotation")
        _text(root, "folder", "")
        _text(root, "filename", image.image)
        size = ET.SubElement(root, "size")
        for name, value in (("width", image.width), ("height", image.height), ("depth", 1)):
            _text(size, name, str(value))
        for box in image.boxes:
            _voc_object(root, box)
        atomic_text(inside(folder, f"{Path(image.image).stem}.xml", image.image), _document(root))


def _voc_object(root: ET.Element, box: Box) -> None:
    part = ET.SubElement(root, "object")
    _text(part, "name", box.name)
    _text(part, "truncated", "1" if box.truncated else "0")
    _text(part, "occluded", str(box.occluded))
    _text(part, "difficult", "1" if box.attributes.get("status") == "doubtful" else "0")
    corners = ET.SubElement(part, "bndbox")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), box.edges, strict=True):
        _text(corners, name, number_text(value))
    if box.attributes:
        held = ET.SubElement(part, "attributes")
        for name, text in box.attributes.items():
            attribute = ET.SubElement(held, "attribute")
            _text(attribute, "name", name)
            _text(attribute, "value", text)


def read_voc(folder: Path) -> LabelSet:
    """Read a folder of XML files (or its ``Annotations``)."""
    inner = folder / "Annotations"
    images, problems = [], []
    for file in sorted((inner if inner.is_dir() else folder).glob("*.xml")):
        try:
            root = ET.fromstring(file.read_text("utf-8"))
        except (ET.ParseError, UnicodeDecodeError) as error:
            problems.append(LabelProblem(file.name, *_position(error), f"no XML ({error})"))
            continue
        boxes = []
        for index, part in enumerate(root.iter("object"), 1):
            try:
                boxes.append(_voc_box(part))
            except ValueError as error:
                problems.append(LabelProblem(file.name, 0, 0, f"object {index}: {error}"))
        try:
            width, height = (parse_side(root.findtext(f"size/{n}")) for n in ("width", "height"))
        except ValueError as error:
            problems.append(LabelProblem(file.name, 0, 0, str(error)))
            width = height = 0
        name = root.findtext("filename") or f"{file.stem}.png"
        images.append(ImageLabels(name, width, height, tuple(boxes)))
    return images, problems


def _voc_box(part: ET.Element) -> Box:
    name = part.findtext("name")
    if not name:
        raise ValueError("no name")
    corners = ("xmin", "ymin", "xmax", "ymax")
    x0, y0, x1, y1 = (_number(part.findtext(f"bndbox/{n}"), n) for n in corners)
    attributes = {
        a.findtext("name") or "": a.findtext("value") or "" for a in part.iter("attribute")
    }
    truncated, occluded = (part.findtext(n) or 0 for n in ("truncated", "occluded"))
    return Box(name, x0, y0, x1, y1, attributes, float(truncated), int(occluded))


def write_cvat(images: Sequence[ImageLabels], path: Path) -> None:
    """Write CVAT's XML; a folder gets ``annotations.xml``."""
    root = ET.Element("annotations")
    _text(root, "version", "1.1")
    labels = ET.SubElement(ET.SubElement(ET.SubElement(root, "meta"), "task"), "labels")
    held = sorted({key for i in images for box in i.boxes for key in box.attributes})
    for name in class_names(images):
        label = ET.SubElement(labels, "label")
        _text(label, "name", name)
        _text(label, "type", "rectangle")
        attributes = ET.SubElement(label, "attributes")
        for key in held:
            attribute = ET.SubElement(attributes, "attribute")
            fixed = {"mutable": "False", "input_type": "text", "default_value": "", "values": ""}
            for name, text in ({"name": key} | fixed).items():
                _text(attribute, name, text)
    for index, image in enumerate(images):
        size = {"width": str(image.width), "height": str(image.height)}
        part = ET.SubElement(root, "image", {"id": str(index), "name": image.image} | size)
        for box in image.boxes:
            _cvat_box(part, box)
    atomic_text(path if path.suffix == ".xml" else path / "annotations.xml", _document(root))


def _cvat_box(image: ET.Element, box: Box) -> None:
    edges = dict(zip(("xtl", "ytl", "xbr", "ybr"), map(number_text, box.edges), strict=True))
    fixed = {"label": box.name, "source": "manual", "occluded": str(box.occluded)}
    part = ET.SubElement(image, "box", fixed | edges | {"z_order": "0"})
    for name, text in box.attributes.items():
        ET.SubElement(part, "attribute", {"name": name}).text = text


def read_cvat(path: Path) -> LabelSet:
    """Read CVAT's XML, or ``annotations.xml`` of a folder.

    Raises `DatasetError` where it is no such file.
    """
    path = path / "annotations.xml" if path.is_dir() else path
    try:
        root = ET.fromstring(path.read_text("utf-8"))
    except (OSError, ET.ParseError, UnicodeDecodeError) as error:
        raise DatasetError(str(path), f"is no XML ({error})", "CVAT for images 1.1") from error
    if root.tag != "annotations":
        raise DatasetError(str(path), f"starts with <{root.tag}>", "<annotations>, CVAT for images")
    images, problems = [], []
    for image in root.iter("image"):
        boxes = []
        for index, part in enumerate(image.iter("box"), 1):
            try:
                boxes.append(_box_of_cvat(part))
            except ValueError as error:
                where = f"{image.get('name')}, box {index}: {error}"
                problems.append(LabelProblem(path.name, 0, 0, where))
        try:
            size = parse_side(image.get("width")), parse_side(image.get("height"))
        except ValueError as error:
            problems.append(LabelProblem(path.name, 0, 0, f"{image.get('name')}: {error}"))
            size = 0, 0
        images.append(ImageLabels(image.get("name", ""), *size, tuple(boxes)))
    return images, problems


def _box_of_cvat(part: ET.Element) -> Box:
    x0, y0, x1, y1 = (_number(part.get(name), name) for name in ("xtl", "ytl", "xbr", "ybr"))
    attributes = {a.get("name", ""): a.text or "" for a in part.iter("attribute")}
    name, covered = part.get("label", ""), int(part.get("occluded", "0"))
    return Box(name, x0, y0, x1, y1, attributes, occluded=covered)


def _number(text: str | None, name: str) -> float:
    if text is None:
        raise ValueError(f"no {name}")
    try:
        return parse_number(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}, expected a number") from error


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _document(root: ET.Element) -> str:
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"


def _position(error: Exception) -> tuple[int, int]:
    line, column = getattr(error, "position", (0, 0))
    return int(line), int(column)
