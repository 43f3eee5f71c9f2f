from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope import geometry as geo
from halescope.types import DiskGeometry

TIMES = [
    datetime(1996, 5, 1, 3, tzinfo=UTC),
    datetime(2003, 10, 28, 11, 10, tzinfo=UTC),
    datetime(2011, 2, 15, 2, tzinfo=UTC),
    datetime(2020, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2026, 2, 4, 12, tzinfo=UTC),
    datetime(2026, 7, 9, 6, tzinfo=UTC),
]

geometries = st.builds(
    DiskGeometry,
    x_center=st.floats(100, 300),
    y_center=st.floats(100, 300),
    radius=st.floats(50, 2000),
    roll=st.floats(-180, 360),
    b0=st.floats(-7.3, 7.3),
    l0=st.floats(0, 360),
    distance=st.floats(211, 219),
)


@pytest.mark.parametrize("time", TIMES)
def test_ephemeris_against_sunpy(time):
    sun = pytest.importorskip("sunpy.coordinates.sun")
    from astropy.time import Time

    seen, when = geo.ephemeris(time), Time(time)
    assert seen.b0 == pytest.approx(sun.B0(when).deg, abs=0.005)
    away = (seen.l0 - sun.L0(when).deg + 180) % 360 - 180
    assert away == pytest.approx(0, abs=0.012)
    assert seen.p == pytest.approx(sun.P(when).deg, abs=0.03)
    distance = sun.earth_distance(when).au * geo.AU_SOLAR_RADII
    assert seen.distance == pytest.approx(distance, rel=2e-4)


@given(geometries, st.floats(-80, 80), st.floats(-70, 70))
def test_stonyhurst_round_trip(geometry, longitude, latitude):
    x, y = geo.stonyhurst_to_pixel(geometry, longitude, latitude)
    if np.isnan(x) or geo.mu(geometry, x, y) < 0.1:
        return
    lon, lat = geo.pixel_to_stonyhurst(geometry, x, y)
    assert float(lon) == pytest.approx(longitude, abs=1e-6)
    assert float(lat) == pytest.approx(latitude, abs=1e-6)


@given(geometries, st.floats(-500, 500), st.floats(-500, 500))
def test_offset_round_trip(geometry, x, y):
    back = geo.offset_to_pixel(geometry, *geo.pixel_to_offset(geometry, x, y))
    np.testing.assert_allclose(back, (x, y), atol=1e-9)


@pytest.mark.parametrize("roll", [0.0, 180.0, 33.0])
def test_positions_against_sunpy(roll):
    maps = pytest.importorskip("sunpy.map")
    from astropy import units as u

    time = datetime(2026, 2, 4, 12, tzinfo=UTC)
    geometry = geo.with_ephemeris(DiskGeometry(250.3, 262.1, 203.5, roll), time)
    angle = np.degrees(np.arcsin(1 / geometry.distance)) * 3600
    header = {
        "CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CUNIT1": "arcsec", "CUNIT2": "arcsec",
        "CRPIX1": 251.3, "CRPIX2": 263.1, "CRVAL1": 0.0, "CRVAL2": 0.0, "CROTA2": roll,
        "CDELT1": angle / 203.5, "CDELT2": angle / 203.5, "DATE-OBS": "2026-02-04T12:00:00",
        "HGLN_OBS": 0.0, "HGLT_OBS": geometry.b0, "RSUN_REF": 6.957e8,
        "DSUN_OBS": geometry.distance * 6.957e8,
    }  # fmt: skip
    image = maps.Map(np.zeros((512, 512), np.float32), header)
    x = np.array([250.0, 120.0, 390.0, 300.0, 180.0])
    y = np.array([262.0, 300.0, 200.0, 400.0, 130.0])
    world = image.pixel_to_world(x * u.pix, y * u.pix).heliographic_stonyhurst
    lon, lat = geo.pixel_to_stonyhurst(geometry, x, y)
    np.testing.assert_allclose(lon, world.lon.deg, atol=0.01)
    np.testing.assert_allclose(lat, world.lat.deg, atol=0.01)


