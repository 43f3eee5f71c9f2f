"""Rectangle grouping against OpenCV 4, and DetectNet's clustering by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.detection.grouping import Clustering, cluster, grid_boxes, group_rectangles

EPS = st.sampled_from([0.0, 0.02, 0.1, 0.2, 0.4, 1.0])


@st.composite
def crowds(draw):
    """Draw rectangles scattered about a few places, so that some of them group."""
    seeds = draw(
        st.lists(
            st.tuples(*[st.integers(0, 300)] * 2, *[st.integers(0, 90)] * 2),
            min_size=1,
            max_size=4,
        )
    )
    spread = draw(st.integers(0, 12))
    count = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    base = np.array(seeds)[rng.integers(0, len(seeds), count)]
    rects = base + rng.integers(-spread, spread + 1, base.shape)
    rects[:, 2:] = np.maximum(rects[:, 2:], 0)
    return rects


@settings(max_examples=400, deadline=None)
@given(crowds(), st.integers(0, 5), EPS)
def test_equals_opencv(rects, threshold, eps):
    cv2 = pytest.importorskip("cv2", reason="OpenCV 4 is the oracle")
    if not hasattr(cv2, "groupRectangles"):
        pytest.skip("OpenCV 5 has no groupRectangles")
    expected, weights = cv2.groupRectangles(rects.tolist(), threshold, eps)
    grouped, count = group_rectangles(rects, threshold, eps)
    assert grouped.tolist() == np.asarray(expected, int).reshape(-1, 4).tolist()
    assert count.tolist() == np.asarray(weights, int).ravel().tolist()


def test_a_group_needs_more_members_than_the_threshold():
    assert len(group_rectangles(np.tile([10, 10, 30, 30], (3, 1)), 3, 0.1)[0]) == 0
    grouped, count = group_rectangles(np.tile([10, 10, 30, 30], (4, 1)), 3, 0.1)
    assert grouped.tolist() == [[10, 10, 30, 30]]
    assert count.tolist() == [4]


def test_likeness_is_handed_on_along_a_chain():
    chain = np.array([[x, 0, 20, 20] for x in (0, 2, 4, 6, 8)])  # neighbours differ by 2 = eps*20
    grouped, count = group_rectangles(chain, 3, 0.1)
    assert grouped.tolist() == [[4, 0, 20, 20]]
    assert count.tolist() == [5]


def test_a_small_box_inside_a_stronger_one_is_dropped():
    small, large = np.tile([20, 20, 10, 10], (4, 1)), np.tile([0, 0, 100, 100], (5, 1))
    assert group_rectangles(np.vstack((small, large)), 3, 0.1)[0].tolist() == [[0, 0, 100, 100]]
    weaker = np.vstack((np.tile([20, 20, 10, 10], (5, 1)), np.tile([0, 0, 100, 100], (5, 1))))
    assert len(group_rectangles(weaker, 3, 0.1)[0]) == 2


def test_no_rectangles_is_a_normal_answer():
    grouped, count = group_rectangles(np.zeros((0, 4), int), 3, 0.2)
    assert grouped.shape == (0, 4)
    assert count.shape == (0,)


def test_proposals_add_the_origin_of_their_cell():
    coverage = np.zeros((4, 4), np.float32)
    coverage[1, 2] = 0.6
    corners = np.broadcast_to(np.array([-3, -4, 5, 6], np.float32)[:, None, None], (4, 4, 4))
    assert grid_boxes(coverage, corners, 8, 0.6).tolist() == [[13.0, 4.0, 21.0, 14.0]]
    assert grid_boxes(coverage, corners, 8, 0.61).shape == (0, 4)


def test_confidence_is_the_logarithm_of_the_count_and_low_boxes_go():
    tall = np.tile([10, 10, 40, 40], (6, 1))
    low = np.tile([100, 100, 140, 121], (6, 1))
    boxes, confidence = cluster(np.vstack((tall, low)).astype(np.float32), Clustering())
    assert boxes.tolist() == [[10, 10, 40, 40]]
    assert confidence == pytest.approx([math.log(6)])


def test_legacy_tolerance_grows_with_the_place_in_the_picture():
    rng = np.random.default_rng(0)
    jitter = rng.normal(0, 1.5, (12, 4))
    near = np.array([10, 10, 50, 40]) + jitter
    far = near + 400
    fixed, legacy = Clustering(), Clustering(legacy_clustering=True)
    assert len(cluster(near.astype(np.float32), legacy)[0]) == 0
    assert len(cluster(far.astype(np.float32), fixed)[0]) == 0
    boxes, confidence = cluster(far.astype(np.float32), legacy)
    assert boxes == pytest.approx(np.array([[410, 410, 450, 440]]), abs=1.5)
    assert confidence == pytest.approx([math.log(12)])


def test_at_most_max_boxes_are_kept():
    places = np.array([[x, 0, x + 30, 30] for x in range(0, 2000, 50) for _ in range(4)])
    assert len(cluster(places.astype(np.float32), Clustering(max_boxes=7))[0]) == 7
