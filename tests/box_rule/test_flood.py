"""The watershed against a flood that takes one pixel at a time, and by hand."""

import numpy as np
import pytest

from drawn_fields import field_of
from halescope.box_rule.flood import _grown, watershed


def ridge(*heights):
    """Return a field of one row, its mask (above 10) and no seeds."""
    strength = np.array([heights], np.float32)
    return strength, strength > 10, np.zeros(strength.shape, np.int32)


def test_a_saddle_parts_two_peaks_and_a_gap_parts_pieces():
    strength, mask, seeds = ridge(90, 60, 30, 20, 40, 80, 0, 50, 0, 70)
    seeds[0, 0], seeds[0, 5], seeds[0, 9] = 1, 2, 3
    owner = watershed(strength, mask, seeds)
    # The saddle itself (20) touches both at one level; the lone piece (50) stays an island.
    assert owner[0, [0, 1, 2]].tolist() == [1, 1, 1]
    assert owner[0, 3] in (1, 2)
    assert owner[0, 4:].tolist() == [2, 2, 0, 0, 0, 3]


def test_a_weak_flank_is_reached_over_the_higher_saddle():
    """Flooding goes from the strongest field down, not from the nearest seed."""
    strength, mask, seeds = ridge(100, 80, 70, 60, 50, 20, 90)
    seeds[0, 0], seeds[0, 6] = 1, 2
    owner = watershed(strength, mask, seeds)[0].tolist()
    assert owner[:5] == [1] * 5
    assert owner[6] == 2


def test_one_seed_takes_its_piece_and_none_takes_none():
    strength, mask, seeds = ridge(50, 40, 0, 30)
    assert not watershed(strength, mask, seeds).any()
    seeds[0, 1] = 4
    assert watershed(strength, mask, seeds)[0].tolist() == [4, 4, 0, 0]


def test_corners_do_not_join():
    strength = np.array([[50, 0], [0, 50]], np.float32)
    seeds = np.array([[1, 0], [0, 0]], np.int32)
    assert watershed(strength, strength > 10, seeds).tolist() == [[1, 0], [0, 0]]


def test_growth_goes_to_the_four_neighbours_and_no_further():
    owner = np.zeros((5, 5), np.int32)
    owner[2, 2] = 7
    expected = np.zeros((5, 5), int)
    expected[[1, 3, 2, 2], [2, 2, 1, 3]] = 7
    assert _grown(owner).tolist() == expected.tolist()
    edge = np.zeros((3, 3), np.int32)
    edge[0, 0], edge[2, 2] = 2, 5
    assert _grown(edge).tolist() == [[0, 2, 0], [2, 0, 5], [0, 5, 0]]


def test_levels_are_an_octave_apart_where_the_strongest_field_is_two_to_the_thirty_first():
    """32 levels down to one: what lies in one octave is flooded at once, from both sides."""
    seed, octave = 2.0**31, 2.0**20
    row = [seed, 1.1 * octave, *[1.9 * octave] * 3, seed]
    strength = np.array([row], np.float64)
    seeds = np.array([[1, 0, 0, 0, 0, 2]], np.int32)
    assert watershed(strength, strength > 0, seeds).tolist() == [[1, 1, 1, 2, 2, 2]]
    strength[0, 1] = 0.9 * octave  # an octave lower: the other side is there first
    assert watershed(strength, strength > 0, seeds).tolist() == [[1, 2, 2, 2, 2, 2]]


def test_the_flood_ends_at_one_grey_level():
    strength, _, seeds = ridge(50, 1.2, 0.8, 1.2, 60)
    seeds[0, 0], seeds[0, 4] = 1, 2
    assert watershed(strength, strength > 0, seeds).tolist() == [[1, 1, 0, 2, 2]]


def test_pieces_that_touch_at_a_corner_do_not_mix():
    """The second piece has two owners of higher numbers, and lies in the window of the first."""
    strength = np.array([[9, 8, 0, 0], [0, 7, 0, 5], [0, 0, 6, 7], [9, 8, 8, 0]], np.float32)
    mask = strength > 0
    seeds = np.zeros((4, 4), np.int32)
    seeds[0, 0], seeds[1, 1], seeds[1, 3], seeds[3, 0] = 1, 2, 3, 4
    owner = watershed(strength, mask, seeds)
    assert owner[0].tolist() == [1, owner[0, 1], 0, 0]
    assert owner[0, 1] in (1, 2)
    assert owner[1].tolist() == [0, 2, 0, 3]
    assert owner[3, :2].tolist() == [4, 4]
    assert (owner[mask] > 0).all()


def flooded(strength, mask, seeds):
    """Flood one pixel at a time, always the strongest that touches an owned one."""
    owner = seeds.copy()
    while True:
        best, place, number = -1.0, None, 0
        for row, column in zip(*np.nonzero(mask & (owner == 0)), strict=True):
            for r, c in ((row - 1, column), (row + 1, column), (row, column - 1),
                         (row, column + 1)):  # fmt: skip
                inside = 0 <= r < owner.shape[0] and 0 <= c < owner.shape[1]
                if inside and owner[r, c] and strength[row, column] > best:
                    best, place, number = strength[row, column], (row, column), owner[r, c]
        if place is None:
            return owner
        owner[place] = number


@pytest.mark.parametrize("seed", range(3))
def test_parts_are_those_of_a_flood_pixel_by_pixel(seed):
    """But for the pixels of a level, a thirty-second of the scale, that both reach at once."""
    random = np.random.default_rng(seed)
    places = random.uniform(197, 220, (3, 2))
    field = field_of(*((x, y, 4.0, random.uniform(50, 120)) for x, y in places))[190:228, 190:228]
    mask, seeds = field > 14, np.zeros(field.shape, np.int32)
    for number, (x, y) in enumerate(places, 1):
        seeds[round(y) - 190, round(x) - 190] = number
    mask |= seeds > 0
    exact, found = flooded(field, mask, seeds), watershed(field, mask, seeds)
    assert ((found > 0) == (exact > 0)).all()
    assert (found != exact).sum() < 0.12 * mask.sum()
