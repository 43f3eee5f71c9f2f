import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from halescope.classes import MOUNT_WILSON
from halescope.datasets.formats.kitti import kitti_text, parse_kitti
from halescope.datasets.formats.labels import Box, ImageLabels
from halescope.datasets.formats.table import FORMATS, format_of, read_labels
from halescope.datasets.formats.yolo import parse_yolo
from halescope.errors import ConfigError, DatasetError

SIZE = (640, 512)
WORDS = st.text("abcdefgh<>&\"' é", max_size=8).map(str.strip)


@st.composite
def boxes(draw, whole=False):
    """Boxes to a ten-thousandth of a pixel, inside the image."""
    step = 1 if whole else 10_000
    x = sorted(draw(st.lists(st.integers(0, SIZE[0] * step), min_size=2, max_size=2, unique=True)))
    y = sorted(draw(st.lists(st.integers(0, SIZE[1] * step), min_size=2, max_size=2, unique=True)))
    return Box(
        draw(st.sampled_from(MOUNT_WILSON)), x[0] / step, y[0] / step, x[1] / step, y[1] / step
    )


def finite():
    return st.floats(allow_nan=False, allow_infinity=False)


kitti_boxes = st.builds(
    Box,
    st.sampled_from([*MOUNT_WILSON, "DontCare"]),
    *[finite()] * 4,
    truncated=finite(),
    occluded=st.integers(0, 3),
    alpha=finite(),
    dimensions=st.tuples(finite(), finite(), finite()),
    location=st.tuples(finite(), finite(), finite()),
    rotation=finite(),
    score=st.none() | finite(),
)


@given(st.lists(kitti_boxes, max_size=5))
def test_kitti_text_keeps_everything_exactly(found):
    text = kitti_text(found)
    back, problems = parse_kitti(text, "x.txt")
    assert not problems
    assert back == found
    assert kitti_text(back) == text
    assert {len(line.split()) for line in text.splitlines()} <= {15, 16}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(boxes(), max_size=4), min_size=1, max_size=3), WORDS)
@pytest.mark.parametrize("name", list(FORMATS))
def test_round_trip_is_exact(name, found, word):
    keeps = "attributes" in FORMATS[name].keeps
    attributes = {"noaa_number": "14366", "note": word} if keeps else {}
    images = [
        ImageLabels(
            f"disk_{i}.png", *SIZE, tuple(Box(b.name, *b.edges, dict(attributes)) for b in some)
        )
        for i, some in enumerate(found)
    ]
    with TemporaryDirectory() as folder:
        labels = Path(folder) / "labels"
        (Path(folder) / "images").mkdir()
        for image in images:
            Image.new("L", SIZE).save(Path(folder) / "images" / image.image)
        FORMATS[name].write(images, labels)
        back, problems = read_labels(labels, name)
        assert not problems
        assert back == images
        before = {p.name: p.read_bytes() for p in labels.iterdir()}
        FORMATS[name].write(back, labels)
        assert {p.name: p.read_bytes() for p in labels.iterdir()} == before


def test_kitti_line_is_that_of_the_paper():
    line = kitti_text([Box("ar", 100, 110.5, 150, 160)])
    assert line == "ar 0.00 0 0.00 100.00 110.50 150.00 160.00 " + " ".join(["0.00"] * 7) + "\n"


def test_kitti_names_line_and_column_and_uses_the_rest():
    good = kitti_text([Box("ar", 1, 2, 3, 4)])
    text = good + "ar 0 0\n" + good.replace("2.00", "two") + good.replace("3.00", "nan") + good
    found, problems = parse_kitti(text, "a.txt")
    assert len(found) == 2
    assert [str(p) for p in problems] == [
        "a.txt:2: 3 columns, expected 15 or 16",
        "a.txt:3:6: top is 'two', expected a number",
        "a.txt:4:7: right is 'nan', expected a number",
    ]


def test_yolo_problems_are_listed():
    found, problems = parse_yolo("0 .5 .5 .1 .1\n7 .5 .5 .1 .1\n0 .5\n", "a.txt", SIZE, ["beta"])
    assert [box.name for box in found] == ["beta"]
    assert [p.line for p in problems] == [2, 3]


def test_coco_says_what_other_readers_expect(tmp_path):
    box = Box("beta", 10, 20, 40, 70, {"noaa_number": "14366"})
    format_of("coco").write([ImageLabels("a.png", 64, 80, (box,))], tmp_path)
    document = json.loads((tmp_path / "instances.json").read_text())
    assert document["annotations"][0]["bbox"] == [10, 20, 30, 50]
    assert document["annotations"][0]["area"] == 1500
    assert document["categories"] == [{"id": 1, "name": "beta", "supercategory": "region"}]


def test_coco_file_is_read_by_an_independent_library(tmp_path):
    tools = pytest.importorskip("faster_coco_eval")
    box = Box("beta", 10, 20, 40, 70)
    format_of("coco").write([ImageLabels("a.png", 64, 80, (box,))], tmp_path)
    read = tools.COCO(str(tmp_path / "instances.json"))
    assert read.loadAnns(read.getAnnIds())[0]["bbox"] == [10, 20, 30, 50]


CVAT_EXPORT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><id>4</id></task></meta>
<image id="0" name="sun/a.jpg" width="512" height="512">
 <box label="beta" source="manual" occluded="1" xtl="10.50" ytl="3.00" xbr="20.25" ybr="9.00"
  z_order="0"><attribute name="noaa_number">14366</attribute></box>
 <box label="beta" occluded="0" xtl="oops" ytl="3.00" xbr="20.25" ybr="9.00"/>
</image></annotations>"""


def test_reads_what_cvat_exports(tmp_path):
    (tmp_path / "annotations.xml").write_text(CVAT_EXPORT)
    images, problems = read_labels(tmp_path, "cvat")
    assert images[0].boxes == (
        Box("beta", 10.5, 3, 20.25, 9, {"noaa_number": "14366"}, occluded=1),
    )
    assert "sun/a.jpg, box 2: xtl is 'oops'" in str(problems[0])


@pytest.mark.parametrize(("name", "file"), [("coco", "i.json"), ("cvat", "a.xml")])
def test_a_wrong_file_is_one_clear_line(name, file, tmp_path):
    (tmp_path / file).write_text("<html>no</html>")
    with pytest.raises(DatasetError, match=file):
        read_labels(tmp_path / file, name)
    with pytest.raises(DatasetError, match="does not exist"):
        read_labels(tmp_path / "none", name)


def test_unknown_format():
    with pytest.raises(ConfigError, match="kitti, yolo, coco, voc, cvat"):
        format_of("dota")