def test_disk_centre_and_limb(geometry):
    lon, lat = geo.pixel_to_stonyhurst(geometry, geometry.x_center, geometry.y_center)
    assert float(lon) == pytest.approx(0, abs=1e-9)
    assert float(lat) == pytest.approx(geometry.b0)
    west, north = np.array([0, 0.9999, 1.01]), np.zeros(3)
    mu = geo.mu(geometry, *geo.offset_to_pixel(geometry, west, north))
    assert mu[0] == pytest.approx(1)
    assert 0 < mu[1] < 0.03
    assert np.isnan(mu[2])


def test_mu_is_the_cosine_of_the_emission_angle(geometry):
    x, y = geo.stonyhurst_to_pixel(geometry, 40.0, 20.0)
    sphere = np.array(geo.offset_to_sphere(*geo.pixel_to_offset(geometry, x, y), geometry.distance))
    sight = np.array([0, 0, geometry.distance]) - sphere
    expected = sight @ sphere / np.linalg.norm(sight)
    assert float(geo.mu(geometry, x, y)) == pytest.approx(expected, abs=1e-9)
    assert np.linalg.norm(sphere) == pytest.approx(1)


def test_west_is_right_and_north_is_up_at_roll_0():
    geometry = DiskGeometry(100, 100, 90, 0.0, 0.0, 0.0)
    x, y = geo.stonyhurst_to_pixel(geometry, np.array([30.0, 0.0]), np.array([0.0, 30.0]))
    assert x[0] > 100
    assert y[1] > 100
    x, y = geo.stonyhurst_to_pixel(replace(geometry, roll=180.0), 30.0, 0.0)
    assert x < 100


def test_far_side_is_nowhere(geometry):
    x, y = geo.stonyhurst_to_pixel(geometry, 150.0, 0.0)
    assert np.isnan(x)
    assert np.isnan(y)


def test_carrington_wraps(geometry):
    assert geo.carrington(geometry, 0.0) == pytest.approx(123)
    assert geo.carrington(geometry, -130.0) == pytest.approx(353)


def test_rotation_carries_a_region_over_the_disk():
    rate = geo.differential_rotation(np.array([0.0, 30.0, -30.0]), 1.0)
    assert rate[0] == pytest.approx(13.27, abs=0.02)  # synodic, at the equator
    assert rate[1] == rate[2] < rate[0]
    assert geo.differential_rotation(0.0, -2.0) == pytest.approx(-2 * rate[0])


def test_rotation_against_sunpy():
    """Published rates of magnetic features differ by 0.2 degrees a day among themselves."""
    physics = pytest.importorskip("sunpy.sun.models")
    from astropy import units as u

    for latitude in (0, 15, 35):
        theirs = physics.differential_rotation(
            1 * u.day, latitude * u.deg, model="snodgrass", frame_time="synodic"
        )
        assert geo.differential_rotation(latitude, 1.0) == pytest.approx(
            theirs.to_value("deg"), abs=0.2
        )


def test_carrington_longitude_falls_as_the_sun_turns():
    start = datetime(2026, 2, 4, 12, tzinfo=UTC)
    turned = geo.ephemeris(start).l0 - geo.ephemeris(start + timedelta(days=1)).l0
    assert turned % 360 == pytest.approx(13.2, abs=0.1)


def test_visible_point_of_boxes(geometry):
    radius, x0, y0 = geometry.radius, geometry.x_center, geometry.y_center
    x, y, off = geo.visible_point(geometry, (x0 - 4, y0 - 4, x0 + 6, y0 + 6))
    assert (x, y, off) == (pytest.approx(x0 + 0.5), pytest.approx(y0 + 0.5), False)
    for far in (0.98, 1.2):
        box = (x0 + far * radius, y0 - 5, x0 + (far + 0.1) * radius, y0 + 5)
        x, y, off = geo.visible_point(geometry, box)
        assert off
        assert np.hypot(x - x0, y - y0) < radius
        assert np.isfinite(geo.pixel_to_stonyhurst(geometry, x, y)).all()


def test_positions_without_time_are_refused():
    with pytest.raises(ValueError, match="time"):
        geo.pixel_to_stonyhurst(DiskGeometry(1, 1, 1), 1, 1)


def test_a_box_wholly_on_the_disk_is_seen_by_its_middle():
    geometry = DiskGeometry(100.0, 120.0, 50.0)
    assert geo.visible_point(geometry, (90, 100, 112, 140)) == (100.5, 119.5, False)
    assert geo.visible_point(geometry, (96, 118, 97, 119)) == (96.0, 118.0, False)


