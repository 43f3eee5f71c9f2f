"""DetectNet in service: from maps to regions on the disk."""

from types import SimpleNamespace

import numpy as np
import pytest

from halescope.detection.detectnet import clustering, coverage, decode, find
from halescope.detection.grouping import Clustering
from halescope.errors import ModelError
from halescope.training.paper.detectnet_targets import label_grid
from halescope.types import Disk, DiskGeometry, Magnetogram

RULE = {"min_height": 8.0, "rect_eps": 0.2}


def maps_of(boxes, side):
    grid = label_grid(np.array(boxes, np.float32), np.zeros(len(boxes), int), (side, side))
    return grid[8:], grid[1:5]


def model_of(boxes, side, options, score=0.5):
    coverage, corners = maps_of(boxes, side)
    card = SimpleNamespace(
        input=SimpleNamespace(channels=3),
        options=options,
        path="card.json",
        thresholds={"score": score},
    )

    class Fake:
        def __call__(self, array):
            assert array.shape == (1, 3, side, side)
            return {"coverage": coverage[None], "boxes": corners[None]}

    fake = Fake()
    fake.card = card
    return fake


def disk_of(side):
    field = np.zeros((side, side), np.float32)
    geometry = DiskGeometry((side - 1) / 2, (side - 1) / 2, side / 3)
    return Disk(field, geometry, Magnetogram(field, "display", geometry))


def test_perfect_maps_give_back_the_labels():
    boxes = [[20, 30, 60, 62], [90, 80, 124, 120]]
    found, confidence = decode(*maps_of(boxes, 128), 8, Clustering())
    assert sorted(found.tolist()) == boxes
    # 20 px of coverage about 40 and 46 touch 4 x 3 cells of 8 px.
    assert confidence[found[:, 0] == 20] == pytest.approx(np.log(12))


def test_regions_have_rows_upwards_and_scores_below_one():
    model = model_of([[20, 30, 60, 62]], 128, {"stride": 8, "clustering": RULE})
    regions = find(model, disk_of(128))
    assert regions.boxes.tolist() == [[20, 128 - 62, 60, 128 - 30]]
    assert regions.score == pytest.approx([1 - 1 / 12])


@pytest.mark.parametrize(("score", "count"), [(11 / 12, 1), (0.95, 0)])
def test_regions_below_the_least_score_are_not_shown(score, count):
    model = model_of([[20, 30, 60, 62]], 128, {"stride": 8, "clustering": RULE}, score)
    assert len(find(model, disk_of(128))) == count


def test_coverage_has_rows_upwards():
    seen = coverage(model_of([[20, 30, 60, 62]], 128, {"stride": 8}), disk_of(128))
    assert seen.shape == (16, 16)
    rows, columns = np.nonzero(seen)
    assert (columns.mean() + 0.5) * 8 == pytest.approx(40, abs=4)
    assert (rows.mean() + 0.5) * 8 == pytest.approx(128 - 46, abs=4)


def test_nothing_found_is_a_normal_answer():
    assert len(find(model_of([], 64, {"stride": 8}), disk_of(64))) == 0


def test_a_card_with_an_unknown_clustering_key_is_refused():
    card = SimpleNamespace(options={"clustering": {"eps": 1}}, path="card.json")
    with pytest.raises(ModelError, match="clustering has"):
        clustering(card)
