"""Greys of a disk by hand: zero level, contrast, and what is refused at which edge."""

import numpy as np
import pytest

from halescope.errors import NotAMagnetogramError
from halescope.io.greys.tones import _middle, check_tones, contrast, on_disk, zero_level
from halescope.io.limb import Limb


def greys(counts):
    """Return that many of each grey."""
    return np.repeat(list(counts), list(counts.values())).astype(np.uint8)


def disk(x, y, radius):
    return Limb(x, y, radius, 1.0, 1.0, 0.0, 127.0)


@pytest.mark.parametrize(("radius", "step"), [(60.0, 1), (199.9, 1), (200.0, 2), (350.0, 3)])
def test_a_sparse_grid_on_the_disk(radius, step):
    """Each pixel tells its place: those nearer than 0.95 radii, a hundred along a radius."""
    rows, columns = np.mgrid[:512, :512]
    x, y = 250.5, 262.25
    away = np.hypot(columns - x, rows - y)[::step, ::step] / radius
    grey = (rows * 7 + columns * 3).astype(np.uint8)
    found, rho = on_disk(grey, disk(x, y, radius))
    inside = away < 0.95
    assert found.tolist() == grey[::step, ::step][inside].tolist()
    np.testing.assert_allclose(rho, away[inside], atol=1e-5)
    assert len(on_disk(grey, disk(x, y, radius), 0.5)[0]) == (away < 0.5).sum()


def test_zero_is_the_median_of_the_commonest_greys():
    """A half of the pixels of a grey lies on either side of it; others do not count."""
    assert zero_level(greys({127: 9})) == pytest.approx(127)
    assert zero_level(greys({127: 6, 128: 6})) == pytest.approx(127.5)
    assert zero_level(greys({126: 1, 127: 4, 128: 5})) == pytest.approx(127.5)
    assert zero_level(greys({127: 3, 128: 1})) == pytest.approx(126.5 + 2 / 3)
    assert zero_level(greys({0: 99, 127: 20, 200: 9, 255: 99})) == pytest.approx(127)
    assert zero_level(greys({3: 9, 4: 9})) == pytest.approx(3.5)
    assert zero_level(greys({252: 9, 253: 9})) == pytest.approx(252.5)


def test_zero_counts_greys_of_a_dozen_beside_the_commonest():
    """Nine greys are taken together: the peak is in the middle of 120 to 128, so 112 to 136."""
    flat = dict.fromkeys(range(120, 129), 90)
    assert zero_level(greys(flat)) == pytest.approx(124)
    assert zero_level(greys(flat | {136: 2})) > zero_level(greys(flat | {137: 2}))
    assert zero_level(greys(flat | {137: 2})) == pytest.approx(124)
    assert zero_level(greys(flat | {112: 2})) < zero_level(greys(flat | {111: 2}))


@pytest.mark.parametrize(
    ("strength", "factor"),
    [
        (4, 1.0),  # within 1.7 of 4.4: from 2.6 to 7.5
        (3, 1.0),
        (7, 1.0),
        (2, 2.2),
        (8, 0.55),
        (44, 0.1),
        (1, 4.4),
        (0, 8.0),  # at most
        (100, 0.05),  # at least: 4.4 / 100 is less
    ],
)
def test_contrast_is_told_by_what_four_fifths_stay_below(strength, factor):
    """Of ten pixels eight are of that strength or less, two are far stronger."""
    values = greys({127: 7, 127 + strength: 1, 250: 2}) if strength else greys({127: 8, 250: 2})
    assert contrast(values, 127.0) == pytest.approx(factor, rel=1e-5)
    dark = greys({127: 7, 127 - strength: 1, 4: 2}) if strength else greys({127: 8, 4: 2})
    assert contrast(dark, 127.0) == pytest.approx(factor, rel=1e-5)


def test_contrast_counts_from_zero_field_wherever_that_is():
    assert contrast(greys({150: 5, 160: 5}), 155.0) == pytest.approx(1.0)
    assert contrast(greys({150: 5, 160: 5}), 130.0) == pytest.approx(4.4 / 30)


def checked(values, rho=0.5, zero=127.0):
    values = np.asarray(values, np.uint8)
    check_tones(values, np.broadcast_to(np.float32(rho), values.shape), zero, "a.png")


def spread(dark, bright, rest):
    """Return greys on the whole disk: darker and brighter than 30, and about zero."""
    values = greys({90: dark, 164: bright, 126: rest // 2, 128: rest - rest // 2})
    return np.tile(values, 3), np.repeat(np.float32([0.3, 0.5, 0.9]), len(values))


@pytest.mark.parametrize(("fall", "refused"), [(15, False), (16, True), (-15, False), (-16, True)])
def test_disks_darkened_by_more_than_fifteen_greys(fall, refused):
    """Between the inner four tenths and the ring from 0.8 to 0.95 radii."""
    values = np.array([127, 128, 127] * 9 + [127 - fall, 128 - fall, 127 - fall] * 9)
    rho = np.repeat([0.39, 0.81], 27)
    if refused:
        with pytest.raises(NotAMagnetogramError, match="towards the limb"):
            checked(values, rho)
        # What lies between, or beyond, does not count.
        for place in (0.41, 0.79, 0.96):
            filler = np.r_[values, values[:27], values[:27]]
            checked(filler, np.r_[rho[:27], np.full(27, place), rho[:27], np.full(27, 0.9)])
    else:
        checked(values, rho)


@pytest.mark.parametrize(
    ("zero", "fine"), [(50.0, True), (49.9, False), (225.0, True), (225.1, False)]
)
def test_zero_field_is_a_middle_grey(zero, fine):
    values, rho = (
        np.array([int(zero) - 1, int(zero), int(zero) + 1] * 9),
        np.repeat([0.3, 0.9, 0.5], 9),
    )
    if fine:
        checked(values, rho, zero)
    else:
        with pytest.raises(NotAMagnetogramError, match="commonest grey is"):
            checked(values, rho, zero)


@pytest.mark.parametrize(
    ("dark", "bright", "rest", "words"),
    [
        (3, 0, 997, "only darker"),
        (2, 0, 998, ""),  # a five-hundredth is none too much
        (200, 2, 798, ""),  # a hundredth of the dark is bright
        (300, 2, 698, "only darker"),
        (250, 250, 500, ""),
        (251, 250, 499, "do not gather"),
    ],
)
def test_spots_and_noise_are_no_magnetogram(dark, bright, rest, words):
    values, rho = spread(dark, bright, rest)
    if not words:
        checked(values, rho)
        return
    with pytest.raises(NotAMagnetogramError, match=words):
        checked(values, rho)


def test_dark_and_bright_are_more_than_thirty_greys_off():
    for off, words in ((30, ""), (31, "only darker")):
        values, rho = np.r_[np.full(90, 127 - off), np.full(450, 127), np.full(450, 128)], 0.5
        rho = np.resize(np.float32([0.3, 0.5, 0.9]), 990)
        if words:
            with pytest.raises(NotAMagnetogramError, match=words):
                checked(values, rho)
        else:
            checked(values, rho)


def test_one_grey_alone_is_refused():
    with pytest.raises(NotAMagnetogramError, match="one single grey"):
        checked([127] * 9)


def test_the_middle_is_the_median_of_an_odd_number():
    for values in ([3, 5, 9], [0, 0, 255], [7], [200, 200, 200, 1, 2]):
        assert _middle(np.array(values, np.uint8)) == np.median(values)
