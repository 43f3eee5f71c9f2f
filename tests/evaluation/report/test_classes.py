"""Class figures of a report by hand, and against scikit-learn."""

import json

import numpy as np
import pytest

from halescope.datasets.manifest import Entry
from halescope.evaluation.classification import ClassSample, class_metrics
from halescope.evaluation.predictions import ClassPredictions
from halescope.evaluation.report.classes import by_region, confusion_table, held_out_part
from halescope.evaluation.report.mistakes import wrong_classes

NAMES = np.array(["alpha", "beta", "beta-gamma"])


def predictions(count: int = 240, regions: int = 24) -> ClassPredictions:
    random = np.random.default_rng(3)
    region = np.sort(random.integers(0, regions, count)) + 14000
    kind = region % 3
    share = random.dirichlet((1, 1, 1), count) + np.eye(3)[kind] * 0.9
    share = (share / share.sum(1, keepdims=True)).astype(np.float32)
    times = np.array([f"2026-02-{1 + i % 28:02d}T{i % 24:02d}:00:00Z" for i in range(count)])
    return ClassPredictions(
        times, region, region % 4, NAMES[kind], np.ones(count, bool),
        {"network": share, "uncalibrated": share, "trees": np.roll(share, 1, 0)},
    )  # fmt: skip


def test_scores_agree_with_sklearn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    found = predictions()
    said, truth = found.sets["network"].argmax(1), found.truth
    scores = class_metrics(ClassSample(truth, found.sets["network"], found.region))
    assert scores.balanced_accuracy.value == pytest.approx(
        metrics.balanced_accuracy_score(truth, said), abs=1e-4
    )
    assert scores.macro_f1.value == pytest.approx(
        metrics.f1_score(truth, said, average="macro"), abs=1e-4
    )
    assert scores.log_loss.value == pytest.approx(
        metrics.log_loss(truth, found.sets["network"]), abs=1e-4
    )
    for index, level in enumerate(("alpha", "beta", "complex")):
        one = scores.classes[level]
        right = metrics.recall_score(truth == index, said == index)
        false = metrics.recall_score(truth != index, said != index)
        assert one.recall.value == pytest.approx(right, abs=1e-4)
        assert one.tss.value == pytest.approx(right + false - 1, abs=1e-4)
        assert one.precision.value == pytest.approx(
            metrics.precision_score(truth == index, said == index), abs=1e-4
        )
    for value in (scores.balanced_accuracy, scores.tss, scores.classes["beta"].f1):
        assert value.low < value.value < value.high


def test_tss_by_hand() -> None:
    truth = np.array([0, 0, 1, 1, 2, 2])
    share = np.eye(3)[[0, 1, 1, 1, 2, 0]]
    scores = class_metrics(ClassSample(truth, share, np.arange(6)))
    # alpha: 1/2 - 1/4; beta: 2/2 - 1/4; complex: 1/2 - 0.
    values = [scores.classes[n].tss.value for n in ("alpha", "beta", "complex")]
    assert values == pytest.approx([0.25, 0.75, 0.5])
    assert scores.tss.value == pytest.approx(0.5)
    assert confusion_table(ClassSample(truth, share, np.arange(6))) == [
        [1, 1, 0],
        [0, 2, 0],
        [1, 0, 1],
    ]


def test_regions_vote_by_their_mean() -> None:
    truth = np.array([0, 0, 1, 1])
    region = np.array([7, 7, 7, 8])
    share = np.array([[0.9, 0.1, 0], [0.3, 0.7, 0], [0.2, 0.8, 0], [0.6, 0.4, 0]])
    regions = by_region(ClassSample(truth, share, region))
    assert regions.truth.tolist() == [0, 1, 1]  # a region that changes its class counts twice
    assert regions.share == pytest.approx(np.array([[0.6, 0.4, 0], [0.2, 0.8, 0], [0.6, 0.4, 0]]))


def test_part_is_plain_data() -> None:
    part = held_out_part(predictions(), 0.2)
    json.dumps(part.to_json(), allow_nan=False)
    assert part.frames == 240
    assert sum(map(sum, part.confusion["frame"])) == 240
    assert sum(map(sum, part.confusion["region"])) == part.regions
    assert set(part.models) == {"network", "uncalibrated", "trees"}
    curve = part.abstention.curve
    assert curve.risk[-1] == pytest.approx(1 - part.models["network"].accuracy.value, abs=1e-3)
    assert part.abstention.risk <= 0.2


def test_no_predictions_have_no_models() -> None:
    none = predictions().scored("2027-01-01")
    part = held_out_part(none, 0.2)
    json.dumps(part.to_json(), allow_nan=False)
    assert part.models == {}
    assert part.frames == 0


def test_a_level_that_never_occurs_leaves_the_others_their_figures() -> None:
    found = predictions()
    kept = found.truth < 2
    sample = ClassSample(found.truth[kept], found.sets["network"][kept], found.region[kept])
    scores = class_metrics(sample)
    assert scores.classes["complex"].recall.value is None
    assert scores.balanced_accuracy.value == pytest.approx(
        np.mean([scores.classes[n].recall.value for n in ("alpha", "beta")]), abs=1e-4
    )
    assert scores.balanced_accuracy.low is not None


def test_surest_wrong_class_of_each_region() -> None:
    found = predictions()
    box = (10.0, 10.0, 30.0, 30.0)
    places = {
        (str(t), int(r)): ("a.png", Entry("a.png", str(t), "", int(r), "beta", "firm", box))
        for t, r in zip(found.time, found.region, strict=True)
    }
    wrong = wrong_classes(found, places)
    numbers = [m.title.split(":")[0] for m in wrong]
    assert len(numbers) == len(set(numbers))
    assert [m.weight for m in wrong] == sorted((m.weight for m in wrong), reverse=True)
    assert wrong_classes(found, {}) == []
