"""Detection metrics where the answer is known by hand."""

import numpy as np
import pytest

from halescope.evaluation.metrics.bootstrap import pool_intervals
from halescope.evaluation.metrics.detection import (
    DiskResult,
    detection_scores,
    match,
    pool_matches,
    pooled_scores,
)

EMPTY = np.zeros((0, 4), np.float32)


def boxes(*corners: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(corners, np.float32).reshape(-1, 4)


A, B, FAR = (0, 0, 10, 10), (20, 20, 40, 30), (100, 100, 110, 110)


def result(found, score, truth, ignored=EMPTY) -> DiskResult:
    return DiskResult(boxes(*found), np.array(score, np.float32), boxes(*truth), ignored)


def test_best_score_takes_the_truth() -> None:
    out = match(result([A, (1, 0, 11, 10)], [0.5, 0.9], [A]), 0.5)
    assert out.hit.tolist() == [True, False]
    assert out.score.tolist() == pytest.approx([0.9, 0.5])
    assert out.truth.tolist() == [0, -1]
    assert out.found.tolist() == pytest.approx([0.9])


def test_iou_decides() -> None:
    one = result([(0, 0, 10, 6)], [0.9], [A])  # IoU 0.6
    assert match(one, 0.5).hit.tolist() == [True]
    assert match(one, 0.7).hit.tolist() == [False]


def test_ignored_box_neither_counts_for_nor_against() -> None:
    out = match(result([A, B, FAR], [0.9, 0.8, 0.7], [A], boxes((18, 18, 42, 32))), 0.5)
    assert out.hit.tolist() == [True, False]
    assert out.score.tolist() == pytest.approx([0.9, 0.7])


def test_hit_counts_even_on_an_ignored_box() -> None:
    assert match(result([A], [0.9], [A], boxes(A)), 0.5).hit.tolist() == [True]


def test_precision_recall_and_f1() -> None:
    results = [result([A, FAR], [0.9, 0.6], [A, B]), result([B], [0.3], [B])]
    scores = detection_scores(results, 0.5, 0.5)
    assert scores.precision == pytest.approx(1 / 2)
    assert scores.recall == pytest.approx(1 / 3)
    assert scores.f1 == pytest.approx(0.4)
    assert (scores.truths, scores.detections) == (3, 2)


def annotation(image: int, box: list[float]) -> dict[str, object]:
    """Return a box in COCO's form."""
    width, height = box[2] - box[0], box[3] - box[1]
    return {
        "image_id": image,
        "category_id": 1,
        "bbox": [box[0], box[1], width, height],
        "area": width * height,
    }


def test_agrees_with_coco_on_random_boxes(tmp_path) -> None:
    """pycocotools' 101-point mean is close to the exact area on many points."""
    coco = pytest.importorskip("faster_coco_eval")
    random = np.random.default_rng(5)
    results, images, truths, found = [], [], [], []
    for image in range(40):
        corner = random.uniform(0, 300, (6, 2))
        truth = np.concatenate([corner, corner + random.uniform(20, 60, (6, 2))], 1)
        moved = truth + random.normal(0, 5, truth.shape)
        score = random.random(6)
        results.append(
            DiskResult(moved.astype(np.float32), score.astype(np.float32),
                       truth.astype(np.float32), EMPTY)
        )  # fmt: skip
        images.append({"id": image, "width": 400, "height": 400})
        for box in truth.astype(np.float32).tolist():
            truths.append(annotation(image, box) | {"id": len(truths) + 1, "iscrowd": 0})
        for box, value in zip(moved.astype(np.float32).tolist(), score, strict=True):
            found.append(annotation(image, box) | {"score": float(value)})
    dataset = coco.COCO({"images": images, "annotations": truths,
                         "categories": [{"id": 1, "name": "region"}]})  # fmt: skip
    oracle = coco.COCOeval_faster(dataset, dataset.loadRes(found), "bbox")
    oracle.evaluate()
    oracle.accumulate()
    oracle.summarize()
    assert detection_scores(results, 0.5, 0).average_precision == pytest.approx(
        oracle.stats[1], abs=0.02
    )


def test_groups_follow_the_matched_truth() -> None:
    pool = pool_matches([result([A, B, FAR], [0.9, 0.8, 0.7], [A, B])], 0.5, [np.array([11, 22])])
    assert pool.group.tolist() == [11, 22, -1]


def test_interval_holds_the_value() -> None:
    random = np.random.default_rng(2)
    results, groups = [], []
    for _ in range(30):
        found = [A, B] if random.random() < 0.7 else [A]
        results.append(result(found, [0.9, 0.8][: len(found)], [A, B]))
        groups.append(random.integers(1, 9, 2).astype(np.intp))
    pool = pool_matches(results, 0.5, groups)
    value = pooled_scores(pool, 0.5).recall
    low, high = pool_intervals(pool, 0.5)["recall"]
    assert low < value < high
    assert pool_intervals(pool_matches([], 0.5), 0.5) == {}


@pytest.mark.parametrize(
    ("box", "is_ignored"),
    [
        ((0, 0, 4, 4), True),  # within
        ((6, 0, 14, 5), True),  # half of it
        ((7, 0, 14, 5), False),
        ((0, 0, 10, 33), True),  # covers it: IoU 10 / 33
        ((0, 0, 10, 34), False),
        ((50, 50, 60, 60), False),
    ],
)
def test_detections_on_an_ignored_box_do_not_count(box, is_ignored) -> None:
    out = match(result([box], [0.9], [FAR], boxes(A)), 0.5)
    assert len(out.score) == (0 if is_ignored else 1)
    assert match(result([box], [0.9], [box], boxes(A)), 0.5).hit.tolist() == [True]


def test_scores_by_hand() -> None:
    pool = pool_matches([result([A, B, FAR], [0.9, 0.4, 0.5], [A, B])], 0.5)
    found = pooled_scores(pool, 0.5)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)
    assert (found.truths, found.detections) == (2, 2)
    # Precision 1 to recall 1/2, then 2/3 to recall 1.
    assert found.average_precision == pytest.approx(0.5 + 2 / 3 / 2)
    low = pooled_scores(pool, 0.4)
    assert (low.precision, low.recall) == (pytest.approx(2 / 3), 1)
    assert low.f1 == pytest.approx(0.8)
    none = pooled_scores(pool_matches([result([], [], [])], 0.5), 0.5)
    assert (none.precision, none.recall, none.f1) == (0, 0, 0)


def test_places_are_groups_of_false_positives_alone() -> None:
    pool = pool_matches(
        [result([A, FAR], [0.9, 0.8], [A])], 0.5, [np.array([11])], [np.array([-5, -7])]
    )
    assert pool.group.tolist() == [11, -7]
    assert pool.truth_group.tolist() == [11]
