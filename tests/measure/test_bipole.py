"""Bipoles of square polarities on flat patches: centroids, their errors and tilts by hand."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.measure.bipole import measure_bipole
from halescope.measure.patch import Patch, frame_at

RADIUS = 695.7


def patch_of(*squares, pixel=2.0, noise=5.0, size=81, place=(0.0, 0.0, 1.0), b0=0.0):
    """Return a patch with squares, each column and row of the middle, half width, gauss."""
    radial = np.zeros((size, size), np.float32)
    for column, row, half, gauss in squares:
        radial[row - half : row + half + 1, column - half : column + half + 1] = gauss
    frame = frame_at(np.array(place), b0)
    whole = np.ones(radial.shape, bool)
    return Patch(radial, np.ones_like(radial), whole, pixel, noise, frame, b0)


def bipole_of(*squares, **options):
    patch = patch_of(*squares, **options)
    return measure_bipole(patch, patch.inside)


def test_centroids_separation_and_their_errors():
    """Positive 40 Mm west of the middle, negative 20 Mm east and 30 Mm south of it.

    A square of n x n pixels of side p has the variance p^2 (n^2 - 1) / 12 about its middle; noise s
    in each of its pixels, of field B, moves the centroid by s / B of the root of that over n.
    """
    found = bipole_of((60, 40, 2, 400), (30, 25, 3, -250))
    east, north = np.degrees(20 / RADIUS), np.degrees(30 / RADIUS)
    assert found.positive == pytest.approx((np.degrees(40 / RADIUS), 0), abs=2e-3)
    assert found.negative == pytest.approx((-east, -north), rel=2e-3)
    moved = [gauss * 2 * np.sqrt((n**2 - 1) / 12) / n for gauss, n in ((5 / 400, 5), (5 / 250, 7))]
    degrees = np.degrees(np.array(moved) / RADIUS)
    assert found.positive_err == pytest.approx((degrees[0], degrees[0]), rel=1e-3)
    assert found.negative_err[1] == pytest.approx(degrees[1], rel=1e-3)
    assert found.separation == pytest.approx(np.hypot(60, 30), rel=2e-3)
    assert found.separation_err == pytest.approx(np.hypot(*moved), rel=1e-3)
    assert found.leading == "positive"
    # The follower is nearer the equator's south pole: leading is equatorward, both south.
    assert found.tilt == pytest.approx(np.degrees(np.arctan2(30, 60)), abs=0.1)
    assert found.tilt_err == pytest.approx(
        np.degrees(np.hypot(*moved) / np.hypot(60, 30)), rel=1e-3
    )


def test_errors_along_and_across_are_those_of_west_and_north():
    """A wide and a tall polarity, one west of the other: the wide one's error is in separation."""
    patch = patch_of(noise=10.0)
    patch.radial[40, 55:66] = 500  # 11 pixels wide, one tall
    patch.radial[36:45, 20] = -500  # 9 tall, one wide
    found = measure_bipole(patch, patch.inside)
    wide = 10 / 500 * 2 * np.sqrt((11**2 - 1) / 12 / 11)
    tall = 10 / 500 * 2 * np.sqrt((9**2 - 1) / 12 / 9)
    assert found.separation == pytest.approx(80, rel=1e-3)
    assert found.separation_err == pytest.approx(wide, rel=1e-3)
    assert found.tilt_err == pytest.approx(np.degrees(tall / 80), rel=1e-3)
    turned = replace(patch, radial=patch.radial.T.copy())  # now one north of the other
    found = measure_bipole(turned, turned.inside)
    assert found.separation_err == pytest.approx(wide, rel=1e-3)
    assert found.tilt_err == pytest.approx(np.degrees(tall / 80), rel=1e-3)
    assert abs(found.tilt) == pytest.approx(90)
    near = patch_of(noise=160.0)  # middles a fortieth of a pixel apart
    near.radial[36:45, 40], near.radial[20:61, [39, 41]], near.radial[40, 42] = 500, -500, -500
    assert measure_bipole(near, near.inside).tilt_err == 90  # an angle's error ends there


@pytest.mark.parametrize(
    ("north", "leader", "tilt"),
    [(0.3, "low", 26.6), (0.3, "high", -26.6), (-0.3, "high", 26.6), (-0.3, "low", -26.6)],
)
def test_joys_law_in_both_hemispheres(north, leader, tilt):
    """The leader 80 Mm west, 40 Mm south or north of the follower, at 17 degrees of latitude."""
    rows = (30, 50) if leader == "low" else (50, 30)
    place = (0.0, north, np.sqrt(1 - north**2))
    found = bipole_of((60, rows[0], 2, -400), (20, rows[1], 2, 400), place=place)
    assert found.leading == "negative"
    assert found.tilt == pytest.approx(tilt, abs=1.0)
    # A degree of longitude is cos(latitude) of one of latitude, errors too.
    west, up = found.negative_err
    assert west == pytest.approx(up / np.cos(np.radians(found.negative[1])), rel=1e-3)


def test_the_weaker_polarity_needs_a_fiftieth_of_the_flux():
    """Two per cent are not enough, a little more is."""
    strong = 49 * 100.0
    for weak, found in ((100.0, False), (101.0, True)):
        assert (bipole_of((60, 40, 1, strong), (20, 40, 1, -weak)) is not None) == found
        assert (bipole_of((60, 40, 1, -strong), (20, 40, 1, weak)) is not None) == found
    assert bipole_of((60, 40, 1, 300)) is None
    assert bipole_of() is None


def test_noise_is_no_part_of_a_bipole():
    assert bipole_of((60, 40, 1, 300), (20, 40, 1, -14)) is None
    found = bipole_of((60, 40, 1, 300), (20, 40, 1, -300), (40, 70, 4, 14))
    assert found.positive[1] == pytest.approx(0, abs=2e-3)


def test_polarities_far_apart_on_the_sphere():
    """400 Mm are a chord of Lambert's projection: each end is 2 asin(200 / 2 R) from the middle."""
    found = bipole_of((80, 40, 0, 300), (0, 40, 0, -300), pixel=5.0)
    angle = 2 * 2 * np.arcsin(200 / (2 * RADIUS))
    assert found.separation == pytest.approx(RADIUS * angle, rel=1e-4)
    assert found.positive[0] == pytest.approx(np.degrees(angle / 2), rel=1e-4)
