import pytest
from PIL import Image

from halescope.cli import run
from halescope.datasets.formats.kitti import kitti_text
from halescope.datasets.formats.labels import Box
from halescope.datasets.lint import lint_labels, spelled, touches_disk
from halescope.datasets.lint_manifest import lint_manifest
from halescope.datasets.manifest import rows, write_manifest
from halescope.errors import DatasetError
from halescope.synthetic.files import picture_bytes


def labels_in(tmp_path, boxes, size=(512, 512)):
    (tmp_path / "labels").mkdir()
    (tmp_path / "images").mkdir()
    Image.new("L", size).save(tmp_path / "images" / "a.png")
    (tmp_path / "labels" / "a.txt").write_text(kitti_text(boxes))
    return tmp_path / "labels"


GOOD = Box("beta", 100, 100, 150, 140)


def test_each_fault_is_named_with_line_and_column(tmp_path):
    folder = labels_in(
        tmp_path,
        [
            GOOD,
            Box("betta", 200, 200, 240, 240),
            Box("dont_care", 10, 300, 40, 330),
            Box("beta", 300, 340, 280, 300),
            Box("beta", 490, 200, 530, 240),
            Box("beta", 600, 200, 630, 240),
            Box("beta", 400, 400, 402, 440),
            GOOD,
            Box("beta", 101, 100, 151, 140),
            Box("filament", 350, 100, 380, 140),
        ],
    )
    (tmp_path / "labels" / "b.txt").write_text("")
    (tmp_path / "images" / "c.png").write_bytes((tmp_path / "images" / "a.png").read_bytes())
    faults = lint_labels(folder, "kitti", disks=False)
    assert [(f.file, f.line, f.column, f.kind, f.fixable) for f in faults] == [
        ("a.txt", 2, 1, "class", True),
        ("a.txt", 3, 1, "class", True),
        ("a.txt", 4, 5, "inverted", True),
        ("a.txt", 5, 5, "outside", True),
        ("a.txt", 6, 5, "outside", False),
        ("a.txt", 7, 5, "tiny", False),
        ("a.txt", 8, 5, "doubled", True),
        ("a.txt", 9, 5, "doubled", False),
        ("a.txt", 10, 1, "class", False),
        ("b.png", 0, 0, "no-image", False),
        ("c.png", 0, 0, "no-labels", False),
    ]
    assert str(faults[0]) == "a.txt:2:1: class: 'betta' is probably beta [safe to fix]"


@pytest.mark.parametrize("name", ["kitti", "yolo", "voc"])
def test_a_folder_that_holds_no_labels_is_no_clean_one(tmp_path, name, capsys):
    labels_in(tmp_path, [GOOD])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no label files"):
        lint_labels(tmp_path / "empty", name)
    if name == "kitti":  # the folder above
        assert run(["dataset", "lint", str(tmp_path), "--from", name]) == 2
        assert f"labels are in {tmp_path / 'labels'}" in capsys.readouterr().err


def test_labels_without_any_picture_are_one_fault(tmp_path):
    (tmp_path / "labels").mkdir()
    for number in range(50):
        (tmp_path / "labels" / f"{number}.txt").write_text(kitti_text([GOOD]))
    (fault,) = lint_labels(tmp_path / "labels", "kitti", disks=False)
    assert (fault.kind, "none of the 50 images" in fault.text) == ("no-image", True)


