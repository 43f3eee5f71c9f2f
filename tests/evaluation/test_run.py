"""The shipped pipeline over drawn disks whose truth is known."""

from pathlib import Path

import numpy as np

from halescope.datasets.manifest import write_manifest
from halescope.evaluation.baselines.trees import read_features
from halescope.evaluation.classification import class_summary, found_classes
from halescope.evaluation.detection import detection_metrics
from halescope.evaluation.run import UNPLACED, listed, run_pipeline


def test_pipeline_over_a_manifest_of_drawn_disks(labelled: Path) -> None:
    work = listed(labelled / "manifest.csv")
    found, problems = run_pipeline(work, labelled, baselines=("threshold", "smart"), jobs=1)
    assert problems == []
    assert len(found) == len(work) == 8
    metrics = detection_metrics(found, 0.3)
    assert metrics.disks == 8
    assert metrics.lenient.recall.value >= 0.6
    assert metrics.lenient.labels >= metrics.lenient.regions * 8 * 0.9
    classes = class_summary(found_classes(found, 0.3))
    assert 0 <= classes["balanced_accuracy"] <= 1
    assert len(found_classes(found, 0.3)) == classes["frames"]
    first = found[0]
    assert first.kind.endswith(" png")
    assert len(first.label_strength) == len(first.label_features) == len(first.labels)
    assert (first.found.place < UNPLACED).all()
    for name in ("threshold", "smart"):
        assert detection_metrics(found, 0.5, name).lenient.recall.value >= 0.4


def test_features_are_those_of_the_run(labelled: Path) -> None:
    work = listed(labelled / "manifest.csv")
    found, _ = run_pipeline(work[:1], labelled, (None, "climatology"), jobs=1)
    features = read_features(work[:1], labelled, jobs=1)
    np.testing.assert_array_equal(features[0], found[0].label_features)
    gone = read_features([("gone.png", work[0][1])], labelled, jobs=1)
    assert len(gone[0]) == 0


def test_days_choose_and_unreadable_images_are_told(labelled: Path, tmp_path: Path) -> None:
    assert listed(labelled / "manifest.csv", ("2027-01-01", "2027-01-02")) == []
    work = listed(labelled / "manifest.csv")
    found, problems = run_pipeline(work, tmp_path, jobs=1)
    assert found == []
    assert len(problems) == 8


def test_images_without_a_time_are_of_every_day(tmp_path: Path) -> None:
    row = {"image": "a.png", "noaa_number": 14000, "class": "beta", "status": "firm",
           "x_min": 1, "y_min": 1, "x_max": 9, "y_max": 9}  # fmt: skip
    write_manifest(tmp_path / "manifest.csv", [row])
    assert len(listed(tmp_path / "manifest.csv", ("2026-01-01", "2026-01-02"))) == 1


def test_two_files_of_one_name_stay_two(labelled: Path, tmp_path: Path) -> None:
    picture = (labelled / "20260204_120000_512_HMIB.png").read_bytes()
    rows = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "20260204_120000_512_HMIB.png").write_bytes(picture)
        rows.append({"image": f"{folder}/20260204_120000_512_HMIB.png", "noaa_number": 14000,
                     "time": "2026-02-04T12:00:00Z", "class": "beta", "status": "firm",
                     "x_min": 1, "y_min": 1, "x_max": 9, "y_max": 9})  # fmt: skip
    write_manifest(tmp_path / "manifest.csv", rows)
    work = listed(tmp_path / "manifest.csv")
    found, _ = run_pipeline(work, tmp_path, ("threshold", "climatology"), jobs=1)
    assert [s.image for s in found] == [row["image"] for row in rows]
