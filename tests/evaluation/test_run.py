"""The shipped pipeline scored on drawn disks whose truth is known."""

from pathlib import Path

import numpy as np
import pytest

from halescope.datasets.manifest import Entry
from halescope.evaluation.run import (
    Seen,
    class_figures,
    class_pairs,
    detection_figures,
    run_pipeline,
)


def entry(box: tuple[float, float, float, float], status: str = "firm", number: int = 1) -> Entry:
    return Entry(
        "a", "2026-02-04T12:00:00Z", "", number, "beta" if number else "", status, box, 0.0, 0.0,
        area=100.0, mu=0.9,
    )  # fmt: skip


def seen(boxes: list[list[float]], labels: list[Entry]) -> Seen:
    count = len(boxes)
    coarse = np.tile(np.array([0.1, 0.8, 0.1], np.float32), (count, 1))
    array = np.array(boxes, np.float32).reshape(-1, 4)
    score = np.linspace(0.9, 0.8, count, dtype=np.float32)
    return Seen("a", labels, array, score, coarse, np.full(count, 60, np.float32))


def test_pipeline_over_a_manifest_of_drawn_disks(labelled: Path) -> None:
    found, problems = run_pipeline(labelled / "manifest.csv", labelled, jobs=1)
    assert problems == []
    assert len(found) == 8
    figures = detection_figures(found, 0.3)
    assert figures["disks"] == 8
    assert figures["lenient"]["recall"]["value"] >= 0.6
    assert figures["lenient"]["labels"] >= figures["lenient"]["regions"] * 8 * 0.9
    classes = class_figures(found, 0.3)
    assert 0 <= classes["balanced_accuracy"] <= 1
    assert len(class_pairs(found, 0.3)["truth"]) == classes["frames"]


def test_days_choose_and_unreadable_images_are_told(labelled: Path, tmp_path: Path) -> None:
    assert run_pipeline(labelled / "manifest.csv", labelled, ("2027-01-01", "2027-01-02")) == (
        [],
        [],
    )
    (tmp_path / "manifest.csv").write_text((labelled / "manifest.csv").read_text())
    found, problems = run_pipeline(tmp_path / "manifest.csv", tmp_path, jobs=1)
    assert found == []
    assert len(problems) == 8


def test_perfect_boxes_score_one_and_plage_counts_only_when_strict() -> None:
    good, plage = (100.0, 100.0, 140.0, 130.0), (200.0, 200.0, 240.0, 230.0)
    labels = [entry(good), entry(plage, "plage", 0)]
    figures = detection_figures([seen([list(good), list(plage)], labels)], 0.5)
    assert figures["lenient"]["ap50"]["value"] == pytest.approx(1)
    assert figures["lenient"]["precision"]["value"] == pytest.approx(1)
    assert figures["strict"]["precision"]["value"] == pytest.approx(0.5)
    assert figures["large_inner_found"] == 1


def test_no_boxes_find_nothing_and_give_no_class() -> None:
    nothing = seen([], [entry((100.0, 100.0, 140.0, 130.0))])
    figures = detection_figures([nothing], 0.5)
    assert figures["lenient"]["recall"]["value"] == 0
    assert figures["large_inner_found"] == 0
    assert class_figures([nothing], 0.5) == {}
