"""Scores of tracks, by hand."""

import math

import pytest

from halescope.evaluation.tracking import Moment, track_scores


def moment(pairs, regions=(1, 2), tracks=None, distance=1.0):
    fits = dict.fromkeys(pairs, distance)
    return Moment(regions, {t for _, t in pairs} if tracks is None else tracks, fits)


def test_all_right():
    found = track_scores([moment([(1, 10), (2, 20)])] * 4)
    assert (found.mota, found.idf1) == (1, 1)
    assert found.switches == {1: 0, 2: 0}


def test_a_switch_a_miss_and_a_false_positive_by_hand():
    """Eight regions; one miss, one false positive, one switch: MOTA is 1 - 3/8."""
    found = track_scores(
        [
            moment([(1, 10), (2, 20)]),
            moment([(1, 10)]),  # 2 is missed
            moment([(1, 11), (2, 20)]),  # 1 has another track
            moment([(1, 11), (2, 20)], tracks={11, 20, 30}),
        ]
    )
    assert (found.regions, found.matches, found.misses, found.false_positives) == (8, 7, 1, 1)
    assert found.switches == {1: 1, 2: 0}
    assert found.tracks == {1: 2, 2: 1}
    assert found.mota == pytest.approx(1 - 3 / 8)
    # The best pairing: 2 with 20 on three images, 1 with 10 or 11 on two; boxes 2 + 1 + 2 + 3.
    assert found.idf1 == pytest.approx(2 * 5 / (8 + 8))


def test_a_region_stays_with_its_track_while_both_fit():
    near, far = {(1, 10): 1.0, (1, 11): 3.0}, {(1, 10): 3.0, (1, 11): 1.0}
    found = track_scores([Moment([1], [10, 11], near), Moment([1], [10, 11], far)])
    assert found.switches == {1: 0}


def test_two_regions_in_one_box_are_no_switch():
    """Regions 1 and 2 share track 10's box once: 2 is missed there, not switched."""
    apart = {(1, 10): 1.0, (2, 20): 1.0}
    shared = {(1, 10): 2.0, (2, 10): 1.0}
    found = track_scores([Moment([1, 2], [10, 20], apart), Moment([1, 2], [10], shared)] * 2)
    assert found.switches == {1: 0, 2: 0}
    assert found.misses == 2


def test_nothing_known_has_no_score():
    assert math.isnan(track_scores([]).mota)
    assert track_scores([Moment([1], [], {})]).mota == 0
