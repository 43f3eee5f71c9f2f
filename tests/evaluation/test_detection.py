"""Metrics of a run on boxes made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.datasets.manifest import Entry
from halescope.evaluation.classification import class_summary, found_classes
from halescope.evaluation.detection import detection_metrics, mistake_groups, pool_of
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.run import UNPLACED, Detections, EvaluatedImage

Box = tuple[float, float, float, float]
GOOD, PLAGE, FAR = (100.0, 100.0, 140.0, 130.0), (200.0, 200.0, 240.0, 230.0), (20.0, 300, 40, 320)


def entry(box: Box, status: str = "firm", number: int = 1, name: str = "beta") -> Entry:
    return Entry(
        "a", "2026-02-04T12:00:00Z", "", number, name if number else "", status, box, 0.0, 0.0,
        area=100.0, mu=0.9,
    )  # fmt: skip


def detections(boxes: np.ndarray, score: np.ndarray, places: list[int] | None = None) -> Detections:
    boxes, none = boxes.reshape(-1, 4), np.full(len(score), np.nan)
    place = np.full(len(score), UNPLACED) if places is None else np.array(places)
    return Detections(boxes, score, none, none.astype(np.float32), place)


def seen(boxes: list[Box], labels: list[Entry], places: list[int] | None = None) -> EvaluatedImage:
    coarse = np.tile(np.array([0.1, 0.8, 0.1], np.float32), (len(boxes), 1))
    score = np.linspace(0.9, 0.8, len(boxes), dtype=np.float32)
    found = detections(np.array(boxes, np.float32), score, places)
    return EvaluatedImage("a", labels, found, coarse)


def test_perfect_boxes_score_one_and_plage_counts_only_when_strict() -> None:
    labels = [entry(GOOD), entry(PLAGE, "plage", 0)]
    metrics = detection_metrics([seen([GOOD, PLAGE], labels)], 0.5)
    assert metrics.lenient.ap50.value == pytest.approx(1)
    assert metrics.lenient.precision.value == pytest.approx(1)
    assert metrics.strict.precision.value == pytest.approx(0.5)
    assert metrics.large_inner_found == 1
    assert metrics.stray_per_disk == 0


def test_a_box_on_no_label_is_a_stray() -> None:
    assert detection_metrics([seen([GOOD, FAR], [entry(GOOD)])], 0.5).stray_per_disk == 1
    assert detection_metrics([seen([FAR], [])], 0.5).stray_per_disk == 1


def test_counts_have_intervals_by_region_and_place() -> None:
    labels = [entry(GOOD, number=7), entry(PLAGE, number=8)]
    frames = [seen([GOOD, FAR, (300, 20, 320, 40)], labels, [-50, -60, -70]) for _ in range(4)]
    metrics = detection_metrics(frames, 0.5)
    assert metrics.large_inner_found == 0.5
    assert metrics.large_inner_interval == (0, 1)  # two regions, one found
    assert metrics.stray_per_disk == 2
    assert metrics.stray_interval == (2, 2)  # two places of as many frames each
    assert detection_metrics(frames[:1], 0.95).stray_interval is None


def test_a_box_may_hold_a_position_far_from_its_centre() -> None:
    wide = (100.0, 100.0, 200.0, 130.0)  # its centre is 26 px, 7.5 degrees, east of the position
    at_edge = replace(entry(GOOD), x=176.0, y=115.0)
    metrics = detection_metrics([seen([wide], [at_edge])], 0.5)
    assert (metrics.large_inner_found, metrics.large_inner_held.value) == (0, 1)
    outside = replace(entry(GOOD), x=201.0, y=115.0)
    assert detection_metrics([seen([wide], [outside])], 0.5).large_inner_held.value == 0


def test_no_boxes_find_nothing_and_give_no_class() -> None:
    nothing = seen([], [entry(GOOD)])
    metrics = detection_metrics([nothing], 0.5)
    assert metrics.lenient.recall.value == 0
    assert metrics.large_inner_found == 0
    assert class_summary(found_classes([nothing], 0.5)) == {}


def test_no_images_have_no_figures() -> None:
    metrics = detection_metrics([], 0.5)
    assert metrics.lenient.ap50 == Estimate(None, None, None)
    assert metrics.lenient.labels == 0


def test_false_alarms_belong_to_a_region_or_a_place() -> None:
    one = seen([GOOD, PLAGE, FAR], [entry(GOOD, number=7), entry(PLAGE, "doubtful", 8)],
               [-50, -60, -70])  # fmt: skip
    assert mistake_groups(one).tolist() == [7, 8, -70]
    assert mistake_groups(seen([FAR], [], [-70])).tolist() == [-70]
    assert pool_of([one], 0.5, strict=True).group.tolist() == [7, -70]  # doubtful is ignored


def test_baselines_are_scored_on_the_same_labels() -> None:
    main = seen([GOOD], [entry(GOOD)])
    other = detections(np.array([FAR], np.float32), np.array([0.9], np.float32))
    both = EvaluatedImage(main.image, main.labels, main.found, main.coarse, others={"other": other})
    assert detection_metrics([both], 0.5).lenient.recall.value == 1
    assert detection_metrics([both], 0.5, "other").lenient.recall.value == 0


def test_classes_are_of_the_found_regions() -> None:
    labels = [entry(GOOD, number=7, name="beta-gamma"), entry(FAR, number=8)]
    pairs = found_classes([seen([PLAGE, GOOD], labels)], 0.5)
    assert pairs.truth.tolist() == [2]
    assert pairs.region.tolist() == [7]
    assert pairs.share[0] == pytest.approx([0.1, 0.8, 0.1])


def test_what_is_not_finite_is_none() -> None:
    assert Estimate.of(float("nan"), (0.1, float("inf"))) == Estimate(None, 0.1, None)
