"""Drawn sequences: regions do what their recipe says."""

import numpy as np
import pytest

from halescope.errors import ConfigError
from halescope.geometry import differential_rotation
from halescope.synthetic import LIVES, Life, draw_sequence


def drawn(lives, hours):
    return list(draw_sequence(lives, hours, size=256))


def test_regions_move_with_the_sun():
    region = Life("beta", -30, 15)
    first, later = (d.truth.columns["hgs_lon"][0] for d in drawn([region], [0, 48]))
    assert later - first == pytest.approx(float(differential_rotation(15, 2.0)))


def test_regions_appear_grow_fade_and_go():
    region = Life("beta", -20, 15, born=10, dies=90, grows=30, fades=20)
    truth = [d.truth.columns for d in drawn([region], [0, 12, 60, 88, 95])]
    flux = [(t["flux_positive"] or [0.0])[0] for t in truth]
    assert flux[0] == flux[4] == 0
    assert 0 < flux[1] < 0.5 * flux[2] > flux[3] > 0


def test_two_regions_drift_together():
    pair = [life for life in LIVES if life.drift]
    gaps = [np.ptp(d.truth.columns["hgs_lon"]) for d in drawn(pair, [0, 60])]
    assert gaps[1] < 0.3 * gaps[0]


def test_a_region_is_gone_behind_the_sun_and_returns():
    region = Life("beta", 60, 10)
    assert [len(d.truth) for d in drawn([region], [0, 24 * 4, 24 * 24])] == [1, 0, 1]


def test_the_same_seed_draws_the_same_and_time_changes_it():
    lives = [Life("alpha", 0, 10)]
    one, two = drawn(lives, [0]), drawn(lives, [0, 1])
    np.testing.assert_array_equal(one[0].magnetogram.field, two[0].magnetogram.field)
    assert two[0].magnetogram.name != two[1].magnetogram.name
    assert two[1].truth.columns["life"] == [0]


def test_an_unknown_class_is_refused():
    with pytest.raises(ConfigError, match="plage"):
        Life("plage", 0, 0)
