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


def test_ends_of_scale() -> None:
    """GONG's end at 39 levels (76 G) and -107, HMI's at 127 either side of zero."""
    bent = instruments.Picture("GONG", is_bent=True)
    greys = np.array([[0.0, 171.0, 251.0, 255.0]])
    assert bent.linear(greys, 171.0)[0].tolist() == [-107, 0, 37, 39]
    assert bent.saturation(171.0) == 39
    assert instruments.Picture("HMI").saturation(127.0) == 127
    assert instruments.Picture("HMI").saturation(130.0) == 125


@pytest.mark.parametrize(("zero", "bent"), [(159, False), (160, True), (182, True), (183, False)])
def test_gongs_grey_of_zero(zero: float, bent: bool) -> None:
    assert instruments.of_picture("renamed.jpg", zero).is_bent == bent


@pytest.mark.parametrize(
    ("header", "name", "bad"),
    [
        ({"QUALITY": "0x00000400"}, "HMI", False),
        ({"QUALITY": "0x00000600"}, "HMI", True),
        ({"QUALITY": 0x400}, "MDI", True),
        ({"QUALITY": 0x200}, "HMI", True),
        ({"QUALITY": 0x200}, "GONG", True),
        ({"QUALITY": None}, "HMI", False),
        ({"QUALITY": float("inf")}, "HMI", False),
        ({"QUALITY": [1]}, "HMI", False),
    ],
)
def test_quality_bits_of_each_instrument(header: dict, name: str, bad: bool) -> None:
    assert instruments.is_bad(header, name) == bad
    flags = instruments.header_flags(header, name, cutout=True)
    assert (Flag.BAD_QUALITY in flags) == bad
    assert Flag.CUTOUT in flags
    assert Flag.CUTOUT not in instruments.header_flags(header, name, cutout=False)


def test_flags_of_small_and_foreign_images() -> None:
    noon = datetime(2014, 2, 5, 12, tzinfo=UTC)
    assert instruments.image_flags("synthetic", noon, 150.0) == Flag.NONE
    assert instruments.image_flags("HMI", noon, 149.9) == Flag.LOW_RESOLUTION
    assert instruments.image_flags("MDI", noon, 150.0) == Flag.OTHER_INSTRUMENT


def test_greys_of_gong_are_levels_at_the_teeth_of_its_histograms() -> None:
    """By eye on the combs of 2024: both ends, and three teeth of either sign between."""
    teeth = {0: -107, 51: -63, 73: -48, 91: -38, 131: -18, 171: 0, 209: 17, 251: 37, 255: 39}
    bent = instruments.Picture("GONG", is_bent=True)
    found = bent.linear(np.array([list(teeth)], np.uint8), 171.0)
    np.testing.assert_allclose(found[0], list(teeth.values()), atol=0.01)
    # A step of grey is half a level to nine tenths of one: never back, never more.
    steps = np.diff(bent.linear(np.arange(256, dtype=np.uint8)[None], 171.0)[0])
    assert steps.min() > 0.4
    assert steps.max() < 0.9