def test_a_box_over_the_limb_is_seen_by_the_middle_of_its_part_on_the_disk():
    geometry = DiskGeometry(100.0, 120.0, 50.0)
    box = (130.0, 100.0, 170.0, 141.0)
    x, y, is_cut = geo.visible_point(geometry, box)
    xs, ys = np.meshgrid(np.linspace(130, 170, 801) - 0.5, np.linspace(100, 141, 801) - 0.5)
    seen = np.hypot(xs - 100, ys - 120) < 0.999 * 50
    assert is_cut
    assert x == pytest.approx(xs[seen].mean(), abs=0.8)
    assert y == pytest.approx(ys[seen].mean(), abs=0.8)
    assert np.hypot(x - 100, y - 120) < 50


def test_a_box_off_the_disk_is_seen_at_the_limb_nearest_to_it():
    geometry = DiskGeometry(100.0, 120.0, 50.0)
    x, y, is_cut = geo.visible_point(geometry, (200.0, 210.0, 241.0, 251.0))
    away = np.array([220.0 - 100, 230.0 - 120])
    assert is_cut
    expected = np.array([100, 120]) + 0.998 * 50 * away / np.hypot(*away)
    assert (x, y) == pytest.approx(tuple(expected))


def test_keywords_place_the_sun_where_astropy_finds_it():
    from astropy.wcs import WCS

    geometry = DiskGeometry(100.25, 80.5, 50.0, b0=3.0, l0=40.0, distance=214.0)
    words = geo.wcs_keywords(geometry)
    wcs = WCS({name: words[name] for name in words if name not in ("RSUN_REF", "DSUN_OBS")})
    assert wcs.wcs_pix2world([[100.25, 80.5]], 0)[0] % 360 == pytest.approx([0, 0], abs=1e-9)
    west, north = wcs.wcs_pix2world([[150.25, 80.5]], 0)[0] * 3600
    assert west == pytest.approx(np.degrees(np.arcsin(1 / 214)) * 3600, rel=1e-4)
    assert north == pytest.approx(0, abs=1e-6)
    assert words["RSUN_REF"] == pytest.approx(695.7e6)
    assert words["DSUN_OBS"] == pytest.approx(214 * 695.7e6)


def test_the_hemisphere_in_square_megametres():
    assert pytest.approx(3.0411e6, rel=1e-4) == geo.HEMISPHERE_MM2  # 2 pi 695.7^2


@pytest.mark.parametrize(
    ("when", "b0", "l0", "p", "distance"),
    [
        ((1997, 3, 1, 6), -7.223692, 0.512268, -21.61232, 213.075645),
        ((2010, 12, 20, 0), -1.511862, 53.350644, 7.96581, 211.561149),
        ((2026, 6, 15, 18), 1.07219, 272.235289, -9.482534, 218.426414),
    ],
)
def test_each_term_of_the_ephemeris_counts(when, b0, l0, p, distance):
    """Values of this series at three times; that it is right, sunpy's and Meeus' say above."""
    seen = geo.ephemeris(datetime(*when, tzinfo=UTC))
    assert seen.b0 == pytest.approx(b0, abs=2e-6)
    assert seen.l0 == pytest.approx(l0, abs=2e-6)
    assert seen.p == pytest.approx(p, abs=2e-6)
    assert seen.distance == pytest.approx(distance, abs=2e-6)


def test_geometry_without_a_place_gets_earths_and_another_keeps_its_own():
    noon = datetime(2026, 2, 4, 12, tzinfo=UTC)
    bare = DiskGeometry(1.0, 2.0, 3.0)
    own = DiskGeometry(1.0, 2.0, 3.0, b0=1.0, l0=2.0)
    assert geo.placed(bare, None) == bare
    assert geo.placed(bare, noon) == geo.with_ephemeris(bare, noon)
    assert geo.placed(own, noon) == own


@pytest.mark.parametrize("side", [(1, 0), (-1, 0), (0, 1), (0, -1)])
@pytest.mark.parametrize(("reach", "is_cut"), [(49.9, False), (50.0, True)])
def test_a_box_is_cut_by_the_limb_where_its_edge_is(side, reach, is_cut):
    """The first pixel's middle is half a pixel from the edge; the limb's last 0.1 % is off."""
    geometry = DiskGeometry(100.0, 120.0, 50.0)
    middle = np.array([100.5, 120.5])
    corners = np.stack([middle - 0.2, middle + 0.2, middle + reach * np.array(side)])
    box = (*corners.min(0), *corners.max(0))
    assert geo.visible_point(geometry, box)[2] is is_cut


