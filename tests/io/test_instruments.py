"""The instruments table."""

from datetime import UTC, datetime

import numpy as np
import pytest

from halescope.flags import Flag
from halescope.io import instruments


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ({"TELESCOP": "SDO/HMI", "INSTRUME": "HMI_SIDE1"}, "HMI"),
        ({"TELESCOP": "SDO", "INSTRUME": "HMI_FRONT2"}, "HMI"),
        ({"TELESCOP": "SOHO", "CONTENT": "MDI Full Disk 96m Magnetogram"}, "MDI"),
        ({"TELESCOP": "NSO-GONG"}, "GONG"),
        ({"INSTRUME": "halescope synthetic"}, "synthetic"),
        ({"TELESCOP": None}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_headers(header: dict, name: str) -> None:
    assert instruments.of_header(header) == name


@pytest.mark.parametrize(
    ("name", "zero", "instrument", "bent"),
    [
        ("HMI.m2026.02.01_00.00.00.jpg", 127.5, "HMI", False),
        ("20120104_234500_2048_HMIB.jpg", 128, "HMI", False),
        ("bbzqa240203t1944_dim-860.jpg", 171, "GONG", True),
        ("bbzqa240203t1944_dim-860.jpg", 128, "GONG", False),
        ("renamed.jpg", 171, "GONG", True),
        ("mdi.fd_M_96m.png", 128, "MDI", False),
        ("sun.png", 128, "unknown", False),
    ],
)
def test_pictures(name: str, zero: float, instrument: str, bent: bool) -> None:
    known = instruments.of_picture(name, zero)
    assert (known.name, known.is_bent) == (instrument, bent)


def test_field_is_zero_at_zero_and_grows_with_grey() -> None:
    grey = np.arange(256, dtype=np.uint8)[None, :]
    for known, zero in (
        (instruments.Picture("HMI"), 127.5),
        (instruments.Picture("GONG", is_bent=True), 171.0),
    ):
        field = known.linear(grey, zero)
        assert field.dtype == np.float32
        assert (np.diff(field[0]) > 0).all()
        assert np.interp(zero, grey[0], field[0]) == pytest.approx(0, abs=1e-3)
        assert known.saturation(zero) == pytest.approx(min(-field.min(), field.max()))


def test_quality() -> None:
    assert not instruments.is_bad({}, "HMI")
    assert not instruments.is_bad({"QUALITY": 0x400}, "HMI")
    assert instruments.is_bad({"QUALITY": "0x00000200"}, "HMI")
    assert not instruments.is_bad({"QUALITY": 512}, "MDI")  # not in its 60 s prime mode
    assert instruments.is_bad({"QUALITY": 0x280}, "MDI")
    assert not instruments.is_bad({"QUALITY": "fair"}, "MDI")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"CONTENT": "CONTINUUM INTENSITY"}, "continuum"),
        ({"CONTENT": "MDI Full Disk Continuum"}, "continuum"),
        ({"BTYPE": "Intensity"}, "continuum"),
        ({"TELESCOP": "SDO/AIA"}, "EUV"),
        ({"TELESCOP": "SOHO", "INSTRUME": "EIT"}, "EUV"),
        ({"BUNIT": "DN/s"}, "DN/S"),
        ({"TELESCOP": "NSO-GONG", "IMTYPE": "H-ALPHA"}, "H-alpha"),
        ({"CONTENT": "Carrington Synoptic Chart Of Br Field"}, "synoptic"),
        ({"CONTENT": "MAGNETOGRAM", "BUNIT": "Gauss"}, ""),
        ({"CONTENT": "HMI observable", "BUNIT": "Mx/cm^2"}, ""),
        ({"IMTYPE": "MAGNETIC", "BUNIT": "GAUSS"}, ""),
    ],
)
def test_content(header: dict, words: str) -> None:
    found = instruments.wrong_content(header)
    assert words in found
    assert bool(found) == bool(words)


def test_image_flags() -> None:
    noon = datetime(2014, 2, 5, 12, tzinfo=UTC)
    assert instruments.image_flags("HMI", noon, 200) == Flag.NONE
    assert instruments.image_flags("GONG", None, 100) == (
        Flag.NO_TIME | Flag.LOW_RESOLUTION | Flag.OTHER_INSTRUMENT
    )
