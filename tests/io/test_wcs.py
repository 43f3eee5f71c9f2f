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
from halescope.io.wcs import disk_geometry, has_wcs, is_cutout, projection

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
