"""Label files and class folders against the system's output."""

import numpy as np
import pytest
from PIL import Image

from halescope.classes import HIERARCHY, PAPER_CLASSES
from halescope.cli import run
from halescope.errors import DatasetError, ModelError
from halescope.evaluation.manual import (
    compare_folders,
    compare_labels,
    folder_classes,
    picture_classifier,
)

HEAD = "image,time,region,x_min,y_min,x_max,y_max,score\n"


def line(box, kind="sunspot"):
    return f"{kind} 0.0 0 0.0 {' '.join(map(str, box))} 0 0 0 0 0 0 0\n"


def test_label_files_against_a_catalogue(tmp_path):
    labels = tmp_path / "labels"
    labels.mkdir()
    # The first line of the paper's Fig. 7, a DontCare and a line that is cut short.
    (labels / "a.txt").write_text(
        line((56, 143, 82, 163)) + line((0, 0, 9, 9), "DontCare") + "sunspot 0.0 0\n"
    )
    (labels / "b.txt").write_text(line((10, 10, 30, 30)))
    catalog = tmp_path / "catalog.csv"
    catalog.write_text(
        HEAD
        + "x/a.jpg,,1,56,143,82,162,0.9\n"
        + "x/a.jpg,,2,200,200,230,230,0.8\n"
        + "x/c.jpg,,1,1,1,2,2,0.5\n"
    )
    found = compare_labels(labels, catalog)
    assert (found.report.truths, found.report.found) == (2, 2)
    assert found.report.pooled.precision == 0.5
    assert found.report.pooled.recall == 0.5
    assert found.unseen == ("b",)
    assert found.unlabelled == ("c",)
    assert found.malformed == ("a.txt:3: 3 columns, expected 15 or 16",)


def test_what_is_no_catalogue_or_label_folder_is_refused(tmp_path):
    (tmp_path / "catalog.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="no catalogue"):
        compare_labels(tmp_path, tmp_path / "catalog.csv")
    (tmp_path / "catalog.csv").write_text(HEAD)
    with pytest.raises(DatasetError, match="no label file"):
        compare_labels(tmp_path, tmp_path / "catalog.csv")


def test_class_folders_against_a_classifier(tmp_path):
    for name, greys in (("A", (10, 20)), ("B", (30, 240))):
        (tmp_path / name).mkdir()
        for grey in greys:
            Image.fromarray(np.full((4, 5), grey, np.uint8)).save(tmp_path / name / f"{grey}.png")
    found = compare_folders(tmp_path, lambda levels: int(levels.mean() > 100), ("A", "B"))
    assert found.confusion.tolist() == [[2, 0], [1, 1]]
    assert found.accuracy == 0.75
    assert found.wrong == ("B/30.png: A",)
    (tmp_path / "X").mkdir()
    with pytest.raises(DatasetError, match="is no class"):
        compare_folders(tmp_path, lambda levels: 0, ("A", "B"))


@pytest.mark.parametrize(
    ("names", "first"),
    [(("A", "BG"), "A"), (("beta", "complex"), "alpha"), (("beta-delta",), "alpha")],
)
def test_folder_names_tell_the_vocabulary(tmp_path, names, first):
    for name in names:
        (tmp_path / name).mkdir()
    found = folder_classes(tmp_path)
    assert found[0] == first
    assert set(names) <= set(found)


def test_folder_names_of_no_vocabulary_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="holds no class folder"):
        folder_classes(tmp_path)
    for name in ("A", "complex"):
        (tmp_path / name).mkdir()
    with pytest.raises(DatasetError, match="holds A, complex"):
        folder_classes(tmp_path)


def test_a_network_of_pictures_answers_in_the_folders_words(monkeypatch):
    from types import SimpleNamespace

    def says(logits):
        card = SimpleNamespace(
            architecture="googlenet", classes=PAPER_CLASSES, options={}, calibration={},
            input=SimpleNamespace(size=224, channels=3),
        )  # fmt: skip

        class Fake:
            def __init__(self):
                self.card = card

            def __call__(self, array):
                assert array.shape == (1, 3, 224, 224)
                return {"logits": np.array([logits], np.float32)}

        monkeypatch.setattr("halescope.runtime.session.load", lambda name, task: Fake())

    levels = np.full((20, 30), 127, np.uint8)
    says([0.0, 0.0, 0.0, 9.0])
    assert picture_classifier("any", PAPER_CLASSES)(levels) == PAPER_CLASSES.index("BG")
    assert picture_classifier("any", HIERARCHY)(levels) == HIERARCHY.index("complex")
    says([9.0, 0.0, 0.0, 0.0])
    assert picture_classifier("any", HIERARCHY)(levels) == HIERARCHY.index("alpha")


def test_a_network_of_disks_cannot_take_pictures():
    with pytest.raises(ModelError, match="needs the whole disk"):
        picture_classifier("mount_wilson", PAPER_CLASSES)


def test_the_command_says_all_of_it(tmp_path, capsys):
    (tmp_path / "a.txt").write_text(line((10, 10, 40, 40)) + "sunspot 0.0 0\n")
    (tmp_path / "catalog.csv").write_text(HEAD + "a.jpg,,1,10,10,40,40,0.9\nb.jpg,,1,1,1,9,9,0.5\n")
    assert run(["compare", "labels", str(tmp_path), str(tmp_path / "catalog.csv")]) == 0
    said = capsys.readouterr().out
    assert "1 label files, 1 regions; 1 found" in said
    assert "pooled: precision 1.0000, recall 1.0000" in said
    assert "1 malformed label lines, left out: a.txt:2: 3 columns" in said
    assert "1 images of the catalogue have no label file and do not count: b" in said
