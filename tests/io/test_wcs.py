"""Header keywords to geometry, against astropy's WCS."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.geometry import pixel_to_offset
from halescope.io.wcs import check_scale, disk_geometry, has_wcs, is_cutout, projection
from halescope.types import DiskGeometry

TIME = datetime(2014, 2, 5, 12, tzinfo=UTC)


def header(**more: Any) -> dict[str, Any]:
    plain = {
        "CTYPE1": "HPLN-TAN",
        "CTYPE2": "HPLT-TAN",
        "CRPIX1": 500.25,
        "CRPIX2": 523.75,
        "CRVAL1": 12.5,
        "CRVAL2": -31.0,
        "CDELT1": 2.0,
        "CDELT2": 2.0,
        "CUNIT1": "arcsec",
        "CUNIT2": "arcsec",
        "RSUN_OBS": 960.0,
    }
    return {k: v for k, v in (plain | more).items() if v is not None}


def matrices(roll: float) -> list[dict[str, Any]]:
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    none = {"CDELT1": None, "CDELT2": None}
    return [
        {"CROTA2": roll},
        {"PC1_1": c, "PC1_2": -s, "PC2_1": s, "PC2_2": c},
        {"CD1_1": 2 * c, "CD1_2": -2 * s, "CD2_1": 2 * s, "CD2_2": 2 * c} | none,
    ]


@settings(max_examples=40, deadline=None)
@given(roll=st.floats(-180, 180), x=st.floats(0, 1000), y=st.floats(0, 1000))
def test_every_kind_of_matrix_against_astropy(roll: float, x: float, y: float) -> None:
    from astropy.wcs import WCS

    for matrix in matrices(roll):
        keywords = header(**matrix)
        seen = disk_geometry(keywords, TIME, "x")
        assert seen.radius == pytest.approx(480)
        west, north = pixel_to_offset(seen, x, y)
        lon, lat = WCS(keywords).wcs_pix2world([[x, y]], 0)[0] * 3600
        lon = (lon + 180 * 3600) % (360 * 3600) - 180 * 3600
        # A plane instead of the tangent projection: under 0.02 arcseconds at the limb.
        assert (west * 960, north * 960) == pytest.approx((lon, lat), abs=0.03)


@pytest.mark.parametrize(
    ("unit", "factor"), [("deg", 1 / 3600), ("arcmin", 1 / 60), ("", 1), (None, 1)]
)
def test_units(unit: str | None, factor: float) -> None:
    scale = {k: v * factor for k, v in header().items() if k[:5] in ("CRVAL", "CDELT")}
    found = disk_geometry(header(CUNIT1=unit, CUNIT2=unit, **scale), TIME, "x")
    expected = disk_geometry(header(), TIME, "x")
    assert found.x_center == pytest.approx(expected.x_center)
    assert found.y_center == pytest.approx(expected.y_center)
    assert found.radius == pytest.approx(expected.radius)


def test_radius_and_observer() -> None:
    by_distance = header(RSUN_OBS=None, DSUN_OBS=1.475e11, RSUN_REF=6.96e8)
    seen = disk_geometry(by_distance, TIME, "x")
    assert seen.radius == pytest.approx(np.degrees(np.arcsin(6.96e8 / 1.475e11)) * 1800)
    assert seen.distance == pytest.approx(1.475e11 / 6.96e8)
    earth = disk_geometry(header(RSUN_OBS=None), TIME, "x")
    assert earth.radius == pytest.approx(973 / 2, abs=1)
    assert earth.b0 == pytest.approx(-6.35, abs=0.1)
    away = disk_geometry(header(HGLN_OBS=90.0, HGLT_OBS=3.0), TIME, "x")
    assert away.b0 == 3.0
    assert (away.l0 - earth.l0) % 360 == pytest.approx(90, abs=0.002)  # the light takes longer
    assert (away.observer_lon, earth.observer_lon) == (90.0, 0.0)
    assert disk_geometry(header(), None, "x").is_located is False


def test_gong_keywords() -> None:
    gong = {
        "CTYPE1": "GONGX",
        "FNDLMBXC": 422.5,
        "FNDLMBYC": 442.6,
        "FNDLMBMI": 385.0,
        "FNDLMBMA": 385.4,
        "RADIUS": 0.00473,
    }
    assert has_wcs(gong)
    seen = disk_geometry(gong, TIME, "x")
    assert (seen.x_center, seen.y_center, seen.radius) == pytest.approx((422.0, 442.1, 385.2))
    assert seen.is_located


@pytest.mark.parametrize(
    "bad",
    [
        {"CDELT1": -2.0},
        {"CDELT1": 4.0},
        {"CDELT1": 0.0, "CDELT2": 0.0},
        {"CRPIX2": None},
        {"CDELT1": "wide"},
        {"PC1_1": 1.0, "PC1_2": 0.5, "PC2_1": 0.0, "PC2_2": 1.0},
    ],
)
def test_contradictions_are_refused(bad: dict) -> None:
    with pytest.raises(ReadError) as raised:
        disk_geometry(header(**bad), TIME, "disk.fits")
    assert str(raised.value).startswith("disk.fits: ")


def test_foreign_unit_is_refused() -> None:
    with pytest.raises(NotAMagnetogramError, match="CUNIT1"):
        disk_geometry(header(CUNIT1="solRad"), TIME, "x")


def test_kinds() -> None:
    assert has_wcs(header())
    assert has_wcs(header(CTYPE1=None))
    assert not has_wcs({"NAXIS": 2})
    assert not has_wcs(header(CTYPE1="RA---TAN"))
    assert projection({"CTYPE1": "CRLN-CEA"}) == "CEA"
    assert projection(header()) == ""


def test_cutout() -> None:
    seen = disk_geometry(header(CRVAL1=0.0, CRVAL2=0.0), TIME, "x")
    assert not is_cutout(seen, (1024, 1024))
    assert not is_cutout(seen, (980, 900))
    assert is_cutout(seen, (1024, 500))
    near = replace(seen, x_center=5115.0, y_center=5115.0, radius=10 * seen.radius)
    assert is_cutout(near, (1024, 1024))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"CRLT_OBS": 45.0}, ""),
        ({"CRLT_OBS": -45.0}, ""),
        ({"CRLT_OBS": 45.1}, "latitude of 45.1"),
        ({"CRLT_OBS": -45.1}, "latitude of -45.1"),
        ({"CRLN_OBS": 720.0}, ""),
        ({"CRLN_OBS": -720.5}, "longitude of -720.5"),
        ({"CDELT1": 2.03}, ""),  # one per cent off the mean is within two
        ({"CDELT1": 2.09}, "shears"),
        ({"CRPIX1": float("nan")}, "cannot be read"),
        ({"CRPIX1": ""}, "cannot be read"),
        ({"RSUN_OBS": None, "DSUN_OBS": 1.3e9}, "DSUN_OBS"),  # less than two radii
        ({"RSUN_OBS": None, "DSUN_OBS": 1.5e9}, ""),
        ({"RSUN_OBS": None, "DSUN_OBS": 7e13}, "DSUN_OBS"),  # over a hundred thousand
        ({"RSUN_OBS": None, "DSUN_OBS": 6.9e13}, ""),
    ],
)
def test_headers_at_their_edges(change: dict, words: str) -> None:
    if not words:
        disk_geometry(header(**change), TIME, "x")
        return
    with pytest.raises(ReadError, match=words):
        disk_geometry(header(**change), TIME, "x")


@pytest.mark.parametrize(
    ("keywords", "angular"),
    [
        ({"RSUN_OBS": 950.0, "SOLAR_R": 970.0}, 950),
        ({"RSUN_OBS": 501.0}, 501),
        ({"RSUN_OBS": 1999.0}, 1999),
        ({"RSUN_OBS": 500.0, "SOLAR_R": 970.0}, None),  # pixels; then Earth's view of the time
        ({"RSUN_OBS": 2000.0}, None),
        ({"RSUN_OBS": None, "SOLAR_R": 970.0}, 970),
        ({"RSUN_OBS": None, "RADIUS": 960.5}, 960.5),
        ({"RSUN_OBS": None, "DSUN_OBS": 1.496e11}, 959.1),  # 695.7 Mm at that distance
        ({"RSUN_OBS": None, "DSUN_OBS": 1.496e11, "RSUN_REF": 6.96e8}, 959.6),
        ({"RSUN_OBS": None, "DSUN_OBS": 1.496e11, "RSUN_REF": 6.5e8}, 959.1),
        ({"RSUN_OBS": None, "DSUN_OBS": 1.496e11, "RSUN_REF": 7.5e8}, 959.1),
        ({"RSUN_OBS": None, "OBS_DIST": 1.0}, 959.2),  # astronomical units
        ({"RSUN_OBS": None, "OBS_DIST": 1.9}, 504.8),
        ({"RSUN_OBS": None, "OBS_DIST": 2.0}, None),
        ({"RSUN_OBS": None, "OBS_DIST": 0.01}, None),
        ({"RSUN_OBS": None, "OBS_DIST": 0.0}, None),
    ],
)
def test_apparent_radius(keywords: dict, angular: float | None) -> None:
    """Arcseconds; 973 on that day from Earth, at 0.986 astronomical units."""
    seen = disk_geometry(header(**keywords), TIME, "x")
    expected = 972.7 if angular is None else angular
    assert 2 * seen.radius == pytest.approx(expected, abs=0.25)
    # The limb is where the line of sight touches: sin(angle) is one over the distance.
    assert seen.distance == pytest.approx(1 / np.sin(np.radians(expected / 3600)), rel=3e-4)
    if angular is None:
        timeless = disk_geometry(header(**keywords), None, "x")
        assert 2 * timeless.radius == pytest.approx(959.63, abs=0.01)  # at one unit, IAU 1976


@pytest.mark.parametrize(
    ("unit", "arcsec"),
    [("arcsec", 1), ("ARCSEC", 1), ('"', 1), ("arcmin", 60), ("deg", 3600), ("mas", 0.001),
     ("rad", 206_264.806)],
)  # fmt: skip
def test_units_by_name(unit: str, arcsec: float) -> None:
    scale = {"CDELT1": 2 / arcsec, "CDELT2": 2 / arcsec, "CRVAL1": 0.0, "CRVAL2": 0.0}
    found = disk_geometry(header(CUNIT1=unit, CUNIT2=unit, **scale), TIME, "x")
    assert (found.radius, found.x_center) == pytest.approx((480, 499.25))


def test_longitudes_of_the_observer_tell_each_other() -> None:
    from sunpy.coordinates.sun import L0

    earth = disk_geometry(header(), TIME, "x")
    assert earth.l0 == pytest.approx(L0("2014-02-05T12:00").deg, abs=0.02)
    both = disk_geometry(header(HGLN_OBS=350.0, CRLN_OBS=20.0), TIME, "x")
    assert (both.observer_lon, both.l0) == (-10, 20)
    turned = disk_geometry(header(CRLN_OBS=(earth.l0 + 190) % 360), TIME, "x")
    assert turned.observer_lon == pytest.approx(-170, abs=1e-6)
    timeless = disk_geometry(header(CRLN_OBS=20.0), None, "x")
    assert (timeless.observer_lon, timeless.l0, timeless.b0) == (0, 20, None)
    assert disk_geometry(header(HGLN_OBS=350.0), None, "x").l0 is None


def test_rolls_by_every_name() -> None:
    for name in ("CROTA2", "CROTA", "CROTA1", "SC_ROLL"):
        assert disk_geometry(header(**{name: 30.0}), TIME, "x").roll == pytest.approx(30)
    both = disk_geometry(header(CROTA2=10.0, SC_ROLL=30.0), TIME, "x")
    assert both.roll == pytest.approx(10)
    lone = header(PC1_2=-0.5, PC2_1=0.5, PC1_1=None, PC2_2=None)
    with pytest.raises(ReadError, match="shears"):
        disk_geometry(lone | {"PC1_1": 0.5}, TIME, "x")
    assert disk_geometry(header(PC1_2=0.0), TIME, "x").roll == 0  # what is missing is one or none


def test_gongs_limb_of_no_time_and_of_no_numbers() -> None:
    gong = {"FNDLMBXC": 422.5, "FNDLMBYC": 442.6, "FNDLMBMI": 385.0, "FNDLMBMA": 385.4}
    seen = disk_geometry(gong, None, "x")
    assert (seen.b0, seen.l0, seen.distance, seen.roll) == (None, None, 215.03, 0)
    with pytest.raises(ReadError, match="FNDLMBMI"):
        disk_geometry({k: v for k, v in gong.items() if k != "FNDLMBMI"}, None, "x")
    assert not has_wcs(gong | {"CTYPE1": "HPLN-TAN"})


@pytest.mark.parametrize(
    ("radius", "shape", "words"),
    [(16.0, (64, 64), ""), (15.9, (64, 64), "a disk of 31.8 pixels"), (1000.0, (50, 9), ""),
     (1000.0, (9, 50), ""), (1000.0, (49, 49), "49 pixels of a Sun")],
)  # fmt: skip
def test_suns_and_pieces_too_small(radius: float, shape: tuple[int, int], words: str) -> None:
    """32 pixels across at least, and a twentieth of the radius in one direction."""
    seen = DiskGeometry(30.0, 30.0, radius)
    if not words:
        check_scale(seen, shape, "x")
        return
    with pytest.raises(NotAMagnetogramError, match=words):
        check_scale(seen, shape, "x")


@pytest.mark.parametrize(("share", "cut"), [(0.39, True), (0.42, False)])
def test_a_cutout_lacks_more_than_a_quarter_of_the_disk(share: float, cut: bool) -> None:
    """Beyond a chord at 0.404 radii lies a quarter of a circle; on each of the four sides."""
    away = round(400 * share)
    whole = (1000, 1000)
    for x, y, shape in ((500, 500, (1000, 500 + away)), (away, 500, whole),
                        (500, 500, (500 + away, 1000)), (500, away, whole)):  # fmt: skip
        assert is_cutout(DiskGeometry(float(x), float(y), 400.0), shape) == cut
