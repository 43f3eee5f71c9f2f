"""The three metric modes: by hand, and COCO's against faster-coco-eval."""

import numpy as np
import pytest

from halescope.evaluation.metrics.digits import (
    Scored,
    coco_rates,
    digits_rates,
    f1,
    match_first,
    pooled_rates,
    rates,
    report,
)


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 4)


def scored(truth, found):
    return Scored(truth, found, np.linspace(1, 0.5, len(found)).astype(np.float32))


GOOD = boxes([0, 0, 100, 100])
EMPTY = boxes()


def test_the_papers_figures_do_not_multiply_but_its_f1_fits():
    precision, recall, reported = 0.8075, 0.7422, 0.6137
    assert precision * recall == pytest.approx(0.5993, abs=5e-5)
    assert abs(precision * recall - reported) > 0.01
    assert f1(precision, recall) == pytest.approx(0.7735, abs=5e-5)


def test_averages_over_batches_do_not_multiply_either():
    images = [scored(GOOD, GOOD), scored(GOOD, EMPTY)]
    split = digits_rates(images, batch=1)
    assert (split.precision, split.recall, split.simplified_map) == (0.5, 0.5, 0.5)
    whole = digits_rates(images, batch=2)
    assert (whole.precision, whole.recall, whole.simplified_map) == (1.0, 0.5, 0.5)
    assert pooled_rates(images) == rates(1, 0, 1)


def test_a_match_needs_seven_tenths():
    assert match_first(GOOD, boxes([0, 0, 100, 70])) == (1, 0, 0)
    assert match_first(GOOD, boxes([0, 0, 100, 69.9])) == (0, 1, 1)


def test_the_first_match_is_taken_and_not_the_best():
    truth = boxes([0, 0, 100, 100], [0, 0, 100, 80])
    found = boxes([0, 0, 100, 80], [0, 0, 100, 100])
    assert match_first(truth, found) == (2, 0, 0)
    # The first truth takes the first box (IoU 0.72), which alone would have matched the second.
    truth = boxes([0, 0, 100, 100], [0, 0, 100, 60])
    found = boxes([0, 0, 100, 72], [0, 0, 100, 100])
    assert match_first(truth, found) == (1, 1, 1)


def test_nothing_over_nothing_is_zero():
    assert pooled_rates([scored(EMPTY, EMPTY)]) == rates(0, 0, 0)
    assert digits_rates([]) == rates(0, 0, 0)
    assert np.isnan(coco_rates([scored(EMPTY, GOOD)]).ap50)


def test_digits_boxes_pass_through_half_precision():
    truth, found = boxes([2049, 0, 2053, 4]), boxes([2048, 0, 2052, 4])
    assert digits_rates([scored(truth, found)]).precision == 1.0  # float16 steps by 2 there
    assert pooled_rates([scored(truth, found)]).precision == 0.0


def test_coco_equals_its_own_implementation():
    pytest.importorskip("faster_coco_eval", reason="faster-coco-eval is the oracle")
    from faster_coco_eval import COCO, COCOeval_faster

    rng = np.random.default_rng(3)
    images, truths, results = [], [], []
    for number in range(1, 13):
        corner = rng.uniform(0, 300, (rng.integers(0, 6), 2))
        truth = np.hstack((corner, corner + rng.uniform(20, 90, corner.shape)))
        found = np.vstack((truth + rng.normal(0, 6, truth.shape), truth[:1] + 40))
        score = rng.permutation(np.linspace(0.01, 0.99, 200))[: len(found)]
        images.append(Scored(truth, found, score))
        for box in truth:
            truths.append(
                {
                    "id": len(truths) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": [*box[:2], *(box[2:] - box[:2])],
                    "area": float(np.prod(box[2:] - box[:2])),
                    "iscrowd": 0,
                }
            )
        results += [
            {
                "image_id": number,
                "category_id": 1,
                "bbox": [*box[:2], *(box[2:] - box[:2])],
                "score": float(s),
            }
            for box, s in zip(found, score, strict=True)
        ]
    data = {
        "images": [{"id": n, "width": 512, "height": 512} for n in range(1, 13)],
        "annotations": truths,
        "categories": [{"id": 1, "name": "region"}],
        "info": {},
    }
    truth = COCO(data)
    judge = COCOeval_faster(truth, truth.loadRes(results), "bbox")
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    mine = coco_rates(images)
    assert (mine.ap, mine.ap50, mine.ap75) == pytest.approx(judge.stats[:3], abs=1e-6)


def test_report_holds_all_modes():
    found = report([scored(GOOD, GOOD)] * 7)
    assert found.digits == found.pooled == rates(7, 0, 0)
    assert found.coco.ap == pytest.approx(1.0)
    assert found.to_mapping()["truths"] == 7
