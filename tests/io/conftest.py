"""Disks with bipoles and noise, as arrays, pictures and FITS files of known geometry."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def draw_field(height: int, width: int, x: float, y: float, radius: float) -> Floats:
    """Return gauss, (height, width): noise and two bipoles in the north-east and south-west."""
    noise = np.random.default_rng(7).normal(0, 8, (height, width))
    field = noise.astype(np.float32)
    west = (np.arange(width, dtype=np.float32) - x) / radius
    north = (np.arange(height, dtype=np.float32) - y) / radius
    for lon, lat, sign in ((-0.45, 0.3, 1), (-0.3, 0.33, -1), (0.3, -0.25, 1), (0.2, -0.28, -1)):
        across, up = np.exp(-((west - lon) ** 2) / 0.0012), np.exp(-((north - lat) ** 2) / 0.0012)
        field += sign * 600 * np.outer(up, across)
    return field


def draw_grey(
    size: tuple[int, int],
    x: float,
    y: float,
    radius: float,
    zero: float = 127,
    background: float = 0,
) -> NDArray[np.uint8]:
    """Return a picture, row 0 at the top, its limb antialiased; (x, y) in its own rows."""
    height, width = size
    field = draw_field(height, width, x, height - 1 - y, radius)[::-1] / 1.96
    yy, xx = np.ogrid[:height, :width]
    distance = np.hypot((xx - x).astype(np.float32), (yy - y).astype(np.float32))
    inside = np.clip(radius - distance + 0.5, 0, 1)
    grey = np.clip(zero + field, 0, 255) * inside + background * (1 - inside)
    return np.rint(grey).astype(np.uint8)


def hmi_header(geometry: tuple[float, float, float], roll: float) -> dict[str, Any]:
    """Return the keywords of a real hmi.M_720s file for a disk at x, y with a radius, pixels."""
    x, y, radius = geometry
    return {
        "DATE": "2014-02-05T12:00:00",
        "DATE-OBS": "2014-02-05T11:58:52.30",
        "T_OBS": "2014.02.05_12:00:34_TAI",
        "T_REC": "2014.02.05_12:00:00_TAI",
        "TELESCOP": "SDO/HMI",
        "INSTRUME": "HMI_SIDE1",
        "WAVELNTH": 6173.0,
        "CAMERA": 1,
        "BUNIT": "Gauss",
        "ORIGIN": "SDO/JSOC-SDP",
        "CONTENT": "MAGNETOGRAM",
        "QUALITY": 0,
        "CTYPE1": "HPLN-TAN",
        "CTYPE2": "HPLT-TAN",
        "CRPIX1": x + 1,
        "CRPIX2": y + 1,
        "CRVAL1": 0.0,
        "CRVAL2": 0.0,
        "CDELT1": 972.6 / radius,
        "CDELT2": 972.6 / radius,
        "CUNIT1": "arcsec",
        "CUNIT2": "arcsec",
        "CROTA2": roll,
        "RSUN_REF": 696000000.0,
        "RSUN_OBS": 972.6,
        "DSUN_OBS": 696000000.0 / np.sin(np.radians(972.6 / 3600)),
        "CRLN_OBS": 43.2,
        "CRLT_OBS": -6.3,
    }


def hmi_fits(field: Floats, header: dict[str, Any], *, packed: bool = True, **more: Any) -> bytes:
    """Return an HMI file as JSOC makes it: whole numbers of 0.1 G, BLANK off the limb, Rice tiles.

    Parameters
    ----------
    field : (H, W) float32, gauss
        NaN off the limb.
    header : dict
    packed : bool
        Tile-compressed in the second unit, else plain in the first.
    """
    from astropy.io import fits

    blank = -2147483648
    raw = np.where(np.isnan(field), 0, np.rint(field * 10)).astype(np.int32)
    raw[np.isnan(field)] = blank
    cards = fits.Header()
    for key, value in (header | {"BSCALE": 0.1, "BZERO": 0.0, "BLANK": blank} | more).items():
        if value is not None:
            cards[key] = value
    if packed:
        image = fits.CompImageHDU(
            raw, cards, compression_type="RICE_1", do_not_scale_image_data=True
        )
        image.header.update(BSCALE=0.1, BZERO=0.0, BLANK=blank)  # which astropy drops above
        units = fits.HDUList([fits.PrimaryHDU(), image])
    else:
        image = fits.PrimaryHDU(raw, do_not_scale_image_data=True)
        image.header.update({k: v for k, v in cards.items() if k not in image.header})
        image.header.update(BSCALE=0.1, BZERO=0.0, BLANK=blank)
        units = fits.HDUList([image])
    out = io.BytesIO()
    units.writeto(out)
    return out.getvalue()


def encode(grey: NDArray[np.uint8], kind: str = "PNG", **options: Any) -> bytes:
    """Return an array as a picture file."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(grey).save(out, kind, **options)
    return out.getvalue()


@pytest.fixture(scope="session")
def grey_disk() -> Callable[..., NDArray[np.uint8]]:
    """Return `draw_grey`."""
    return draw_grey


@pytest.fixture(scope="session")
def as_picture() -> Callable[..., bytes]:
    """Return `encode`."""
    return encode


@pytest.fixture(scope="session")
def as_hmi() -> Callable[..., bytes]:
    """Return a maker of HMI files: (size, roll, **keywords) -> bytes, the same Sun at any roll."""

    def make(size: int = 256, roll: float = 0.0, *, packed: bool = True, **more: Any) -> bytes:
        x, y, radius = size / 2 - 0.8, size / 2 + 1.3, 0.46 * size
        field = draw_field(size, size, x, y, radius)
        yy, xx = np.mgrid[:size, :size]
        field[np.hypot(xx - x, yy - y) > radius] = np.nan
        if roll == 180.0:
            field, x, y = field[::-1, ::-1], size - 1 - x, size - 1 - y
        return hmi_fits(field, hmi_header((x, y, radius), roll), packed=packed, **more)

    return make


@pytest.fixture(scope="session")
def real_as_hmi(shared_data: Path) -> Callable[[float], bytes]:
    """Return a maker of HMI files of a real disk, quarter size: roll, 0 or 180 -> bytes."""
    from halescope.io import read
    from halescope.types import GAUSS_PER_GREY

    found = read(next(iter(sorted((shared_data / "hmi_jp2").glob("*.jp2")))))
    seen = found.geometry
    field = found.field * GAUSS_PER_GREY
    height, width = field.shape
    yy, xx = np.mgrid[:height, :width]
    field[np.hypot(xx - seen.x_center, yy - seen.y_center) > seen.radius] = np.nan

    def make(roll: float) -> bytes:
        turned, x, y = field, seen.x_center, seen.y_center
        if roll == 180.0:
            turned, x, y = field[::-1, ::-1], width - 1 - x, height - 1 - y
        return hmi_fits(turned, hmi_header((x, y, seen.radius), roll))

    return make
