import numpy as np
import pytest
from typer.testing import CliRunner

from halescope.commands.compare import app
from halescope.datasets.manifest import write_manifest
from halescope.errors import DatasetError
from halescope.evaluation.agreement import cohens_kappa, compare_labellers, matched, summed

BOX = (100.0, 100.0, 140.0, 140.0)


def kitti(name, box):
    numbers = " ".join(f"{value:.2f}" for value in box)
    return f"{name} 0.00 0 0.00 {numbers} 0 0 0 0 0 0 0\n"


def test_kappa_of_a_published_table():
    # Cohen's own kind of table: 45 + 25 of 100 agree, chance gives 0.54.
    assert cohens_kappa(np.array([[45, 15], [15, 25]])) == pytest.approx(0.375)


def test_kappa_of_no_choice_is_not_defined():
    assert np.isnan(cohens_kappa(np.array([[7]])))
    assert np.isnan(cohens_kappa(np.zeros((0, 0), np.int64)))


def test_boxes_are_matched_so_that_overlaps_sum_to_the_most():
    first = [("beta", (0, 0, 10, 10)), ("alpha", (0, 0, 10, 8))]
    second = [("beta", (0, 0, 10, 9))]
    found = matched("a", first, second)
    assert [(p.first, p.second, p.iou) for p in found.pairs] == [(0, 0, 0.9)]
    assert (found.only_first, found.only_second, found.unlike) == ((1,), (), 1)


def test_nothing_in_common_is_no_pair():
    found = matched("a", [("beta", BOX)], [("beta", (0, 0, 9, 9))])
    assert not found.pairs
    assert found.unlike == 2
    total = summed([found])
    assert total.f1 == 0
    assert np.isnan(total.kappa)
    assert np.isnan(total.mean_iou)


def two_labellers(folder):
    for who, lines in (
        ("a", {"one": [("beta", BOX), ("alpha", (0, 0, 20, 20))], "two": [("beta", BOX)]}),
        ("b", {"one": [("beta", BOX), ("beta", (0, 0, 20, 20))], "two": [], "three": []}),
    ):
        (folder / who).mkdir()
        for name, boxes in lines.items():
            (folder / who / f"{name}.txt").write_text("".join(kitti(n, b) for n, b in boxes))
    return folder / "a", folder / "b"


def test_two_folders(tmp_path):
    found = compare_labellers(*two_labellers(tmp_path))
    assert (found.matched, found.first, found.second) == (2, 3, 2)
    assert found.f1 == pytest.approx(0.8)
    assert found.mean_iou == 1
    assert found.agreement == 0.5
    assert found.kappa == 0
    assert found.missing == ("three",)
    assert found.names == ("alpha", "beta")
    assert found.confusion.tolist() == [[0, 1], [0, 1]]
    assert [image.unlike for image in found.images] == [1, 1]


def test_two_manifests(tmp_path):
    row = dict(zip(("x_min", "y_min", "x_max", "y_max"), BOX, strict=True))
    paths = []
    for name, status in (("a", "firm"), ("b", "doubtful")):
        paths.append(tmp_path / f"{name}.csv")
        label = row | {"image": "x/one.png", "class": "beta", "status": status, "noaa_number": 9}
        write_manifest(paths[-1], [label])
    found = compare_labellers(*paths)
    assert found.matched == 1
    assert found.names == ("DontCare", "beta")


def test_what_cannot_be_compared_is_told(tmp_path):
    first, second = two_labellers(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no label file"):
        compare_labellers(first, tmp_path / "empty")
    with pytest.raises(DatasetError, match="another kind"):
        compare_labellers(first, tmp_path / "manifest.csv")
    (tmp_path / "empty" / "other.txt").write_text("")
    with pytest.raises(DatasetError, match="none of the 2 pictures"):
        compare_labellers(first, tmp_path / "empty")
    assert second.is_dir()


def test_the_command_prints_it(tmp_path):
    said = CliRunner().invoke(app, ["labellers", *map(str, two_labellers(tmp_path))])
    assert said.exit_code == 0
    assert "2 pictures, 3 and 2 boxes, 2 matched: F1 0.8000, mean IoU 1.0000" in said.stdout
    assert "Cohen's kappa 0.0000" in said.stdout
    assert "one (1), two (1)" in said.stdout
