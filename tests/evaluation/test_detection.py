"""Metrics of a run on boxes made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.datasets.manifest import Entry
from halescope.evaluation.classification import class_summary, found_classes
from halescope.evaluation.detection import detection_metrics, mistake_groups, pool_of
from halescope.evaluation.metrics.bootstrap import Estimate
from halescope.evaluation.run import UNPLACED, Detections, EvaluatedImage
from halescope.geometry import stonyhurst_to_pixel
from halescope.types import DiskGeometry

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


@pytest.mark.parametrize(
    ("area", "mu", "counted"),
    [(20.0, 0.5, 1), (19.9, 0.9, 0), (100.0, 0.49, 0), (float("nan"), 0.9, 0), (20.0, 1.0, 1)],
)
def test_large_regions_within_sixty_degrees_are_those_of_twenty_millionths(area, mu, counted):
    label = replace(entry(GOOD), area=area, mu=mu)
    assert detection_metrics([seen([GOOD], [label])], 0.5).large_inner_regions == counted


@pytest.mark.parametrize("degrees", [5.99, 6.01])
@pytest.mark.parametrize(
    "place", [(0.0, 0.0), (60.0, 0.0), (-55.0, 0.0), (0.0, 60.0), (0.0, -55.0)]
)
def test_near_is_within_six_degrees_on_the_sphere(place, degrees):
    """Along the equator and along the central meridian of the canonical disk."""
    disk = DiskGeometry(207.5, 207.5, 200.0, b0=0.0, l0=0.0)
    step = (degrees, 0.0) if place[0] else (0.0, degrees)
    other = [p - d * np.sign(p or 1) for p, d in zip(place, step, strict=True)]
    (x, y), (left, low) = (stonyhurst_to_pixel(disk, *p) for p in (place, other))
    label = replace(entry(GOOD), x=float(x), y=float(y))
    # Positions are of middles of pixels, boxes of their edges: half a pixel apart.
    box = (left - 4.5, low - 4.5, left + 5.5, low + 5.5)
    found = detection_metrics([seen([box], [label])], 0.5)
    assert found.large_inner_found == (degrees < 6)


def test_a_position_off_the_limb_is_as_on_it():
    beyond = replace(entry(GOOD), x=420.0, y=207.5)
    near, far = (402, 203, 412, 213), (385, 203, 395, 213)
    assert detection_metrics([seen([near], [beyond])], 0.5).large_inner_found == 1
    assert detection_metrics([seen([far], [beyond])], 0.5).large_inner_found == 0


def test_edges_of_a_box_hold_a_position():
    """Positions are of middles of pixels: 99.5 is the left edge of a box from 100 on."""
    for x, y, held in ((99.5, 99.5, 1), (139.5, 129.5, 1), (99.4, 110, 0), (120, 129.6, 0)):
        label = replace(entry(GOOD), x=x, y=y)
        assert detection_metrics([seen([GOOD], [label])], 0.5).large_inner_held.value == held
    middle = entry(GOOD)
    assert np.isnan(middle.x)
    assert detection_metrics([seen([GOOD], [middle])], 0.5).large_inner_held.value == 1


def test_both_thresholds_of_average_precision():
    """An IoU of 0.6 is a match at 0.5 and none at 0.7."""
    found = detection_metrics([seen([(100.0, 100, 124, 130)], [entry(GOOD)])], 0.5).lenient
    assert (found.ap50.value, found.ap70.value) == (1, 0)
    assert (found.precision.value, found.recall.value, found.f1.value) == (1, 1, 1)
    below = detection_metrics([seen([GOOD], [entry(GOOD)])], 0.91).lenient
    assert (below.ap50.value, below.recall.value) == (1, 0)
    exact = detection_metrics([seen([GOOD], [entry(GOOD)])], float(np.float32(0.9)))
    assert (exact.lenient.recall.value, exact.large_inner_found) == (1, 1)


def test_strays_are_shown_boxes_alone():
    """One lies on plage, one on nothing; a score below the threshold is not shown."""
    labels = [entry(GOOD), entry(PLAGE, "plage", 0)]
    frame = seen([GOOD, PLAGE, FAR], labels, [-5, -6, -7])
    assert detection_metrics([frame, frame], 0.8).stray_per_disk == 1
    assert detection_metrics([frame], 0.81).stray_per_disk == 0
    wide = seen([(20.0, 300, 40, 312)], [entry(FAR)])  # an IoU of 0.6 is on the label
    assert detection_metrics([wide], 0.5).stray_per_disk == 0


def test_classes_count_from_the_threshold_on_and_within_sixty_degrees():
    label = replace(entry(GOOD, name="alpha"), mu=0.5)
    frame = seen([GOOD], [label])
    assert len(found_classes([frame], float(np.float32(0.9))).truth) == 1
    assert len(found_classes([frame], 0.91).truth) == 0
    beyond = seen([GOOD], [replace(label, mu=0.49)])
    assert len(found_classes([beyond], 0.5).truth) == 0
