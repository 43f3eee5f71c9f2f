"""Curves, overlap and strata on boxes whose answers are known by hand."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from halescope.datasets.manifest import Entry
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.report.detection import MAIN, OVERLAPS, detection_part
from halescope.evaluation.report.mistakes import false_positives, region_rows, why_missed
from halescope.evaluation.report.strata import box_outcomes, label_outcomes, strata
from halescope.evaluation.run import Detections, EvaluatedImage

Box = tuple[float, float, float, float]


def entry(box: Box, number: int, area: float = 100.0, lon: float = 0.0, name: str = "beta",
          status: str = "firm") -> Entry:  # fmt: skip
    return Entry("a.png", "2026-02-04T12:00:00Z", "", number, name if number else "", status, box,
                 lon, 10.0, area=area, mu=0.9)  # fmt: skip


def seen(
    labels: list[Entry], boxes: list[Box], score: list[float], kind: str = "HMI jpg"
) -> EvaluatedImage:
    array = np.array(boxes, np.float32).reshape(-1, 4)
    field, place = np.full(len(array), 50, np.float32), np.arange(-2, -2 - len(array), -1)
    found = Detections(array, np.array(score, np.float32), np.zeros(len(array)), field, place)
    coarse = np.tile(np.float32([0, 1, 0]), (len(array), 1))
    strength = np.full(len(labels), 50, np.float32)
    return EvaluatedImage("a.png", labels, found, coarse, kind, strength)


A: Box = (100, 100, 140, 130)
B: Box = (150, 100, 190, 130)
FAR: Box = (300, 300, 330, 330)
BOTH: Box = (100, 100, 190, 130)


def two_regions() -> list[EvaluatedImage]:
    """Return four frames: one region always found, the other in one frame of four."""
    labels = [entry(A, 1, 150.0, 10.0, "beta-gamma"), entry(B, 2, 10.0, -40.0, "alpha")]
    frames = [seen(labels, [A], [0.9]) for _ in range(3)]
    return [*frames, seen(labels, [A, B, FAR], [0.9, 0.8, 0.7])]


def test_part_is_plain_data_with_every_detector() -> None:
    frames = two_regions()
    part = detection_part(frames, {MAIN: 0.5})
    json.dumps(asdict(part), allow_nan=False)
    main = part.detectors[MAIN].lenient
    assert main.recall.value == pytest.approx(5 / 8)
    assert main.precision.value == pytest.approx(5 / 6, abs=1e-4)
    assert [row.iou for row in part.by_overlap["lenient"][MAIN]] == [*OVERLAPS, "0.50:0.95"]
    assert part.by_overlap["lenient"][MAIN][0].value == pytest.approx(5 / 8)


def test_one_metric_has_one_interval() -> None:
    """It had two: of 500 draws in the table, of 300 in the chart beside it."""
    part = detection_part(two_regions(), {MAIN: 0.5})
    chart, table = part.by_overlap["lenient"][MAIN][0], part.detectors[MAIN].lenient.ap50
    assert (chart.value, chart.low, chart.high) == (table.value, table.low, table.high)


def test_curve_runs_through_its_points() -> None:
    curve = detection_part(two_regions(), {MAIN: 0.5}).curves["lenient"][MAIN]
    assert curve.recall[-1] == pytest.approx(5 / 8)
    assert curve.precision == pytest.approx([1.0] * len(curve.recall))
    assert all(low <= high for low, high in zip(curve.low, curve.high, strict=True))


def test_strata_count_what_lies_in_them() -> None:
    found = strata(two_regions(), 0.5)
    size = {row.label: row for row in found["size"]}
    assert set(size) == {"0 to 20", "100 to 200"}
    assert size["100 to 200"].recall.value == 1
    assert size["0 to 20"].recall.value == 0.25
    assert (size["0 to 20"].labels, size["0 to 20"].regions) == (4, 1)
    longitude = {row.label: row for row in found["longitude"]}
    assert longitude["30 to 45"].recall.value == 0.25  # east counts as west
    kinds = {row.label: row.recall.value for row in found["class"]}
    assert kinds == {"alpha": 0.25, "beta-gamma": 1}
    (file,) = found["file"]
    assert file.label == "HMI jpg"
    assert file.precision.value == pytest.approx(5 / 6, abs=1e-4)


def test_one_region_has_no_interval() -> None:
    row = strata(two_regions(), 0.5)["size"][0]
    assert row.recall == Estimate(0.25, None, None)
    assert row.regions == 1


def test_tables_of_nothing_are_empty() -> None:
    assert len(label_outcomes([], 0.5).region) == 0
    assert len(box_outcomes([], 0.5).hit) == 0
    part = detection_part([], {MAIN: 0.5})
    json.dumps(asdict(part), allow_nan=False)
    assert part.curves["lenient"][MAIN].recall == []
    assert all(row.value is None for row in part.by_overlap["strict"][MAIN])
    assert all(rows == [] for rows in part.strata[MAIN].values())


def test_regions_are_listed_worst_first_with_the_reason() -> None:
    rows, misses = region_rows(two_regions(), 0.5)
    assert [row.region for row in rows] == [2, 1]
    assert rows[0].found == 0.25
    assert rows[0].reason == "no box"
    assert rows[1].reason == ""
    assert [m.title for m in misses] == ["NOAA 2, alpha, 10 MSH"]
    assert misses[0].reason == "no box; missed in 3 of 4 frames"


def test_why_a_region_is_missed() -> None:
    labels = [entry(A, 1), entry(B, 2)]
    shown = np.array([BOTH], np.float32)
    assert why_missed(labels[0], labels, shown)[1] == "merged with 2"
    assert why_missed(labels[0], labels[:1], shown)[1] == "box too large"
    small = np.array([(110, 105, 130, 120)], np.float32)
    overlap, reason = why_missed(labels[0], labels, small)
    assert reason == "box too small"
    assert overlap == pytest.approx(300 / 1200)
    assert why_missed(labels[0], labels, small[:0]) == (0.0, "no box")


def test_false_positives_are_one_for_each_place() -> None:
    plage = entry(FAR, 0, status="plage")
    frames = [seen([entry(A, 1), plage], [A, FAR], [0.9, s]) for s in (0.6, 0.8, 0.3)]
    alarms = false_positives(frames, 0.5)
    assert [(m.title, m.frames) for m in alarms] == [("score 0.80", 2)]
    assert "on plage, IoU 1.00" in alarms[0].reason
    merged = false_positives([seen([entry(A, 1), entry(B, 2)], [BOTH], [0.9])], 0.5)
    assert "one box for NOAA 1, 2" in merged[0].reason
    lone = false_positives([seen([], [FAR], [0.9])], 0.5)
    assert "on no label" in lone[0].reason


def test_mean_over_overlaps_agrees_with_coco() -> None:
    coco = pytest.importorskip("faster_coco_eval")
    random = np.random.default_rng(7)
    frames, truths, found = [], [], []
    for image in range(40):
        corner = random.uniform(0, 300, (6, 2))
        boxes = np.concatenate([corner, corner + random.uniform(20, 60, (6, 2))], 1)
        moved, score = boxes + random.normal(0, 3, boxes.shape), random.random(6)
        labels = [entry(tuple(b), n + 1) for n, b in enumerate(boxes.tolist())]
        frames.append(seen(labels, moved.tolist(), score.tolist()))
        truths += [annotation(image, b) | {"iscrowd": 0} for b in boxes.astype(np.float32)]
        pairs = zip(moved.astype(np.float32), score.tolist(), strict=True)
        found += [annotation(image, b) | {"score": s} for b, s in pairs]
    truths = [t | {"id": number} for number, t in enumerate(truths, 1)]
    images = [{"id": image, "width": 400, "height": 400} for image in range(40)]
    dataset = coco.COCO({"images": images, "annotations": truths,
                         "categories": [{"id": 1, "name": "region"}]})  # fmt: skip
    oracle = coco.COCOeval_faster(dataset, dataset.loadRes(found), "bbox")
    oracle.evaluate()
    oracle.accumulate()
    oracle.summarize()
    rows = detection_part(frames, {MAIN: 0.5}).by_overlap["lenient"][MAIN]
    # COCO takes the mean at 101 recalls, this the exact area.
    assert rows[-1].value == pytest.approx(oracle.stats[0], abs=0.02)
    assert rows[OVERLAPS.index(0.75)].value == pytest.approx(oracle.stats[2], abs=0.02)


def annotation(image: int, box: np.ndarray) -> dict[str, object]:
    """Return a box in COCO's form."""
    x, y, width, height = (float(v) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1]))
    return {"image_id": image, "category_id": 1, "bbox": [x, y, width, height],
            "area": width * height}  # fmt: skip
