"""JPEG 2000: keywords from the XML box, reduced decoding, geometry of the low-pass samples."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.flags import Flag
from halescope.io import read, read_full
from halescope.io.jp2 import read_header
from halescope.io.limb import fit_limb
from halescope.normalize import from_origin_boxes, normalize, to_origin_boxes

X, Y, RADIUS, SIDE = 1019.5, 1031.0, 801.3, 2048


def boxed(data: bytes, header: dict[str, Any]) -> bytes:
    """Return a JPEG 2000 file with an XML box as Helioviewer's."""
    rows = "".join(f"<{k}>{v}</{k}>\n" for k, v in header.items())
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<meta><fits>\n{rows}</fits></meta>'.encode()
    at = data.index(b"jp2c") - 4
    return data[:at] + struct.pack(">I4s", len(xml) + 8, b"xml ") + xml + data[at:]


@pytest.fixture(scope="module")
def header() -> dict[str, Any]:
    return {
        "TELESCOP": "SDO",
        "INSTRUME": "HMI_FRONT2",
        "CONTENT": "MAGNETOGRAM",
        "BUNIT": "Gauss",
        "DATE-OBS": "2022-08-02T10:47:53.000",
        "CTYPE1": "HPLN-TAN",
        "CTYPE2": "HPLT-TAN",
        "CRPIX1": X + 1,
        "CRPIX2": SIDE - Y,
        "CRVAL1": 0.0,
        "CRVAL2": 0.0,
        "CDELT1": 945.4 / RADIUS,
        "CDELT2": 945.4 / RADIUS,
        "CUNIT1": "arcsec",
        "CUNIT2": "arcsec",
        "CROTA2": 0.0,
        "RSUN_OBS": 945.4,
        "CRLN_OBS": 204.451,
        "CRLT_OBS": 5.86,
        "QUALITY": 1024,
    }


@pytest.fixture(scope="module")
def plain(grey_disk: Callable, as_picture: Callable) -> bytes:
    return as_picture(grey_disk((SIDE, SIDE), X, Y, RADIUS), "JPEG2000", irreversible=True)


def test_reduced_as_far_as_is_enough(plain: bytes, header: dict) -> None:
    found = read(boxed(plain, header))
    assert found.reduction == 4
    assert found.field.shape == (512, 512)
    assert found.file_shape == (SIDE, SIDE)
    assert found.instrument == "HMI"
    assert found.flags == Flag.DISPLAY  # bit 0x400 of QUALITY is no fault
    assert found.time_string == "2022-08-02T10:47:53Z"
    assert found.geometry.b0 == 5.86
    assert found.geometry.l0 == 204.451


def test_geometry_of_the_reduced_copy_is_where_the_limb_is(plain: bytes, header: dict) -> None:
    found = read(boxed(plain, header))
    grey = np.clip(found.field + found.zero_level, 0, 255).astype(np.uint8)
    limb = fit_limb(grey)
    assert limb is not None
    seen = found.geometry
    assert (limb.x, limb.y, limb.radius) == pytest.approx(
        (seen.x_center, seen.y_center, seen.radius), abs=0.1
    )


def test_full_resolution(plain: bytes, header: dict) -> None:
    small = read(boxed(plain, header))
    full = read_full(small)
    assert full.field.shape == (SIDE, SIDE)
    assert (full.geometry.x_center, full.geometry.y_center) == (X, SIDE - 1 - Y)
    assert full.geometry == read(boxed(plain, header), full=True).geometry
    assert small.geometry_in_file == full.geometry
    a, b = normalize(small).field, normalize(full).field
    assert np.nanstd(a - b) < 0.25 * np.nanstd(b)


def test_boxes_in_file_pixels_are_the_same_from_both(plain: bytes, header: dict) -> None:
    small = normalize(read(boxed(plain, header)))
    full = normalize(read(boxed(plain, header), full=True))
    boxes = np.array([[100, 120, 150, 180], [230, 200, 260, 222]], np.float32)
    assert np.allclose(to_origin_boxes(small, boxes), to_origin_boxes(full, boxes), atol=1e-2)
    assert np.allclose(from_origin_boxes(small, to_origin_boxes(small, boxes)), boxes, atol=1e-3)


def test_without_header_it_is_a_picture(plain: bytes) -> None:
    found = read(plain)
    assert Flag.FITTED_LIMB in found.flags
    assert found.geometry.radius == pytest.approx(RADIUS, abs=0.3)


def test_keywords_are_typed(plain: bytes, header: dict) -> None:
    found = read_header(boxed(plain, header | {"LICENSE": "", "N": "-3"}), "x")
    assert found["QUALITY"] == 1024
    assert found["CRLN_OBS"] == 204.451
    assert found["TELESCOP"] == "SDO"
    assert found["LICENSE"] == ""
    assert found["N"] == -3


def test_continuum_header_is_refused(plain: bytes, header: dict) -> None:
    with pytest.raises(NotAMagnetogramError, match="continuum"):
        read(boxed(plain, header | {"CONTENT": "CONTINUUM INTENSITY"}))


@pytest.mark.parametrize("share", [0.001, 0.01, 0.3, 0.9, 0.999])
def test_truncated_is_refused(share: float, plain: bytes, header: dict) -> None:
    data = boxed(plain, header)
    with pytest.raises(ReadError) as raised:
        read(data[: int(len(data) * share)])
    assert "\n" not in str(raised.value)


def test_damaged_xml_is_refused(plain: bytes, header: dict) -> None:
    with pytest.raises(ReadError, match="XML"):
        read(boxed(plain, header).replace(b"</fits>", b"<fits/>"))
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    bad = boxed(plain, header).replace(b"<meta><fits>\n", bomb)
    with pytest.raises(ReadError):
        read(bad)


@pytest.mark.data
def test_real_picture(shared_data: Path) -> None:
    (path,) = (shared_data / "hmi_jp2").glob("*.jp2")
    found = read(path)
    assert found.reduction == 8
    assert found.field.shape == (512, 512)
    assert found.zero_level == pytest.approx(127.5, abs=0.5)
    grey = np.clip(found.field + found.zero_level, 0, 255).astype(np.uint8)
    limb = fit_limb(grey)
    assert limb is not None
    # The limb lies 0.97 and 0.46 file pixels from the header's centre.
    assert limb.x == pytest.approx(found.geometry.x_center, abs=0.15)
    assert limb.y == pytest.approx(found.geometry.y_center, abs=0.15)
    assert limb.radius == pytest.approx(found.geometry.radius, abs=0.1)
