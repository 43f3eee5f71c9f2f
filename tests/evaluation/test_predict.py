"""Every prediction of a network on a list: what is counted, and against which label."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halescope.classes import HIERARCHY, PAPER_CLASSES
from halescope.errors import DatasetError
from halescope.evaluation.predict import class_summary, in_vocabulary, predict


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
    found.write(tmp_path / "out")
    with (tmp_path / "out" / "predictions.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(found.rows)
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["problems"] == []


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
