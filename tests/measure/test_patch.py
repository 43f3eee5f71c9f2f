"""Patches against the positions of the image's own pixels, and SHARP patches against sunpy."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.geometry import mu, pixel_to_offset, pixel_to_stonyhurst, stonyhurst_to_pixel
from halescope.measure.columns import UNITS, measure_patch
from halescope.measure.patch import REACH_MM, Patch, cut_patch, frame_at, seen_from
from halescope.measure.sharp import HMI_NOISE, sharp_patch
from halescope.types import DiskGeometry, Magnetogram

SEEN = DiskGeometry(310.0, 290.0, 250.0, b0=6.0, roll=15.0, distance=150.0)


def image_of(values, **options):
    return Magnetogram(np.asarray(values, np.float32), "gauss", SEEN, **options)


def grid():
    rows, columns = np.mgrid[:600, :620].astype(float)
    return columns, rows


def box_about(longitude, latitude, half=25.0):
    x, y = stonyhurst_to_pixel(SEEN, longitude, latitude)
    return np.array([x - half, y - half, x + half, y + 2 * half], np.float32)


@pytest.mark.parametrize("place", [(0.0, 10.0), (35.0, -20.0), (-50.0, 25.0)])
def test_each_pixel_of_a_patch_is_where_it_says(place):
    """The image shows longitudes, then latitudes: the patch finds them where its axes say."""
    columns, rows = grid()
    for part, values in enumerate(pixel_to_stonyhurst(SEEN, columns, rows)):
        patch = cut_patch(image_of(values), box_about(*place), noise=2.0)
        x, y = patch.axes()
        told = np.array([[patch.to_heliographic(a, b)[part] for a in x[::6]] for b in y[::6]])
        shown = (patch.radial * patch.mu)[::6, ::6]
        inside = patch.inside[::6, ::6]
        assert inside.sum() > 20
        np.testing.assert_allclose(shown[inside], told[inside], atol=0.1)
    cosine = cut_patch(image_of(mu(SEEN, columns, rows)), box_about(*place), noise=2.0)
    np.testing.assert_allclose(
        (cosine.radial * cosine.mu)[cosine.inside], cosine.mu[cosine.inside], atol=4e-3
    )
    assert cosine.pixel == pytest.approx(695.7 / 250)
    assert (cosine.noise, cosine.b0, cosine.calibrated) == (2.0, 6.0, True)


def test_a_patch_ends_where_its_box_does():
    """The image shows columns, then rows: no pixel of the patch is more than half outside."""
    for part, values in enumerate(grid()):
        box = box_about(-20.0, 5.0)
        patch = cut_patch(image_of(values + 1), box, noise=2.0)
        shown = (patch.radial * patch.mu)[patch.inside] - 1  # middles: edges are half a pixel off
        assert box[part] - 0.5 <= shown.min() < box[part] + 1
        assert box[part + 2] - 2 < shown.max() <= box[part + 2] - 0.5
        # Boxes may be drawn on a picture of another scale.
        drawn = DiskGeometry(155.0, 145.0, 125.0, b0=6.0, roll=15.0, distance=150.0)
        half = np.array([(v + 0.5 - c) / 2 + m + 0.5 for v, c, m in zip(
            box, (310, 290) * 2, (155, 145) * 2, strict=True)], np.float32)  # fmt: skip
        other = cut_patch(image_of(values + 1), half, drawn, noise=2.0)
        seen = (other.radial * other.mu)[other.inside] - 1
        assert seen.min() == pytest.approx(shown.min(), abs=1.5)
        assert seen.max() == pytest.approx(shown.max(), abs=1.5)


def test_a_wide_box_is_held_to_its_corners():
    """Of 640 by 420 Mm about the middle of the disk: Lambert's plane is wider than the sphere."""
    box = np.array([195.0, 215.0, 425.0, 365.0], np.float32)
    for part, values in enumerate(grid()):
        upright = replace(image_of(values + 1), geometry=replace(SEEN, roll=0.0))
        patch = cut_patch(upright, box, noise=2.0)
        shown = (patch.radial * patch.mu)[patch.inside] - 1
        assert shown.min() < box[part] + 1
        assert shown.max() > box[part + 2] - 2