@pytest.mark.parametrize("distance", [215.0, 100.0, 30.0])
def test_the_limb_is_where_the_line_of_sight_touches_the_sphere(distance):
    """At the limb's radius the surface is seen edge on, 1 / distance in front of the centre."""
    west, north, toward = geo.offset_to_sphere(np.array([1.0, 0.6]), np.array([0.0, 0.8]), distance)
    assert toward == pytest.approx([1 / distance] * 2, abs=1e-6)
    assert np.hypot(west, north) == pytest.approx([np.sqrt(1 - distance**-2)] * 2, abs=1e-6)
    assert geo.sphere_to_offset(np.array([[0.0], [0.0], [1.0]]), distance) == ([0.0], [0.0])
    off = geo.offset_to_sphere(np.array([1.001]), np.array([0.0]), distance)
    assert np.isnan(off).all()


@pytest.mark.parametrize("distance", [215.0, 30.0])
def test_offsets_are_angles_of_the_sky(distance):
    """A place at 30 degrees from disk centre is seen at atan(sin 30 / (distance - cos 30))."""
    sphere = np.array([[0.5], [0.0], [np.sqrt(0.75)]])
    west, north = geo.sphere_to_offset(sphere, distance)
    angle = np.arctan(0.5 / (distance - np.sqrt(0.75)))
    assert west == pytest.approx(angle / np.arcsin(1 / distance), rel=1e-12)
    assert north == 0
    np.testing.assert_allclose(geo.offset_to_sphere(west, north, distance), sphere, atol=1e-9)


def test_what_faces_earth_is_earlier_for_who_is_farther_from_the_sun():
    """A tenth of an astronomical unit is 49.9 s of light, in which the Sun turns 0.0082 degrees."""
    seen = geo.Ephemeris(0.0, 100.0, 0.0, 215.0)
    tenth = 14_959_787.07 / 695_700
    turned = 14_959_787.07 / 299_792.458 / 86400 * 14.1844
    assert geo.earth_meridian(seen, 215.0) == 100.0
    assert geo.earth_meridian(seen, 215.0 - tenth) == pytest.approx(100 - turned, abs=1e-9)
    assert geo.earth_meridian(seen, 215.0 + tenth) == pytest.approx(100 + turned, abs=1e-9)
    assert geo.earth_meridian(replace_l0(seen, 0.0), 215.0 - tenth) == pytest.approx(360 - turned)


def replace_l0(seen, l0):
    return geo.Ephemeris(seen.b0, l0, seen.p, seen.distance)


def test_angles_are_wrapped_and_those_in_range_are_left_as_they_are():
    assert geo.wrapped([180.0, -180.0, 540.0, -190.0, 179.0, 361.5]).tolist() == [
        -180, -180, -180, 170, 179, 1.5,
    ]  # fmt: skip
    assert geo.wrapped(0.1) == 0.1
    assert np.isnan(geo.wrapped(np.nan))


def test_an_observer_off_the_line_to_earth_sees_other_longitudes():
    """Solar Orbiter at 40 degrees west: disk centre is there, the limb 90 degrees further."""
    seen = DiskGeometry(100.0, 100.0, 80.0, 0.0, 0.0, 250.0, 1e9, 40.0)
    assert geo.pixel_to_stonyhurst(seen, 100.0, 100.0) == pytest.approx((40.0, 0.0))
    assert geo.pixel_to_stonyhurst(seen, 140.0, 100.0)[0] == pytest.approx(70.0)
    assert geo.stonyhurst_to_pixel(seen, 70.0, 0.0) == pytest.approx((140.0, 100.0))
    assert geo.central_distance(seen, [40.0, -150.0]).tolist() == [0, 170]
    assert geo.carrington(seen, 40.0) == pytest.approx(250.0)
    assert geo.carrington(seen, 160.0) == pytest.approx(10.0)


def test_apparent_radius_of_the_sun():
    """695.7 Mm at 149,597.8707 Mm: 959.23 arcseconds."""
    seen = geo.Ephemeris(0.0, 0.0, 0.0, geo.AU_SOLAR_RADII)
    assert seen.angular_radius == pytest.approx(959.231, abs=0.001)
