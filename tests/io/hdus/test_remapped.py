"""Patches in solar longitude and latitude: each pixel of the image shows the right place."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from halescope import analyze
from halescope.datasets.remap import local_to_stonyhurst
from halescope.errors import NotAMagnetogramError, ReadError
from halescope.flags import Flag
from halescope.geometry import pixel_to_stonyhurst
from halescope.io import read
from halescope.types import Magnetogram

L0 = 333.95
HEADER = {
    "CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA", "CUNIT1": "degree", "CUNIT2": "degree",
    "CDELT1": 0.06, "CDELT2": 0.06, "CRPIX1": 150.5, "CRPIX2": 100.5, "CRVAL1": L0 - 40,
    "CRVAL2": 17.5, "CRLN_OBS": L0, "CRLT_OBS": -7.2, "RSUN_OBS": 967.2, "DSUN_OBS": 1.484e11,
    "DATE-OBS": "2012-03-06T14:22:14.60", "TELESCOP": "SDO/HMI", "BUNIT": "Mx/cm^2",
}  # fmt: skip


def waves(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return a smooth field of both signs that is different everywhere."""
    out: np.ndarray = 300 * np.sin(np.radians(9 * longitude)) + 90 * np.radians(latitude - 17)
    return out


def patch(shape: tuple[int, int] = (200, 300), **changes: Any) -> Magnetogram:
    header = {k: v for k, v in (HEADER | changes).items() if v is not None}
    y, x = np.mgrid[: shape[0], : shape[1]]
    along = (x - header["CRPIX1"] + 1) * header["CDELT1"]
    up = (y - header["CRPIX2"] + 1) * header["CDELT2"]
    center = float(header["CRVAL1"]), float(header["CRVAL2"])
    if header["CTYPE1"].endswith("CAR"):
        longitude, latitude = center[0] + along, center[1] + up
    else:
        longitude, latitude = local_to_stonyhurst(center, along, up)
    field = waves(longitude - L0, latitude).astype(np.float32)
    out = io.BytesIO()
    fits.PrimaryHDU(field, fits.Header(header)).writeto(out)
    return read(out.getvalue(), name="patch.fits")


@pytest.mark.parametrize("kind", ["CEA", "CAR"])
@pytest.mark.parametrize("latitude", [17.5, 0.0, -31.0])
def test_pixels_show_their_own_place(kind: str, latitude: float) -> None:
    found = patch(CTYPE1=f"CRLN-{kind}", CTYPE2=f"CRLT-{kind}", CRVAL2=latitude)
    assert found.flags == Flag.CUTOUT | Flag.REMAPPED
    assert found.geometry.radius == pytest.approx(np.degrees(1 / 0.06))
    rows, columns = np.nonzero(np.isfinite(found.field))
    assert len(rows) > 20000
    longitude, latitudes = pixel_to_stonyhurst(found.geometry, columns, rows)
    seen = waves(longitude - found.geometry.observer_lon, latitudes)
    assert np.abs(found.field[rows, columns] - seen).max() < 0.5


def test_header_places_the_image_and_no_longer_the_map() -> None:
    found = patch()
    assert found.header["CTYPE1"] == "HPLN-TAN"
    assert found.header["TELESCOP"] == "SDO/HMI"
    assert found.instrument == "HMI"


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"CTYPE1": "CRLN-MER"}, NotAMagnetogramError, "MER"),
        ({"CDELT1": 1.0}, NotAMagnetogramError, "more than 120 degrees"),
        ({"CDELT1": -0.06}, ReadError, "grid"),
        ({"CRPIX1": "x"}, ReadError, "grid"),
        ({"CRVAL1": L0 - 180}, NotAMagnetogramError, "behind the limb"),
        ({"CRLN_OBS": None, "CRLT_OBS": None, "DATE-OBS": None}, ReadError, "from where"),
    ],
)
def test_what_cannot_be_placed_is_refused(
    changes: dict[str, Any], error: type[Exception], text: str
) -> None:
    header = {k: v for k, v in (HEADER | changes).items() if v is not None}
    field = np.random.default_rng(1).standard_normal((200, 300)).astype(np.float32)
    out = io.BytesIO()
    fits.PrimaryHDU(field, fits.Header(header)).writeto(out)
    with pytest.raises(error, match=text):
        read(out.getvalue(), name="patch.fits")


@pytest.mark.data
def test_real_sharp_is_where_its_header_says(shared_data: Path) -> None:
    path = shared_data / "sharp/hmi.sharp_cea_720s.377.20110213_220000_TAI.magnetogram.fits"
    found = analyze(path).catalog.columns
    assert len(found["hgs_lon"]) == 1
    assert found["hgs_lon"][0] == pytest.approx(-2.18, abs=1)  # LON_FWT
    assert found["hgs_lat"][0] == pytest.approx(-20.21, abs=1)  # LAT_FWT
