import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from halescope import boxes

WHOLE = hnp.arrays(np.int64, st.tuples(st.integers(0, 6), st.just(4)), elements=st.integers(0, 20))


def tidy(raw):
    """Boxes with maxima not below minima."""
    return np.concatenate(
        [np.minimum(raw[:, :2], raw[:, 2:]), np.maximum(raw[:, :2], raw[:, 2:])], 1
    )


def painted(box):
    """The box as a mask: whole pixels, maxima exclusive."""
    mask = np.zeros((20, 20), bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask


def test_known_by_hand():
    a = np.array([[0.0, 0, 4, 4], [10, 10, 12, 12]])
    b = np.array([[2.0, 2, 6, 6]])
    assert boxes.intersection(a, b).tolist() == [[4], [0]]
    assert boxes.iou(a, b)[0, 0] == pytest.approx(4 / 28)
    assert boxes.center(b).tolist() == [[4, 4]]


@given(WHOLE, WHOLE)
def test_overlap_equals_counting_pixels(first, second):
    a, b = tidy(first), tidy(second)
    shared, ratio = boxes.intersection(a, b), boxes.iou(a.astype(float), b.astype(float))
    for i, p in enumerate(a):
        assert boxes.area(a)[i] == painted(p).sum()
        for j, q in enumerate(b):
            both, either = (painted(p) & painted(q)).sum(), (painted(p) | painted(q)).sum()
            assert shared[i, j] == both
            assert ratio[i, j] == pytest.approx(both / either if either else 0)


def test_inside_out_has_no_area():
    assert boxes.area(np.array([[5.0, 5, 1, 9]])) == 0


def test_clip():
    b = np.array([[-3.0, 2, 50, 60]])
    assert boxes.clip(b, (40, 30)).tolist() == [[0, 2, 30, 40]]
    off = np.array([[35.0, 45, 50, 60], [-9, -8, -7, -6]])
    assert boxes.clip(off, (40, 30)).tolist() == [[30, 40, 30, 40], [0, 0, 0, 0]]


def test_suppression_keeps_the_best_of_each_pile():
    b = np.array([[0.0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [0, 0, 10, 10]])
    kept = boxes.suppress(b, np.array([0.8, 0.9, 0.1, 0.7]), 0.5)
    assert kept.tolist() == [1, 2]
    assert boxes.suppress(np.zeros((0, 4)), np.zeros(0), 0.5).tolist() == []


@given(WHOLE, st.integers(0, 2**31))
def test_suppressed_boxes_overlap_no_more_than_allowed(raw, seed):
    b = tidy(raw).astype(float)
    score = np.random.default_rng(seed).random(len(b))
    kept = boxes.suppress(b, score, 0.3)
    overlap = boxes.iou(b[kept], b[kept])
    np.fill_diagonal(overlap, 0)
    assert (overlap <= 0.3).all()
    assert (np.diff(score[kept]) <= 0).all()
    for dropped in set(range(len(b))) - set(kept.tolist()):
        better = [k for k in kept if score[k] >= score[dropped]]
        assert boxes.iou(b[[dropped]], b[better]).max() > 0.3


def test_nested_boxes_count_as_one():
    found = np.array([[0, 0, 20, 20], [2, 2, 8, 8], [15, 15, 25, 25]], np.float32)
    score = np.array([0.9, 0.8, 0.7], np.float32)
    assert boxes.suppress(found, score, 0.5).tolist() == [0, 1, 2]
    assert boxes.suppress(found, score, 0.5, nested=0.7).tolist() == [0, 2]
    # The better one stays, be it the larger or the smaller.
    assert boxes.suppress(found, score[[1, 0, 2]], 0.5, nested=0.7).tolist() == [1, 2]
    # A quarter of the third box lies in the first.
    assert boxes.suppress(found, score, 0.5, nested=0.2).tolist() == [0]


def test_uneven_boxes_by_hand():
    a = np.array([[1.0, 2, 4, 8], [0.25, 0.5, 0.75, 1.0], [5, 5, 3, 9]])
    assert boxes.center(a[:1]).tolist() == [[2.5, 5]]
    assert boxes.area(a).tolist() == [18, 0.25, 0]
    assert boxes.iou(a, a).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]  # small ones count too
    assert boxes.clip(np.array([[-3.0, 0.5, 9, 7]]), (6, 8)).tolist() == [[0, 0.5, 8, 6]]


def test_suppression_at_its_limits():
    """Two boxes with an IoU of exactly one half, and one that lies in another by three quarters."""
    half = np.array([[0.0, 0, 4, 4], [0, 0, 4, 2]])
    score = np.array([0.5, 0.9])
    assert boxes.suppress(half, score, 0.5).tolist() == [1, 0]
    assert boxes.suppress(half, score, 0.49).tolist() == [1]
    inner = np.array([[0.0, 0, 10, 10], [0, -1, 4, 3]])
    assert boxes.suppress(inner, score, 0.5, nested=0.75).tolist() == [1, 0]
    assert boxes.suppress(inner, score, 0.5, nested=0.74).tolist() == [1]
    three = np.array([[0.0, 0, 4, 4], [10, 10, 14, 14], [10, 10, 14, 14]])
    assert boxes.suppress(three, np.array([0.3, 0.2, 0.1]), 0.5).tolist() == [0, 1]
