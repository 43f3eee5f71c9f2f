"""Curves, overlap and strata on boxes whose answers are known by hand."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from halescope.datasets.manifest import Entry
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.report.detection import MAIN, OVERLAPS, detection_part
from halescope.evaluation.report.mistakes import false_positives, region_rows, why_missed
from halescope.evaluation.report.strata import (
    AREAS,
    LONGITUDES,
    STRENGTHS,
    box_outcomes,
    label_outcomes,
    strata,
)
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


def test_strata_begin_at_their_lower_edge() -> None:
    """20 MSH are of ``20 to 50``, 75 degrees of none, 80 grey levels of ``80 and more``."""
    labels = [entry(A, 1, 20.0, 30.0), entry(B, 2, 19.9, -29.9), entry(FAR, 3, 200.0, 75.0)]
    image = seen(labels, [A], [0.5])
    image.label_strength[:] = 80, 79.9, 0
    found = strata([image], 0.5)
    assert [(row.label, row.labels) for row in found["size"]] == [
        ("0 to 20", 1), ("20 to 50", 1), ("200 and more", 1),
    ]  # fmt: skip
    assert [(row.label, row.labels) for row in found["longitude"]] == [
        ("0 to 15", 0), ("15 to 30", 1), ("30 to 45", 1),
    ]  # fmt: skip
    assert [(row.label, row.labels) for row in found["field"]] == [
        ("0 to 30", 1), ("45 to 60", 0), ("60 to 80", 1), ("80 and more", 1),
    ]  # fmt: skip
    assert found["size"][1].recall.value == 1  # a score of exactly the threshold is shown
    assert found["longitude"][0].boxes == 1
    assert [row.label for row in strata([image], 0.51)["longitude"]] == ["15 to 30", "30 to 45"]


def test_edges_of_the_strata() -> None:
    assert AREAS == (0, 20, 50, 100, 200, np.inf)
    assert LONGITUDES == (0, 15, 30, 45, 60, 75)
    assert STRENGTHS == (0, 30, 45, 60, 80, np.inf)
    assert list(OVERLAPS) == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]


def test_what_is_unknown_of_a_label_or_a_box() -> None:
    image = seen([entry(A, 1, name="")], [A, FAR], [0.9, 0.9], kind="")
    outcomes = label_outcomes([replace(image, label_strength=np.zeros(0))], 0.5)
    assert (outcomes.kind.tolist(), outcomes.mount_wilson.tolist()) == (["unknown"], ["none"])
    assert np.isnan(outcomes.strength).all()
    of_boxes = box_outcomes([image], 0.5)
    assert of_boxes.kind.tolist() == ["unknown", "unknown"]
    assert sorted(of_boxes.region.tolist()) == [-3, 1]
    assert np.isnan(of_boxes.area).all()


def test_a_box_that_hardly_touches_has_nothing_to_do_with_a_label() -> None:
    """IoU of a tenth or more: 40 x 30 and a box of 4 x 30 in it, then a little less."""
    label = entry(A, 1)
    for width, reason in ((4.0, "box too small"), (3.9, "no box")):
        shown = np.array([(100, 100, 100 + width, 130)], np.float32)
        assert why_missed(label, [label], shown) == (pytest.approx(width / 40), reason)
        plage = entry(A, 0, status="plage")
        (alarm,) = false_positives([seen([plage], [(100, 100, 100 + width, 130)], [0.9])], 0.5)
        assert alarm.reason.startswith("on plage, IoU 0.10" if width == 4 else "on no label")
    assert why_missed(label, [label], np.array([A], np.float32)) == (1.0, "box too small")


def test_a_box_is_merged_where_it_holds_the_middle_of_another() -> None:
    """The middle of the second label is at 170, 115."""
    labels = [entry(A, 1), entry(B, 2), entry(B, 0, status="plage"), entry(B, 2)]
    for x, y, merged in ((170, 115, True), (169.9, 130, False), (190, 114.9, False)):
        box = np.array([(100, 100, x, y)], np.float32)
        assert why_missed(labels[0], labels, box)[1].startswith("merged with 2") == merged
    low = np.array([(100, 115, 170, 130)], np.float32)
    assert why_missed(labels[0], labels, low)[1] == "merged with 2"
    assert why_missed(labels[0], labels, low + np.float32(0.1))[1] != "merged with 2"


def test_rows_of_regions_by_hand() -> None:
    """One region in three frames: found once, its class changed, the area once unknown."""
    frames = [
        seen([entry(A, 5, 50.0, name="beta")], [A], [0.9]),
        seen([entry(A, 5, float("nan"), name="beta")], [(100, 100, 110, 130)], [0.9]),
        seen([entry(A, 5, 80.0, name="alpha")], [], []),
        seen([entry(A, 5, 20.0, name="beta")], [(100, 100, 108, 130)], [0.9]),
    ]
    (row,), (miss,) = region_rows(frames, 0.5)
    assert (row.region, row.classes, row.area_msh, row.frames) == (5, "beta, alpha", 80, 4)
    assert row.found == 0.25
    assert row.iou == pytest.approx((1 + 0.25 + 0 + 0.2) / 4, abs=6e-4)
    assert row.reason == "box too small"
    assert (miss.title, miss.weight, miss.frames) == ("NOAA 5, beta, 20 MSH", 20, 3)
    assert miss.reason == "box too small; missed in 3 of 4 frames"
    assert region_rows(frames, 0.91)[0][0].found == 0


def test_regions_as_often_found_are_in_order_of_their_area() -> None:
    frame = seen([entry(A, 1, 10.0), entry(B, 2, 90.0), entry(FAR, 3, 50.0)], [FAR], [0.9])
    rows, misses = region_rows([frame], 0.5)
    assert [row.region for row in rows] == [2, 1, 3]
    assert [miss.weight for miss in misses] == [90, 10]


def test_alarms_are_in_order_of_their_score_and_tell_their_frames() -> None:
    frames = [seen([entry(A, 1)], [A, FAR, B], [0.9, s, 0.6]) for s in (0.5, 0.7)]
    found = false_positives(frames, 0.5)
    assert [(m.title, m.frames) for m in found] == [("score 0.70", 2), ("score 0.60", 2)]
    assert found[0].reason.endswith("; in 2 frames")
    assert false_positives(frames[:1], 0.6)[0].reason.endswith("; in 1 frame")
    assert false_positives(frames[:1], 0.61) == []
    listed_ = false_positives([seen([entry(A, 1)], [(100, 100, 114, 130)], [0.9])], 0.5)
    assert listed_[0].reason == "on NOAA 1, firm, IoU 0.35; in 1 frame"