def test_units_clipping_and_noise_of_a_picture():
    columns, rows = grid()
    values = np.where(np.hypot(*pixel_to_offset(SEEN, columns, rows)) < 1, 100.0, np.nan)
    picture = replace(image_of(values), scale="display", gauss_per_unit=1.96)
    patch = cut_patch(picture, box_about(0.0, 6.0), noise=3.0)
    assert not patch.calibrated
    assert patch.noise == pytest.approx(3 * 1.96)
    assert patch.radial[patch.inside].min() == pytest.approx(196, rel=0.03)
    assert cut_patch(picture, box_about(0.0, 6.0)).noise == pytest.approx(100 * 1.4826 * 1.96)


def test_eighty_degrees_from_the_middle_nothing_is_measured():
    columns, _ = grid()
    ones = image_of(np.ones_like(columns))
    rim = cut_patch(ones, box_about(78.0, 6.0), noise=0.0)
    assert 0.17 <= rim.mu[rim.inside].min() < 0.18
    assert rim.mu.min() == np.float32(0.17)
    patch = cut_patch(ones, np.array([0, 0, 620, 600], np.float32), noise=0.0)
    # A patch ends 400 Mm from its middle, at whole pixels and one more.
    assert max(map(abs, patch.axes()[0])) == pytest.approx(REACH_MM, abs=2 * patch.pixel)
    assert REACH_MM == 400
    assert cut_patch(image_of(columns), np.array([0, 0, 30, 30], np.float32)) is None


def test_frames_are_west_north_and_up():
    """At b0 = 0 and 30 degrees west: west is turned by 30 degrees, north is the axis."""
    a = np.radians(30)
    frame = frame_at(np.array([2 * np.sin(a), 0, 2 * np.cos(a)]), None)
    expected = [[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]]
    np.testing.assert_allclose(frame, expected, atol=1e-12)
    # At disk centre the axis leans by b0, whatever that is: west and north stay.
    np.testing.assert_allclose(frame_at(np.array([0, 0, 1.0]), 7.0), np.eye(3), atol=1e-12)
    tilted = frame_at(np.array([np.sin(a), 0, np.cos(a)]), 90.0)  # the pole faces the observer
    np.testing.assert_allclose(tilted[1], [-np.cos(a), 0, np.sin(a)], atol=1e-12)


def test_mu_and_offset_from_near_the_sun():
    """From 10 radii: the limb is where the line of sight touches, at z = 1 / 10."""
    z = np.array([1.0, 0.1, 0.5])
    sphere = np.stack([np.sqrt(1 - z**2), np.zeros(3), z])
    cosine, west, north = seen_from(10.0, sphere)
    assert cosine == pytest.approx([1, 0, 4 / np.sqrt(0.75 + 9.5**2)])
    assert west == pytest.approx([0, 1, np.arctan(np.sqrt(0.75) / 9.5) / np.arcsin(0.1)])
    assert north == pytest.approx(np.zeros(3))


def test_a_coarse_pixel_belongs_to_the_region_where_more_than_half_of_it_does():
    inside = np.ones((4, 8), bool)
    inside[0, 0] = False  # three of four are left
    inside[:2, 2] = False  # two of four
    inside[2:, 4:6] = False
    flat = np.ones((4, 8), np.float32)
    patch = Patch(flat, flat * 0.5, inside, 1.0, 6.0, np.eye(3))
    assert patch.binned(2.0).inside.tolist() == [[True, False, True, True],
                                                 [True, True, False, True]]  # fmt: skip
    assert (patch.binned(2.0).mu == 0.5).all()
    assert patch.binned(1.4) is patch  # never finer, and to the nearest whole number
    assert patch.binned(1.6).pixel == 2.0
    assert (patch.sigma == 12).all()


def sharp_header(latitude=-20.0, longitude=200.0):
    return {
        "CRVAL1": longitude, "CRVAL2": latitude, "CRLN_OBS": 180.0, "CRLT_OBS": 5.0,
        "CDELT1": 0.03, "DSUN_OBS": 1.02 * 149_597_870_691.0,
    }  # fmt: skip