def test_convert_without_pictures_says_so_once(labelled, tmp_path, capsys):
    words = ["dataset", "convert", str(labelled / "manifest.csv"), "--root", str(labelled)]
    assert run([*words, "-o", str(tmp_path / "k")]) == 0
    assert "--pictures" in capsys.readouterr().out
    back = ["dataset", "convert", str(tmp_path / "k" / "labels"), "--from", "kitti", "--to"]
    back += ["manifest", "-o", str(tmp_path / "back")]
    (tmp_path / "nothing").mkdir()
    assert run([*back, "--root", str(tmp_path / "nothing")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "holds none of the 8 images" in line
    assert run([*back, "--root", str(labelled)]) == 0


def test_fix_corrects_what_is_safe_and_nothing_else(tmp_path):
    boxes = [GOOD, GOOD, Box("Beta-Gamma", 340, 200, 300, 240), Box("beta", 400, 400, 402, 440)]
    folder = labels_in(tmp_path, boxes)
    lint_labels(folder, "kitti", fix=True, disks=False)
    assert (folder / "a.txt").read_text() == kitti_text(
        [GOOD, Box("beta-gamma", 300, 200, 340, 240), boxes[3]]
    )
    assert [f.kind for f in lint_labels(folder, "kitti", disks=False)] == ["tiny"]


def test_fix_leaves_files_with_unreadable_lines_alone(tmp_path):
    folder = labels_in(tmp_path, [GOOD, GOOD])
    text = (folder / "a.txt").read_text() + "beta 1 2\n"
    (folder / "a.txt").write_text(text)
    with pytest.raises(DatasetError, match="by hand"):
        lint_labels(folder, "kitti", fix=True, disks=False)
    assert (folder / "a.txt").read_text() == text


def test_boxes_off_the_disk_are_found(tmp_path, small_drawing):
    folder = labels_in(tmp_path, [GOOD, Box("beta", 2, 2, 30, 30), Box("beta", 250, 2, 280, 80)])
    picture = picture_bytes(small_drawing.magnetogram, "png")
    (tmp_path / "images" / "a.png").write_bytes(picture)
    assert [(f.line, f.kind) for f in lint_labels(folder, "kitti")] == [(2, "off-disk")]


@pytest.mark.parametrize("name", ["yolo", "voc", "coco", "cvat"])
def test_other_formats_are_looked_at_too(tmp_path, name):
    from halescope.datasets.formats.labels import ImageLabels
    from halescope.datasets.formats.table import format_of

    folder = labels_in(tmp_path, [])
    (folder / "a.txt").unlink()
    boxes = (GOOD, Box("betta", 200, 200, 202, 240))
    format_of(name).write([ImageLabels("a.png", 512, 512, boxes)], folder)
    assert {f.kind for f in lint_labels(folder, name, disks=False)} == {"class", "tiny"}


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("beta", "beta"),
        ("Beta-Gamma", "beta-gamma"),
        ("βγδ", "beta-gamma-delta"),
        ("alhpa", "alpha"),
        ("Dont Care", "DontCare"),
        ("AR", "ar"),
        ("quux", "quux"),
    ],
)
def test_spelled(name, mended):
    assert spelled(name)[0] == mended


@pytest.mark.parametrize(
    ("box", "touches"),
    [((200, 200, 220, 220), True), ((0, 0, 20, 20), False), ((0, 0, 400, 400), True),
     ((60, 60, 68, 68), True), ((60, 60, 65, 65), False)],
)  # fmt: skip
def test_touches_disk(box, touches):
    assert touches_disk(box) is touches


def test_manifest_faults_name_row_and_column(tmp_path):
    path = tmp_path / "m.csv"
    base = {"image": "a.png", "noaa_number": 1, "class": "beta", "status": "firm",
            "x_min": 200, "y_min": 200, "x_max": 240, "y_max": 240}  # fmt: skip
    write_manifest(
        path,
        [
            base,
            base,
            base | {"class": "Beta-Gama", "x_min": 100, "x_max": 140},
            base | {"status": "Firm", "x_min": 300, "x_max": 290},
            base | {"x_min": 0, "x_max": 9, "y_min": 0, "y_max": 9},
            base | {"x_min": "?"},
            base | {"noaa_number": 2, "x_min": 201},
        ],
    )
    faults = lint_manifest(path, root=tmp_path)
    assert [(f.line, f.column, f.kind) for f in faults] == [
        (2, 1, "no-image"),
        (3, 1, "doubled"),
        (4, 6, "class"),
        (5, 7, "status"),
        (5, 8, "inverted"),
        (6, 8, "off-disk"),
        (7, 8, "format"),
        (8, 8, "doubled"),
    ]
    lint_manifest(path, fix=True)
    assert [f.kind for f in lint_manifest(path)] == ["off-disk", "format", "doubled"]
    assert [row["class"] for row in rows(path)][1] == "beta-gamma"


def test_unknown_flags_are_named(tmp_path):
    box = {"image": "a.png", "status": "firm", "class": "beta", "noaa_number": 14366,
           "x_min": 100, "y_min": 100, "x_max": 140, "y_max": 130}  # fmt: skip
    write_manifest(tmp_path / "m.csv", [box | {"flags": "crowded;limbo"}])
    (fault,) = lint_manifest(tmp_path / "m.csv")
    assert (fault.line, fault.kind, fault.fixable) == (2, "flag", False)
    assert "limbo is no known flag" in str(fault)
