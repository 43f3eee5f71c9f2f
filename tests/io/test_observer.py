"""Stonyhurst longitude as sunpy gives it, wherever the observer stands."""

import numpy as np
import pytest

from halescope.geometry import carrington, central_distance, pixel_to_stonyhurst
from halescope.io import read
from halescope.io.crops import Piece, write_fits_crops
from halescope.pipeline import analyze
from halescope.synthetic import draw
from halescope.synthetic.files import header_of
from halescope.types import Magnetogram

maps = pytest.importorskip("sunpy.map")
from astropy import units as u

pytestmark = pytest.mark.filterwarnings("ignore")  # sunpy's own, on headers of JSOC

REAL = {
    "MDI, 0.21 degrees off Earth's line": "mdi/mdi.fd_M_96m_lev182.19991211_173600_TAI.data.fits",
    "HMI upside down": "more/hmi.sharp_720s.71.20100701_000000_TAI.magnetogram.fits",
    "MDI upside down": "mdi_small/mdi.fd_M_96m.20030916_000000.256.fits",
    "HMI cut-out": "cutouts/hmi.ssc.12666.magnetogram.20170713_203123.fits",
}
OBSERVERS = {
    "HGLN_OBS, far": {"HGLN_OBS": 90.0, "HGLT_OBS": 3.0, "CRLN_OBS": None, "CRLT_OBS": None},
    "HGLN_OBS, behind": {"HGLN_OBS": -170.0, "HGLT_OBS": -6.0, "CRLN_OBS": None, "CRLT_OBS": None},
    "CRLN_OBS alone": {"HGLN_OBS": None, "HGLT_OBS": None},
    "both": {},
}


def sunpys(magnetogram: Magnetogram) -> maps.GenericMap:
    """Return sunpy's map, with the units that some of JSOC's headers lack."""
    kept = {k: v for k, v in magnetogram.header.items() if k not in ("HISTORY", "COMMENT")}
    plain = {"CUNIT1": "arcsec", "CUNIT2": "arcsec"} | {k: v for k, v in kept.items() if v != ""}
    return maps.Map(magnetogram.field, plain)


def check(magnetogram: Magnetogram) -> None:
    """Compare five places near disk centre, or in the image, with sunpy's."""
    geometry, shape = magnetogram.geometry, magnetogram.field.shape
    offsets = np.array([[0, 0], [0.5, 0.1], [-0.6, 0.3], [0.1, -0.7], [-0.2, 0.6]])
    x, y = (np.array([geometry.x_center, geometry.y_center]) + offsets * geometry.radius).T
    if not (0 < geometry.x_center < shape[1] and 0 < geometry.y_center < shape[0]):
        x, y = (shape[1] * np.array([0.3, 0.5]), shape[0] * np.array([0.6, 0.5]))
    image = sunpys(magnetogram)
    world = image.pixel_to_world(x * u.pix, y * u.pix)
    seen = world.heliographic_stonyhurst
    lon, lat = pixel_to_stonyhurst(geometry, x, y)
    np.testing.assert_allclose((lon - seen.lon.deg + 180) % 360 - 180, 0, atol=0.015)
    np.testing.assert_allclose(lat, seen.lat.deg, atol=0.005)
    turned = world.heliographic_carrington.lon.deg
    np.testing.assert_allclose((carrington(geometry, lon) - turned + 180) % 360 - 180, 0, atol=0.01)


@pytest.mark.parametrize("path", REAL.values(), ids=REAL)
def test_real_files(shared_data, path):
    check(read(shared_data / path))


def drawn_from(observer: dict[str, object], roll: float = 0.0) -> Magnetogram:
    """Return a drawn disk whose header says that it was seen from half an AU, far off Earth."""
    picture = draw(5, size=512, regions=("beta", "alpha"), plage=0).magnetogram
    known = {"HGLN_OBS": 117.0, "HGLT_OBS": 4.0, "CRLT_OBS": 4.0, "DSUN_OBS": 0.5 * 1.496e11}
    header = header_of(picture) | known
    header["CROTA2"] = roll
    header["RSUN_OBS"] = float(np.degrees(np.arcsin(6.957e8 / (0.5 * 1.496e11))) * 3600)
    header["CDELT1"] = header["CDELT2"] = header["RSUN_OBS"] / picture.geometry.radius
    from astropy.time import Time
    from sunpy.coordinates.sun import L0

    header["CRLN_OBS"] = (L0(Time(picture.time)).deg + 117.0 - 0.041) % 360  # 0.5 AU less of light
    header = {k: v for k, v in (header | observer).items() if v is not None}
    return read((picture.field, header))


@pytest.mark.parametrize("observer", OBSERVERS.values(), ids=OBSERVERS)
def test_observers_off_earths_line(observer):
    seen = drawn_from(observer, roll=30.0)
    assert abs(seen.geometry.observer_lon) > 80
    check(seen)


def test_distance_from_the_central_meridian_is_a_column_of_its_own():
    seen = drawn_from({})
    found = analyze((seen.field, seen.header), detector="threshold", classifier="climatology")
    rows = found.catalog.rows()
    assert rows
    for row in rows:
        assert (row["hgs_lon"] - row["cmd"]) % 360 == pytest.approx(117.0, abs=0.002)
        assert abs(row["cmd"]) <= 90
        assert (row["mu"] < 0.5) == ("near_limb" in row["flags"])
    assert str(found.table["cmd"].unit) == "deg"
    assert float(central_distance(seen.geometry, 117.0)) == 0.0


@pytest.mark.parametrize("observer", [{}, {"HGLN_OBS": None, "HGLT_OBS": None}], ids=["own", "no"])
def test_crops_say_where_the_observer_was(tmp_path, observer):
    seen = drawn_from(observer)
    piece = Piece(seen.field[100:300, 150:400], 100, 150)
    write_fits_crops(seen, [piece], ["a"], tmp_path)
    crop = maps.Map(tmp_path / "a.fits")
    assert crop.observer_coordinate.lon.deg == pytest.approx(117.0, abs=0.01)
    assert {"HGLN_OBS", "HGLT_OBS", "CRLN_OBS", "CRLT_OBS"} <= {k.upper() for k in crop.meta}
    back = read(tmp_path / "a.fits").geometry
    here, there = pixel_to_stonyhurst(seen.geometry, 250, 200), pixel_to_stonyhurst(back, 100, 100)
    np.testing.assert_allclose(here, there, atol=1e-4)
    world = crop.pixel_to_world(100 * u.pix, 100 * u.pix).heliographic_stonyhurst
    assert world.lon.deg == pytest.approx(float(here[0]), abs=0.012)


def test_crops_of_mdi_agree_with_its_own_longitude(shared_data, tmp_path):
    seen = read(shared_data / REAL["MDI, 0.21 degrees off Earth's line"])
    write_fits_crops(seen, [Piece(seen.field[400:500, 300:420], 400, 300)], ["a"], tmp_path)
    crop = maps.Map(tmp_path / "a.fits")
    assert crop.meta["HGLN_OBS"] == pytest.approx(0.2115, abs=0.005)
    assert crop.meta["CRLN_OBS"] == 275.223