def test_a_sharp_patch_is_where_sunpy_has_it():
    """Corners of a CEA patch about its centre: Sun (2013), equations of a cylinder turned there."""
    import astropy.units as u
    from astropy.coordinates import SkyCoord
    from sunpy.coordinates import frames

    field = np.full((201, 401), 100, np.float32)
    patch = sharp_patch(field, sharp_header())
    assert patch.pixel == pytest.approx(695.7 * np.radians(0.03))
    assert (patch.noise, patch.calibrated, HMI_NOISE) == (6.3, True, 6.3)
    assert patch.to_heliographic(0.0, 0.0) == pytest.approx((20, -20))
    sun = frames.HeliographicStonyhurst
    # Along the cylinder's equator, which is a great circle, 200 steps of 0.03 degrees.
    lon, lat = patch.to_heliographic(200 * patch.pixel, 0.0)
    middle, end = (SkyCoord(a * u.deg, b * u.deg, frame=sun)
                   for a, b in ((20, -20), (lon, lat)))  # fmt: skip
    assert middle.separation(end).deg == pytest.approx(6.0, rel=1e-6)
    assert patch.to_heliographic(0.0, 100 * patch.pixel)[1] == pytest.approx(
        -20 + np.degrees(np.arcsin(np.radians(3.0)))
    )
    here, below = (SkyCoord(a * u.deg, b * u.deg, frame=sun) for a, b in ((20, -20), (0, 5)))
    seen = np.cos(here.separation(below).rad)
    distance = 1.02 * 149_597_870.691 / 695_700
    expected = (seen * distance - 1) / np.sqrt(1 - seen**2 + (distance - seen) ** 2)
    assert patch.mu[100, 200] == pytest.approx(expected, abs=1e-4)
    assert patch.radial[100, 200] == pytest.approx(100 / expected, rel=1e-3)


def test_a_sharp_patch_ends_at_eighty_degrees_and_where_data_do():
    field = np.full((101, 1201), 100, np.float32)
    field[50, 600] = np.nan
    patch = sharp_patch(field, sharp_header(5.0, 250.0), noise=9.0)
    assert patch.noise == 9.0
    assert not patch.inside[50, 600]
    assert patch.radial[50, 600] == 0
    edge = patch.inside[50].nonzero()[0].max()
    # 80.2 degrees of it is where mu is 0.17, seen from 1.02 au: 70 degrees are the middle's.
    assert patch.mu[50, edge] == pytest.approx(0.17, abs=1e-3)
    assert (edge - 600) * 0.03 == pytest.approx(np.degrees(np.arccos(0.17)) - 70, abs=0.35)
    assert (patch.radial[~patch.inside] == 0).all()


def noisy_patch(seed):
    """Return a bipole of two round spots in noise."""
    y, x = np.mgrid[-60:60, -80:80] * 0.7
    spots = (s * np.exp(-((x - c) ** 2 + (y - c / 3) ** 2) / 60) for s, c in ((1, 9), (-1, -7)))
    field = 2500 * sum(spots) + np.random.default_rng(seed).normal(0, 12, x.shape)
    frame, whole = frame_at(np.array([0.1, 0.2, 1.0]), 3.0), np.ones(x.shape, bool)
    return Patch(
        field.astype(np.float32), np.ones(x.shape, np.float32), whole, 0.7, 11.0 + seed, frame, 3
    )


def test_values_of_a_row_have_their_unit_and_digits():
    """Flux to four significant digits, angles to hundredths; see docs/measurements.md."""
    rows = [measure_patch(noisy_patch(seed)) for seed in range(4)]
    assert all(list(row) == list(UNITS) for row in rows)
    digits = {"flux_positive": 4, "flux_unsigned": 4, "flux_err": 2, "wlsg": 4, "wlsg_err": 2}
    for name, count in digits.items():
        assert all(row[name] == float(f"{row[name]:.{count}g}") for row in rows)
        assert any(row[name] != float(f"{row[name]:.{count - 1}g}") for row in rows)
    decimals = {"imbalance": 3, "imbalance_err": 4, "field_max": 0, "positive_lon": 2, "tilt": 1,
                "separation_mm": 1, "core_area_mm2_err": 1, "r_value": 3}  # fmt: skip
    for name, count in decimals.items():
        assert all(row[name] == round(row[name], count) for row in rows)
        assert not count or any(row[name] != round(row[name], count - 1) for row in rows), name
    row = rows[0]
    assert (row["cycle"], row["hale"]) == (None, None)
    net = row["flux_positive"] + row["flux_negative"]
    assert row["flux_net"] == pytest.approx(net, abs=1e-4 * row["flux_unsigned"])
    units = {"flux_net": "Mx", "field_max": "G", "pil_mm": "Mm", "core_area_mm2": "Mm2",
             "tilt": "deg", "wlsg": "G", "r_value": "", "imbalance": ""}  # fmt: skip
    assert {name: UNITS[name] for name in units} == units
