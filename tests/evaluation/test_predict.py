"""Every prediction of a network on a list: what is counted, and against which label."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halescope.classes import HIERARCHY, PAPER_CLASSES
from halescope.errors import DatasetError
from halescope.evaluation.predict import (
    IOU,
    LOWEST,
    _box_summary,
    _class_row,
    _corners,
    _crops,
    class_summary,
    in_vocabulary,
    predict,
)


def row(truth, predicted, status="firm"):
    return {"truth": truth, "predicted": predicted, "status": status}


def test_confusion_counts_firm_labels_alone():
    rows = [row("A", "A"), row("A", "B"), row("B", "B"), row("B", "B"), row("A", "B", "doubtful")]
    found = class_summary(rows, ("A", "AG", "B", "BG"))
    assert found["confusion"] == [[1, 0, 1, 0], [0] * 4, [0, 0, 2, 0], [0] * 4]
    assert found["accuracy"] == 0.75
    assert found["recall"] == [0.5, None, 1.0, None]
    assert found["balanced_accuracy"] == 0.75
    assert class_summary([], ("A",))["accuracy"] is None


def test_labels_are_told_in_the_networks_own_classes():
    assert in_vocabulary("beta-gamma", HIERARCHY) == "complex"
    assert in_vocabulary("beta-delta", PAPER_CLASSES) == "B"
    assert in_vocabulary("beta-delta", ("alpha", "beta-delta")) == "beta-delta"


def test_a_detector_on_a_manifest(labelled: Path, tmp_path: Path):
    found = predict("proposals", labelled / "manifest.csv", labelled)
    kinds = [one["kind"] for one in found.rows]
    summary = found.summary
    assert kinds.count("found") + kinds.count("missed") == summary["labels"]
    above = [r for r in found.rows if r["kind"] != "missed" and r["score"] >= summary["threshold"]]
    hits = sum(one["kind"] == "found" for one in above)
    assert summary["precision"] == pytest.approx(hits / len(above))
    assert summary["recall"] == pytest.approx(hits / summary["labels"])
    found.write(tmp_path / "new" / "out")
    with (tmp_path / "new" / "out" / "predictions.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(found.rows)
    assert json.loads((tmp_path / "new" / "out" / "summary.json").read_text())["problems"] == []


def test_one_bad_picture_does_not_cost_the_others(labelled: Path, tmp_path: Path):
    for path in labelled.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    bad = next(tmp_path.glob("*.png"))
    bad.write_bytes(b"none")
    found = predict("mount_wilson", tmp_path / "manifest.csv", tmp_path)
    assert len(found.problems) == 1
    assert bad.name in found.problems[0]
    assert len({one["image"] for one in found.rows}) == 7
    shares = [sum(v for k, v in one.items() if k.startswith("p_")) for one in found.rows]
    assert shares == pytest.approx([1] * len(shares), abs=1e-3)
    with pytest.raises(DatasetError, match="no image of the part 'test'"):
        predict("mount_wilson", tmp_path / "manifest.csv", tmp_path, "test")


def test_crops_in_class_folders(tmp_path: Path):
    rng = np.random.default_rng(0)
    for part, name in (("train", "A"), ("test", "A"), ("test", "B")):
        (tmp_path / part / name).mkdir(parents=True)
        levels = rng.integers(0, 255, (20, 30)).astype(np.uint8)
        Image.fromarray(levels).save(tmp_path / part / name / "one.png")
    found = predict("googlenet", tmp_path, part="test")
    assert [(one["image"], one["truth"]) for one in found.rows] == [
        ("test/A/one.png", "A"),
        ("test/B/one.png", "B"),
    ]
    assert found.summary["count"] == 2
    with pytest.raises(DatasetError, match="cannot take"):
        predict("mount_wilson", tmp_path)


def test_the_command_writes_and_says_what_it_found(labelled: Path, tmp_path: Path):
    from typer.testing import CliRunner

    from halescope.cli import app

    for network, word in (("mount_wilson", "balanced accuracy"), ("proposals", "recall")):
        given = ["predict", network, str(labelled / "manifest.csv"), "--root", str(labelled)]
        result = CliRunner().invoke(app, [*given, "-o", str(tmp_path / network)])
        assert result.exit_code == 0, result.output
        assert word in result.output
        assert (tmp_path / network / "summary.json").is_file()


def box(kind, score, **more):
    return {"kind": kind, "score": score} | more


def test_rates_of_boxes_by_hand():
    """Four labels, one never found; of three boxes from the threshold on two are right."""
    rows = [box("found", 0.9), box("found", 0.5), box("false", 0.7), box("found", 0.4),
            box("false", 0.2), box("missed", 0.0)]  # fmt: skip
    found = _box_summary(rows, 0.5)
    assert (found["labels"], found["boxes"], found["threshold"]) == (4, 3, 0.5)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == 0.5
    assert found["f1"] == pytest.approx(4 / 7)
    # Precision 1 to recall 1/4, then 3/4 (three of four) to recall 3/4.
    assert found["average_precision"] == pytest.approx(0.25 + 0.5 * 3 / 4)
    lone = _box_summary([box("false", 0.9)], 0.5)
    assert (lone["precision"], lone["recall"], lone["f1"]) == (0, None, None)
    assert lone["average_precision"] is None
    unfound = _box_summary([box("missed", 0.0)], 0.5)
    assert (unfound["precision"], unfound["recall"], unfound["f1"]) == (None, 0, None)
    assert unfound["average_precision"] == 0
    assert _box_summary([], 0.5)["f1"] is None


def test_a_row_of_a_class_holds_every_probability():
    from types import SimpleNamespace

    card = SimpleNamespace(classes=("A", "B"))
    share = np.array([0.12346, 0.87654], np.float32)
    assert _class_row("a.png", "test", "A", share, card) == {
        "image": "a.png", "part": "test", "region": "", "status": "firm", "truth": "A",
        "predicted": "B", "probability": 0.8765, "truth_probability": 0.1235, "p_A": 0.1235,
        "p_B": 0.8765,
    }  # fmt: skip
    assert _class_row("a.png", "", "C", share, card)["truth_probability"] == ""
    assert _corners((1.234, 2, 3.456, 4.0)) == {
        "x_min": 1.23, "y_min": 2.0, "x_max": 3.46, "y_max": 4.0,
    }  # fmt: skip
    assert (LOWEST, IOU) == (0.05, 0.5)


def test_pictures_of_parts_and_of_none(tmp_path: Path):
    for name in ("train/A/1.png", "train/A/2.txt", "test/B/3.JPG", "A/4.tif", "5.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def crops(folder, part=""):
        return [(p.name, of, kind) for p, of, kind in _crops(folder, part)]

    assert crops(tmp_path) == [("1.png", "train", "A"), ("3.JPG", "test", "B")]
    assert crops(tmp_path, "test") == [("3.JPG", "test", "B")]
    assert crops(tmp_path / "train" / "A") == []
    assert crops(tmp_path / "train") == [("1.png", "", "A")]
    assert crops(tmp_path / "train", "test") == []
